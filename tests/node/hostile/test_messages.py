"""A peer whose handshake is in order, and nothing after it: every fault ends in a door that is closed."""

import asyncio
import contextlib
import random
import time
import zlib

import pytest

from node.peers.link import CloseCode
from protocol.canonical import encode
from protocol.channel.fragments import FRAGMENT_SIZE_MAX_BYTES
from protocol.errors import ProtocolError, Severity, Unsupported
from protocol.identifiers import RecordId
from protocol.keys import SigningKey
from protocol.limits import MESSAGE_SIZE_MAX_BYTES, MESSAGES_BURST_MAX, RECORDS_SIZE_MAX_BYTES
from protocol.reconcile.items import Item, SortedItems
from protocol.reconcile.negentropy import Reconciler
from protocol.record.signing import Author, sign_record
from protocol.record.verification import verify_record
from protocol.session.batch import RecordBatch, pack_batch
from protocol.session.messages import (
    Announce,
    Hello,
    Invite,
    Peers,
    Phase,
    Reconcile,
    Records,
    Want,
    encode_message,
)
from tests.node.hostile.attacker import NETWORK, Attacker, HungUp, attackers
from tests.node.hostile.conftest import RECORDS, Target
from tests.node.live import some_records

SEED = random.randrange(2**32)

# What one hostile peer may make a node hold, at the worst moment, and Python keep for itself.
MEMORY_MAX_BYTES = 60_000_000

OTHERS = some_records(5, seed=77)[3:]


def nested(depth: int) -> bytes:
    """Return arrays within arrays."""
    return b"\x91" * depth + b"\xc0"


def faulty_messages() -> dict[str, bytes]:
    """Return messages that no node sends, by what is wrong with them."""
    want = encode_message(Want(1, (RecordId(b"a" * 32),)))
    return {
        "not msgpack": b"\xc1\xff",
        "text": b"GET / HTTP/1.1\r\n\r\n",
        "not canonical": b"\xdc\x00\x01\x02",
        "cut off": want[:-1],
        "longer than it is": want + b"\x00",
        "nested 17 deep": nested(17),
        "nested a million deep": nested(1_000_000),
        "an array of four billion": b"\xdd\xff\xff\xff\xff",
        "a binary of four gigabytes": b"\xc6\xff\xff\xff\xff",
        "four megabytes of nothing": b"\xc6\x00\x3f\xff\xfb" + bytes(4 * 1_024 * 1_024 - 5),
        "a want of too much": encode([5, 1, random.Random(1).randbytes(32 * 513)]),
        "an announcement of too much": encode([7, random.Random(1).randbytes(32 * 2_049)]),
        "an answer to no question": encode_message(Records(9, pack_batch([RECORDS[0].envelope]))),
        "a reconciliation never opened": encode_message(Reconcile(7, Phase.NEXT, b"a")),
        "no Negentropy": encode_message(Reconcile(1, Phase.OPEN, b"\x61" + b"\xff" * 5_000)),
        "a second hello": encode_message(Hello(NETWORK, "attacker/2")),
        "too many addresses": encode_message(Peers(tuple("a" for _ in range(33)))),
    }


@pytest.mark.parametrize("what", faulty_messages())
async def test_a_faulty_message_closes_the_door(target: Target, what: str) -> None:
    async with attackers(target.address) as attack:
        attacker = await attack.greeted()
        await attacker.send(faulty_messages()[what])
        end = await attacker.end()
        assert end.code in (CloseCode.PROTOCOL_ERROR, CloseCode.TOO_BIG)
        assert end.reason in ("malformed", "over-limit", "misbehaviour")
    assert target.process.process.poll() is None


async def test_random_messages_close_the_door(target: Target) -> None:
    dice = random.Random(SEED)
    async with attackers(target.address) as attack:
        for _ in range(30):
            attacker = await attack.sealed()
            await attacker.send(Hello(NETWORK, "attacker/1"))
            with contextlib.suppress(ConnectionError):  # the door may close before all is said
                for _ in range(5):
                    nonsense = bytes([0x90 + dice.randrange(16)]) + dice.randbytes(dice.randrange(1, 400))
                    await attacker.send(nonsense)
            assert (await attacker.end()).code != 1000, SEED
    await target.is_unharmed()


async def poured(attacker: Attacker, frames: list[bytes]) -> tuple[int, HungUp]:
    """Send frames for as long as they are taken; return how many that was, and how it ended."""
    sent = 0
    try:
        for frame in frames:
            await attacker.websocket.send_bytes(frame)
            sent += 1
    except ConnectionError:
        return sent, HungUp(1006, "")
    return sent, await attacker.end()


async def test_a_message_longer_than_any_ends_the_channel(target: Target) -> None:
    async with attackers(target.address) as attack:
        attacker = await attack.greeted()
        cipher = attacker.channel._sending
        assert cipher is not None
        # Fragments that each say that another follows: 6.5 MB.
        frames = [cipher.encrypt(b"\x01" + bytes(FRAGMENT_SIZE_MAX_BYTES)) for _ in range(100)]
        sent, end = await poured(attacker, frames)
        assert sent > MESSAGE_SIZE_MAX_BYTES // FRAGMENT_SIZE_MAX_BYTES
        assert end.code in (CloseCode.TOO_BIG, 1006)
    await target.is_unharmed()


async def test_a_flood_of_small_messages_ends_in_a_closed_door(target: Target) -> None:
    before = target.rss_bytes()
    async with attackers(target.address) as attack:
        attacker = await attack.greeted()
        frames = [frame for _ in range(10_000) for frame in attacker.channel.seal(encode_message(Invite()))]
        sent, end = await poured(attacker, frames)
        assert sent > MESSAGES_BURST_MAX
        # Its last word may be lost where the connection breaks under what was still being sent.
        assert (end.code, end.reason) in ((CloseCode.PROTOCOL_ERROR, "misbehaviour"), (1006, ""))
    assert target.rss_bytes() - before < MEMORY_MAX_BYTES
    await target.is_unharmed()


async def offered(attacker: Attacker, ids: list[RecordId]) -> Want:
    """Announce ids, and return the want that follows."""
    await attacker.send(Announce(tuple(ids)))
    while True:
        message = await attacker.receive()
        if isinstance(message, Want):
            return message


# 120 MB of zeroes in 120 KB: twice what a node may grow by.
BOMB = zlib.compress(bytes(120_000_000), 9)


@pytest.mark.parametrize("stated", [100, RECORDS_SIZE_MAX_BYTES])
async def test_a_batch_that_inflates_past_its_size_is_not_inflated(target: Target, stated: int) -> None:
    before = target.rss_bytes()
    async with attackers(target.address) as attack:
        attacker = await attack.greeted()
        want = await offered(attacker, [record.id for record in OTHERS])
        await attacker.send(Records(want.number, RecordBatch(len(want.ids), stated, BOMB)))
        end = await attacker.end()
        assert end.reason in ("over-limit", "malformed")
    assert target.rss_bytes() - before < MEMORY_MAX_BYTES
    await target.is_unharmed()


def changed(envelope: bytes, at: int) -> bytes:
    return envelope[:at] + bytes([envelope[at] ^ 1]) + envelope[at + 1 :]


def faults(envelope: bytes) -> dict[int, ProtocolError]:
    """Return why an envelope does not verify, by the place of the bit that is changed in it."""
    found = {}
    for at in range(len(envelope)):
        with pytest.raises(ProtocolError) as caught:
            verify_record(changed(envelope, at), time.time_ns() // 1_000_000)
        found[at] = caught.value
    return found


async def is_heard(attacker: Attacker) -> None:
    """Assert that the node still answers: it blames this peer for nothing."""
    await attacker.send(Want(1, (RECORDS[0].id,)))
    while not isinstance(answer := await attacker.receive(), Records):
        pass
    assert answer.batch.count == 1


async def test_records_that_do_not_verify_are_not_stored(target: Target) -> None:
    envelope = OTHERS[0].envelope
    # A bit may make it a record of another version, or of tomorrow: see below.
    faulty = [at for at, fault in faults(envelope).items() if fault.severity is not Severity.HARMLESS]
    async with attackers(target.address) as attack:
        for at in random.Random(SEED).sample(faulty, 20):
            attacker = await attack.greeted()
            want = await offered(attacker, [OTHERS[0].id])
            await attacker.send(Records(want.number, pack_batch([changed(envelope, at)])))
            end = await attacker.end()
            assert end.reason in ("malformed", "over-limit", "bad-signature", "misbehaviour"), (SEED, end)
    await target.is_unharmed()


async def test_records_of_another_version_are_held_against_nobody(target: Target) -> None:
    envelope = OTHERS[0].envelope
    unsupported = [at for at, fault in faults(envelope).items() if isinstance(fault, Unsupported)]
    assert unsupported
    async with attackers(target.address) as attack:
        for at in unsupported:
            attacker = await attack.greeted()
            want = await offered(attacker, [OTHERS[0].id])
            await attacker.send(Records(want.number, pack_batch([changed(envelope, at)])))
            await is_heard(attacker)
            await attacker.websocket.close()
    await target.is_unharmed()


async def test_a_record_that_was_not_asked_for_is_a_fault(target: Target) -> None:
    async with attackers(target.address) as attack:
        attacker = await attack.greeted()
        want = await offered(attacker, [OTHERS[0].id])
        await attacker.send(Records(want.number, pack_batch([RECORDS[0].envelope])))
        assert (await attacker.end()).reason == "misbehaviour"
    await target.is_unharmed()


async def test_who_announces_what_it_does_not_have_and_answers_nothing_holds_nobody_up(
    target: Target,
) -> None:
    dice = random.Random(SEED)
    before = target.rss_bytes()
    async with attackers(target.address) as attack:
        silent = [await attack.greeted() for _ in range(6)]
        for attacker in silent:
            for _ in range(12):  # 24,576 ids each
                ids = tuple(RecordId(dice.randbytes(32)) for _ in range(2_048))
                await attacker.send(Announce(ids))
        # Some deny all that they are asked for, the others say nothing.
        for attacker in silent[:3]:
            want = await offered(attacker, [RecordId(dice.randbytes(32))])
            await attacker.send(Records(want.number, RecordBatch(0, 0, b""), want.ids))
        await target.is_unharmed()
        assert target.rss_bytes() - before < MEMORY_MAX_BYTES


async def test_who_asks_for_much_and_reads_nothing_costs_little(target: Target) -> None:
    before = target.rss_bytes()
    ids = tuple(record.id for record in RECORDS)
    async with attackers(target.address) as attack:
        deaf = [await attack.greeted() for _ in range(6)]
        for attacker in deaf:
            for number in range(1, 9):
                await attacker.send(Want(number, ids))
        await target.is_unharmed()
        assert target.rss_bytes() - before < MEMORY_MAX_BYTES


async def test_an_endless_reconciliation_holds_nobody_up(target: Target) -> None:
    dice = random.Random(SEED)
    async with attackers(target.address) as attack:
        attacker = await attack.greeted()
        many = SortedItems()
        for number in range(20_000):
            many.insert(Item(1_700_000_000 + number * 60, dice.randbytes(32)))
        many.seal()
        honest = asyncio.create_task(target.serves_an_honest_peer())
        session = 1
        while not honest.done() or session < 20:
            await attacker.send(Reconcile(session, Phase.OPEN, Reconciler(many, 60_000).initiate()))
            while not isinstance(await attacker.receive(), Reconcile):
                pass
            session += 2
        await honest
    await target.is_unharmed()


async def test_records_from_the_future_are_held_against_nobody(target: Target) -> None:
    key = SigningKey(b"\7" * 32)
    founding = sign_record(
        Author(key, None, None),
        "actor",
        {"name": {"es": "Mañana"}, "type": "comuna", "keys": [{"key": key.public}], "threshold": 1},
        4_000_000_000_000,
    )
    async with attackers(target.address) as attack:
        attacker = await attack.greeted()
        want = await offered(attacker, [founding.id])
        await attacker.send(Records(want.number, pack_batch([founding.envelope])))
        # It stays connected: it is heard, and not blamed.
        await is_heard(attacker)
        status = await target.process.status()
        assert any("clock" in warning for warning in status["warnings"])
    await target.is_unharmed()
