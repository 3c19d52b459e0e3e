"""The files people really have come in whole, with no hand editing, and again without duplicates."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from node.importing.drafts import Drafted, Known, Skipped, SourceKey, summarise
from node.importing.mapping import choose_mapping
from node.importing.plan import plan, source_key
from node.importing.preview import preview
from node.importing.readers import open_input
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.kinds.geometry import to_geojson
from protocol.record.signing import Author, sign_record
from protocol.record.verification import verify_record
from tests.shared_inputs import shared_path

FILES = {
    "es_comunales.geojson": ("es-comunales", {"commons": 81}),
    "es_municipios_vecinos.geojson": ("es-municipios", {"place": 237}),
    "commons_facts.csv": ("commons-facts", {"commons": 33}),
    "palermo_patti.csv": ("palermo-patti", {"pact": 62, "commons": 38}),
}
NOW_MS = 1_767_225_600_000


def outcomes(name: str, known: dict[SourceKey, Known] | None = None) -> list[Drafted | Skipped]:
    file = open_input(shared_path("data", name))
    return list(
        plan(file, choose_mapping(None, file.columns), known, {"retrieved": "2026-01-01", "as_of": "2025-12"})
    )


def drafts(name: str) -> list[Drafted]:
    return [outcome for outcome in outcomes(name) if isinstance(outcome, Drafted)]


def recorded(planned: Iterable[Drafted | Skipped]) -> dict[SourceKey, Known]:
    """Sign everything as one actor, filling links on the way, and return what a node would then know."""
    key = SigningKey(bytes(range(32)))
    payload = {
        "name": {"en": "Archive"},
        "type": "association",
        "keys": [{"key": key.public}],
        "threshold": 1,
    }
    founding = sign_record(Author(key, None, None), "actor", payload, NOW_MS)
    author = Author(key, ActorId(founding.id), RecordId(founding.id))
    subjects: dict[SourceKey, SubjectId] = {}
    known: dict[SourceKey, Known] = {}
    for number, draft in enumerate(planned):
        if isinstance(draft, Drafted):
            final = draft.linked(subjects)
            salted = {**final.payload, "salt": number.to_bytes(16, "big")}
            record = sign_record(author, final.kind, salted, NOW_MS + number)
            assert verify_record(record.envelope, NOW_MS + number).id == record.id
            subjects[final.key] = record.subject
            assert source_key(final.kind, salted) == final.key
            known[final.key] = Known(record.subject, salted)
    return known


@pytest.mark.parametrize("name", FILES)
def test_every_row_comes_out_under_the_mapping_found_by_its_columns(name: str) -> None:
    mapping, counts = FILES[name]
    assert choose_mapping(None, open_input(shared_path("data", name)).columns).name == mapping
    summary = summarise(outcomes(name))
    assert (dict(summary.new), dict(summary.skipped)) == (counts, {})


@pytest.mark.parametrize("name", FILES)
def test_importing_again_changes_nothing(name: str) -> None:
    first = outcomes(name)
    again = outcomes(name, recorded(first))
    assert [type(outcome) for outcome in again] == [Skipped] * len(first)
    assert all(outcome.unchanged for outcome in again if isinstance(outcome, Skipped))


def test_what_changed_at_the_source_is_a_new_version_of_the_same_thing() -> None:
    known = recorded(outcomes("palermo_patti.csv"))
    key = SourceKey("pact", "Comune di Palermo, patti di collaborazione", "001")
    old = known[key]
    earlier = {**old.payload, "reported": {**old.payload["reported"], "status": "In attesa di integrazione"}}
    changed = [
        o
        for o in outcomes("palermo_patti.csv", known | {key: Known(old.subject, earlier)})
        if isinstance(o, Drafted)
    ]
    assert [(one.key, one.subject) for one in changed] == [(key, old.subject)]
    assert changed[0].payload["reported"]["status"] == "Istruttoria in corso"


def test_geometry_is_that_of_the_file_turned_where_needed() -> None:
    features = json.loads(shared_path("data", "es_comunales.geojson").read_text(encoding="utf-8"))["features"]
    for draft, feature in zip(drafts("es_comunales.geojson"), features, strict=True):
        ours, theirs = to_geojson(draft.payload["geometry"]), feature["geometry"]
        assert ours["type"] == theirs["type"]
        assert positions(ours["coordinates"]) == positions(theirs["coordinates"])
    assert (
        sum("wound the other way" in note for one in drafts("es_comunales.geojson") for note in one.notes)
        > 60
    )


@pytest.mark.parametrize(
    ("name", "doubtful"),
    [("es_municipios_vecinos.geojson", 0), ("commons_facts.csv", 13), ("palermo_patti.csv", 25)],
)
def test_what_is_in_order_in_real_files_is_not_doubted(name: str, doubtful: int) -> None:
    file = open_input(shared_path("data", name))
    seen = preview(file, choose_mapping(None, file.columns))
    assert len(seen.doubtful) <= doubtful, seen.doubts
    assert seen.personal == []


def positions(coordinates: Any) -> set[tuple[float, float]]:
    if isinstance(coordinates[0], list):
        return set().union(*map(positions, coordinates))
    return {(coordinates[0], coordinates[1])}


def test_what_is_doubtful_in_the_spanish_commons_is_said() -> None:
    summary = summarise(outcomes("es_comunales.geojson"))
    told = {text.split(":")[0]: count for text, count in summary.notes.items()}
    assert told["its polygon collapsed to a point when the source simplified it"] == 17
    assert told["the source has no area"] == 17
    assert told["its name lists codes that look like municipalities' and are not"] == 7
    assert told["the source does not name the municipalities that hold it in common"] == 42
    by_id = {draft.key.identifier: draft.payload for draft in drafts("es_comunales.geojson")}
    assert "stewards" not in by_id["53007"]  # its "members" 09076, 09290 … are no municipalities
    assert [steward["code"] for steward in by_id["53000"]["stewards"]][:2] == ["20070", "20043"]
    assert by_id["53000"]["area"] == {"square_metres": 38_508_000}
    assert by_id["53000"]["publication"] == {"basis": "public_source"}
    assert "uncertainty_m" not in by_id["53006"]  # a collapsed polygon: nobody knows how large


def test_municipalities_are_places_and_not_actors_or_commons() -> None:
    payload = drafts("es_municipios_vecinos.geojson")[0].payload
    assert payload["level"] == payload["type"] == "municipality"
    assert payload["code"] == "01009"
    assert [level["level"] for level in payload["territory"]] == ["province", "nation"]
    assert not {"stewards", "keys", "threshold"} & payload.keys()


def test_pacts_are_reported_and_name_no_natural_person() -> None:
    pacts = {draft.key.identifier: draft for draft in drafts("palermo_patti.csv") if draft.kind == "pact"}
    statuses = {pact.payload["reported"]["status"] for pact in pacts.values()}
    assert statuses == {
        "Istruttoria in corso",
        "Respinta",
        "Archiviata",
        "Patto stipulato",
        "In attesa di integrazione",
    }
    assert all(pact.payload["reported"]["as_of"] == "2025-12" for pact in pacts.values())
    sides = {tuple(party.get("side") for party in pact.payload["parties"]) for pact in pacts.values()}
    assert sides == {("administration", "community")}
    for number in ("002", "049", "054"):  # written "Persona fisica", "Persona Fisica"
        assert pacts[number].payload["parties"][1]["name"] == {"it": "Persona fisica"}
    assert pacts["051"].payload["parties"][1]["name"] == {"it": "Gruppo informale"}
    assert "commons" not in pacts["014"].payload  # no address


def test_a_pact_refers_to_the_commons_made_of_its_address() -> None:
    known = recorded(outcomes("palermo_patti.csv"))
    source = "Comune di Palermo, patti di collaborazione"
    square = known[SourceKey("commons", source, "luogo: piazza tommaso natale")]
    for number in ("026", "046"):  # one shelved, one signed, both about the same square
        assert known[SourceKey("pact", source, number)].payload["commons"][0]["subject"] == square.subject
    refused = known[SourceKey("pact", source, "009")].payload
    assert refused["commons"] == [
        {"name": {"it": "Piazza Magione"}, "subject": refused["commons"][0]["subject"]}
    ]
    alone = known[SourceKey("pact", source, "008")].payload
    assert "subject" not in alone["commons"][0]  # refused: its street was made no commons


def test_what_is_doubtful_in_the_pacts_is_said_once_for_each_row() -> None:
    notes = summarise(outcomes("palermo_patti.csv")).notes
    moved = [text for text in notes if "another position" in text]
    assert moved == ["row … gives another position for 'luogo: piazza borsa'; that one is kept"]
    assert notes["row … has the same name; both are kept"] == 2
    assert notes["row … has exactly the same geometry; both are kept"] == 1
    assert notes["the source does not name the proposer, only says what it is"] == 14


def test_facts_carry_their_citation_and_how_far_they_were_checked() -> None:
    payloads = {draft.payload["name"]["en"]: draft.payload for draft in drafts("commons_facts.csv")}
    assert payloads["Törbel alp, forest and waste"]["resources"] == ["pasture", "forest", "irrigation"]
    assert "verify before quoting" in payloads["Hirano village iriai lands"]["source"]["note"]["en"]
    two = payloads["Facería of Roncal and Barétous (Tribute of the Three Cows)"]["territory"]
    assert [nation["code"] for nation in two] == ["ES", "FR"]
    assert all(payload["resources"] != ["other"] for payload in payloads.values())


@pytest.mark.slow
def test_a_register_of_many_thousand_polygons_comes_in_whole(tmp_path: Path) -> None:
    mapping = tmp_path / "localities.toml"
    mapping.write_text(
        """
        name = "localities"
        title = "Localities, for volume"
        source = { name = "INEGI" }
        [[records]]
        kind = "place"
        identifier = "{@number}"
        label = "{n}"
        [records.fields]
        name.es = { first = [{ column = "n" }, "sin nombre"] }
        level = "community"
        licence = "INEGI"
        geometry = { feature = "geometry" }
        """,
        encoding="utf-8",
    )
    file = open_input(shared_path("data", "load_localities.geojson"))
    summary = summarise(plan(file, choose_mapping(str(mapping), file.columns)))
    assert summary.new["place"] + sum(summary.skipped.values()) == 15_900
    assert set(summary.skipped) == set()
