"""What features say of things that depend on others, on the clock, on the block list, on what was erased."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from node.atlas.collections import COLLECTIONS
from node.atlas.drawing_process import Drawer
from node.atlas.file import COLUMNS
from node.atlas.jobs import Clear, decode_answer, encode
from node.atlas.reading import Atlas
from node.store.sqlite import SqliteStore
from node.trust.blocks import Block, Blocks, Target
from protocol.geometry_units import BoundingBox
from protocol.identifiers import id_text
from protocol.kinds.geometry import from_geojson
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS
from tests.node.atlas.drawn import TOKEN, draw, follow
from tests.node.claims.outlines import box
from tests.node.store.samples import NOW_MS, Person, point

ANA, BEA, EVA = Person("Ana"), Person("Bea"), Person("Eva")
YEAR_MS = 365 * DAY_MS


class Drawn:
    """A home with its store, and its atlas as it is drawn now."""

    def __init__(self, home: Path, store: SqliteStore) -> None:
        self.home, self.store = home, store
        self.atlas = Atlas(home)
        self.now_ms = NOW_MS + DAY_MS

    async def after(self, *records: VerifiedRecord, now_ms: int | None = None) -> None:
        """Store records, let time pass, and draw."""
        await self.store.add(records)
        await self.store.settled()
        self.now_ms = now_ms or self.now_ms
        await draw(self.home, self.now_ms)

    async def told(self, collection: str, thing: VerifiedRecord) -> dict[str, Any]:
        """The properties of a feature, its geometry among them."""
        found = await self.atlas.feature(collection, id_text(thing.subject))
        assert found is not None
        feature = json.loads(found)
        assert list(feature["properties"]) == [one.name for one in COLLECTIONS[collection].properties]
        return {**feature["properties"], "geometry": feature["geometry"]}

    async def is_there(self, collection: str, thing: VerifiedRecord) -> bool:
        return await self.atlas.feature(collection, id_text(thing.subject)) is not None


@pytest.fixture
async def drawn(tmp_path: Path) -> AsyncIterator[Drawn]:
    async with await SqliteStore.open(tmp_path / "store.sqlite", "NORMAL") as store:
        await store.add([ANA.founding, BEA.founding, EVA.founding])
        made = Drawn(tmp_path, store)
        yield made
        await made.atlas.aclose()


def area(west: float, south: float, size: float = 1, who: Person = ANA, **more: Any) -> VerifiedRecord:
    outline = from_geojson(box(west, south, west + size, south + size))
    return who.commons(f"Monte {west} {south}", geometry=outline, **more)


def pact_of(*about: VerifiedRecord, **term: str) -> VerifiedRecord:
    content = {
        "title": {"es": "Pacto del agua"},
        "parties": [{"name": {"es": p.name}, "actor": p.id} for p in (ANA, BEA)],
        "commons": [{"subject": one.subject} for one in about],
        "licence": "CC-BY-4.0",
        "term": term,
    }
    return sign_record(ANA.author(), "pact", content, NOW_MS + 1_000)


def alert_about(*about: VerifiedRecord, who: Person = EVA, **more: Any) -> VerifiedRecord:
    content = {
        "title": {"es": "Cercan el páramo"},
        "type": "enclosure",
        "licence": "CC0-1.0",
        "commons": [{"subject": one.subject} for one in about],
        **more,
    }
    return sign_record(who.author(), "alert", content, NOW_MS)


async def test_a_pact_stands_where_its_commons_are_and_counts_there(drawn: Drawn) -> None:
    one, other = area(-78, 0), area(-70, 5)
    pact = pact_of(one, other, start="2025-11-01", end="2026-03-31")
    # In any order: the pact before its commons.
    await drawn.after(pact)
    assert (await drawn.told("pacts", pact))["geometry"] is None
    await drawn.after(one, other, ANA.consent(pact), BEA.consent(pact))
    told = await drawn.told("pacts", pact)
    assert told["geometry"] == {
        "type": "MultiPolygon",
        "coordinates": [box(-78, 0, -77, 1)["coordinates"], box(-70, 5, -69, 6)["coordinates"]],
    }
    assert told["commons"] == [id_text(one.subject), id_text(other.subject)]
    assert (told["status"], told["in_force"], told["end"]) == ("not_yet_started", False, "2026-03-31")
    assert (await drawn.told("commons", one))["pacts_in_force"] == 0
    # Only the clock moves.
    await drawn.after(now_ms=NOW_MS + 60 * DAY_MS)
    assert (await drawn.told("pacts", pact))["status"] == "in_force"
    assert (await drawn.told("commons", one))["pacts_in_force"] == 1
    assert (await drawn.told("commons", other))["pacts_in_force"] == 1
    found = await drawn.atlas.features("pacts", bbox=BoundingBox(-700_000_000, 0, -690_000_000, 60_000_000))
    assert len(found.features) == 1
    await drawn.after(now_ms=NOW_MS + YEAR_MS)
    assert (await drawn.told("pacts", pact))["status"] == "expired"
    assert (await drawn.told("commons", one))["pacts_in_force"] == 0
    # The place moves, and the pact with it.
    await drawn.after(ANA.commons("Monte movido", after=other, geometry=point(-60, 1), time_ms=NOW_MS + 5))
    assert (await drawn.told("pacts", pact))["geometry"]["type"] == "GeometryCollection"
    await drawn.after(ANA.erase(one))
    assert (await drawn.told("pacts", pact))["geometry"]["type"] == "Point"
    assert not await drawn.is_there("commons", one)


async def test_alerts_are_counted_while_they_are_open(drawn: Drawn) -> None:
    one = area(-78, 0)
    alert, placed = alert_about(one), alert_about(one, geometry=point(-77.5, 0.5))
    await drawn.after(one, alert, placed)
    assert (await drawn.told("commons", one))["alerts_open"] == 2
    assert (await drawn.told("alerts", alert))["geometry"] == box(-78, 0, -77, 1)
    assert (await drawn.told("alerts", placed))["geometry"]["type"] == "Point"
    content = {"title": {"es": "Ya no"}, "type": "enclosure", "licence": "CC0-1.0", "state": "resolved"}
    over = sign_record(
        EVA.author(), "alert", content, NOW_MS + 9, subject=placed.subject, parents=[placed.id]
    )
    await drawn.after(over)
    assert (await drawn.told("commons", one))["alerts_open"] == 1
    assert (await drawn.told("alerts", placed))["state"] == "resolved"
    await drawn.after(EVA.erase(alert))
    assert (await drawn.told("commons", one))["alerts_open"] == 0


async def test_an_alert_that_keeps_its_place_back_is_not_on_the_map(drawn: Drawn) -> None:
    one = area(-78, 0)
    held_back = alert_about(one, sensitivity="withheld")
    await drawn.after(one, held_back)
    assert (await drawn.told("alerts", held_back))["geometry"] is None


async def test_a_territory_adds_up_what_is_in_it(drawn: Drawn) -> None:
    parish = {"level": "parish", "name": {"es": "Olmedo"}}
    place = sign_record(
        EVA.author(), "place", {"name": {"es": "Olmedo"}, "level": "parish", "licence": "CC0-1.0"}, NOW_MS
    )
    await drawn.after(place)
    assert (await drawn.told("territories", place))["commons"] == 0
    one = area(-78, 0, territory=[parish], area={"square_metres": 500})
    other = area(-70, 0, territory=[parish])
    pact = pact_of(one, start="2025-01-01")
    await drawn.after(one, other, pact, ANA.consent(pact), BEA.consent(pact))
    told = await drawn.told("territories", place)
    assert (told["commons"], told["area_known_of"], told["pacts_in_force"]) == (2, 2, 1)
    assert told["area_m2"] > 500
    await drawn.after(ANA.erase(other))
    told = await drawn.told("territories", place)
    assert (told["commons"], told["area_m2"]) == (1, 500)


async def test_what_is_blocked_is_nowhere_until_it_is_not(drawn: Drawn) -> None:
    one = area(-78, 0, who=BEA)
    alert = alert_about(one)
    await drawn.after(one, alert)
    blocks = Blocks.of_home(drawn.home)
    blocks.add(Block(Target.ACTOR, BEA.id, "2026-01-01", ""))
    await drawn.after()
    assert not await drawn.is_there("commons", one)
    assert (await drawn.told("alerts", alert))["geometry"] is None
    blocks.remove(Target.ACTOR, BEA.id)
    blocks.add(Block(Target.RECORD, alert.id, "2026-01-01", ""))
    await drawn.after()
    assert (await drawn.told("commons", one))["alerts_open"] == 0
    assert not await drawn.is_there("alerts", alert)
    blocks.remove(Target.RECORD, alert.id)
    await drawn.after()
    assert (await drawn.told("commons", one))["alerts_open"] == 1


async def test_keys_that_are_lost_take_what_they_signed_along(drawn: Drawn) -> None:
    thief = Person("Ladrón")
    one = area(-78, 0, who=thief)
    await drawn.after(thief.founding, one)
    assert (await drawn.told("commons", one))["author_name"] == "Comunidad Ladrón"
    await drawn.after(thief.rotate("nueva"))
    assert not await drawn.is_there("commons", one)


async def test_a_content_that_comes_back_is_drawn_again(drawn: Drawn) -> None:
    """It brings no new record: the erasure, signed with a key that was lost, has no effect any more."""
    victim = Person("Víctima")
    one = area(-78, 0, who=victim)
    await drawn.after(victim.founding, one)
    await drawn.after(victim.erase(one))
    assert not await drawn.is_there("commons", one)
    await drawn.after(victim.rotate("de papel", upholds_only=[one.id]))
    assert not await drawn.is_there("commons", one)
    before = await drawn.store.last_arrival()
    await drawn.after(one)
    assert await drawn.store.last_arrival() == before
    assert (await drawn.told("commons", one))["geometry"] == box(-78, 0, -77, 1)


async def test_a_change_of_name_reaches_what_was_written_before(drawn: Drawn) -> None:
    one = area(-78, 0, who=BEA)
    await drawn.after(one)
    content = {**BEA._content(1), "name": {"es": "Comuna Bea"}}
    renamed = sign_record(
        BEA.author(), "actor", content, NOW_MS + 9, subject=BEA.founding.subject, parents=[BEA.auth]
    )
    await drawn.after(renamed)
    assert (await drawn.told("commons", one))["author_name"] == "Comuna Bea"


async def test_a_challenge_makes_a_commons_contested(drawn: Drawn) -> None:
    one = area(-78, 0)
    challenge = EVA.says("challenge", {"text": {"es": "No es así"}}, one)
    await drawn.after(one, challenge)
    assert (await drawn.told("commons", one))["contested"]
    await drawn.after(EVA.says("challenge", {"withdrawn": True}, one, challenge))
    assert not (await drawn.told("commons", one))["contested"]


async def contested(drawn: Drawn, *things: VerifiedRecord) -> list[bool]:
    return [(await drawn.told("commons", one))["contested"] for one in things]


async def test_claims_of_others_to_the_same_ground_contest_it(drawn: Drawn) -> None:
    one, other = area(-78, 0), area(-77.5, 0.5, who=BEA, resources=["water"])
    own, border, apart = area(-78, 0.5), area(-77, 0.99999, who=BEA), area(-60, 0, who=BEA)
    await drawn.after(one, own, border, apart)
    assert await contested(drawn, one, own, border, apart) == [False] * 4
    await drawn.after(other)
    assert await contested(drawn, one, other, own, border, apart) == [True, True, True, False, False]
    # Whoever says that both are the same contests it no more.
    link = BEA.says("link", {"relation": "same_as", "other": one.subject}, other)
    await drawn.after(link)
    assert await contested(drawn, one, other, own) == [False, True, True]
    await drawn.after(ANA.erase(own))
    assert await contested(drawn, one, other) == [False, False]


async def test_what_lies_within_is_a_claim_where_it_is_of_the_same(drawn: Drawn) -> None:
    wide = area(-78, 0, 3, resources=["territory", "forest"])
    spring, wood = area(-77, 1, 0.1, BEA, resources=["water"]), area(-76, 1, 0.1, BEA, resources=["forest"])
    await drawn.after(wide, spring)
    assert await contested(drawn, wide, spring) == [False, False]
    await drawn.after(wood)
    assert await contested(drawn, wide, spring, wood) == [True, False, True]


async def test_what_is_told_roughly_contests_nothing(drawn: Drawn) -> None:
    one = area(-78, 0)
    rough = area(-77.5, 0.5, who=BEA, sensitivity="generalised", uncertainty_m=1_000)
    await drawn.after(one, rough)
    assert await contested(drawn, one, rough) == [False, False]


async def test_many_claims_over_one_another(drawn: Drawn) -> None:
    """Each has a witness; when that goes, another is found."""
    people = [Person(f"p{n}") for n in range(12)]
    claims = [area(-78 + n / 100, 0, who=person) for n, person in enumerate(people)]
    await drawn.after(*(person.founding for person in people), *claims)
    assert await contested(drawn, *claims) == [True] * 12
    gone = [person.erase(claim) for person, claim in zip(people, claims, strict=True)]
    for at, erasure in enumerate(gone[:-1]):
        await drawn.after(erasure)
        left = claims[at + 1 :]
        assert await contested(drawn, *left) == [len(left) > 1] * len(left)


async def test_clearing_leaves_nothing_of_what_was_erased(drawn: Drawn) -> None:
    one = area(-78, 0, description={"es": "nada"})
    await drawn.after(one)
    drawer = Drawer()
    try:
        await drawn.store.add([ANA.erase(one)])
        await drawn.store.settled()
        assert (await follow(drawer, drawn.home, drawn.now_ms)).to_clear
        answer = decode_answer(await drawer.answer(encode(Clear(str(drawn.home), TOKEN, drawn.now_ms))))
        assert not answer.to_clear  # type: ignore[union-attr]
    finally:
        await drawer.close()
    data = b"".join(path.read_bytes() for path in drawn.home.glob("atlas.sqlite*"))
    assert b"Monte -78" not in data


def test_every_property_that_can_be_asked_for_has_its_column() -> None:
    for collection in COLLECTIONS.values():
        names = [one.name for one in collection.properties]
        assert len(set(names)) == len(names)
        assert {one.column for one in collection.properties} - {None} <= set(COLUMNS)
