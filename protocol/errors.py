"""Every way a peer's bytes can be wrong, one type per fault.

Decoding fails with `Malformed` or `OverLimit` and nothing else, for any bytes.
Verification adds the others.  Each error has a stable `code` (used in the test
vectors, on the wire and in logs) and a `severity` that tells a node what the
fault says of the peer that sent the bytes (docs/protocol.md §15).
"""

from enum import IntEnum


class Severity(IntEnum):
    """What a fault says of the peer that caused it."""

    HARMLESS = 0  # an honest, up-to-date peer can cause it: forget it
    DOUBTFUL = 1  # an honest peer seldom causes it: count it
    HOSTILE = 2  # no honest peer causes it: close the door


class ProtocolError(Exception):
    """A peer's fault.  Base of all errors that bytes from outside can cause."""

    code = "protocol-error"
    severity = Severity.HOSTILE


class Malformed(ProtocolError):
    """The bytes are not what the specification says they should be."""

    code = "malformed"


class OverLimit(ProtocolError):
    """The bytes may be well formed, but exceed a limit named in `protocol.limits`."""

    code = "over-limit"


class BadSignature(ProtocolError):
    """A signature, an authentication tag, or a digest that a signature covers, does not match."""

    code = "bad-signature"


class Unsupported(ProtocolError):
    """A version, proof or key type that this implementation does not speak."""

    code = "unsupported"
    severity = Severity.HARMLESS


class FromTheFuture(ProtocolError):
    """A record is dated later than clocks may differ: the clock that is wrong may well be ours."""

    code = "from-the-future"
    severity = Severity.HARMLESS


class Misbehaviour(ProtocolError):
    """Well-formed messages in an order or amount that the protocol forbids."""

    code = "misbehaviour"


class WrongNetwork(ProtocolError):
    """The peer belongs to another network, or lacks this one's key."""

    code = "wrong-network"
    severity = Severity.HARMLESS


class HandshakeFailed(ProtocolError):
    """No secure channel came about: a message did not open, or another node than the expected one answered.

    Other settings on an honest peer look the same as tampering on the way.
    """

    code = "handshake-failed"
    severity = Severity.DOUBTFUL


class Stalled(ProtocolError):
    """The peer left unanswered, beyond all patience, what it had to answer.

    A dying link on an honest peer looks the same.
    """

    code = "stalled"
    severity = Severity.DOUBTFUL


FAULTS: dict[str, type[ProtocolError]] = {fault.code: fault for fault in ProtocolError.__subclasses__()}
"""Every fault by its code."""
