"""Kind `place`: a documented territory is checked, boxed and erasable like a commons, nobody's actor."""

from typing import Any

import pytest

from protocol.errors import BadSignature, Malformed, OverLimit
from protocol.identifiers import ActorId, RecordId
from protocol.keys import SigningKey
from protocol.kinds.place import Place
from protocol.record.envelope import erased_envelope, join_envelope, split_envelope
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord, verify_record

NOW_MS = 1_767_225_600_000
AUTHOR = Author(SigningKey(bytes(range(32))), ActorId(bytes(32)), RecordId(bytes(32)))
SQUARE = {"type": "Polygon", "coordinates": [[0, 0, 10, 0, 10, 20, 0, 20, 0, 0]]}
PLACE: dict[str, Any] = {"name": {"es": "Asparrena"}, "level": "municipality", "licence": "CC-BY-4.0"}


def signed(**fields: Any) -> VerifiedRecord:
    return sign_record(AUTHOR, "place", {**PLACE, **fields}, NOW_MS)


def test_a_place_is_boxed_by_its_geometry() -> None:
    record = verify_record(signed(geometry=SQUARE, code="01009", type="municipality").envelope, NOW_MS)
    assert isinstance(record.content, Place)
    assert record.header.bbox == (0, 0, 10, 20)
    assert signed().header.bbox is None


def test_a_place_can_be_followed_and_erased() -> None:
    first = signed(geometry=SQUARE)
    later = sign_record(AUTHOR, "place", PLACE, NOW_MS, subject=first.subject, parents=[first.id])
    assert later.subject == first.subject
    assert verify_record(erased_envelope(first.envelope), NOW_MS).content is None


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": {}}, Malformed),
        ({"level": "Canton"}, Malformed),
        ({"geometry": {"type": "Polygon", "coordinates": [[0, 0, 10, 0, 0, 0]]}}, Malformed),
        ({"uncertainty_m": -1}, Malformed),
        ({"uncertainty_m": 2_000_001}, OverLimit),
        ({"territory": [{"level": "nation"}]}, Malformed),
    ],
)
def test_a_place_that_breaks_its_rules_is_refused(fields: dict[str, Any], fault: type[Exception]) -> None:
    with pytest.raises(fault):
        signed(**fields)


def test_a_place_is_held_to_its_payload() -> None:
    envelope = split_envelope(signed(geometry=SQUARE).envelope)
    other = split_envelope(signed().envelope)
    with pytest.raises(BadSignature):
        verify_record(join_envelope(envelope.header, envelope.signature, other.payload), NOW_MS)
