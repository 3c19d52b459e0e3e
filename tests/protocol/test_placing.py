"""Which territory is which, and what is counted of a commons in it (docs/protocol.md §8.12)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.kinds import examine
from protocol.kinds.area import AREA_COUNTED_MAX_M2
from protocol.kinds.commons import TERRITORY_LEVELS
from protocol.kinds.placing import (
    EVERYWHERE,
    ID_TEXT_LENGTH,
    NOWHERE,
    Naming,
    Placing,
    TerritoryId,
    best_name,
    folded,
    placing_of,
    territory_ids,
    territory_text,
)

SQUARE = {"type": "Polygon", "coordinates": [[0, 0, 90_000, 0, 90_000, 90_000, 0, 90_000, 0, 0]]}


def level(word: str, name: str, code: str | None = None, tag: str = "es", **others: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"level": word, "name": {tag: name, **others}}
    return entry if code is None else {**entry, "code": code}


def placed(*territory: dict[str, Any], kind: str = "commons", **more: Any) -> Placing:
    """Where a content with these territories says that it lies."""
    payload = {"name": {"es": "x"}, "licence": "CC0-1.0", "territory": list(territory), **more}
    if kind == "commons":
        payload.setdefault("resources", ["water"])
    found = placing_of(examine(kind, payload)[0])
    assert found is not None
    return found


def smallest(*territory: dict[str, Any]) -> Naming:
    return placed(*territory).namings[-1]


OLMEDO, CAYAMBE = level("parish", "Olmedo"), level("canton", "Cayambe")
PICHINCHA, ECUADOR = level("province", "Pichincha"), level("nation", "Ecuador")


def test_a_territory_is_its_level_its_name_and_what_it_lies_in() -> None:
    here = smallest(OLMEDO, CAYAMBE, PICHINCHA, ECUADOR)
    assert here.step == ("parish", "name", "olmedo")
    assert here == smallest(OLMEDO, CAYAMBE, PICHINCHA, ECUADOR)
    others = {
        smallest(OLMEDO, level("canton", "Paltas"), level("province", "Loja"), ECUADOR).id,
        smallest(OLMEDO, CAYAMBE, PICHINCHA).id,
        smallest(OLMEDO, PICHINCHA, ECUADOR).id,
        smallest(OLMEDO).id,
        smallest(level("community", "Olmedo"), CAYAMBE, PICHINCHA, ECUADOR).id,
        smallest(level("parish", "Olmedo", "170254"), CAYAMBE, PICHINCHA, ECUADOR).id,
    }
    assert len(others - {here.id}) == 6
    assert smallest(OLMEDO).around == EVERYWHERE


def test_what_is_around_is_the_same_whatever_lies_in_it() -> None:
    here = placed(OLMEDO, CAYAMBE, PICHINCHA, ECUADOR)
    there = placed(level("parish", "Ayora"), CAYAMBE, PICHINCHA, ECUADOR)
    wide = placed(PICHINCHA, ECUADOR)
    assert here.namings[:3] == there.namings[:3]
    assert here.namings[:2] == wide.namings
    for inner, outer in zip(here.namings[1:], here.namings, strict=False):
        assert inner.around == outer.id
    assert len({here.spot, there.spot, wide.spot, placed().spot}) == 4
    assert placed().spot == NOWHERE


def test_names_are_folded_and_codes_go_before_names() -> None:
    plain = smallest(level("parish", "San José de Minas"))
    for written in ("SAN JOSÉ DE MINAS", "San Jose  de Minas", "san-josé-de-minas"):
        assert smallest(level("parish", written)).id == plain.id
    coded = smallest(level("nation", "España", "ES"))
    assert coded.step == ("nation", "code", "es")
    assert coded.id == smallest(level("nation", "Spain", " es ", tag="en")).id
    assert coded.id != smallest(level("nation", "España")).id
    # Of several languages the least tag counts; a code of blanks is none.
    assert smallest(level("parish", "Vitoria", tag="es", eu="Gasteiz")).step.word == "vitoria"
    assert smallest(level("parish", "Vitoria", " ")).step.by == "name"


def test_scripts_keep_what_tells_names_apart() -> None:
    assert folded("कि") != folded("क")  # a vowel, not an accent
    assert folded("がくえん") != folded("かくえん")
    assert folded("🌋") == "🌋"
    assert folded("🌋") != folded("🌊")
    assert folded("Ñuñoa") == "nunoa"
    assert folded("ﬁnca Ⅷ") == folded("finca viii")
    assert folded("\u202eolmedo") == "olmedo"


def test_the_order_of_writing_does_not_matter() -> None:
    entries = [OLMEDO, CAYAMBE, PICHINCHA, ECUADOR]
    for order in ([3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]):
        assert placed(*(entries[at] for at in order)) == placed(*entries)


def test_districts_may_be_of_a_town_and_a_town_of_a_district() -> None:
    district, town = level("district", "Circoscrizione I"), level("municipality", "Palermo")
    sicily = level("region", "Sicilia")
    assert [n.step.level for n in placed(district, town, sicily).namings] == [
        "region",
        "municipality",
        "district",
    ]
    assert [n.step.level for n in placed(town, district, sicily).namings] == [
        "region",
        "district",
        "municipality",
    ]
    assert placed(sicily, town, district) == placed(district, town, sicily)


def test_of_several_of_a_level_none_is_around_the_others() -> None:
    araba, gipuzkoa = level("province", "Araba/Álava"), level("province", "Gipuzkoa")
    spain = level("nation", "España", "ES")
    both = placed(level("parish", "Zalduondo"), araba, gipuzkoa, spain)
    names = {naming.step.word: naming for naming in both.namings}
    assert len(both.namings) == 4
    assert names["araba alava"].around == names["gipuzkoa"].around == names["es"].id
    assert names["zalduondo"].around == names["es"].id, "the record does not say in which province it lies"
    assert placed(araba, araba, spain) == placed(araba, spain)
    assert len({naming.id for naming in both.namings}) == 4


def test_words_that_are_not_known_stand_where_they_are_written() -> None:
    comarca = level("comarca", "Sierra Norte")
    upwards = placed(OLMEDO, comarca, PICHINCHA)
    assert [naming.step.level for naming in upwards.namings] == ["province", "comarca", "parish"]
    assert placed(PICHINCHA, comarca, OLMEDO) == upwards
    assert [n.step.level for n in placed(comarca, level("valle", "Chota")).namings] == ["valle", "comarca"]
    assert [n.step.level for n in placed(comarca).namings] == ["comarca"]


def test_a_place_is_about_a_territory() -> None:
    place = placed(CAYAMBE, PICHINCHA, ECUADOR, kind="place", level="parish", name={"es": "Olmedo"})
    assert place.documents == smallest(OLMEDO, CAYAMBE, PICHINCHA, ECUADOR).id
    # One that names itself among what it lies in, and one beside another of its level.
    again = placed(OLMEDO, CAYAMBE, kind="place", level="parish", name={"es": "Olmedo"})
    assert again.documents == smallest(OLMEDO, CAYAMBE).id
    beside = placed(OLMEDO, CAYAMBE, kind="place", level="parish", name={"es": "Ayora"})
    assert beside.documents == smallest(level("parish", "Ayora"), CAYAMBE).id
    assert placing_of(examine("actor", ACTOR)[0]) is None


ACTOR = {
    "name": {"es": "x"},
    "type": "person",
    "keys": [{"key": bytes.fromhex("ed01") + bytes(32)}],
    "threshold": 1,
}


def test_what_is_stated_goes_before_what_is_drawn() -> None:
    drawn = placed(geometry=SQUARE).area_m2
    assert drawn == pytest.approx(996_986, rel=1e-4)
    assert placed(geometry=SQUARE, area={"square_metres": 7}).area_m2 == 7
    assert placed(geometry=SQUARE, area={"local": "3 cuadras"}).area_m2 == drawn
    assert placed(area={"square_metres": 0}).area_m2 == 0
    assert placed().area_m2 is None
    assert placed(area={"square_metres": AREA_COUNTED_MAX_M2}).area_m2 == AREA_COUNTED_MAX_M2
    assert placed(area={"square_metres": AREA_COUNTED_MAX_M2 + 1}).area_m2 is None


@pytest.mark.parametrize("tier", ["generalised", "sealed"])
def test_no_area_is_taken_from_a_place_that_is_made_coarse(tier: str) -> None:
    coarse: dict[str, Any] = {"geometry": SQUARE, "sensitivity": tier, "uncertainty_m": 200}
    if tier == "sealed":
        coarse["sealed"] = {"commitment": bytes(32)}
    assert placed(**coarse).area_m2 is None
    assert placed(**coarse, area={"square_metres": 5}).area_m2 == 5
    assert placed(sensitivity="withheld").area_m2 is None


def test_ids_are_twelve_letters() -> None:
    here = smallest(OLMEDO)
    text = territory_text(here.id)
    assert (len(text), text) == (ID_TEXT_LENGTH, "hmivgynsrxjr")
    assert territory_ids(text) == territory_ids(text.upper()) == (here.id, here.id)
    low, high = territory_ids(text[:4])
    assert low <= here.id <= high < territory_ids(text[:3])[1] or text[3] == "7"
    assert territory_ids("") == (0, 2**60 - 1)
    for wrong in ("0", "é", "a" * 13, "a-b"):
        with pytest.raises(Malformed):
            territory_ids(wrong)


@given(st.integers(0, 2**60 - 1))
def test_every_id_has_its_text(number: int) -> None:
    assert territory_ids(territory_text(TerritoryId(number))) == (number, number)


def test_the_most_frequent_name_is_shown() -> None:
    given_names = [("es", "Loja", 3), ("es", "LOJA", 5), ("es", "Lojа", 5), ("qu", "Luha", 1), ("en", "x", 0)]
    assert best_name(given_names) == {"es": "LOJA", "qu": "Luha"}


NAMES = st.sampled_from(["A", "B", "á", "Ayora", "  ", "🌋", "أ"])
ENTRIES = st.lists(
    st.builds(
        level,
        st.sampled_from([*TERRITORY_LEVELS, "comarca", "valle"]),
        NAMES.filter(str.strip),
        st.sampled_from([None, "1", "2", " "]),
    ),
    max_size=12,
)


@given(ENTRIES)
def test_whatever_is_named_has_one_place(entries: list[dict[str, Any]]) -> None:
    found = placed(*entries)
    ids = [naming.id for naming in found.namings]
    assert len(set(ids)) == len(ids)
    seen = {EVERYWHERE}
    for naming in found.namings:
        assert naming.around in seen, "what is around stands before what is within"
        seen.add(naming.id)
    assert {naming.step.level for naming in found.namings} == {entry["level"] for entry in entries}
    assert found == placed(*entries, *entries)
