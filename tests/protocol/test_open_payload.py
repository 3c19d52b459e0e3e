"""The quick way through a payload and the long one: whatever comes, the same verdict."""

from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from protocol.canonical import decode, encode, encode_unchecked
from protocol.errors import Malformed, OverLimit, ProtocolError
from protocol.kinds import KINDS, _open_plain, examine, open_payload, read_content
from protocol.kinds.text import WORDS_REMEMBERED_MAX, Names, Part, Slug, Texts, _worded_fields
from protocol.limits import INTEGER_MAX, PAYLOAD_SIZE_MAX_BYTES
from tests.bench.records import drafts
from tests.protocol.people import Person, actor_payload, key, pact

US = Person("Pesillo", [key("one")])
PAYLOADS: dict[str, dict[str, Any]] = {
    "commons": next(iter(drafts(1)))[1] | {"area": {"square_metres": 40_000}},
    "pact": pact(US, "Municipio de Cayambe"),
    "actor": actor_payload("Pesillo", [key("one"), key("two")], 2),
    "place": {"name": {"es": "Cayambe"}, "level": "canton", "licence": "CC-BY-4.0", "type": "municipality"},
    "consent": {"decision": "decline", "reasons": {"es": "No hay agua."}},
    "erasure": {"basis": "mistake"},
}


def verdict(way: Any, kind: str, payload: bytes) -> Any:
    try:
        return way(kind, payload)
    except ProtocolError as fault:
        return type(fault), str(fault)


def long_way(kind: str, payload: bytes) -> Any:
    return examine(kind, decode(payload, PAYLOAD_SIZE_MAX_BYTES))


def parts_of(content_type: Any) -> set[type[Part]]:
    """Return a content's type and all the types of its parts."""
    found: set[type[Part]] = set()
    waiting = [content_type]
    while waiting:
        hint = waiting.pop()
        if isinstance(hint, type) and issubclass(hint, Part) and hint not in found:
            found.add(hint)
            waiting += get_type_hints(hint, include_extras=True).values()
        waiting += get_args(hint)
    return found


PARTS = sorted(
    set().union(*(parts_of(kind.content_type) for kind in KINDS.values())), key=lambda t: t.__name__
)
ODD_VALUES = st.sampled_from(
    [
        *(None, True, 0, -1, 2**53, 1.5, "", "café", "Árbol", b"", b"\xcc\x81", [], [1, 2], {}, "x" * 300),
        *(
            {"es": "sí"},
            {"ES": "sí"},
            {"es": ""},
            {"es": 3},
            [{"a": []}],
            "Una",
            "una",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            msgspec.msgpack.Ext(1, b""),
        ),
    ]
)


@pytest.mark.parametrize("kind", sorted(PAYLOADS))
def test_what_is_plainly_right_goes_the_quick_way(kind: str) -> None:
    payload = encode(PAYLOADS[kind])
    assert _open_plain(kind, payload) == long_way(kind, payload)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_change_anywhere_gets_the_same_verdict_both_ways(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(PAYLOADS)))
    payload = msgspec.msgpack.decode(encode(PAYLOADS[kind]))
    place: Any = payload
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        where = data.draw(st.sampled_from([*keys, "new"])) if keys else "new"
        if where in keys and isinstance(place[where], dict | list) and data.draw(st.booleans()):
            place = place[where]
            continue
        odd = data.draw(ODD_VALUES)
        if isinstance(place, dict):
            place[where] = odd
        elif where == "new":
            place.append(odd)
        else:
            place[where] = odd
        break
    given_bytes = encode_unchecked(payload)
    found = verdict(open_payload, kind, given_bytes)
    assert found == verdict(long_way, kind, given_bytes)
    if not isinstance(found[0], type):
        assert read_content(kind, given_bytes) == found[0]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(PAYLOADS)), st.data())
def test_a_flipped_cut_or_repeated_byte_gets_the_same_verdict_both_ways(
    kind: str, data: st.DataObject
) -> None:
    payload = bytearray(encode(PAYLOADS[kind]))
    at = data.draw(st.integers(0, len(payload) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "repeat"])):
        case "flip":
            payload[at] ^= data.draw(st.integers(1, 255))
        case "cut":
            del payload[at:]
        case "repeat":
            payload[at:at] = payload[at : at + 1]
    assert verdict(open_payload, kind, bytes(payload)) == verdict(long_way, kind, bytes(payload))


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("commons", "salt", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("commons", "stewards", [{"name": {"es": "Ana"}, "actor": "A" * 43 + "="}]),
        ("actor", "recovery", {"digests": ["A" * 43 + "="], "threshold": 1}),
        ("actor", "speaks_for", [{"subject": "A" * 43 + "="}]),
    ],
)
def test_a_text_is_not_taken_for_the_bytes_it_spells_in_base64(kind: str, field: str, text: Any) -> None:
    """Other implementations refuse it, and so would whoever reads the content from the store later."""
    with pytest.raises(Malformed, match="is a text, and not an id, a key or other bytes"):
        open_payload(kind, encode(PAYLOADS[kind] | {field: text}))


@pytest.mark.parametrize("name", ["name", "description"])
def test_a_text_that_is_not_in_nfc_is_refused(name: str) -> None:
    # Bytes before it that make up the start of a longer character must not hide the combining one.
    payload = PAYLOADS["commons"] | {name: {"es": "Pa\u0301ramo"}, "salt": b"\xe3" * 16}
    with pytest.raises(Malformed, match="NFC"):
        open_payload("commons", encode_unchecked(payload))


def test_an_integer_that_json_cannot_say_is_refused() -> None:
    most = PAYLOADS["commons"] | {"area": {"square_metres": INTEGER_MAX}}
    assert _open_plain("commons", encode(most)) is not None
    beyond = encode_unchecked(PAYLOADS["commons"] | {"area": {"square_metres": INTEGER_MAX + 1}})
    with pytest.raises(OverLimit):
        open_payload("commons", beyond)


def test_a_payload_beyond_its_limit_is_refused() -> None:
    with pytest.raises(OverLimit):
        open_payload("commons", bytes(PAYLOAD_SIZE_MAX_BYTES + 1))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_types_let_nothing_through_that_a_canonical_value_cannot_hold(part: type[Part]) -> None:
    """The quick way relies on it: integers bounded, no floats, and `Any` only where geometry is checked."""
    for field in inspect.type_info(part).fields:  # type: ignore[union-attr]
        kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        for kind in kinds:
            assert not isinstance(kind, inspect.FloatType | inspect.AnyType | inspect.DateTimeType)
            if isinstance(kind, inspect.IntType):
                assert kind.le is not None
                assert kind.le <= INTEGER_MAX
                assert kind.ge is not None
                assert kind.ge >= -INTEGER_MAX
            if isinstance(kind, inspect.DictType) and isinstance(kind.value_type, inspect.AnyType):
                assert field.name == "geometry"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_word_of_a_vocabulary_is_looked_at(part: type[Part]) -> None:
    texts, slugs, lists = _worded_fields(part)
    for name, hint in get_type_hints(part, include_extras=True).items():
        said = str(hint)
        mentions_texts = str(Names) in said or str(Texts) in said
        assert (name in texts) == (mentions_texts and not any(str(p) in said for p in PARTS))
        assert (name in (*slugs, *lists)) == (str(Slug) in said)


def test_words_beyond_those_remembered_are_looked_at_each_time() -> None:
    for number in range(WORDS_REMEMBERED_MAX + 10):
        word = f"w{number}"
        assert open_payload("place", encode(PAYLOADS["place"] | {"level": word}))[0].level == word
    for word in ("W1", "1w", "", "w" * 49, "w\n"):
        with pytest.raises(Malformed):
            open_payload("place", encode(PAYLOADS["place"] | {"level": word}))
    for tag in ("ES", "e", "es_EC", "es\n", "es-", "٣٣"):
        with pytest.raises(Malformed):
            open_payload("place", encode(PAYLOADS["place"] | {"name": {tag: "x"}}))
