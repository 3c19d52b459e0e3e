"""The numbered steps of verification (docs/protocol.md §5), shown one by one.

The verdict is `protocol.record.verification`'s: it is asked last, so that this list is never kinder than it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocol.canonical import decode
from protocol.errors import BadSignature, FromTheFuture, ProtocolError
from protocol.keys import verify_signature
from protocol.kinds import check_erasable, check_header, check_place, examine
from protocol.limits import CLOCK_SKEW_MAX_MS, PAYLOAD_SIZE_MAX_BYTES
from protocol.record.envelope import Envelope, split_envelope
from protocol.record.header import Header, decode_header, payload_hash
from protocol.record.verification import SIGNATURE_TAG, verify_record


@dataclass(frozen=True, slots=True)
class Step:
    """A step of verification and its outcome: `fault` is None where it holds."""

    number: int
    what: str
    fault: str | None = None
    code: str | None = None


# As the specification numbers them; the wording is put into the spoken language where it is shown.
STEPS = (
    "The envelope is whole, in its one form, and its signature of a known type",
    "The header is whole, of a known version, each field as it should be",
    "It is not dated ahead of this clock by more than a day",
    "The content is the one that was signed, or was erased",
    "The content is in its one form",
    "Header and content follow the rules of their kind",
    "The signature is that of the key it names",
)


def checked(data: bytes, now_ms: int) -> list[Step]:
    """Return the steps for an envelope up to the first that fails."""
    run = _Run(data, now_ms)
    steps: list[Step] = []
    for number, (what, step) in enumerate(zip(STEPS, run.steps(), strict=True), 1):
        try:
            step()
        except ProtocolError as fault:
            return [*steps, Step(number, what, str(fault), fault.code)]
        steps.append(Step(number, what))
    try:
        verify_record(data, now_ms)
    except ProtocolError as fault:
        steps[-1] = Step(len(STEPS), STEPS[-1], str(fault), fault.code)
    return steps


class _Run:
    """One verification: what earlier steps have read, for later ones."""

    def __init__(self, data: bytes, now_ms: int) -> None:
        self._data = data
        self._now_ms = now_ms
        self._envelope: Envelope
        self._header: Header
        self._content: Any = None

    def steps(self) -> list[Callable[[], None]]:
        return [
            self._split,
            self._read_header,
            self._check_time,
            self._check_digest,
            self._read_content,
            self._check_kind,
            self._check_signature,
        ]

    def _split(self) -> None:
        self._envelope = split_envelope(self._data)

    def _read_header(self) -> None:
        self._header = decode_header(self._envelope.header)

    def _check_time(self) -> None:
        if self._header.time_ms > self._now_ms + CLOCK_SKEW_MAX_MS:
            raise FromTheFuture("the record is dated more than a day ahead of this node's clock")

    def _check_digest(self) -> None:
        payload = self._envelope.payload
        if payload is not None and (
            len(payload) != self._header.payload_size or payload_hash(payload) != self._header.payload_hash
        ):
            raise BadSignature("the content is not the one that was signed")

    def _read_content(self) -> None:
        if self._envelope.payload is not None:
            self._content = decode(self._envelope.payload, PAYLOAD_SIZE_MAX_BYTES)

    def _check_kind(self) -> None:
        content = None
        if self._envelope.payload is None:
            check_erasable(self._header.kind)
        else:
            content, box = examine(self._header.kind, self._content)
            check_place(self._header, box)
        check_header(self._header, content)

    def _check_signature(self) -> None:
        verify_signature(self._header.signer, SIGNATURE_TAG + self._envelope.header, self._envelope.signature)
