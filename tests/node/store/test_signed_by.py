"""What one key signed in an actor's name, as a rotation that drops the key has to uphold it."""

from pathlib import Path

from node.store.sqlite import SqliteStore
from protocol.identifiers import ActorId
from protocol.record.signing import Author, sign_record
from tests.node.store.samples import NOW_MS, Person


async def test_only_that_key_and_that_actor(tmp_path: Path) -> None:
    council, other = Person("council", keys=2), Person("other")
    actor = ActorId(council.founding.id)
    commons = {"name": {"es": "x"}, "resources": ["water"], "licence": "CC0-1.0"}
    by_first = [
        sign_record(Author(council.keys[0], actor, council.founding.id), "commons", commons, NOW_MS + n)
        for n in range(600)
    ]
    by_second = sign_record(
        Author(council.keys[1], actor, council.founding.id), "commons", commons, NOW_MS, subject=None
    )
    cosigned = sign_record(
        Author(council.keys[1], actor, council.founding.id),
        "cosign",
        {},
        NOW_MS,
        subject=by_first[0].subject,
        parents=[by_first[0].id],
    )
    elsewhere = sign_record(
        Author(other.keys[0], ActorId(other.founding.id), other.founding.id), "commons", commons, NOW_MS
    )
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add([council.founding, other.founding, *by_first, by_second, cosigned, elsewhere])
        first = await store.signed_by(actor, council.keys[0].public)
        assert [record.id for record in first if record.header.kind == "commons"] == [r.id for r in by_first]
        assert {r.id for r in await store.signed_by(actor, council.keys[1].public)} == {
            by_second.id,
            cosigned.id,
        }
        assert await store.signed_by(actor, other.keys[0].public) == []
        assert await store.signed_by(ActorId(bytes(32)), council.keys[0].public) == []
        assert await store.actors_listing(council.keys[1].public) == [actor]
        assert await store.actors_listing(other.keys[0].public) == [ActorId(other.founding.id)]
        assert await store.actors_listing(Person("nobody").keys[0].public) == []
