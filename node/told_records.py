"""Verified records as one process of a node tells them to another: whole, with the gist beside them.

Whoever is told need not read the contents, and need not check anything again: never for bytes from outside.
"""

from msgspec import Struct

from protocol.errors import FAULTS, ProtocolError
from protocol.identifiers import RecordId
from protocol.kinds.gist import Gist
from protocol.record.header import Header
from protocol.record.verification import VerifiedRecord, read_verified


class ToldRecord(Struct, array_like=True, tag=1):
    """A verified record; `gist` is None where its payload was erased."""

    record_id: RecordId
    header: Header
    envelope: bytes
    gist: Gist | None


class ToldFault(Struct, array_like=True, tag=0):
    """Why there is none."""

    code: str
    text: str


def tell_record(record: VerifiedRecord) -> ToldRecord:
    """Return what to tell of a record."""
    gist = None if record.is_erased else record.gist
    return ToldRecord(record.id, record.header, record.envelope, gist)


def told_record(told: ToldRecord) -> VerifiedRecord:
    """Return the record that was told."""
    return read_verified(told.record_id, told.header, told.envelope, told.gist)


def tell_fault(fault: ProtocolError) -> ToldFault:
    """Return what to tell of a fault."""
    return ToldFault(fault.code, str(fault))


def told_fault(told: ToldFault) -> ProtocolError:
    """Return the fault that was told."""
    return FAULTS[told.code](told.text)
