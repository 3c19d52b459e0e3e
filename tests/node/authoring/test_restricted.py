"""What is kept back is made coarse, left out, and told by no word, whoever writes it and by whatever way."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from node.authoring.procedure import write_act
from node.authoring.restricted import (
    PLACE_FIELDS,
    TellsPlace,
    as_little_as_before,
    coarsened,
    place_changes,
    require_silence,
    texts_of,
)
from node.authoring.signer import Signer
from node.authoring.things import next_version
from node.importing.drafts import Drafted, Skipped
from node.keys.keyring import Keyring
from node.store.sqlite import SqliteStore
from protocol.identifiers import ActorId
from protocol.keys import SigningKey
from protocol.kinds import examine
from tests.node.importing.test_mapping import COMMONS, HEAD, run
from tests.protocol.people import Person, commons, key, pact

SPRING = {"type": "Point", "coordinates": [-785_123_457, -2_345_679]}
COARSE = {"type": "Point", "coordinates": [-785_100_000, -2_300_000]}
WORDS = "El ojo de agua: 0°14'04\"S 78°30'44\"W"


def payload(tier: str, **more: Any) -> dict[str, Any]:
    return commons("Comuna", sensitivity=tier, geometry=SPRING, **more)


def test_each_tier_tells_no_more_than_it_says() -> None:
    assert coarsened(payload("public")) == payload("public")
    assert "geometry" not in coarsened(payload("withheld", uncertainty_m=5))
    assert "uncertainty_m" not in coarsened(payload("withheld", uncertainty_m=5))
    told = coarsened(payload("generalised"))
    assert (told["geometry"], told["uncertainty_m"]) == (COARSE, 790)
    assert coarsened(payload("generalised", uncertainty_m=30))["uncertainty_m"] == 820
    assert coarsened(payload("generalised"), "0.1")["geometry"]["coordinates"] == [-785_000_000, -2_000_000]
    sealed = {"commitment": bytes(32)}
    assert "geometry" not in coarsened(payload("sealed", sealed=sealed))
    assert coarsened(payload("sealed", sealed=sealed), "0.01")["geometry"] == COARSE
    assert "sealed" not in coarsened(payload("public", sealed=sealed))
    for tier in ("generalised", "withheld"):
        examine("commons", coarsened(payload(tier, sealed=sealed)))


def test_what_is_coarse_stays_as_it_is() -> None:
    once = coarsened(payload("generalised", uncertainty_m=30), "0.1")
    assert coarsened(once) == coarsened(once, "0.1") == once
    fine = coarsened(payload("generalised"), "0.001")
    assert coarsened(fine, "0.01")["geometry"] == COARSE
    assert coarsened(fine, "0.01")["uncertainty_m"] > fine["uncertainty_m"]


def test_a_place_given_anew_brings_its_own_uncertainty() -> None:
    before = coarsened(payload("generalised"))
    public = place_changes(before, {"sensitivity": "public", "geometry": SPRING})
    assert public == {"sensitivity": "public", "geometry": SPRING, "uncertainty_m": None}
    again = place_changes(before, {"geometry": SPRING})
    assert "uncertainty_m" not in again or again["uncertainty_m"] == before["uncertainty_m"]
    assert place_changes(before, {"sensitivity": "withheld"}) == {
        "sensitivity": "withheld",
        "geometry": None,
        "uncertainty_m": None,
    }
    # What was public and is kept back from now on: the place that was said goes coarse with it.
    assert place_changes(payload("public"), {"sensitivity": "generalised"})["geometry"] == COARSE


def test_every_text_of_a_record_is_looked_at() -> None:
    for field, value in {
        "name": {"es": WORDS},
        "description": {"qu": WORDS},
        "territory": [{"level": "parish", "name": {"es": WORDS}}],
        "stewards": [{"name": {"es": WORDS}}, {"name": {"es": "x"}, "code": "QG8M+XF"}],
        "users": {"es": WORDS},
        "legal": {"text": {"es": "x"}, "register": "UTM 775433 9974456"},
        "publication": {"basis": "assembly", "text": {"es": WORDS}},
        "labels": [{"code": "TK A", "text": {"es": WORDS}}],
        "area": {"local": "desde -0.2345, -78.5123"},
        "source": {"name": "x", "url": "https://osm.org/node/1"},
        "evidence": [{"title": "Acta"}, {"title": "foto", "url": "https://maps.app.goo.gl/x"}],
        "unknown_to_us": {"deep": [[WORDS]]},
    }.items():
        with pytest.raises(TellsPlace, match=field):
            require_silence({"geometry": {"type": "Point"}, field: value})
    assert list(texts_of({"a": [{"b": {"es": "x"}}]})) == [("a 1, b, es", "x")]


@pytest.fixture
async def signer(tmp_path: Path) -> AsyncIterator[tuple[Signer, ActorId]]:
    person = Person("Comuna", [key("restricted")])
    keyring = Keyring(tmp_path / "keys")
    keyring.create("actor", "Ana", seed=person.keys[0].reveal_seed())

    def unlock(public: Any) -> SigningKey:
        return person.keys[0]

    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(person.records)
        yield Signer(store, keyring, unlock), person.id


@pytest.mark.parametrize("tier", ["generalised", "withheld"])
async def test_no_record_about_what_is_kept_back_tells_it(signer: tuple[Signer, ActorId], tier: str) -> None:
    who, actor = signer
    kept = coarsened(payload(tier))
    with pytest.raises(TellsPlace, match="description"):
        await who.sign(actor, "commons", kept | {"description": {"es": WORDS}})
    first = await who.sign(actor, "commons", kept)
    await who.store.add(first)
    thing = await who.store.thing(first[0].subject)
    assert thing is not None
    with pytest.raises(TellsPlace, match="rules"):
        await next_version(who, actor, thing, {"rules": {"es": WORDS}})
    with pytest.raises(TellsPlace, match="text"):
        await write_act(who, actor, thing, "observation", {"text": {"es": WORDS}})
    papers = [{"title": "foto", "url": "geo:-0.23,-78.5"}]
    with pytest.raises(TellsPlace, match="evidence"):
        await write_act(who, actor, thing, "challenge", {"text": {"es": "x"}, "evidence": papers})
    agreed = pact("Comuna", "Municipio", reported={"status": "x", "source": {"name": "x"}})
    about = agreed | {"commons": [{"subject": first[0].subject}]}
    with pytest.raises(TellsPlace, match="clauses"):
        await who.sign(actor, "pact", about | {"clauses": {"objectives": {"es": WORDS}}})
    signed = await who.sign(actor, "pact", about)
    await who.store.add(signed)
    pact_thing = await who.store.thing(signed[0].subject)
    assert pact_thing is not None
    with pytest.raises(TellsPlace, match="text"):
        await write_act(who, actor, pact_thing, "observation", {"text": {"es": WORDS}})
    # A place of its own, of what is about a place kept back, is told on purpose or not at all.
    alert = {"title": {"es": "x"}, "type": "threat", "licence": "CC0-1.0", "geometry": SPRING}
    alert |= {"commons": [{"subject": first[0].subject}]}
    with pytest.raises(TellsPlace, match="--sensitivity"):
        await who.sign(actor, "alert", alert)
    assert await who.sign(actor, "alert", alert | {"sensitivity": "public"})
    assert await who.sign(actor, "alert", coarsened(alert | {"sensitivity": "generalised"}))
    # Who makes it public may say it; and of everything else anybody may.
    assert await next_version(who, actor, thing, {"sensitivity": "public", "rules": {"es": WORDS}})
    assert await who.sign(actor, "commons", commons("Otra", description={"es": WORDS}))
    assert await who.sign(actor, "pact", agreed | {"clauses": {"objectives": {"es": WORDS}}})


TABLE = HEAD + COMMONS + 'geometry = { lon = "x", lat = "y" }\nsensitivity = { column = "s" }\n'
ROW = "id,nombre,recurso,x,y,s,d\n1,Ojo,water,-78.5123457,-0.2345679,{},{}\n"


def test_an_import_records_no_more_than_the_table_lets_it(tmp_path: Path) -> None:
    (draft,) = run(tmp_path, ROW.format("generalised", ""), TABLE)
    assert isinstance(draft, Drafted)
    assert draft.payload["geometry"] == COARSE
    assert draft.payload["uncertainty_m"] == 790
    assert any("precise" in note for note in draft.notes)
    (kept,) = run(tmp_path, ROW.format("withheld", ""), TABLE)
    assert isinstance(kept, Drafted)
    assert "geometry" not in kept.payload
    finer = TABLE.replace('kind = "commons"', 'kind = "commons"\ngrid = "0.001"')
    (fine,) = run(tmp_path, ROW.format("generalised", ""), finer)
    assert isinstance(fine, Drafted)
    assert fine.payload["geometry"]["coordinates"] == [-785_120_000, -2_350_000]
    words = 'description.es = { column = "d" }\n'
    (telling,) = run(tmp_path, ROW.format("withheld", "-0.2345 -78.5123"), TABLE + words)
    assert isinstance(telling, Skipped)
    assert "description" in telling.reason
    for tier, why in (("sealed", "cannot seal"), ("secreto", "refuse")):
        (refused,) = run(tmp_path, ROW.format(tier, ""), TABLE)
        assert isinstance(refused, Skipped)
        assert why in refused.reason


def test_one_s_own_table_may_say_how_much_is_told(tmp_path: Path) -> None:
    from node.importing.mapping import choose_mapping
    from node.importing.plan import plan
    from node.importing.readers import open_input

    path = tmp_path / "t.csv"
    rows = ["nombre,recurso,lon,lat,sensibilidad", "Plaza,urbano,-78.5,-0.2,"]
    rows += [
        f"{n},agua,-78.5123457,-0.2345679,{n}" for n in ("público", "Aproximado", "reservada", "secreto")
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    file = open_input(path)
    found = {one.label: one for one in plan(file, choose_mapping("commons-table", frozenset()))}
    tiers = {
        label: one.payload.get("sensitivity") for label, one in found.items() if isinstance(one, Drafted)
    }
    assert tiers == {"Plaza": None, "público": "public", "Aproximado": "generalised", "reservada": "withheld"}
    # A word that nobody knows is no leave to publish.
    assert isinstance(found["secreto"], Skipped)


@pytest.mark.parametrize(
    ("mine", "before", "stays"),
    [
        ({}, {}, False),
        ({"sensitivity": "public"}, {"sensitivity": "generalised", "uncertainty_m": 790}, True),
        ({}, {"sensitivity": "withheld"}, True),
        ({}, {"sensitivity": "sealed", "sealed": {"commitment": b"x"}}, True),
        ({"sensitivity": "generalised", "uncertainty_m": 790}, {"sensitivity": "withheld"}, True),
        (
            {"sensitivity": "generalised", "uncertainty_m": 79},
            {"sensitivity": "generalised", "uncertainty_m": 790},
            True,
        ),
        (
            {"sensitivity": "generalised", "uncertainty_m": 790},
            {"sensitivity": "generalised", "uncertainty_m": 79},
            False,
        ),
        ({"sensitivity": "withheld"}, {"sensitivity": "generalised", "uncertainty_m": 790}, False),
        ({"uncertainty_m": 100}, {"uncertainty_m": 900}, False),
        ({}, {"sensitivity": "a word of its own"}, True),
    ],
)
def test_a_later_version_from_a_table_tells_no_more_than_the_one_before(
    mine: dict[str, Any], before: dict[str, Any], stays: bool
) -> None:
    payload = {"name": {"es": "Ojo"}, "geometry": SPRING, **mine}
    earlier = {"name": {"es": "Antes"}, **before}
    told = as_little_as_before(payload, earlier)
    assert told["name"] == {"es": "Ojo"}
    if stays:
        assert {name: told[name] for name in PLACE_FIELDS if name in told} == before
    else:
        assert told == payload
