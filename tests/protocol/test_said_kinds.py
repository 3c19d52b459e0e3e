"""What people say of places, of records and of each other, good and bad, at and past limits (§6.11, §6.3)."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from protocol.errors import Malformed, ProtocolError
from protocol.kinds import KINDS
from protocol.kinds.alert import ALERTS
from protocol.kinds.contesting import GROUNDS, PRINCIPLES, RELATIONS, Finding, Statement
from protocol.kinds.evidence import Act
from protocol.kinds.privacy import PersonalData, Sensitivity
from protocol.kinds.seal import Recipient
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from tests.protocol.people import T0, Person, commons, key
from tests.vectors.said_payloads import ALERT, BAD, COARSE, ES, FINE, GOOD, LINK

US = Person("Pesillo", [key("one")])
THING = US.sign("commons", commons(US))[0]
STATEMENTS = ("challenge", "link", "assessment", "endorsement")
SAID = ("alert", *STATEMENTS, "seal")
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
SECTION = TEXT[TEXT.index("### 6.11 ") : TEXT.index("## 7. ")]


def made(kind: str, payload: dict[str, Any]) -> VerifiedRecord:
    """Sign a record of `kind` and verify it as a receiver would."""
    about = {} if KINDS[kind].is_version else {"subject": THING.subject, "parents": [THING.id]}
    record = US.sign(kind, payload, **about)[0]
    assert verify_record(record.envelope, T0) == record
    return record


@pytest.mark.parametrize("name", GOOD)
def test_accepted(name: str) -> None:
    kind, payload = GOOD[name]
    record = made(kind, payload)
    assert isinstance(record.content, KINDS[kind].content_type)
    for field, value in payload.items():
        if isinstance(value, str | int | bytes):
            assert getattr(record.content, field) == value


@pytest.mark.parametrize("name", BAD)
def test_refused(name: str) -> None:
    error, kind, payload = BAD[name]
    with pytest.raises(ProtocolError) as caught:
        made(kind, payload)
    assert caught.value.code == error


@pytest.mark.parametrize("kind", SAID)
def test_what_people_ask_to_have_erased_can_be_erased(kind: str) -> None:
    payload = next(payload for of, payload in GOOD.values() if of == kind)
    assert verify_record(erased_envelope(made(kind, payload).envelope), T0).is_erased


@pytest.mark.parametrize("kind", SAID[1:])
def test_an_act_is_about_something(kind: str) -> None:
    payload = next(payload for of, payload in GOOD.values() if of == kind)
    with pytest.raises(Malformed):
        US.sign(kind, payload)
    with pytest.raises(Malformed):
        US.sign(kind, payload, subject=THING.subject)


@pytest.mark.parametrize("kind", ["commons", "alert"])
@pytest.mark.parametrize("tier", get_args(Sensitivity))
def test_only_a_public_place_is_exact(kind: str, tier: str) -> None:
    base = commons() if kind == "commons" else ALERT
    sealed = {"sealed": {"commitment": bytes(32)}} if tier == "sealed" else {}

    def placed(shape: dict[str, Any]) -> dict[str, Any]:
        return {**base, "sensitivity": tier, **sealed, "geometry": shape, "uncertainty_m": 110}

    if tier == "withheld":
        with pytest.raises(Malformed):
            made(kind, placed(COARSE))
    else:
        assert made(kind, placed(COARSE)).header.bbox is not None
    if tier == "public":
        made(kind, placed(FINE))
    else:
        with pytest.raises(Malformed):
            made(kind, placed(FINE))


def test_a_place_can_be_lost_under_coarse_numbers_nowhere_in_a_shape() -> None:
    """One position off the grid among many, at either end, is found."""
    ring = [0, 0, 10_000, 0, 10_000, 10_000, 0, 10_000, 0, 0]
    for at in range(len(ring)):
        moved = [value + (number == at) for number, value in enumerate(ring)]
        if at < 2:
            moved[at + 8] = moved[at]  # a ring ends where it begins
        elif at > 7:
            moved[at - 8] = moved[at]
        shape = {"type": "Polygon", "coordinates": [moved]}
        made("alert", {**ALERT, "geometry": shape})
        with pytest.raises(Malformed, match="grid"):
            made("alert", {**ALERT, "geometry": shape, "sensitivity": "generalised", "uncertainty_m": 110})


def test_fields_of_other_versions_of_the_protocol_are_kept() -> None:
    assert made("alert", {**ALERT, "zz": [1]}).content.type == "enclosure"
    assert made("link", {**LINK, "other_name": ES}).content.relation == "same_as"
    assert made("assessment", {"principles": {"rotation": 1}}).content.principles.nested is None


def test_the_text_names_every_word_and_field() -> None:
    words = set(re.findall(r"`([a-z0-9_]+)`", SECTION)) | set(re.findall(r"([a-z_]+): ", SECTION))
    words |= set(re.findall(r'"([a-z_]+)"', SECTION))
    assert words >= {*SAID, *ALERTS, *GROUNDS, *RELATIONS, *PRINCIPLES}
    assert words >= {"absent", "partial", "present", "unknown", "open", "resolved", "withdrawn"}
    for kind in SAID:
        content_type = KINDS[kind].content_type
        own = set(content_type.__struct_fields__) - set(Act.__struct_fields__ if kind in STATEMENTS else ())
        assert words >= own, kind
        assert issubclass(content_type, Statement) == (kind in STATEMENTS)
    for part in (Finding, Recipient):
        assert words >= set(part.__struct_fields__)
    shared = TEXT[TEXT.index("personal = {") : TEXT.index("Expressions match the whole text")]
    assert set(re.findall(r"([a-z_]+): ", shared)) == set(PersonalData.__struct_fields__)
    assert all(
        f"`{tier}`" in TEXT[TEXT.index("### 6.3 ") : TEXT.index("### 6.4 ")] for tier in get_args(Sensitivity)
    )
