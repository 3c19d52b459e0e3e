"""What a node does with what nobody should have signed: it refuses it, or keeps it and shows it harmlessly.

The list: parties nobody knows, parts of each other, pacts with themselves, dates reversed, a pact on a
commons that does not exist yet, 200,000 characters, words that turn what is around them, consents to a
version nobody has; for every kind.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import click
import pytest

from node.cli.root import minga
from node.home import Home
from node.store.sqlite import SqliteStore
from node.sync.one_sync import sync_once
from protocol.identifiers import RecordId, SubjectId, id_text
from protocol.kinds import KINDS
from protocol.record.verification import VerifiedRecord
from protocol.session.batch import pack_batch
from protocol.session.messages import Announce, Records, Want
from protocol.state.course import course
from protocol.state.effect import Effect
from protocol.state.fold import ThingState
from protocol.state.links import part_of, within
from tests.node.cli.terminal import Terminal
from tests.node.end_to_end.nodes import NodeProcess
from tests.node.hostile import bad_records
from tests.node.hostile.attacker import attackers
from tests.node.hostile.bad_records import AGREEMENT, LAND, REFUSED, THEM, TRICKSTER, US, odd
from tests.node.live import make_home, quiet_settings
from tests.node.web.readers import check_page
from tests.patience import PATIENCE_S

ODD = odd()
HONEST = [*US.records, *THEM.records, *TRICKSTER.records, LAND, AGREEMENT]
ALL: list[VerifiedRecord] = [*HONEST, *(record for records in ODD.values() for record in records)]
IDS = {record.id for record in ALL}
SUBJECTS = sorted({record.subject for record in ALL})

# What no page and no terminal shows as it came: controls (but for line ends and tabs), what turns the
# direction of text, invisible tags, half of a pair.
MISLEADING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)

# A reader opens six connections at most.
PAGES_AT_ONCE = 4


class Flooded:
    """A node that all of it was sent to: what is refused by attackers, what is odd by an honest peer."""

    def __init__(self, folder: Path) -> None:
        self.home = asyncio.run(make_home(folder / "home", HONEST))
        self.process = NodeProcess(self.home.path, ["--listen", "127.0.0.1:0", "--no-lan"], list)
        self.said: dict[str, str] = {}
        asyncio.run(self.send_everything(folder))

    async def send_everything(self, folder: Path) -> None:
        await self.process.ready()
        self.address = await self.process.address()
        for name, envelope in REFUSED.items():
            async with attackers(self.address) as attack:
                attacker = await attack.greeted()
                await attacker.send(Announce((NEW_ID,)))
                while not isinstance(want := await attacker.receive(), Want):
                    pass
                await attacker.send(Records(want.number, pack_batch([envelope])))
                self.said[name] = (await attacker.end()).reason
        giver = await make_home(folder / "giver", ALL)
        async with asyncio.timeout(PATIENCE_S):
            await sync_once(giver, quiet_settings(), self.address)


# Of none of these: whoever says that it has a record is asked for it.
NEW_ID = RecordId(b"\x0d" * 32)


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    """The node; in the end it stops as it should, and its store is whole."""
    found = Flooded(tmp_path_factory.mktemp("flooded"))
    try:
        yield found
    finally:
        code = found.process.stop()
    assert code == 0, found.process.said()
    assert "Traceback" not in found.process.said(), found.process.said()
    assert asyncio.run(faults(found.home)) == []


async def faults(home: Home) -> list[str]:
    async with await SqliteStore.open(home.store_path) as store:
        return await store.check()


def test_the_list_has_every_kind() -> None:
    for records in ([r for name, one in ODD.items() if name.startswith("words") for r in one], ODD_ABOUT):
        assert {record.header.kind for record in records} >= set(KINDS) - {"actor"}
    assert {name.split(": ")[1].split(".")[0] for name in REFUSED if name.startswith("200,000")} >= {
        kind for kind, payload in bad_records.WHOLE.items() if kind in KINDS and has_text(payload)
    }


ODD_ABOUT = ODD["signed in the name of somebody nobody knows"]


def has_text(payload: dict[str, Any]) -> bool:
    return any(isinstance(value, dict) and set(value) == {"es"} for value in payload.values())


def test_what_is_wrong_is_refused_and_its_bringer_is_told(flooded: Flooded) -> None:
    assert {name for name, said in flooded.said.items() if said not in ("malformed", "over-limit")} == set()
    assert {said for name, said in flooded.said.items() if name.startswith("200,000")} == {"over-limit"}


async def test_what_is_odd_is_kept_and_the_node_goes_on_serving(flooded: Flooded, tmp_path: Path) -> None:
    assert await flooded.process.records() == IDS
    answer = await sync_once(await make_home(tmp_path / "new"), quiet_settings(), flooded.address)
    assert answer["records"] == len(IDS)


async def thing(store: SqliteStore, record: VerifiedRecord) -> ThingState:
    found = await store.thing(record.subject)
    assert found is not None
    return found


async def test_it_has_no_effect_on_what_others_did(tmp_path: Path) -> None:
    async with (
        await SqliteStore.open(tmp_path / "quiet") as quiet,
        await SqliteStore.open(tmp_path / "all") as full,
    ):
        await quiet.add(HONEST)
        await full.add(ALL)
        for record in (LAND, AGREEMENT, *US.records):
            before, after = await thing(quiet, record), await thing(full, record)
            assert (after.kind, after.status, after.display) == (before.kind, before.status, before.display)
            assert (after.title, after.linked) == (before.title, before.linked)
            assert after.heads[: len(before.heads)] == before.heads  # what a stranger says stands behind it
        agreement = await thing(full, AGREEMENT)
        assert agreement.pact is not None
        assert agreement.pact.in_force is None
        assert {answer.answer for answer in agreement.pact.answers[AGREEMENT.id]} == {"none"}
        assert course(agreement, 2**42).status == "proposed"
        for record in ODD["signed in the name of somebody nobody knows"]:
            verdict = (await thing(full, record)).judged.get(record.id)
            assert (verdict is None) == (record.header.kind == "cosign")
            assert verdict is None or verdict.effect is Effect.UNKNOWN_AUTHOR
        await circles(full)


async def circles(store: SqliteStore) -> None:
    """What is part of itself is within nothing, and that is found in the time that it takes."""
    rings = [
        record for record in ODD["parts of each other, and of themselves"] if record.header.kind == "commons"
    ]
    things = [await thing(store, record) for record in rings]
    parts = {state.subject: part_of(state, 2**42) for state in things}
    assert all(within(state.subject, parts).cycle for state in things)
    assert all(not within(state.subject, parts).things for state in things)


async def test_a_pact_finds_its_commons_when_that_comes(tmp_path: Path) -> None:
    agreement, land = ODD["a pact on a commons that does not exist yet"]
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([*US.records, agreement])
        about = SubjectId(land.id)
        assert [row.subject for row in await store.pacts_about(about)] == [agreement.subject]
        assert await store.thing(about) is None
        await store.add([land])
        assert (await thing(store, land)).status == "own"
        assert [row.subject for row in await store.pacts_about(about)] == [agreement.subject]


async def test_a_consent_counts_when_its_version_comes_and_not_before(tmp_path: Path) -> None:
    parties = (US, THEM)
    consents = [
        record
        for person in parties
        for record in person.sign(
            "consent", {"decision": "consent"}, subject=AGREEMENT.subject, parents=[AGREEMENT.id]
        )
    ]
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([*US.records, *THEM.records, *consents])
        await store.add(ODD["consents to a version nobody has"])
        assert (await thing(store, AGREEMENT)).status == "void"
        await store.add([AGREEMENT])
        assert (await thing(store, AGREEMENT)).status == "in_force"


async def test_every_page_shows_it_as_words(flooded: Flooded) -> None:
    """Every page that a reader comes to from the lists, from each thing and from each record."""
    waiting = ["/", "/?lang=en", *(f"/thing/{id_text(s)}" for s in SUBJECTS)]
    waiting += [f"/record/{id_text(record.id)}" for record in ALL]
    seen: set[str] = set(waiting)
    titles = set()
    limit = asyncio.Semaphore(PAGES_AT_ONCE)
    async with aiohttp.ClientSession(f"http://{flooded.address}") as reader:

        async def read(path: str) -> list[str]:
            async with limit, reader.get(path, headers={"Accept": "text/html"}) as answer:
                text = await answer.text()
                assert answer.status < 500, (path, text[:500])
                if answer.content_type != "text/html":
                    return []
                assert not MISLEADING.search(text), (path, MISLEADING.search(text))
                root = check_page(text)
                titles.add("".join(root.find(".//h1").itertext()))
                return [a.attrib.get("href", "") for a in root.iter("a")]

        while waiting:
            layer, waiting = waiting, []
            for links in await asyncio.gather(*map(read, layer)):
                for link in links:
                    path = link.split("#")[0]
                    if path.startswith("/") and path not in seen and len(seen) < PAGES_MAX:
                        seen.add(path)
                        waiting.append(path)
    assert len(titles) > 5


# Things, records, lists, and what they link to; the rest are the same pages in other orders.
PAGES_MAX = 1_500


def verbs(*names: str) -> list[tuple[str, str]]:
    """The commands of these names, whatever they are about."""
    context = click.Context(minga)
    found = []
    for about in minga.list_commands(context):
        group = minga.get_command(context, about)
        if isinstance(group, click.Group) and about not in ("key", "peer"):
            found += [(about, name) for name in group.list_commands(context) if name in names]
    return found


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_command_shows_it_as_words(flooded: Flooded, language: str) -> None:
    there = Terminal(flooded.home.path, language)
    for command in verbs("list"):
        harmless(there.does(*command))
        json.loads(there.does("--json", *command))
    worded = [record for name, records in ODD.items() if name.startswith("words") for record in records]
    asked = [*worded[language == "es" :: 2], *Random(language).sample(ALL, 20)]
    shown = 0
    for record in asked:
        harmless(there.does("record", "show", id_text(record.id)))
        for command in verbs("show", "timeline"):
            if command[0] in ABOUT.get(record.header.kind, (record.header.kind,)):
                result = there.run(*command, id_text(record.subject))
                assert result.exit_code in (0, 1, 2), result.stderr
                harmless(result.stdout + result.stderr)
                shown += result.exit_code == 0
    assert shown > 20


# Which commands show a thing of a kind where they are not called as it is.
ABOUT = {"motion": ("vote",)}


def harmless(text: str) -> None:
    found = MISLEADING.search(text)
    assert found is None, text[max(0, found.start() - 200) : found.end() + 50]
