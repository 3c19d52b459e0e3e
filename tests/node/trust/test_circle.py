"""Who is near a node's own actors, found from its store."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from node.keys.keyring import Keyring
from node.settings.loading import load_settings
from node.store.queries import KINDS_COUNTED_MAX
from node.store.sqlite import SqliteStore
from node.trust.circle import Endorsements, Neighbourhood, vouched_for
from node.trust.ours import KeysOfHome, our_actors
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person, key_of

DAY_MS = 86_400_000


def vouch(
    by: Person, of: Person, time_ms: int = NOW_MS, after: Iterable[RecordId] = (), **payload: Any
) -> VerifiedRecord:
    """An endorsement."""
    return sign_record(
        by.author(),
        "endorsement",
        payload,
        time_ms,
        subject=SubjectId(of.id),
        parents=[RecordId(of.id), *after],
    )


async def opened(path: Path, *records: VerifiedRecord) -> SqliteStore:
    store = await SqliteStore.open(path / "store.sqlite")
    await store.add(records)
    return store


async def test_the_circle_follows_endorsements_from_our_actors_outward(tmp_path: Path) -> None:
    ana, beto, carla, dora = (Person(name) for name in ("Ana", "Beto", "Carla", "Dora"))
    people = [person.founding for person in (ana, beto, carla, dora)]
    said = [vouch(ana, beto), vouch(beto, carla), vouch(carla, ana), vouch(dora, ana), vouch(dora, dora)]
    async with await opened(tmp_path, *people, *said) as store:
        circle = await Endorsements(store).circle([ana.id], NOW_MS)
        assert circle.distances() == {ana.id: 0, beto.id: 1, carla.id: 2}
        assert [edge.record for edge in circle.chain(carla.id) or ()] == [said[0].id, said[1].id]
        given = await vouched_for(store, dora.id, NOW_MS, limit=10)
        assert {(other, one.counting.value) for other, one in given} == {
            (ana.id, "counts"),
            (dora.id, "itself"),
        }


async def test_an_actor_that_lists_our_key_without_asking_us_is_not_ours(tmp_path: Path) -> None:
    ana, thief, council = Person("Ana"), Person("Ladrón"), Person("Cabildo")
    ours = ana.keys[0].public
    content = {"name": {"es": "Falsa"}, "type": "community", "threshold": 1}
    keys = [{"key": thief.keys[0].public}, {"key": ours}]
    false = sign_record(Author(thief.keys[0], None, None), "actor", content | {"keys": keys}, NOW_MS)
    keys = [{"key": council.keys[0].public}, {"key": ours}]
    joined = sign_record(Author(council.keys[0], None, None), "actor", content | {"keys": keys}, NOW_MS)
    founded = [ana.founding, false, joined]
    async with await opened(tmp_path, *founded) as store:
        assert await our_actors(store, [ours]) == (ana.id,)
        # Once our key has signed in its name, it is.
        act = sign_record(
            Author(ana.keys[0], ActorId(joined.id), joined.id),
            "endorsement",
            {},
            NOW_MS,
            subject=SubjectId(ana.id),
            parents=[ana.founding.id],
        )
        await store.add([act])
        assert await our_actors(store, [ours]) == tuple(sorted((ana.id, ActorId(joined.id))))
        assert await our_actors(store, [], [thief.id]) == (thief.id,)
        assert await our_actors(store, [key_of("nobody's").public]) == ()


async def test_what_was_endorsed_taken_back_or_lapsed_is_seen_at_once(tmp_path: Path) -> None:
    ana, beto = Person("Ana"), Person("Beto")
    async with await opened(tmp_path, ana.founding, beto.founding) as store:
        near = Neighbourhood(store, lambda: [ana.keys[0].public])
        assert (await near.circle(NOW_MS)).distance(beto.id) is None
        said = vouch(ana, beto, until="2025-10-20")
        await store.add([said])
        assert (await near.circle(NOW_MS)).distance(beto.id) == 1
        assert (await near.circle(NOW_MS + 30 * DAY_MS)).distance(beto.id) is None
        await store.add([vouch(ana, beto, NOW_MS + DAY_MS, [said.id])])
        assert (await near.circle(NOW_MS + 30 * DAY_MS)).distance(beto.id) == 1
        back = vouch(ana, beto, NOW_MS + 2 * DAY_MS, [said.id], withdrawn=True)
        await store.add([back])
        still = await near.circle(NOW_MS + 30 * DAY_MS)
        assert still.distance(beto.id) == 1, "the later endorsement was not named by what takes one back"
        assert await near.ours(NOW_MS) == (ana.id,)


async def test_strangers_who_endorse_somebody_near_change_nothing(tmp_path: Path) -> None:
    ana, beto, stranger = Person("Ana"), Person("Beto"), Person("Forastera")
    flood = [vouch(stranger, beto, NOW_MS + number) for number in range(2_000)]
    ring = [Person(f"Anillo {number}") for number in range(30)]
    sybils = [vouch(one, other) for one in ring for other in (*ring[:3], beto) if one is not other]
    people = [person.founding for person in (ana, beto, stranger, *ring)]
    async with await opened(tmp_path, *people, *flood, *sybils, vouch(ana, beto)) as store:
        circle = await Endorsements(store).circle([ana.id], NOW_MS + DAY_MS)
        assert circle.distances() == {ana.id: 0, beto.id: 1}


def test_the_settings_name_actors_by_their_whole_ids(tmp_path: Path) -> None:
    ana = Person("Ana")
    (tmp_path / "config.toml").write_text(f'[trust]\nours = ["{id_text(ana.id)}"]\n')
    assert load_settings(tmp_path, {}).trust_ours == (ana.id,)


async def test_what_is_remembered_of_endorsements_is_what_would_be_found_anew(tmp_path: Path) -> None:
    """Endorsements, withdrawals and stolen keys in any order: the circle is the one of a fresh look."""
    dice = random.Random(7)
    people = [Person(f"Persona {number}") for number in range(8)]
    latest: dict[tuple[int, int], RecordId] = {}
    async with await opened(tmp_path, *(person.founding for person in people)) as store:
        kept = Endorsements(store)
        for step in range(32):
            by, of = dice.sample(range(len(people)), 2)
            after = [latest[by, of]] if (by, of) in latest else []
            payload = dice.choice([{}, {"reach": 0}, {"reach": 1}, {"withdrawn": True}])
            if step % 9 == 8:
                await store.add([people[by].rotate(f"nueva {step}")])
                latest = {pair: said for pair, said in latest.items() if pair[0] != by}
            else:
                said = vouch(people[by], people[of], NOW_MS + step, after, **payload)
                latest[by, of] = said.id
                await store.add([said])
            now = NOW_MS + 1_000_000
            circle = await kept.circle([people[0].id], now)
            assert circle.distances() == (await Endorsements(store).circle([people[0].id], now)).distances()


async def test_other_records_leave_the_circle_and_any_that_our_key_signs_for_an_actor_widens_it(
    tmp_path: Path,
) -> None:
    ana, beto, council = Person("Ana"), Person("Beto"), Person("Cabildo")
    ours = ana.keys[0].public
    keys = [{"key": council.keys[0].public}, {"key": ours}]
    content = {"name": {"es": "Cabildo"}, "type": "community", "threshold": 1, "keys": keys}
    joined = sign_record(Author(council.keys[0], None, None), "actor", content, NOW_MS)
    async with await opened(tmp_path, ana.founding, beto.founding, joined) as store:
        near = Neighbourhood(store, lambda: [ours])
        assert await near.ours(NOW_MS) == (ana.id,)
        named = Author(ana.keys[0], ActorId(joined.id), joined.id)
        payload = {"name": {"es": "Ejido"}, "licence": "CC0-1.0", "resources": ["water"]}
        await store.add([sign_record(named, "commons", payload, NOW_MS)])
        assert await near.ours(NOW_MS) == tuple(sorted((ana.id, ActorId(joined.id))))
        circle = await near.circle(NOW_MS)
        await store.add([beto.commons("Otro ejido")])
        assert await near.circle(NOW_MS) is circle


async def test_an_endorsement_is_seen_among_more_kinds_than_are_counted_apart(tmp_path: Path) -> None:
    ana, beto, eva = Person("Ana"), Person("Beto"), Person("Eva")
    strange = [
        sign_record(eva.author(), f"strange{number}", {"n": again}, NOW_MS + again)
        for number in range(KINDS_COUNTED_MAX)
        for again in range(2)
    ]
    async with await opened(tmp_path, ana.founding, beto.founding, eva.founding, *strange) as store:
        near = Neighbourhood(store, lambda: [ana.keys[0].public])
        assert (await near.circle(NOW_MS)).distance(eva.id) is None
        for step, said in enumerate([vouch(ana, beto), vouch(beto, eva), vouch(beto, ana)]):
            await store.add([said])
            found = await near.circle(NOW_MS)
            assert found.distance(beto.id) == 1, step
            assert (found.distance(eva.id) == 2) == (step > 0), step


def test_keys_are_seen_when_they_are_made_while_the_node_runs(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "keys")
    keys = KeysOfHome(keyring)
    assert keys() == ()
    made = []
    for label in ("Ana", "Beto", "Cabildo"):
        made.append(keyring.create("actor", label).info)
        assert set(keys()) == {info.public for info in made}
        assert keys() is keys()
    made[0].path.chmod(0o644)
    assert set(keys()) == {info.public for info in made[1:]}, "others can read that one now"
    made[0].path.chmod(0o600)
    made[1].path.unlink()
    assert set(keys()) == {made[0].public, made[2].public}
