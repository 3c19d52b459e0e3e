"""Addresses of peers: what an operator types, what is dialled, what may be passed on to whom.

The canonical form is a URL with every part written out, `ws://host:port/sync`, IPv6 literals in
brackets (RFC 3986 §3.2.2) with their zone percent-encoded (RFC 6874): `ws://[fe80::1%25eth0]:7447/sync`.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

from node.log import shown

DEFAULT_PORT: Final = 7447
SYNC_PATH: Final = "/sync"

# The longest DNS name is 253 characters; a scheme, a port and a path beside it fit twice over.
ADDRESS_LENGTH_MAX_CHARACTERS: Final = 512

# RFC 1035 §2.3.4, without the final dot.
HOST_LENGTH_MAX_CHARACTERS: Final = 253

_PORT_OF_SCHEME: Final = {"ws": 80, "wss": 443}  # RFC 6455 §3
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_ZONE = re.compile(r"[A-Za-z0-9._~-]{1,32}")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
# A last label of this shape makes a resolver read the whole host as an IPv4 number (inet_aton):
# "127.1" or "0x7f.1" would pass for a public name and dial this machine.
_READ_AS_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_PRIVATE_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    # RFC 1918, shared carrier space (RFC 6598), unique local IPv6 (RFC 4193).
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
# Names that only mean something inside a house or an office (RFC 8375, RFC 6762 appendix G).
_PRIVATE_SUFFIXES: Final = (".home.arpa", ".internal", ".lan", ".home", ".intranet", ".private", ".corp")


class BadAddress(ValueError):
    """A text that is not the address of a peer; the message says what to write instead."""


class Reach(Enum):
    """From where an address can be dialled."""

    LOOPBACK = "loopback"  # this machine
    LINK_LOCAL = "link-local"  # one cable or radio; means something else on the next one
    PRIVATE = "private"  # a house, an office, a valley
    PUBLIC = "public"  # the internet
    RESERVED = "reserved"  # documentation, benchmarks and the like: nobody should be there


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Where a node answers: built by `parse` or `of_ip`, equal when the canonical URLs are."""

    secure: bool
    host: str  # a lower-case ASCII name, or an IP literal without brackets or zone
    port: int
    path: str = SYNC_PATH
    zone: str = ""  # the interface (name or number) of a link-local IPv6 address

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ws://host:port/path`, `wss://…`, `host:port` or `host`.

        Without a port, a URL means 80 or 443 as its scheme says, and a bare host means 7447.
        Raises `BadAddress`.
        """
        text = text.strip()
        if not text:
            raise BadAddress("an address is empty; write host:port, such as 192.168.1.20:7447")
        if len(text) > ADDRESS_LENGTH_MAX_CHARACTERS:
            raise BadAddress(f"an address is longer than {ADDRESS_LENGTH_MAX_CHARACTERS} characters")
        scheme, separator, rest = text.partition("://")
        if not separator:
            return cls._from_parts(text, "ws", text, SYNC_PATH, DEFAULT_PORT)
        scheme = scheme.lower()
        if scheme not in _PORT_OF_SCHEME:
            raise BadAddress(f"{shown(text)}: an address starts with ws:// or wss://, or is just host:port")
        authority, slash, path = rest.partition("/")
        return cls._from_parts(text, scheme, authority, slash + path, _PORT_OF_SCHEME[scheme])

    @classmethod
    def _from_parts(cls, text: str, scheme: str, authority: str, path: str, default_port: int) -> Self:
        if path in ("", "/"):
            path = SYNC_PATH
        if not _PATH.fullmatch(path):
            raise BadAddress(
                f"{shown(text)}: the path after the host holds characters an address cannot have"
            )
        if "@" in authority:
            raise BadAddress(
                f"{shown(text)}: an address carries no user name or password; leave out what is before @"
            )
        host, port_text = _split_port(text, authority)
        port = default_port if port_text is None else _port(text, port_text)
        host, zone = _host_and_zone(text, host, escaped="://" in text)
        return cls(scheme == "wss", host, port, path, zone)

    @classmethod
    def of_ip(cls, ip: str, port: int) -> Self:
        """Return the address of an IP literal (`%zone` where it is link-local).  Raises `BadAddress`."""
        return cls.parse(f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}")

    @property
    def url(self) -> str:
        """The canonical text."""
        zone = f"%25{self.zone}" if self.zone else ""
        host = f"[{self.host}{zone}]" if ":" in self.host else self.host
        return f"{'wss' if self.secure else 'ws'}://{host}:{self.port}{self.path}"

    @property
    def reach(self) -> Reach:
        """From where this address can be dialled, judged from its text alone (no name is looked up)."""
        return reach_of_host(self.host)

    def __str__(self) -> str:
        return self.url


def reach_of_host(host: str) -> Reach:
    """Return the reach of an IP literal (a zone is ignored) or of a name."""
    host = host.lower().partition("%")[0]
    try:
        ip = _plain_ip(host)
    except ValueError:
        return _reach_of_name(host)
    if ip.is_loopback:
        return Reach.LOOPBACK
    if ip.is_link_local:
        return Reach.LINK_LOCAL
    if any(ip in network for network in _PRIVATE_NETWORKS if network.version == ip.version):
        return Reach.PRIVATE
    return Reach.PUBLIC if ip.is_global and not ip.is_multicast else Reach.RESERVED


def may_be_passed_on(address: PeerAddress, peer: Reach) -> bool:
    """Whether `address` may be told to, or accepted from, a peer whose own connection has this reach.

    Public addresses go to everyone.  Private ones stay among peers of private networks: they mean nothing
    elsewhere, and tell strangers how a house is wired.  A peer on loopback counts as a stranger, because
    behind a reverse proxy everyone seems to be there.  Loopback and link-local addresses are never passed on.
    """
    match address.reach:
        case Reach.PUBLIC:
            return True
        case Reach.PRIVATE:
            return peer in (Reach.PRIVATE, Reach.LINK_LOCAL)
        case Reach.LOOPBACK | Reach.LINK_LOCAL | Reach.RESERVED:
            return False


def _reach_of_name(name: str) -> Reach:
    name = name.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return Reach.LOOPBACK
    if name.endswith(".local"):
        return Reach.LINK_LOCAL
    if "." not in name or name.endswith(_PRIVATE_SUFFIXES):
        return Reach.PRIVATE
    return Reach.PUBLIC


def _split_port(text: str, authority: str) -> tuple[str, str | None]:
    """Return host (brackets kept) and port text, `None` where no port is written."""
    if authority.startswith("["):
        literal, bracket, after = authority.partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise BadAddress(
                f"{shown(text)}: close the bracket after the IPv6 address, as in [fd00::1]:{DEFAULT_PORT}"
            )
        return literal + bracket, after[1:] if after else None
    if authority.count(":") > 1:
        raise BadAddress(f"{shown(text)}: write an IPv6 address in brackets, as in [fd00::1]:{DEFAULT_PORT}")
    host, colon, port = authority.partition(":")
    return host, port if colon else None


def _port(text: str, digits: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", digits) and 1 <= int(digits) <= 65535:
        return int(digits)
    raise BadAddress(f"{shown(text)}: a port is a number from 1 to 65535")


def _host_and_zone(text: str, host: str, *, escaped: bool) -> tuple[str, str]:
    if not host:
        raise BadAddress(
            f"{shown(text)}: the host is missing; write host:port, such as 192.168.1.20:{DEFAULT_PORT}"
        )
    if host.startswith("["):
        return _ipv6_and_zone(text, host[1:-1], escaped=escaped)
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise BadAddress(f"{shown(text)}: {shown(host)} is not the name of a machine") from None
    if _READ_AS_NUMBER.fullmatch(name.rpartition(".")[2]):
        return _ip_literal(text, name), ""
    if len(name) > HOST_LENGTH_MAX_CHARACTERS or not all(
        _LABEL.fullmatch(label) for label in name.split(".")
    ):
        raise BadAddress(f"{shown(text)}: {shown(host)} is not the name of a machine")
    return name, ""


def _ipv6_and_zone(text: str, literal: str, *, escaped: bool) -> tuple[str, str]:
    ip, percent, zone = literal.partition("%")
    if escaped and zone.startswith("25"):
        zone = zone[2:]  # RFC 6874: inside a URL the percent sign is itself written %25
    if ":" not in ip:
        raise BadAddress(f"{shown(text)}: only an IPv6 address goes in brackets")
    host = _ip_literal(text, ip)
    link_local = reach_of_host(host) is Reach.LINK_LOCAL and ":" in host
    if percent and not link_local:
        raise BadAddress(f"{shown(text)}: only a link-local address (fe80::…) takes %interface; leave it out")
    if link_local and not percent:
        raise BadAddress(
            f"{shown(text)}: a link-local address needs its interface, as in [fe80::1%eth0]:{DEFAULT_PORT}"
        )
    if percent and not _ZONE.fullmatch(zone):
        raise BadAddress(f"{shown(text)}: what follows % is not the name of a network interface")
    return host, zone


def _ip_literal(text: str, literal: str) -> str:
    try:
        ip = _plain_ip(literal)
    except ValueError:
        raise BadAddress(f"{shown(text)}: {shown(literal)} is not an IP address") from None
    if ip.is_unspecified or ip.is_multicast or str(ip) == "255.255.255.255":
        raise BadAddress(f"{shown(text)}: nobody can be reached at {ip}; write the address of one machine")
    return str(ip)


def _plain_ip(literal: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address, as IPv4 where it is only mapped into IPv6 (::ffff:10.0.0.1), or `ValueError`."""
    ip = ipaddress.ip_address(literal)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


def told_to(advertised: Iterable[PeerAddress], remote: str) -> tuple[str, ...]:
    """Return which of this node's addresses a peer may be told, by where the peer is."""
    peer = reach_of_host(PeerAddress.parse(remote).host if "://" in remote else remote)
    return tuple(address.url for address in advertised if may_be_passed_on(address, peer))
