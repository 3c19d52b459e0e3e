"""Where a node listens: `host:port`, `[IPv6]:port`, or `*:port` for every address of the machine."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """An address to bind: `host` is `*`, a name, or an IP literal without brackets; port 0 any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host:port`.  Raises `ValueError` that says what to write."""
        host, colon, port_text = text.strip().rpartition(":")
        if not colon or not re.fullmatch(r"[0-9]{1,5}", port_text) or int(port_text) > 65_535:
            raise ValueError(f"{text[:80]!r} does not end in a port from 0 to 65535, as in *:7447")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
            try:
                ipaddress.IPv6Address(host)
            except ValueError:
                raise ValueError(
                    f"{text[:80]!r} is not an IPv6 address in brackets, as in [::1]:7447"
                ) from None
        elif host != "*" and not _NAME.fullmatch(host):
            raise ValueError(
                f"{text[:80]!r} is not host:port, such as *:7447, 192.168.1.5:7447 or [::1]:7447"
            )
        return cls(host, int(port_text))

    @property
    def bind_host(self) -> str | None:
        """What a socket is bound to: `None` for every address, IPv4 and IPv6."""
        return None if self.host == "*" else self.host

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
