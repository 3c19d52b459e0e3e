"""The store's questions and answers, on real files."""

import os
import sqlite3
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from node.store.derive import rank_of
from node.store.errors import StoreError, StoreTooNew
from node.store.held import restore
from node.store.interface import PAGE_LENGTH_MAX
from node.store.queries import STREAM_STEP_RECORDS, prefix_bounds
from node.store.schema import DERIVATION_VERSION, MIGRATIONS, SCHEMA_VERSION
from node.store.sqlite import SqliteStore
from protocol import kinds
from protocol.canonical import encode
from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.record.envelope import join_envelope, split_envelope
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.course import course
from protocol.state.mentions import Role
from tests.node.store.contents import derived_contents
from tests.node.store.samples import NOW_MS, Person, kilobyte_commons


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with await SqliteStore.open(tmp_path / "store") as opened:
        yield opened


async def test_what_was_signed_is_what_is_stored(store: SqliteStore) -> None:
    ana = Person("Ana")
    record = ana.commons("Páramo")
    result = await store.add([ana.founding, record])
    assert (result.new, result.known, result.refused) == ([ana.founding.id, record.id], 0, [])
    assert await store.envelopes([record.id], 10_000) == [(record.id, record.envelope)]
    assert await store.record(record.id) == record
    assert await store.record(RecordId(bytes(32))) is None
    again = await store.add([record, record])
    assert (again.new, again.known) == ([], 2)


async def test_only_verified_records_are_taken(store: SqliteStore) -> None:
    with pytest.raises(TypeError, match="verified"):
        await store.add([b"bytes"])  # type: ignore[list-item]
    assert (await store.counts()).records == 0


async def test_unknown_says_which_are_not_held(store: SqliteStore) -> None:
    records = list(kilobyte_commons(3, 700))
    held, others = records[:400], records[400:]
    await store.add(held)
    assert await store.unknown([r.id for r in records]) == [r.id for r in others]
    assert await store.unknown([]) == []


async def test_envelopes_stop_at_the_size_but_give_at_least_one(store: SqliteStore) -> None:
    records = list(kilobyte_commons(2, STREAM_STEP_RECORDS + 40))
    await store.add(records)
    ids = [record.id for record in records]
    sizes = [len(record.envelope) for record in records]
    assert [i for i, _ in await store.envelopes(ids, sum(sizes))] == ids
    assert [i for i, _ in await store.envelopes(ids, sum(sizes) - 1)] == ids[:-1]
    assert [i for i, _ in await store.envelopes(ids, sum(sizes[:3]))] == ids[:3]
    assert [i for i, _ in await store.envelopes(ids, 1)] == ids[:1]
    assert await store.envelopes([RecordId(bytes(32))], 1_000) == []


async def test_ids_are_found_by_the_beginning_of_their_text(store: SqliteStore) -> None:
    records = list(kilobyte_commons(2, 300))
    await store.add(records)
    texts = sorted(id_text(record.id) for record in records)
    for length in (1, 2, 7, 51, 52):
        prefix = texts[40][:length]
        found = sorted(id_text(i) for i in await store.find_ids(prefix, PAGE_LENGTH_MAX))
        assert found == [text for text in texts if text.startswith(prefix)]
    assert len(await store.find_ids("")) == 16
    assert await store.find_ids(texts[0].upper()) == await store.find_ids(texts[0])
    for wrong in ("1", "a-b", "a" * 53):
        with pytest.raises(Malformed):
            await store.find_ids(wrong)


def test_bounds_of_a_prefix_are_the_whole_range_of_none() -> None:
    assert prefix_bounds("") == (bytes(32), b"\xff" * 32)


async def test_an_author_that_comes_later_gives_its_records_effect(store: SqliteStore) -> None:
    ana = Person("Ana")
    record = ana.commons("Páramo alto")
    await store.add([record])
    await store.settled()
    [row] = (await store.things()).rows
    assert (row.status, row.title) == ("unknown_author", {})
    assert await store.actor(ana.id) is None
    await store.add([ana.founding])
    await store.settled()
    [row] = (await store.things(kind="commons")).rows
    assert (row.status, row.title, row.display) == ("own", {"es": "Páramo alto"}, record.id)
    state = await store.actor(ana.id)
    assert state is not None
    assert state.founded


async def test_a_rotation_reaches_more_things_than_one_step_folds(store: SqliteStore) -> None:
    ana = Person("Ana")
    records = [ana.commons(f"Vega {number}") for number in range(600)]
    await store.add([ana.founding, *records])
    await store.add([ana.rotate("otra", upholds_only=[records[7].id])])
    await store.settled()
    standing = [row async for row in _all_things(store, kind="commons") if row.status == "own"]
    assert [row.subject for row in standing] == [records[7].id]
    assert await store.check() == []


async def _all_things(store: SqliteStore, **filters: Any) -> AsyncIterator[Any]:
    after: str | None = ""
    while after is not None:
        page = await store.things(**filters, after=after, limit=100)
        for row in page.rows:
            yield row
        after = page.after


async def test_pages_hold_every_thing_once(store: SqliteStore) -> None:
    records = list(kilobyte_commons(4, 250))
    await store.add(records)
    rows = [row.subject async for row in _all_things(store, kind="commons")]
    last_first = sorted(records[4:], key=lambda record: rank_of(record.time_s, record.subject), reverse=True)
    assert rows == [record.subject for record in last_first]
    exact = await store.things(kind="actor", limit=4)
    assert (len(exact.rows), exact.after) == (4, None)
    short = await store.things(kind="actor", limit=3)
    assert len(short.rows) == 3
    assert short.after is not None


@pytest.mark.parametrize("after", ["1", "x.1", "1.x", "-1.1", "1.2.3", "9" * 30 + ".1", "٣.٣"])
async def test_a_page_that_nothing_pointed_to_is_refused(store: SqliteStore, after: str) -> None:
    with pytest.raises(StoreError):
        await store.things(after=after)


async def test_two_nodes_list_in_the_same_order(tmp_path: Path, store: SqliteStore) -> None:
    records = list(kilobyte_commons(4, 60))
    await store.add(records)
    listed = [row.subject async for row in _all_things(store, kind="commons")]
    async with await SqliteStore.open(tmp_path / "other.sqlite") as other:
        for record in reversed(records):
            await other.add([record])
        await other.settled()
        assert [row.subject async for row in _all_things(other, kind="commons")] == listed
        everything = [row.subject async for row in _all_things(store)]
        assert [row.subject async for row in _all_things(other)] == everything


async def test_what_was_kept_before_its_kind_was_known_stops_nothing(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, beto = Person("Ana"), Person("Beto")
    pact = ana.pact(beto, "Pacto del agua")
    await store.add([ana.founding, beto.founding, pact])
    with monkeypatch.context() as before:
        before.delitem(kinds.KINDS, "step")
        before.delitem(kinds._READERS, "step")
        author = Author(ana.keys[0], ana.id, ana.auth)
        odd = sign_record(author, "step", {"step": 5}, NOW_MS, subject=pact.subject, parents=[pact.id])
        await store.add([odd])
    step = sign_record(author, "step", {"step": "x"}, NOW_MS, subject=pact.subject, parents=[pact.id])
    await store.add([step, ana.consent(pact)])
    state = await store.thing(pact.subject)
    assert state is not None
    assert state.status == "partly_signed"
    assert [event.what for event in course(state, NOW_MS + 10**9).timeline].count("x") == 1
    await store.rebuild()


def test_content_that_is_not_what_was_signed_is_damage() -> None:
    """Also where it reads well: only what its header commits to was ever stored."""
    land = Person("Ana").commons("Laguna")
    parts = split_envelope(land.envelope)
    damaged = join_envelope(parts.header, parts.signature, encode({"name": 5}))
    with pytest.raises(StoreError, match="damaged"):
        restore(land.id, damaged)


async def test_a_thing_is_folded_from_all_its_records(store: SqliteStore) -> None:
    ana, beto = Person("Ana"), Person("Beto")
    pact = ana.pact(beto, "Pacto del agua")
    await store.add([ana.founding, beto.founding, pact, ana.consent(pact)])
    state = await store.thing(pact.subject)
    assert state is not None
    assert state.status == "partly_signed"
    await store.add([beto.consent(pact)])
    state = await store.thing(pact.subject)
    assert state is not None
    assert state.status == "in_force"
    assert len(await store.records_of(pact.subject)) == 3
    assert await store.thing(SubjectId(bytes(32))) is None
    linked = await store.things(linked=beto.id)
    assert [row.subject for row in linked.rows] == [pact.id]
    assert [row.kind for row in (await store.things(author=beto.id)).rows] == ["actor"]


async def test_pacts_are_found_by_the_commons_they_are_about(store: SqliteStore) -> None:
    ana, beto = Person("Ana"), Person("Beto")
    river, wood = ana.commons("Río"), ana.commons("Bosque")
    old = ana.pact(beto, "Riberas", about=[river], time_ms=NOW_MS + 5_000)
    new = ana.pact(beto, "Cauce", about=[wood, river], time_ms=NOW_MS + 9_000)
    # Its id in a text does not make it the commons of a pact.
    aside = ana.pact(beto, f"Sobre {id_text(river.id)}", about=[wood])
    await store.add([ana.founding, beto.founding, new, aside, old])  # before the commons itself
    await store.add([river, wood])

    async def found(commons: VerifiedRecord, limit: int = 50) -> list[RecordId]:
        return [RecordId(row.subject) for row in await store.pacts_about(commons.subject, limit)]

    # The newest first, whatever came first.
    assert await found(river) == [new.id, old.id]
    assert await found(river, 1) == [new.id]
    assert set(await found(wood)) == {new.id, aside.id}
    # What a later version is not about any more, the pact is not.
    await store.add([ana.pact(beto, "Cauce", about=[wood], time_ms=NOW_MS + 20_000, after=new)])
    assert await found(river) == [old.id]
    assert await found(ana.founding) == []
    # A version that names the commons by the way, among the bytes of its header: its parents, say.
    follows = ana.pact(beto, "Otro", time_ms=NOW_MS + 30_000, after=old)
    await store.add([follows])
    assert await found(old) == []


async def test_votes_are_found_by_what_they_name(store: SqliteStore) -> None:
    ana, beto = Person("Ana"), Person("Beto")
    pact = ana.pact(beto, "Riberas")
    base = {"title": {"es": "¿Cuál?"}, "closes": "2026-01-31", "licence": "CC0-1.0"}
    first, second = ({"name": {"es": name}} for name in ("Riberas", "Ninguno"))
    of_pact = base | {"options": [first | {"subject": pact.id}, second], "roll": [{"actor": ana.id}]}
    by_the_way = base | {"options": [first, second], "roll": [{"actor": beto.id}]}
    votes = [sign_record(ana.author(), "motion", text, NOW_MS) for text in (of_pact, by_the_way)]
    about = sign_record(
        ana.author(), "motion", by_the_way, NOW_MS + 1, subject=votes[1].subject, parents=[votes[1].id]
    )
    await store.add([ana.founding, beto.founding, pact, *votes, about])

    async def found(kind: str, named: bytes) -> list[RecordId]:
        return [RecordId(row.subject) for row in await store.naming(kind, named)]

    assert await found("motion", pact.id) == [votes[0].id]
    assert await found("motion", beto.id) == [votes[1].id]
    assert await found("motion", ana.id) == [votes[0].id]
    # The header of a later version names the first one; its content does not.
    assert await found("motion", votes[1].id) == await found("body", pact.id) == []


async def test_what_came_of_each_author_is_added_up(tmp_path: Path) -> None:
    records = list(kilobyte_commons(3, 60))
    sizes: dict[ActorId, list[int]] = {}
    for record in records:
        sizes.setdefault(record.header.actor or ActorId(record.id), []).append(len(record.envelope))
    expected = {author: (len(of), sum(of)) for author, of in sizes.items()}
    nobody = ActorId(bytes(32))
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add(records[:40])
        await store.add(records)  # what was known already does not count again
        assert await store.written([*expected, nobody]) == expected | {nobody: (0, 0)}
        await store.rebuild()
        assert await store.written(list(expected)) == expected


async def test_what_names_a_thing_is_found_from_it(store: SqliteStore) -> None:
    ana, beto, town = Person("Ana"), Person("Beto"), Person("Municipio")
    river, valley = ana.commons("Río"), beto.commons("Valle")
    await store.add([ana.founding, beto.founding, town.founding, river])
    link = ana.says("link", {"relation": "part_of", "other": valley.id}, river)
    own = town.says("endorsement", {"speaks_for": [{"subject": valley.id}]}, beto.founding)
    pact = ana.pact(town, "Cauce", about=[river])
    await store.add([own, link, pact])  # before the valley itself
    await store.add([valley])

    async def found(of: bytes, *roles: Role) -> list[tuple[Role, RecordId, str]]:
        return [(entry.role, entry.record, entry.kind) for entry in await store.mentions(of, roles)]

    assert await found(valley.id, *Role) == sorted(
        [(Role.LINK, link.id, "commons"), (Role.PLACE, own.id, "actor")], key=lambda entry: entry[1]
    )
    assert await found(valley.id, Role.LINK) == [(Role.LINK, link.id, "commons")]
    assert await found(river.id, *Role) == [(Role.COMMONS, pact.id, "pact")]
    assert await found(town.id, *Role) == [(Role.ENDORSER, own.id, "actor")]
    # What is erased names nothing.
    await store.add([ana.erase(link)])
    assert await found(valley.id, Role.LINK) == []


async def test_what_nobody_understands_is_not_read_with_the_thing_it_is_about(store: SqliteStore) -> None:
    """A payload of half a megabyte can come to thirty in memory: 3 of these to 80."""
    person = Person("A")
    about = person.commons("x")
    await store.add([person.founding, about])
    for number in range(3):
        payload = {"a": [{}] * 400_000, "n": number}
        author = person.author()
        filler = sign_record(author, "org.x", payload, NOW_MS, subject=about.subject, parents=[about.id])
        await store.add([filler])
    tracemalloc.start()
    try:
        [*_, last] = await store.records_of(about.subject)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert len(last.content["a"]) == 400_000


async def test_unknown_kinds_are_kept_untouched(store: SqliteStore) -> None:
    ana = Person("Ana")
    record = sign_record(ana.author(), "org.example.tool-library", {"anything": [1, b"2"]}, NOW_MS)
    await store.add([ana.founding, record])
    assert await store.envelopes([record.id], 10_000) == [(record.id, record.envelope)]
    [row] = (await store.things(kind="org.example.tool-library")).rows
    assert row.subject == record.id
    assert (await store.counts()).records_by_kind["org.example.tool-library"] == 1


async def test_counts_and_arrivals(store: SqliteStore) -> None:
    records = list(kilobyte_commons(3, 50))
    await store.add(records[:20])
    last = (await store.changed_since(0))[-1].seq
    await store.add(records)
    counts = await store.counts()
    assert (counts.records, counts.records_by_kind) == (53, {"commons": 50, "actor": 3})
    assert counts.things_by_kind == {"commons": 50, "actor": 3}
    arrivals = await store.changed_since(last)
    assert [arrival.id for arrival in arrivals] == [record.id for record in records[20:]]
    assert [arrival.subject for arrival in arrivals] == [record.subject for record in records[20:]]


async def test_reconciliation_sees_what_is_stored(store: SqliteStore) -> None:
    records = list(kilobyte_commons(2, 500))
    await store.add(records)
    items = store.items()
    try:
        with items.snapshot():
            found = [item.id for item in items.iterate(0, items.size())]
    finally:
        items.close()
    assert found == [r.id for r in sorted(records, key=lambda r: (r.time_s, r.id))]


async def test_notes_and_peers_are_kept(tmp_path: Path) -> None:
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.set_meta("scope", b"\x01")
        await store.set_meta("gone", b"\x02")
        await store.set_meta("gone", None)
        await store.save_peers({"a": b"1", "b": b"2"})
        await store.save_peers({"b": b"3"})
        await store.rebuild()
    async with await SqliteStore.open(tmp_path / "store") as store:
        assert await store.meta("scope") == b"\x01"
        assert await store.meta("gone") is None
        assert await store.load_peers() == {"b": b"3"}


async def test_a_backup_is_a_whole_store(tmp_path: Path, store: SqliteStore) -> None:
    records = list(kilobyte_commons(3, 300))
    await store.add(records)
    await store.backup(tmp_path / "copy")
    with pytest.raises(StoreError, match="exists already"):
        await store.backup(tmp_path / "copy")
    with pytest.raises(StoreError):
        await store.backup(tmp_path / "nowhere" / "copy")
    assert sorted(os.listdir(tmp_path)) == ["copy", "store", "store-shm", "store-wal"]
    async with await SqliteStore.open(tmp_path / "copy") as copy:
        assert await copy.check() == []
        assert (await copy.counts()) == (await store.counts())
        assert (await copy.things(text="paramo")).rows == (await store.things(text="paramo")).rows
        assert (await copy.add(records)).new == []


async def test_a_check_finds_what_was_tampered_with(tmp_path: Path) -> None:
    records = list(kilobyte_commons(2, 20))
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add(records)
        assert await store.check() == []
    db = sqlite3.connect(tmp_path / "store")
    flipped = bytearray(records[5].envelope)
    flipped[-1] ^= 1
    db.execute("UPDATE record SET envelope = ? WHERE id = ?", (bytes(flipped), records[5].id))
    db.execute("UPDATE record SET envelope = ? WHERE id = ?", (records[7].envelope, records[6].id))
    db.commit()
    db.close()
    seen: list[tuple[int, int]] = []
    async with await SqliteStore.open(tmp_path / "store") as store:
        findings = await store.check(lambda done, total: seen.append((done, total)))
    assert len(findings) == 2
    assert id_text(records[5].id) in findings[0]
    assert "another's id" in findings[1]
    assert seen[-1] == (22, 22)


async def test_a_rebuild_repairs_what_is_derived(tmp_path: Path) -> None:
    path = tmp_path / "store"
    async with await SqliteStore.open(path) as store:
        await store.add(list(kilobyte_commons(3, 700)))
    before = derived_contents(path)
    db = sqlite3.connect(path)
    db.execute("DELETE FROM thing WHERE seq % 3")
    db.execute("DELETE FROM place")
    db.execute("DELETE FROM link")
    db.execute("UPDATE tally SET number = 9 WHERE name LIKE 'thing:%'")
    db.execute("INSERT INTO words (words) VALUES ('delete-all')")
    db.commit()
    db.close()
    assert derived_contents(path) != before
    seen: list[int] = []
    async with await SqliteStore.open(path) as store:
        await store.rebuild(lambda done, total: seen.append(done))
    assert derived_contents(path) == before
    assert seen == sorted(seen)
    assert seen[-1] == 703


async def test_a_store_derived_in_another_way_is_derived_again(tmp_path: Path) -> None:
    path = tmp_path / "store"
    async with await SqliteStore.open(path) as store:
        await store.add(list(kilobyte_commons(3, 30)))
    before = derived_contents(path)
    db = sqlite3.connect(path)
    db.execute("UPDATE meta SET value = ? WHERE name = 'derivation'", (str(DERIVATION_VERSION - 1),))
    db.execute("UPDATE thing SET status = 'old'")
    db.commit()
    db.close()
    async with await SqliteStore.open(path) as store:
        await store.settled()
    assert derived_contents(path) == before


async def test_a_file_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "store"
    records = list(kilobyte_commons(2, 400))
    async with await SqliteStore.open(path) as store:
        await store.add(records)
        authors = [ActorId(record.id) for record in records if record.header.kind == "actor"]
        written = await store.written(authors)
    expected = derived_contents(path)
    # Back to what version 1 wrote: its tables, its number, the same records.
    old = sqlite3.connect(tmp_path / "old")
    for statement in MIGRATIONS[0]:
        old.execute(statement)
    old.execute("PRAGMA user_version = 1")
    old.execute("ATTACH ? AS newer", (str(path),))
    for table in ("record", "actor"):
        old.execute(f"INSERT INTO {table} SELECT * FROM newer.{table}")
    old.execute("INSERT INTO tally SELECT * FROM newer.tally WHERE name LIKE 'record:%'")
    old.commit()
    old.close()
    async with await SqliteStore.open(tmp_path / "old") as store:
        await store.settled()
        assert await store.check() == []
        assert await store.written(authors) == written
        items = store.items()
        with items.snapshot():
            assert items.size() == len(records)
        items.close()
    assert derived_contents(tmp_path / "old") == expected
    assert _user_version(tmp_path / "old") == SCHEMA_VERSION


async def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store"
    await (await SqliteStore.open(path)).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="install"):
        await SqliteStore.open(path)
    assert path.read_bytes() == before


async def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"a letter, not a database" * 400)
    with pytest.raises(StoreError):
        await SqliteStore.open(path)


def _user_version(path: Path) -> int:
    db = sqlite3.connect(path)
    [(version,)] = db.execute("PRAGMA user_version")
    db.close()
    return int(version)
