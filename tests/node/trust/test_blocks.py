"""The block list: its file, what it hides, and that it hides nothing but words."""

from pathlib import Path
from typing import Any

import pytest

from node.errors import ConfigError
from node.store.sqlite import SqliteStore
from node.trust.blocks import BLOCKS_MAX, Block, Blocks, Target
from node.trust.veil import Notice, masked, veiled
from protocol.channel.identity import NodeId
from protocol.identifiers import id_text
from protocol.state.course import course
from protocol.state.fold import ThingState
from tests.node.store.samples import NOW_MS, Person, point
from tests.node.trust.test_circle import vouch

ANA, BETO, EVA = (Person(name) for name in ("Ana", "Beto", "Eva"))
PEOPLE = [person.founding for person in (ANA, BETO, EVA)]
SECRET = "una calumnia"


def listed(folder: Path, *blocks: tuple[Target, bytes], reason: str = "") -> Blocks:
    found = Blocks.of_home(folder)
    for target, identifier in blocks:
        found.add(Block(target, identifier, "2025-10-09", reason))
    return found


def words_in(thing: ThingState | None) -> str:
    """Everything that anybody wrote about a thing."""
    assert thing is not None
    return str(thing) + "".join(str(verdict.record.content) for verdict in thing.judged.values())


def test_the_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    node = NodeId(b"n" * 32)
    blocks = listed(
        tmp_path,
        (Target.ACTOR, EVA.id),
        (Target.RECORD, BETO.founding.id),
        (Target.NODE, node),
        reason="vende lo que no es de nadie  # dice",
    )
    again = Blocks.of_home(tmp_path)
    assert list(again) == list(blocks)
    assert again.counts() == {"actors": 1, "records": 1, "nodes": 1}
    assert again.node(node) is not None
    assert again.remove(Target.NODE, node)
    assert not again.remove(Target.NODE, node)
    assert blocks.load() == {node}
    assert (tmp_path / "blocks.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line",
    ["actor", "actor abc 2025-01-01", f"actor {id_text(EVA.id)} 2025-02-30", "thing x 2025-01-01 y", "\xff"],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "blocks.txt").write_bytes(b"# ok\n\n" + line.encode("latin-1") + b"\n")
    with pytest.raises(ConfigError, match="mend it"):
        Blocks.of_home(tmp_path)


def test_no_more_can_be_listed_than_are_read(tmp_path: Path) -> None:
    lines = "".join(f"record {id_text(n.to_bytes(32))} 2025-01-01\n" for n in range(BLOCKS_MAX))
    (tmp_path / "blocks.txt").write_text(lines)
    blocks = Blocks.of_home(tmp_path)
    assert len(blocks) == BLOCKS_MAX
    with pytest.raises(ConfigError):
        blocks.add(Block(Target.ACTOR, EVA.id, "2025-10-09", ""))
    (tmp_path / "blocks.txt").write_text(lines + f"actor {id_text(EVA.id)} 2025-01-01\n")
    with pytest.raises(ConfigError):
        Blocks.of_home(tmp_path)


async def test_a_veiled_store_says_the_same_of_everything_but_the_words(tmp_path: Path) -> None:
    pact = ANA.pact(EVA, "Riberas", time_ms=NOW_MS)
    words: dict[str, Any] = {"text": {"es": SECRET}, "note": {"en": SECRET}}
    paper = {"evidence": [{"title": SECRET, "held_by": SECRET}], "source": {"name": SECRET}}
    records = [
        *PEOPLE,
        pact,
        ANA.consent(pact),
        EVA.consent(pact),
        EVA.says("observation", words | paper, pact),
        EVA.says("step", {"step": "suspended", "reasons": {"es": SECRET}, "said": SECRET} | paper, pact),
        EVA.says(
            "report", {"results": {"es": SECRET}, "indicators": [{"name": {"es": SECRET}, "value": 7}]}, pact
        ),
        EVA.commons(f"Ejido: {SECRET}", SECRET),
        BETO.commons("Acequia"),
        vouch(EVA, ANA, text={"es": SECRET}),
    ]
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(records)
        await store.settled()
        bare = veiled(store, Blocks(), Notice("es", "bloqueado"))
        assert bare is store
        seen = veiled(
            store, listed(tmp_path, (Target.ACTOR, EVA.id), reason="así"), Notice("es", "bloqueado")
        )
        open_, covered = await store.thing(pact.subject), await seen.thing(pact.subject)
        assert open_ is not None
        assert covered is not None
        assert SECRET in words_in(open_)
        assert SECRET not in words_in(covered)
        assert "bloqueado: así" in words_in(covered)
        assert (covered.status, covered.title, covered.pact) == (open_.status, open_.title, open_.pact)
        for moment_ms in (NOW_MS, NOW_MS + 5_000, NOW_MS + 10**11):
            told, veiled_told = course(open_, moment_ms), course(covered, moment_ms)
            assert (veiled_told.status, veiled_told.since_ms, veiled_told.due) == (
                told.status,
                told.since_ms,
                told.due,
            )
            assert [(e.what, e.why_not, e.on_paper, e.reported) for e in veiled_told.timeline] == [
                (e.what, e.why_not, e.on_paper, e.reported) for e in told.timeline
            ]
        titles = [row.title["es"] for row in (await seen.things(limit=50)).rows]
        assert sorted(titles) == ["Acequia", "Comunidad Ana", "Comunidad Beto", "Riberas"]
        assert (await seen.things(text="ejido")).rows == []
        eva = await seen.actor(EVA.id)
        assert eva is not None
        assert eva.current is not None
        assert eva.current.name == {"es": "bloqueado"}
        assert eva.current.keys[0].key == EVA.keys[0].public
        assert eva.digest == (await store.actor(EVA.id)).digest  # type: ignore[union-attr]
        assert SECRET in words_in(await store.thing(ANA.founding.subject))
        assert SECRET not in words_in(await seen.thing(ANA.founding.subject))


async def test_nothing_of_a_pact_of_whom_is_blocked_is_read_in_what_follows_from_it(tmp_path: Path) -> None:
    pact = EVA.pact(ANA, SECRET, time_ms=NOW_MS)
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add([*PEOPLE, pact, ANA.consent(pact), EVA.consent(pact)])
        await store.settled()
        seen = veiled(store, listed(tmp_path, (Target.ACTOR, EVA.id)), Notice("es", "bloqueado"))
        open_, covered = await store.thing(pact.subject), await seen.thing(pact.subject)
        assert SECRET in words_in(open_)
        assert SECRET not in words_in(covered)
        assert covered is not None
        assert covered.status == "in_force"


async def test_a_blocked_thing_is_out_of_lists_and_one_of_its_acts_alone_says_nothing(tmp_path: Path) -> None:
    river, field = BETO.commons("Río"), BETO.commons("Ejido")
    said = EVA.says("observation", {"text": {"es": SECRET}}, field)
    other = EVA.says("observation", {"text": {"es": "se lee"}}, field)
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add([*PEOPLE, river, field, said, other])
        await store.settled()
        blocks = listed(tmp_path, (Target.RECORD, river.id), (Target.RECORD, said.id))
        seen = veiled(store, blocks, Notice("es", "bloqueado"))
        assert [row.title for row in (await seen.things(kind="commons")).rows] == [{"es": "Ejido"}]
        thing = await seen.thing(field.subject)
        assert SECRET not in words_in(thing)
        assert "se lee" in words_in(thing)
        assert blocks.of_thing(thing) is None  # type: ignore[arg-type]
        hidden = await seen.thing(river.subject)
        assert hidden is not None
        assert blocks.of_thing(hidden) is not None
        assert hidden.title == {}


def test_of_a_blocked_content_the_place_is_left_out_and_what_decides_stays() -> None:
    river = BETO.commons(f"Río {SECRET}", SECRET, geometry=point(-78.5, -1.25), rules={"es": SECRET})
    covered = masked(river.content, ({"es": "no se muestra"}, {"es": "bloqueado"}))
    assert SECRET not in str(covered)
    assert covered.geometry is None
    assert covered.name == {"es": "bloqueado"}
    assert covered.rules == covered.description == {"es": "no se muestra"}
    assert covered.resources == river.content.resources
    assert [steward.actor for steward in covered.stewards] == [BETO.id]
    assert masked({"x": [1, {"y": SECRET}]}, ({"es": "a"}, {"es": "b"})) == {}
