"""What kinds of value a setting takes: how each is read from TOML and from plain text, and named to people.

A value comes from `config.toml` with a type, or from the environment or command line as text.  Either way one
`read` judges it, so that a setting means the same wherever it is written.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from node.peers.addresses import PeerAddress
from node.proxies import ProxyNetwork
from node.settings.listening import ListenAddress
from protocol.channel.identity import NodeId
from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, parse_id
from protocol.keys import ED25519_PREFIX, parse_did_key

T = TypeVar("T")

# A line of text on a page; nobody's name is longer.
TEXT_LENGTH_MAX_CHARACTERS = 200

# More places than one node listens on, dials by hand or calls its own.
LIST_LENGTH_MAX = 256

_TRUE, _FALSE = ("on", "yes", "true", "1"), ("off", "no", "false", "0")
_SIZE = re.compile(r"(?P<number>[0-9]{1,15})\s*(?P<unit>k|K|M|G|T)?i?[bB]?")
_UNIT_BYTES = {None: 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47, without its rarer forms


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value.  `read` judges a TOML value and raises `ValueError`, saying what is wrong with it."""

    expects: str  # completes "… takes"
    read: Callable[[object], T]
    is_list: bool = False
    is_flag: bool = False
    is_number: bool = False

    def from_text(self, text: str) -> object:
        """Return the TOML value that `text`, from the environment or the command line, stands for."""
        bare = text.strip()
        if self.is_list:
            return [part.strip() for part in bare.split(",") if part.strip()]
        if self.is_flag and bare.lower() in _TRUE + _FALSE:
            return bare.lower() in _TRUE
        if self.is_number and re.fullmatch(r"[0-9]{1,18}", bare):
            return int(bare)
        return bare


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("it is not text in quotes")
    if len(value) > TEXT_LENGTH_MAX_CHARACTERS:
        raise ValueError(f"it is longer than {TEXT_LENGTH_MAX_CHARACTERS} characters")
    if not value.isprintable():
        raise ValueError("it holds a line break or another character that cannot be shown")
    return value


def text() -> Kind[str]:
    """One line of text, which may be empty."""
    return Kind(
        f'text, such as "Comuna Santa Clara" (at most {TEXT_LENGTH_MAX_CHARACTERS} characters)', _text
    )


def word() -> Kind[str]:
    """A short name that goes into messages: letters, digits, and `.`, `_`, `-` between them."""

    def read(value: object) -> str:
        name = _text(value)
        if not re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?", name):
            raise ValueError("it is not such a name")
        return name

    return Kind('1 to 64 small letters, digits, dots and hyphens, such as "commons"', read)


def language() -> Kind[str]:
    """A BCP 47 tag, or `auto`."""

    def read(value: object) -> str:
        tag = _text(value)
        if tag != "auto" and not _LANGUAGE.fullmatch(tag):
            raise ValueError("it is not a language tag")
        return tag

    return Kind('"auto" or a language tag, such as "es" or "en"', read)


def flag() -> Kind[bool]:
    """On or off."""

    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError("it is neither")
        return value

    return Kind("true or false", read, is_flag=True)


def whole(smallest: int, largest: int) -> Kind[int]:
    """A whole number from `smallest` to `largest`, both included."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("it is not a whole number")
        if not smallest <= value <= largest:
            raise ValueError("it is outside that range")
        return value

    return Kind(f"a whole number from {smallest} to {largest}", read, is_number=True)


def size_bytes(smallest: int, largest: int) -> Kind[int]:
    """A number of bytes, or text with a decimal unit ("8 GB"), or 0."""

    def read(value: object) -> int:
        if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
            value = int(match["number"]) * _UNIT_BYTES[match["unit"]]
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("it is not a size")
        if value != 0 and not smallest <= value <= largest:
            raise ValueError("it is outside that range")
        return value

    limits = f"from {smallest // 10**6} MB to {largest // 10**12} TB, or 0"
    return Kind(f'a number of bytes or a size such as "8 GB", {limits}', read, is_number=True)


def choice(*options: str) -> Kind[str]:
    """One of a few words, whatever their case."""
    by_lower_case = {option.lower(): option for option in options}

    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip().lower() not in by_lower_case:
            raise ValueError("it is none of them")
        return by_lower_case[value.strip().lower()]

    return Kind("one of " + ", ".join(f'"{option}"' for option in options), read)


def file_path() -> Kind[Path | None]:
    """A file, relative to the node's home; empty for none."""

    def read(value: object) -> Path | None:
        name = _text(value)
        if "\0" in name:
            raise ValueError("it is not the name of a file")
        return Path(name).expanduser() if name else None

    return Kind('the path of a file (relative to the home directory), or "" for none', read)


def _each(value: object, read_one: Callable[[str], T]) -> tuple[T, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError("it is not a list of texts in quotes")
    if len(value) > LIST_LENGTH_MAX:
        raise ValueError(f"it names more than {LIST_LENGTH_MAX}")
    return tuple(dict.fromkeys(read_one(part) for part in value))


def listen_addresses() -> Kind[tuple[ListenAddress, ...]]:
    """Places to listen on."""

    def read(value: object) -> tuple[ListenAddress, ...]:
        return _each(value, ListenAddress.parse)

    return Kind('a list of host:port, such as ["*:7447"]', read, is_list=True)


def peer_addresses() -> Kind[tuple[PeerAddress, ...]]:
    """Addresses of nodes."""

    def read(value: object) -> tuple[PeerAddress, ...]:
        return _each(value, PeerAddress.parse)

    return Kind(
        'a list of addresses, such as ["192.168.1.20:7447", "wss://node.example.org/sync"]',
        read,
        is_list=True,
    )


def interface_names() -> Kind[tuple[str, ...]]:
    """Names of network interfaces."""

    def name(part: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._:@-]{1,32}", part):
            raise ValueError(f"{part[:40]!r} is not the name of a network interface")
        return part

    def read(value: object) -> tuple[str, ...]:
        return _each(value, name)

    return Kind('a list of network interfaces, such as ["eth0", "wlan0"]', read, is_list=True)


def proxy_networks() -> Kind[tuple[ProxyNetwork, ...]]:
    """Addresses of proxies, or networks of them."""

    def network(part: str) -> ProxyNetwork:
        try:
            return ipaddress.ip_network(part)
        except ValueError:
            raise ValueError(
                f"{part[:60]!r} is neither an IP address nor a network such as 10.0.0.0/8"
            ) from None

    def read(value: object) -> tuple[ProxyNetwork, ...]:
        return _each(value, network)

    return Kind('a list of IP addresses or networks, such as ["127.0.0.1", "::1"]', read, is_list=True)


def actor_ids() -> Kind[tuple[ActorId, ...]]:
    """Ids of actors."""

    def actor(part: str) -> ActorId:
        try:
            return ActorId(parse_id(part))
        except ProtocolError:
            raise ValueError(f"{part[:60]!r} is not the whole id of an actor, of 52 characters") from None

    def read(value: object) -> tuple[ActorId, ...]:
        return _each(value, actor)

    return Kind("a list of whole ids of actors, as `minga actor list --json` gives them", read, is_list=True)


def node_ids() -> Kind[tuple[NodeId, ...]]:
    """Keys of nodes, as did:key."""

    def node(part: str) -> NodeId:
        try:
            return NodeId(parse_did_key(part)[len(ED25519_PREFIX) :])
        except ProtocolError:
            raise ValueError(f"{part[:60]!r} is not the key of a node, did:key:z6Mk…") from None

    def read(value: object) -> tuple[NodeId, ...]:
        return _each(value, node)

    return Kind("a list of keys of nodes, as `minga status` gives them", read, is_list=True)
