"""Somebody is found by name, actor or key in any record, and nobody else is."""

from typing import Any
from unicodedata import normalize

import msgpack
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from node.privacy.person import Person
from protocol.identifiers import ActorId, RecordId
from tests.protocol.people import Person as Signs
from tests.protocol.people import commons, key, pact, party

ANA = Signs("Comuna", [key("privacy ana")])
LUIS = Signs("Otra", [key("privacy luis")])


def ways(person: Person, payload: dict[str, Any], by: Signs = LUIS, kind: str = "commons") -> set[str]:
    record = by.sign(kind, payload)[0]
    return {mention.how for mention in person.mentions(record.envelope)}


@pytest.mark.parametrize(
    "text",
    [
        "Ana Pérez",
        "ana perez",
        "ANA  PÉREZ",
        "Ana\nPérez",
        normalize("NFD", "Ana Pérez").replace("e", "e"),
        "dice Ana Pérez.",
        "(Ana Pérez)",
        "«Ana Pérez», vecina",
        "de Ana Pérez-Quishpe",
    ],
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert Person(names=("Ana Perez",)).is_named_in(text)
    assert Person(names=("ÁNA PÉREZ",)).is_named_in(text)
    assert ways(Person(names=("Ana Perez",)), commons(rules={"es": normalize("NFC", text)})) == {"words"}


@pytest.mark.parametrize(
    "text", ["", "Susana Pérez", "Ana Pérezo", "Ana", "Pérez", "Ana y Pérez", "AnaPérez", "Ana Per\u0323ezes"]
)
def test_another_name_is_not(text: str) -> None:
    assert not Person(names=("Ana Perez",)).is_named_in(text)


def test_names_are_no_patterns() -> None:
    assert not Person(names=("A.a P.*",)).is_named_in("Ana Pérez")
    assert Person(names=("O'Brien (hijo)",)).is_named_in("el señor o'brien (hijo) vino")


@given(st.text(min_size=3).filter(lambda text: text.strip() and text[0].isalnum() and text[-1].isalnum()))
def test_any_name_is_found_by_itself(name: str) -> None:
    assert Person(names=(name,)).is_named_in(f"dice «{name}» que sí")


def test_an_actor_and_its_keys_are_found_wherever_they_stand() -> None:
    by_id = Person(actors=frozenset({ANA.id}))
    assert ways(by_id, commons(), by=ANA) == {"author"}
    assert ways(by_id, commons(ANA)) == {"actor"}
    assert ways(by_id, pact(ANA, LUIS), kind="pact") == {"actor"}
    assert ways(by_id, {"zz": [{"deep": bytes(ANA.id)}]}, kind="org.example.any") == {"actor"}
    assert ways(by_id, commons(LUIS)) == set()
    by_key = Person(keys=frozenset({ANA.keys[0].public}))
    assert ways(by_key, commons(), by=ANA) == {"key"}
    assert {m.how for m in by_key.mentions(ANA.records[0].envelope)} == {"key"}
    assert ways(by_key, commons(ANA)) == set()
    assert ways(Person(), commons(ANA), by=ANA) == set()


def test_the_field_is_named_with_the_text() -> None:
    record = LUIS.sign(
        "commons", commons(rules={"es": "pregunte a Ana Pérez"}, stewards=[party("Ana Pérez")])
    )
    found = Person(names=("Ana Pérez",)).mentions(record[0].envelope)
    assert {(m.field, m.text) for m in found} == {
        ("rules, es", "pregunte a Ana Pérez"),
        ("stewards 1, name, es", "Ana Pérez"),
    }


def test_a_name_is_put_in_the_place_of_another_everywhere() -> None:
    person = Person(names=("Ana Perez", "Anita"))
    payload = {
        "rules": {"es": "Ana Pérez, ANITA y Susana Pérez"},
        "list": [{"x": "anita"}, 3, None, b"Anita"],
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    assert person.renamed(payload, r"\1 [x]") == {
        "rules": {"es": r"\1 [x], \1 [x] y Susana Pérez"},
        "list": [{"x": r"\1 [x]"}, 3, None, b"Anita"],
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    longer = Person(names=("Ana",), besides="Ana Pérez")
    assert longer.renamed({"x": "Ana y ana perez y Ana Pérezo"}, "Ana Pérez") == {
        "x": "Ana Pérez y ana perez y Ana Pérez Pérezo"
    }
    assert not longer.is_named_in("dice ANA PEREZ")
    untouched = {"name": {"es": "Páramo de Ichu"}}
    assert person.renamed(untouched, "x") == untouched


def test_what_has_lost_its_content_is_found_by_its_header() -> None:
    from protocol.record.envelope import erased_envelope

    record = ANA.sign("commons", commons(rules={"es": "Ana Pérez"}))[0]
    bare = erased_envelope(record.envelope)
    assert Person(names=("Ana Pérez",)).mentions(bare) == []
    assert [m.how for m in Person(actors=frozenset({ActorId(RecordId(ANA.id))})).mentions(bare)] == ["author"]


@given(st.text(min_size=3, max_size=12).filter(str.strip), st.binary(max_size=40), st.binary(max_size=40))
def test_the_quick_look_misses_nothing(name: str, before: bytes, after: bytes) -> None:
    person = Person(names=(name,))
    text = normalize("NFC", f" {name} ")
    assume(person.is_named_in(text))
    packed = msgpack.packb([before, text, after])
    assert person.may_be_in(before + packed + after)
