"""Names that mean one place: accents, small words and a slip of the pen aside, and no further."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.claims.names import NameMatch, compare_names, same_territory, words_of
from protocol.kinds.commons import Territory


@pytest.mark.parametrize(
    ("one", "other", "match"),
    [
        ("Páramo de Pesillo", "PARAMO PESILLO", NameMatch.SAME),
        ("Bosque de la Peña", "Bosque Peña, la", NameMatch.SAME),
        (
            "Parzonería General de Gipuzkoa y Araba",
            "Parzonería general de Guipuzkoa y Araba/Álava",
            NameMatch.SIMILAR,
        ),
        ("Páramo de Pesillo", "Paramo de Pesilo", NameMatch.SIMILAR),
        ("Sierra de Aralar", "Sierra de Urbasa", NameMatch.DIFFERENT),
        ("Comunidad de Fuente Carazo", "Comunidad de Revilla", NameMatch.DIFFERENT),
        ("de la", "del los", NameMatch.DIFFERENT),  # no word of them tells anything
        ("…", "—", NameMatch.DIFFERENT),
        ("上水井", "上水井", NameMatch.SAME),
    ],
)
def test_names_alike(one: str, other: str, match: NameMatch) -> None:
    assert compare_names({"es": one}, {"qu": other}) is match


def test_any_language_of_one_may_be_any_of_the_other() -> None:
    assert (
        compare_names({"es": "Laguna Grande", "qu": "Hatun Kucha"}, {"und": "hatun kucha"}) is NameMatch.SAME
    )
    assert compare_names({}, {"es": "x"}) is NameMatch.DIFFERENT


def test_marks_that_turn_the_writing_around_are_no_letters() -> None:
    assert words_of("Páramo\u202e de\u200b Pesillo\u2066") == words_of("Páramo de\u200bPesillo")


@given(st.text(max_size=60), st.text(max_size=60))
def test_comparing_is_the_same_both_ways(one: str, other: str) -> None:
    assert compare_names({"es": one}, {"es": other}) is compare_names({"en": other}, {"en": one})
    if words_of(one):
        assert compare_names({"es": one}, {"es": one}) is NameMatch.SAME


def test_a_territory_is_one_by_its_code_or_by_its_name_at_a_narrow_level() -> None:
    def level(level: str, name: str, code: str | None = None) -> list[Territory]:
        return [Territory(level, {"es": name}, code)]

    assert same_territory(level("parish", "Olmedo"), level("parish", "OLMEDO"))
    assert same_territory(level("canton", "x", "1702"), level("canton", "y", "1702"))
    assert not same_territory(level("parish", "Olmedo"), level("canton", "Olmedo"))
    assert not same_territory(level("province", "Pichincha"), level("province", "Pichincha"))
    assert not same_territory([], level("parish", "Olmedo"))
