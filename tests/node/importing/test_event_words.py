"""The table of the city's words, as the code reads it and as the page shows it; words that no table has."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.importing.event_mapping import read_events, slug_of
from node.importing.mapping import BadMapping, choose_mapping, parse_mapping
from node.importing.register_columns import REGISTER_COLUMNS, columns_of
from protocol.kinds import examine
from protocol.kinds.procedure import STEPS
from protocol.state.course import STATUS_AFTER
from tests.node.importing.test_events import STATUS_OF
from tests.node.importing.test_real_files import drafts

PAGE = Path(__file__).resolve().parents[3] / "docs" / "palermo.md"
TABLE_ROW = re.compile(r"^\| ([^|]+) \| `(\w+)` \| `(\w+)` \|", re.MULTILINE)
EVENTS = choose_mapping("palermo-eventi", frozenset()).events
assert EVENTS is not None


def test_the_page_shows_the_table_that_the_code_reads_in_both_languages() -> None:
    rows = TABLE_ROW.findall(PAGE.read_text(encoding="utf-8"))
    table = [(word, step, STATUS_AFTER[step]) for word, step in EVENTS.steps.items()]
    assert rows == table * 2
    assert {word: status for word, _, status in table} == STATUS_OF


@pytest.mark.parametrize("word", [" respinta", "RESPINTA ", "Réspinta", "respinta."])
def test_a_word_written_otherwise_is_the_same_word(word: str) -> None:
    assert EVENTS.step_of(word) == "refused"


def test_a_word_within_another_is_not_taken_for_it() -> None:
    assert EVENTS.step_of("Respinta e poi accolta") == "respinta_e_poi_accolta"


@given(st.text(min_size=1, max_size=300))
def test_any_word_makes_a_step_that_every_node_accepts_and_that_means_nothing_here(word: str) -> None:
    slug = slug_of(word)
    examine("step", {"step": slug})
    assert slug not in STEPS


@pytest.mark.parametrize("word", STEPS)
def test_a_word_called_like_a_step_is_not_that_step(word: str) -> None:
    assert slug_of(word.replace("_", " ").upper()) == f"{word}_reported"


def test_words_without_latin_letters_stay_apart() -> None:
    assert slug_of("撤回") != slug_of("受理")
    assert slug_of("撤回") == slug_of("撤回")


def test_what_the_register_said_is_found_again_in_the_versions_made_of_it() -> None:
    known = {
        draft.key.identifier: draft.payload for draft in drafts("palermo_patti.csv") if draft.kind == "pact"
    }
    columns = columns_of(known["001"])
    assert columns["proposer_name"] == "Comitato piazza Fonderia"
    assert columns["lat"] == "38.11930862"
    assert columns["note"].startswith("Acquisito Parere Soprintendenza")
    assert columns.keys() <= set(REGISTER_COLUMNS)
    assert "proposer_name" not in columns_of(known["002"])


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ('register = "palermo-patti"', "says exactly"),
        ("steps = {}", "says exactly"),
    ],
)
def test_a_mapping_of_events_that_leaves_something_out_is_refused(events: str, why: str) -> None:
    text = f'name = "x"\ntitle = "y"\nsource = {{ name = "z" }}\n[events]\n{events}\n'
    with pytest.raises(BadMapping, match=why):
        parse_mapping(text, "x.toml")


def test_a_step_that_is_none_is_refused() -> None:
    names = ("register", "language", "moment", "thing", "event", "field", "old", "new", "status")
    table: dict[str, object] = dict.fromkeys(names, "x")
    assert read_events(table | {"steps": {"Respinta": "refused"}}).step_of("respinta") == "refused"
    with pytest.raises(ValueError, match="one of the steps"):
        read_events(table | {"steps": {"Respinta": "rejected"}})
    with pytest.raises(ValueError, match="which column"):
        read_events(table | {"steps": {}, "field": 7})
