"""Finding nodes on the LAN by DNS-SD over multicast DNS (RFC 6763, RFC 6762), with nothing configured.

What is announced tells strangers on the same Wi-Fi that there is a node, and not whose: the instance name is
random at every start, the TXT record holds a version and a short tag of the network's name.

    discovery = LanDiscovery(random_instance(), port, network)
    await discovery.start()
    async for change in discovery.changes(): …      # LanFound, LanLost
    await discovery.stop()                          # says goodbye
"""

import asyncio
import contextlib
import ipaddress
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from node.log import shown
from node.peers.addresses import BadAddress, PeerAddress, Reach, reach_of_host
from node.peers.interfaces import Interface, lan_interfaces

log = logging.getLogger(__name__)

SERVICE_TYPE: Final = "_minga._tcp.local."
TXT_VERSION: Final = b"1"

# More nodes than a valley has on one wire; anyone on the wire can announce any number of them.
LAN_PEERS_MAX: Final = 64

# A laptop with a cable, Wi-Fi and a VPN has six; each is dialled in vain if it does not work.
LAN_PEER_ADDRESSES_MAX: Final = 8

# Fits one multicast packet with the other records.
LAN_OWN_ADDRESSES_MAX: Final = 16

# Look-ups at once, and names that wait for one: an announcement storm does no more than this.
RESOLVING_MAX: Final = 8
WAITING_MAX: Final = 256

RESOLVE_MAX_MS: Final = 3_000

# Plugging in a cable should not feel slow, and looking costs a fraction of a millisecond.
INTERFACES_POLL_S: Final = 2.0

# Three goodbye packets take 0.4 s.
STOP_MAX_S: Final = 5


@dataclass(frozen=True, slots=True)
class LanPeer:
    """A node that announces itself; `urls` are canonical addresses, the best first."""

    instance: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LanFound:
    """A peer that is new, or whose addresses have changed."""

    peer: LanPeer


@dataclass(frozen=True, slots=True)
class LanLost:
    """A peer that said goodbye, or has not been heard of for as long as it promised."""

    peer: LanPeer


def random_instance() -> str:
    """Return an instance name that says nothing and that nobody else has."""
    return f"minga-{secrets.token_hex(6)}"


def network_tag(network: str) -> str:
    """Return 8 hexadecimal digits that nodes of one network share, and that do not spell its name."""
    return blake2b(network.encode(), digest_size=4, person=b"minga lan").hexdigest()


class LanDiscovery:
    """Announces this node and knows the others, on every interface or on those named."""

    def __init__(
        self,
        instance: str,
        port: int,
        network: str,
        interfaces: Collection[str] = (),
        *,
        loopback: bool = False,
        poll_s: float = INTERFACES_POLL_S,
    ) -> None:
        self.warning: str | None = None
        """Why nothing can be found just now, in a sentence for the operator."""
        self._name = f"{instance}.{SERVICE_TYPE}"
        self._instance = instance
        self._port = port
        self._tag = network_tag(network).encode()
        self._only = tuple(interfaces)
        self._loopback = loopback
        self._poll_s = poll_s
        self._interfaces: tuple[Interface, ...] = ()
        self._zeroconf: AsyncZeroconf | None = None
        self._registered = False
        self._browser: AsyncServiceBrowser | None = None
        self._watch: asyncio.Task[None] | None = None
        self._waiting: dict[str, None] = {}  # an ordered set
        self._resolving: dict[str, asyncio.Task[None]] = {}
        self._peers: dict[str, LanPeer] = {}
        self._told: dict[str, LanPeer] = {}
        self._news = asyncio.Event()
        self._stopped = False

    async def start(self) -> None:
        """Begin to announce and to look; returns at once.  Where multicast does not work it keeps trying."""
        self._watch = asyncio.create_task(self._watch_interfaces(), name="lan-interfaces")

    async def stop(self) -> None:
        """Say goodbye and let go of every socket.  `changes()` ends."""
        tasks = [*self._resolving.values(), *([self._watch] if self._watch else [])]
        self._waiting.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._close()
        self._stopped = True
        self._news.set()
        if self._watch is not None and not self._watch.cancelled() and (error := self._watch.exception()):
            raise error

    async def changes(self) -> AsyncIterator[LanFound | LanLost]:
        """Yield what is found and lost, until `stop`.

        For one reader; a slow one misses only what did not last.
        """
        while not self._stopped:
            await self._news.wait()
            self._news.clear()
            for instance in [*self._told, *self._peers]:
                before, now = self._told.get(instance), self._peers.get(instance)
                if before == now:
                    continue
                if now is None:
                    del self._told[instance]
                    assert before is not None
                    yield LanLost(before)
                else:
                    self._told[instance] = now
                    yield LanFound(now)

    async def _watch_interfaces(self) -> None:
        while True:
            try:
                await self._follow_interfaces()
            except (OSError, ZeroconfError, RuntimeError) as error:
                cause = shown(error) or type(error).__name__
                self._warn(f"the LAN cannot be searched for nodes ({cause})")
                await self._close()
            await asyncio.sleep(self._poll_s)

    async def _follow_interfaces(self) -> None:
        now = lan_interfaces(self._only, loopback=self._loopback)
        changed = now != self._interfaces
        self._interfaces = now
        if self._zeroconf is None:
            if not now:
                named = f" among {', '.join(self._only)}" if self._only else ""
                self._warn(
                    f"no network interface{named} is up: plug in a cable or join a Wi-Fi to find nodes nearby"
                )
                return
            self._zeroconf = AsyncZeroconf(interfaces=_multicast_addresses(now), ip_version=_ip_version())
        else:
            # Also without a change: an address may have been too new to be used the last time.
            await self._zeroconf.async_update_interfaces(_multicast_addresses(now), _ip_version())
        if not self._zeroconf.zeroconf.engine.senders and now and not changed:
            self._warn("no network interface takes part in multicast: only peers added by address are found")
        elif now:
            self.warning = None
        if changed:
            await self._announce(self._zeroconf)
            await self._browse(self._zeroconf)

    async def _announce(self, zeroconf: AsyncZeroconf) -> None:
        own = [str(address.ip) for interface in self._interfaces for address in interface.addresses]
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            self._name,
            port=self._port,
            properties={b"v": TXT_VERSION, b"net": self._tag},
            server=f"{self._instance}.local.",
            parsed_addresses=own[:LAN_OWN_ADDRESSES_MAX],
        )
        if not self._registered:
            self._registered = True
            await (await zeroconf.async_register_service(info))
        elif own:
            await (await zeroconf.async_update_service(info))

    async def _browse(self, zeroconf: AsyncZeroconf) -> None:
        """Ask anew: a node may have announced itself while there was no way to hear it."""
        if self._browser is not None:
            await self._browser.async_cancel()
        self._browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE_TYPE, handlers=[self._service_changed])

    async def _close(self) -> None:
        zeroconf, self._zeroconf, self._browser, self._registered = self._zeroconf, None, None, False
        self._interfaces = ()
        if zeroconf is not None:
            with contextlib.suppress(TimeoutError, OSError, ZeroconfError):
                async with asyncio.timeout(STOP_MAX_S):
                    await zeroconf.async_close()

    def _service_changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if name.lower() == self._name.lower():
            return
        if state_change is ServiceStateChange.Removed:
            self._waiting.pop(name, None)
            if (task := self._resolving.get(name)) is not None:
                task.cancel()
            self._forget(name)
        elif len(self._waiting) < WAITING_MAX:
            self._waiting[name] = None
            self._resolve_next()

    def _resolve_next(self) -> None:
        for name in list(self._waiting):
            if len(self._resolving) >= RESOLVING_MAX:
                return
            if name not in self._resolving and self._zeroconf is not None:
                del self._waiting[name]
                task = asyncio.create_task(self._resolve(self._zeroconf.zeroconf, name), name="lan-resolve")
                self._resolving[name] = task
                task.add_done_callback(lambda _task, name=name: self._resolved(name))  # type: ignore[misc]

    def _resolved(self, name: str) -> None:
        del self._resolving[name]
        self._resolve_next()

    async def _resolve(self, zeroconf: Zeroconf, name: str) -> None:
        info = AsyncServiceInfo(SERVICE_TYPE, name)
        if not await info.async_request(zeroconf, RESOLVE_MAX_MS):
            return
        urls = self._urls(info)
        if info.properties.get(b"v") != TXT_VERSION or info.properties.get(b"net") != self._tag or not urls:
            self._forget(name)
            return
        if name not in self._peers and len(self._peers) >= LAN_PEERS_MAX:
            log.warning(
                "more than %d nodes announce themselves on the LAN; the others are ignored", LAN_PEERS_MAX
            )
            return
        self._peers[name] = LanPeer(name.removesuffix("." + SERVICE_TYPE), urls)
        self._news.set()

    def _forget(self, name: str) -> None:
        if self._peers.pop(name, None) is not None:
            self._news.set()

    def _urls(self, info: AsyncServiceInfo) -> tuple[str, ...]:
        addresses: dict[PeerAddress, None] = {}
        for literal in info.parsed_scoped_addresses(IPVersion.All):
            for scoped in self._with_zone(literal):
                if self._may_be_here(scoped):
                    with contextlib.suppress(BadAddress):
                        addresses[PeerAddress.of_ip(scoped, info.port or 0)] = None
        best_first = sorted(addresses, key=lambda address: (bool(address.zone), address.url))
        return tuple(address.url for address in best_first[:LAN_PEER_ADDRESSES_MAX])

    def _with_zone(self, literal: str) -> list[str]:
        """Return a link-local IPv6 address with its interface; with each in turn, where it is not known."""
        ip, _, zone = literal.partition("%")
        if ":" not in ip or reach_of_host(ip) is not Reach.LINK_LOCAL:
            return [ip]
        return [
            f"{ip}%{interface.name}"
            for interface in self._interfaces
            if interface.link_local is not None and zone in ("", str(interface.index), interface.name)
        ]

    def _may_be_here(self, literal: str) -> bool:
        """Whether an announced address can be that of a neighbour.

        Announcements are anybody's: they must not make nodes dial machines on the internet, or themselves.
        """
        ip, _, zone = literal.partition("%")
        address = ipaddress.ip_address(ip)
        here = bool(zone) or any(
            address in own.network for each in self._interfaces for own in each.addresses
        )
        match reach_of_host(ip):
            case Reach.LOOPBACK:
                return self._loopback
            case Reach.LINK_LOCAL | Reach.PRIVATE:
                # A repeater carries announcements between the networks of a house.  But who named interfaces
                # does not want the others, from which Linux delivers what any other program has asked for.
                return here or not self._only
            case Reach.PUBLIC | Reach.RESERVED:
                return here

    def _warn(self, warning: str) -> None:
        if warning != self.warning:
            log.warning("%s", warning)
        self.warning = warning


def _multicast_addresses(interfaces: Collection[Interface]) -> list[str | int]:
    """Return these interfaces as zeroconf wants them: their IPv4 addresses, and one IPv6 address each."""
    chosen: list[str | int] = []
    for interface in interfaces:
        chosen.extend(str(own.ip) for own in interface.addresses if own.version == 4)
        local = interface.link_local
        if _ip_version() is IPVersion.All and local is not None:
            shared = any(local in other.addresses for other in interfaces if other is not interface)
            chosen.append(interface.index if shared else str(local.ip))
    return chosen


def _ip_version() -> IPVersion:
    """IPv4 alone where the kernel has no IPv6."""
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()
    except OSError:
        return IPVersion.V4Only
    return IPVersion.All
