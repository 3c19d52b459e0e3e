"""Which network interfaces this machine has just now, and which addresses on them."""

import contextlib
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import ifaddr

InterfaceAddress = ipaddress.IPv4Interface | ipaddress.IPv6Interface


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface that is up; `addresses` carry their network (`10.0.0.2/24`) and no zone."""

    name: str
    index: int
    addresses: tuple[InterfaceAddress, ...]

    @property
    def link_local(self) -> InterfaceAddress | None:
        """The first link-local IPv6 address."""
        return next((own for own in self.addresses if own.version == 6 and own.is_link_local), None)


def lan_interfaces(names: Collection[str] = (), *, loopback: bool = False) -> tuple[Interface, ...]:
    """Return the interfaces that are up and have an address, in order of index.

    `names` restricts them; loopback is left out unless it is asked for, or named.
    """
    found: dict[int, tuple[str, list[InterfaceAddress]]] = {}
    for adapter in ifaddr.get_adapters():
        if adapter.index is None or (names and adapter.name not in names) or not _has_carrier(adapter.name):
            continue
        own = [_address(ip) for ip in adapter.ips]
        if not names and not loopback:
            own = [address for address in own if not address.is_loopback]
        if own:
            found.setdefault(adapter.index, (adapter.name, []))[1].extend(own)
    return tuple(
        Interface(name, index, tuple(sorted(own, key=_order))) for index, (name, own) in sorted(found.items())
    )


def _address(ip: ifaddr.IP) -> InterfaceAddress:
    literal = ip.ip if isinstance(ip.ip, str) else ip.ip[0].partition("%")[0]
    return ipaddress.ip_interface(f"{literal}/{ip.network_prefix}")


def _order(address: InterfaceAddress) -> tuple[int, int]:
    return address.version, int(address)


def _has_carrier(name: str) -> bool:
    """Whether there is a cable in it, or a radio link: Linux says; elsewhere it is assumed."""
    with contextlib.suppress(OSError):
        return Path("/sys/class/net", name, "carrier").read_text().strip() != "0"
    # Reading fails with EINVAL while the interface is switched off, and as absent where nobody says.
    return not Path("/sys/class/net", name).exists()
