"""The second implementation gives every verdict of the vectors."""

import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.vectors.reading import bytes_of

from . import bundle, session
from .authority import Held
from .channel import Channel, keys_from, read_identity
from .courses import Course
from .reconcile import EMPTY, Negentropy
from .records import Record, verify
from .things import Thing
from .values import Fault, encode, id_from_text, id_text, key_from_text, key_text

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


def load(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


RECORDS, ACTORS, THINGS, COURSES, CHANNEL, MESSAGES, BUNDLES = map(
    load, ("records", "actors", "things", "courses", "channel", "messages", "bundle")
)


def cases(vectors: dict[str, Any], group: str = "cases") -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", vectors[group], ids=lambda case: case["name"])


def unhex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes_of(value["$hex"]) if set(value) == {"$hex"} else {k: plain(v) for k, v in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def hexed(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case dict():
            return {hexed(k): hexed(v) for k, v in value.items()}
        case set():
            return sorted(map(hexed, value))
        case list() | tuple():
            return [hexed(item) for item in value]
    return value


def held(case: dict[str, Any], now_ms: int) -> Held:
    records = [verify(bytes.fromhex(envelope), now_ms) for envelope in case["records"]]
    Random(0).shuffle(records)
    return Held(records)


def fault_of(attempt: Any, *arguments: Any) -> str:
    with pytest.raises(Fault) as caught:
        attempt(*arguments)
    return caught.value.code


@cases(RECORDS, "accepted")
def test_record_accepted(case: dict[str, Any]) -> None:
    record: Record = verify(bytes_of(case["envelope"]), RECORDS["now_ms"])
    assert (record.id.hex(), key_text(record.signer)) == (case["id"], case["signer"])
    assert (key_from_text(case["signer"]), id_from_text(id_text(record.id))) == (record.signer, record.id)
    assert encode(list(plain(case["header"]).values())) == record.header_bytes
    content = plain(case["payload"])
    assert (None if content is None else encode(content)) == record.payload_bytes


@cases(RECORDS, "refused")
def test_record_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        verify(bytes_of(case["envelope"]), RECORDS["now_ms"])
    assert (caught.value.code, caught.value.step) == (case["error"], case["step"])


@cases(ACTORS)
def test_actor(case: dict[str, Any]) -> None:
    records = held(case, ACTORS["now_ms"])
    actor = records.actor(bytes.fromhex(case["actor"]))
    found = {
        "founded": actor.founded,
        "standing": actor.standing,
        "head": actor.head,
        "rivals": actor.rivals,
        "versions": {version: actor.worth(version) for version in actor.versions},
        "effects": {
            r.id: records.effect(r) for r in records.records.values() if r.kind not in ("actor", "cosign")
        },
    }
    assert hexed(found) == {name: case[name] for name in found}


@cases(THINGS)
def test_thing(case: dict[str, Any]) -> None:
    thing = Thing(held(case, THINGS["now_ms"]), bytes.fromhex(case["subject"]))
    found = {
        "kind": thing.kind,
        "status": thing.status,
        "voice": thing.voice(thing.display) if thing.display else "",
        "display": thing.display,
        "heads": thing.heads,
        "linked": thing.linked[thing.display] if thing.display else [],
        "erased": thing.erased,
        "effects": thing.effects,
        "awaiting_consent": thing.awaiting_consent,
    }
    if thing.kind == "pact":
        found |= {
            "in_force": thing.in_force,
            "in_force_since_ms": thing.in_force_since_ms,
            "agreed_rivals": thing.agreed_rivals,
            "answers": {
                i: [(actor, answer.says, answer.time_ms) for actor, answer in thing.party_answers(i)]
                for i in thing.live
                if thing.content(i)
            },
        }
    assert hexed(found) == case["state"]


@cases(COURSES)
def test_course(case: dict[str, Any]) -> None:
    records = held(case, COURSES["now_ms"])
    for expected in case["courses"]:
        course = Course(records, bytes.fromhex(case["subject"]), expected["moment_ms"])
        found = {
            "moment_ms": course.moment,
            "status": course.status,
            "since_ms": course.since,
            "said": course.said,
            "timeline": [(e.record.id, e.what, e.moment, e.why_not) for e in course.timeline],
            "due": course.due,
        }
        assert hexed(found) == expected


def connected(case: dict[str, Any]) -> tuple[Channel, Channel]:
    psk = unhex(case["network_key"])
    dialler = Channel(True, case["network"], keys_from(case["initiator"]), psk)
    other = Channel(False, case["network"], keys_from(case["responder"]), psk)
    first = dialler.start()
    (second,) = other.receive(first)
    (third,) = dialler.receive(second)
    assert other.receive(third) == []
    assert hexed([first, second, third]) == case["handshake_frames"]
    return dialler, other


@cases(CHANNEL, "channels")
def test_channel(case: dict[str, Any]) -> None:
    dialler, other = connected(case)
    assert dialler.handshake_hash.hex() == other.handshake_hash.hex() == case["handshake_hash"]
    assert hexed([dialler.peer, other.peer]) == [case["responder"]["node_id"], case["initiator"]["node_id"]]
    for said in case["messages"]:
        sender, receiver = (dialler, other) if said["from"] == "initiator" else (other, dialler)
        beginning = bytes.fromhex(said.get("message") or said["repeat"])
        message = (beginning * (said["size"] // len(beginning) + 1))[: said["size"]]
        frames = sender.send(message)
        if "frames" in said:
            assert hexed(frames) == said["frames"]
        else:
            assert [hashlib.sha256(frame).hexdigest() for frame in frames] == said["frames_sha256"]
        for frame in frames:
            receiver.receive(frame)
        assert receiver.messages.pop() == message


@cases(CHANNEL, "handshakes_refused")
def test_handshake_refused(case: dict[str, Any]) -> None:
    side = Channel(
        case["under_test"] == "initiator",
        case["network"],
        keys_from(case["keys"]),
        unhex(case["network_key"]),
        unhex(case["expected_peer"]),
    )
    if side.initiator:
        side.start()
    *passing, last = map(bytes.fromhex, case["frames"])
    for frame in passing:
        side.receive(frame)
    assert fault_of(side.receive, last) == case["error"]


@cases(CHANNEL, "frames_refused")
def test_frame_refused(case: dict[str, Any]) -> None:
    _, side = connected(next(c for c in CHANNEL["channels"] if c["name"] == case["channel"]))
    *passing, last = [bytes(case["zeros"]) if f is None else bytes.fromhex(f) for f in case["frames"]]
    for frame in passing:
        side.receive(frame)
    assert fault_of(side.receive, last) == case["error"]


@cases(CHANNEL, "identities")
def test_identity(case: dict[str, Any]) -> None:
    payload, static = bytes.fromhex(case["payload"]), bytes.fromhex(case["static_public"])
    if "error" in case:
        assert fault_of(read_identity, payload, static) == case["error"]
    else:
        assert read_identity(payload, static).hex() == case["node_id"]


@cases(MESSAGES, "messages")
def test_message(case: dict[str, Any]) -> None:
    message = session.read(bytes.fromhex(case["bytes"]))
    if message["type"] == "records":
        message["envelopes"] = session.open_batch(message)
        del message["deflated"]
    assert hexed(message) == case["message"]


@cases(MESSAGES, "messages_refused")
def test_message_refused(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bytes"] if "bytes" in case else case["head"]) + bytes(case.get("zeros", 0))
    assert fault_of(session.read, data) == case["error"]


@cases(MESSAGES, "batches_refused")
def test_batch_refused(case: dict[str, Any]) -> None:
    message = session.read(bytes.fromhex(case["bytes"]))
    assert fault_of(session.open_batch, message) == case["error"]


@cases(BUNDLES)
def test_bundle(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bundle"])
    if "error" in case:
        assert fault_of(bundle.read, data) == case["error"]
    else:
        found = bundle.read(data)
        assert hexed([found.blocks, found.faults, found.complete]) == [
            case["blocks"], case["faults"], case["complete"],
        ]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_reconciliation_finds_both_differences(seed: int) -> None:
    rng = Random(seed)
    assert Negentropy([]).fingerprint(0, 0) == EMPTY
    common, ours, theirs = (
        [(1_000 + rng.randrange(rng.choice([1, 9_000])), rng.randbytes(32)) for _ in range(count)]
        for count in (rng.choice([0, 31, 900]), rng.choice([0, 1, 300]), rng.choice([0, 1, 300]))
    )
    us, peer = Negentropy(common + ours, rng.choice([0, 4_096])), Negentropy(common + theirs, 4_096)
    message: bytes | None = us.open()
    while message is not None:
        message = us.advance(peer.answer(message))
    assert set(us.have) == {i for _, i in ours}
    assert set(us.need) == {i for _, i in theirs}
