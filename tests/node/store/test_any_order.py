"""The store's state is a function of the set of records: whatever the order, the repetition, the split."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.store.shown import Effects, shown_alone, shown_of
from protocol.identifiers import ActorId
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState, resolve_actor
from protocol.state.fold import fold
from protocol.state.mentions import Role
from tests.node.store.contents import store_in_parts
from tests.node.store.samples import NOW_MS, Person, point


def _story() -> list[VerifiedRecord]:
    """People, a council, commons with versions and boxes, a pact, a rotation that strikes out, an erasure."""
    ana, beto, thief = Person("Ana"), Person("Beto"), Person("Ladrón")
    council = Person("Cabildo", threshold=2, keys=3)
    parish = {"level": "parish", "name": {"es": "Olmedo"}}
    nation = {"level": "nation", "name": {"es": "Ecuador"}, "code": "EC"}
    other = {"level": "parish", "name": {"es": "Ayora"}}
    first = ana.commons(
        "Páramo alto", "frailejones y agua", geometry=point(-78.5, -0.2), territory=[parish, nation]
    )
    second = ana.commons(
        *("Páramo alto y laguna", "otra agua"),
        after=first,
        geometry=point(-78.6, -0.3),
        territory=[parish, other, nation],
        area={"square_metres": 40_000},
    )
    rival = beto.commons("Laguna de Beto", after=first, territory=[nation], resources=["water", "fishery"])
    spoken = council.commons("Bosque del cabildo", "leña", geometry=point(179.9, 1.0))
    pact = ana.pact(beto, "Pacto del agua")
    lost = thief.commons("Cerro", "se pierde")
    struck = thief.commons("Cerro tomado", after=lost)
    taken = thief.says("link", {"relation": "same_as", "other": first.id}, lost)
    secret = beto.commons(
        *("Fuente sagrada", "donde está la fuente"),
        geometry=point(-77, -1),
        territory=[{"level": "community", "name": {"es": "Lugar callado"}}, nation],
        area={"square_metres": 9},
    )
    canton = sign_record(
        beto.author(),
        "place",
        {"name": {"es": "Olmedo"}, "level": "parish", "licence": "CC0-1.0", "territory": [nation]},
        NOW_MS,
    )
    rotation = thief.rotate("nueva", upholds_everything=False)
    after = thief.commons("Cerro recuperado", "vuelve")
    records = [
        ana.founding,
        beto.founding,
        thief.founding,
        council.founding,
        council.cosign(council.founding, 1),
    ]
    records += [
        first,
        second,
        rival,
        spoken,
        council.cosign(spoken, 2),
        pact,
        ana.consent(pact),
        beto.consent(pact),
    ]
    alert = sign_record(
        beto.author(),
        "alert",
        {
            "title": {"es": "Cerca nueva"},
            "type": "enclosure",
            "licence": "CC-BY-4.0",
            "commons": [{"subject": first.subject}],
            "geometry": point(-78.5, -0.2),
        },
        NOW_MS,
    )
    link = beto.says("link", {"relation": "overlaps", "other": spoken.id}, first)
    records += [
        canton,
        alert,
        link,
        beto.says("link", {"relation": "part_of", "other": spoken.id}, first, link),
    ]
    records += [council.says("endorsement", {"speaks_for": [{"subject": first.id}]}, ana.founding)]
    records += [taken]
    records += [ana.says("endorsement", {"text": {"es": "vecina"}}, beto.founding)]
    records += [lost, struck, rotation, after, secret, beto.erase(secret)]
    return records


STORY = _story()


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[VerifiedRecord]]:
    """The story in any order, some of it twice, in any number of parts."""
    records = list(draw(st.permutations(STORY)))
    records += draw(st.lists(st.sampled_from(STORY), max_size=5))
    cuts = sorted(draw(st.sets(st.integers(1, len(records) - 1), max_size=len(records))))
    return [records[start:end] for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True)]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], dict[str, object]]:
    contents = store_in_parts(tmp_path_factory.mktemp("expected") / "store", [STORY])
    return lambda: contents


def test_the_story_shows_what_it_was_written_to_show(expected: Callable[[], dict[str, object]]) -> None:
    things = {row[6]: row for row in expected()["things"]}  # type: ignore[attr-defined]
    statuses = {title: row[3] for title, row in things.items()}
    assert statuses['{"es":"Pacto del agua"}'] == "in_force"
    assert statuses["{}"] in ("erased", "void")
    assert '{"es":"Bosque del cabildo"}' in statuses
    assert '{"es":"Páramo alto y laguna"}' in statuses
    assert expected()["undone"] == []
    named = {(of, role) for of, role, _, _ in expected()["mentions"]}  # type: ignore[attr-defined]
    # The council's endorsement waits for a signature; the thief's link was struck out.
    assert sorted(role for _, role in named) == [Role.COMMONS, Role.LINK, Role.ENDORSER]
    words = {word for _, word in expected()["words"]}  # type: ignore[attr-defined]
    assert {"paramo", "frailejones"} & words == {"paramo"}  # the first version is not shown any more
    assert "sagrada" not in words


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=deliveries())
def test_any_order_any_repetition_any_split(
    expected: Callable[[], dict[str, object]], parts: list[list[VerifiedRecord]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert store_in_parts(Path(folder) / "store", parts) == expected()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=deliveries())
def test_a_rebuild_gives_what_was_there(
    expected: Callable[[], dict[str, object]], parts: list[list[VerifiedRecord]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert store_in_parts(Path(folder) / "store", parts, rebuild=True) == expected()


def _lone_cases() -> list[tuple[str, VerifiedRecord, dict[ActorId, ActorState | None]]]:
    ana, council, thief = Person("Ana"), Person("Cabildo", threshold=2, keys=3), Person("Ladrón")
    mine = ana.commons("Páramo", "agua", geometry=point(-78.5, -0.2))
    documented = ana.commons("Bosque ajeno", stewards=[{"name": {"es": "otros"}}])
    content = {
        "name": {"es": "Cotacachi"},
        "level": "canton",
        "licence": "CC-BY-4.0",
        "geometry": point(-78, 0),
    }
    canton = sign_record(ana.author(), "place", content, NOW_MS)
    waiting = council.commons("Bosque", "leña")
    struck = thief.commons("Cerro")
    rotation = thief.rotate("nueva", upholds_everything=False)
    kept = thief.commons("Cerro de nuevo")
    upheld = Person("Cauta")
    before = upheld.commons("Vega")
    turn = upheld.rotate("otra", upholds_everything=True)
    found = resolve_actor(council.id, [council.founding, council.cosign(council.founding, 1)])
    ana_state = resolve_actor(ana.id, [ana.founding])
    thief_state = resolve_actor(thief.id, [thief.founding, rotation])
    return [
        ("its own voice", mine, {ana.id: ana_state}),
        ("documented", documented, {ana.id: ana_state}),
        ("a place", canton, {ana.id: ana_state}),
        ("author unknown", mine, {ana.id: None}),
        ("founding not complete", waiting, {council.id: resolve_actor(council.id, [council.founding])}),
        ("signatures missing", waiting, {council.id: found}),
        ("struck out", struck, {thief.id: thief_state}),
        ("version not held", kept, {thief.id: resolve_actor(thief.id, [thief.founding])}),
        ("after the rotation", kept, {thief.id: thief_state}),
        ("upheld", before, {upheld.id: resolve_actor(upheld.id, [upheld.founding, turn])}),
    ]


@pytest.mark.parametrize(("name", "record", "states"), _lone_cases(), ids=[case[0] for case in _lone_cases()])
def test_a_record_alone_is_shown_as_the_fold_shows_it(
    name: str, record: VerifiedRecord, states: dict[ActorId, ActorState | None]
) -> None:
    expected_state = shown_of(fold(record.subject, [record], states.get))
    effects: Effects = {}
    assert shown_alone(record, states, effects) == expected_state
    assert shown_alone(record, states, effects) == expected_state  # and with the effect remembered


def test_the_lone_cases_differ() -> None:
    shown = {name: shown_alone(record, states, {}) for name, record, states in _lone_cases()}
    assert len({row.status for row in shown.values() if row is not None}) >= 4
