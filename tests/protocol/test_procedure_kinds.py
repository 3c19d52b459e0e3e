"""The kinds of the procedure around a pact, good and bad, at and past limits (docs/protocol.md §6.8)."""

import re
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import Malformed, ProtocolError
from protocol.kinds import KINDS
from protocol.kinds.evidence import Act
from protocol.kinds.procedure import REASONED_STEPS, STEPS, SUPPORTS
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from tests.protocol.people import T0, Person, commons, key
from tests.vectors.procedure_payloads import AN_ID, BAD, CALL, ES, GOOD, PAPER, SOURCE

US = Person("Pesillo", [key("one")])
THING = US.sign("commons", commons(US))[0]
PROCEDURE = ("call", "step", "observation", "reply", "support", "report", "dispute")
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
SECTION = TEXT[TEXT.index("### 6.8 ") : TEXT.index("## 7. ")]


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


@pytest.mark.parametrize("kind", PROCEDURE)
def test_what_people_ask_to_have_erased_can_be_erased(kind: str) -> None:
    payload = next(payload for name, (of, payload) in GOOD.items() if of == kind)
    stripped = verify_record(erased_envelope(made(kind, payload).envelope), T0)
    assert stripped.is_erased


@pytest.mark.parametrize("kind", PROCEDURE[1:])
def test_an_act_is_about_something(kind: str) -> None:
    payload = next(payload for name, (of, payload) in GOOD.items() if of == kind)
    with pytest.raises(Malformed):
        US.sign(kind, payload)
    with pytest.raises(Malformed):
        US.sign(kind, payload, subject=THING.subject)


@pytest.mark.parametrize("step", sorted(REASONED_STEPS))
def test_who_says_no_says_why(step: str) -> None:
    with pytest.raises(Malformed, match="reasons"):
        made("step", {"step": step, "party": AN_ID, "evidence": [PAPER]})
    made("step", {"step": step, "party": AN_ID, "reasons": ES})
    made("step", {"step": step, "source": SOURCE})


@pytest.mark.parametrize("step", sorted(set(STEPS) - REASONED_STEPS - {"withdrawn"}))
def test_a_step_needs_nothing_but_its_word(step: str) -> None:
    assert made("step", {"step": step}).content.step == step


def test_fields_of_other_versions_of_the_protocol_are_kept() -> None:
    assert made("step", {"step": "received", "zz": [1]}).content.step == "received"
    assert made("call", {**CALL, "budget": 3}).content.type == "call"


def test_the_text_names_every_step_support_and_field() -> None:
    words = set(re.findall(r"`([a-z0-9_]+)`", SECTION))
    assert words >= {*STEPS, *SUPPORTS, *PROCEDURE}
    for kind in PROCEDURE:
        assert words >= set(KINDS[kind].content_type.__struct_fields__)
        assert issubclass(KINDS[kind].content_type, Act) == (kind != "call")
