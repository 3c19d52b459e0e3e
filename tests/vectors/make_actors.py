"""Make `actors.json`: sets of records about an actor and what it signs, with the verdict on each.

    python -m tests.vectors.make_actors

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.  The records of a case are in no particular order: they have none.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from protocol.record.verification import VerifiedRecord
from tests.protocol.people import T0, Held, Person, commons, cosign, key

FILE = Path(__file__).with_name("actors.json")
PAPER = [key("vector paper 1"), key("vector paper 2"), key("vector paper 3")]
MEMBERS = [key(f"vector member {n}") for n in range(5)]
A, B, C, D, _ = MEMBERS
NEW = key("vector new")
THIEF = key("vector thief")


def council(size: int, threshold: int, recovery: bool = True) -> Person:
    return Person("Concejo", MEMBERS[:size], threshold, PAPER if recovery else [], 2 if recovery else 1)


def verdict(name: str, us: Person, *groups: Iterable[VerifiedRecord]) -> dict[str, Any]:
    """A case of the file: the records, and what follows from all of them."""
    held = Held(*groups)
    records = sorted(held.records.values(), key=lambda record: record.id)
    state = held.actor(us.id)
    assert state is not None
    effects = {
        record.id.hex(): held.thing(record.subject).judged[record.id].effect.value
        for record in records
        if record.header.kind not in ("actor", "cosign")
    }
    return {
        "name": name,
        "actor": us.id.hex(),
        "founded": state.founded,
        "standing": [version.hex() for version in state.standing],
        "head": state.head and state.head.hex(),
        "rivals": [version.hex() for version in state.rivals],
        "versions": {v.hex(): state.standing_of(v).value for v in sorted(state.contents)},
        "effects": effects,
        "records": [record.envelope.hex() for record in records],
    }


def _founding() -> list[dict[str, Any]]:
    us = council(5, 3)
    act = us.sign("commons", commons(us))
    return [
        verdict("founding: 3 of 5 signed", us, us.records, act),
        verdict("founding: only 2 of 3 signed", us, us.records[:-1], act),
        verdict(
            "founding: cosigns of strangers do not count", us, us.records[:-1], [cosign(us.records[0], THIEF)]
        ),
        verdict("effect: 2 of 3", us, us.records, act[:2]),
        verdict("effect: the same key twice", us, us.records, act[:2], [cosign(act[0], B, T0 + 1)]),
        verdict("effect: the first record is not held", us, us.records[1:], act),
    ]


def _rotations() -> list[dict[str, Any]]:
    us = council(3, 2)
    first = us.sign("commons", commons(us), signers=[C, A])
    second = us.sign("commons", commons(us), signers=[A, B], time_ms=T0 + 1)
    third = us.sign("commons", commons(us), signers=[C, B], time_ms=T0 + 2)
    removal = us.version([A, B], [A, B], threshold=2, upholds=[{"key": C.public, "records": [first[0].id]}])
    generous = us.version([A, B], [A, B], threshold=2, upholds=[{"key": C.public, "everything": True}])
    under_new = us.sign("commons", commons(us), signers=[C, A], auth=removal[0].id, time_ms=T0 + 3)
    returned = us.version([A, B], [A, B, C], [removal[0].id], threshold=2)
    alone = us.version([A], [A, NEW], threshold=1)
    acts = [*first, *second, *third]
    return [
        verdict(
            "rotation: a key is removed, one of its records upheld", us, us.records, removal, acts, under_new
        ),
        verdict("rotation: a key is removed, all of its records upheld", us, us.records, generous, acts),
        verdict("rotation: the version signed under is not held", us, us.records, acts, under_new),
        verdict(
            "rotation: the removed key returns, its past does not", us, us.records, removal, returned, acts
        ),
        verdict("rotation: below the threshold", us, us.records, alone, acts),
        verdict("rotation: its parent is not held", us, us.records, returned, acts),
    ]


def _ancestors_upheld() -> dict[str, Any]:
    us = council(2, 1)
    first = us.sign("commons", commons(us), signers=[B])
    after = us.sign("commons", commons(us), subject=first[0].subject, parents=[first[0].id], signers=[B])
    beside = us.sign(
        "commons", commons(us), subject=first[0].subject, parents=[first[0].id], signers=[B], time_ms=T0 - 9
    )
    removal = us.version([A], [A], upholds=[{"key": B.public, "records": [after[0].id]}])
    return verdict(
        "removal: upheld records carry their ancestors", us, us.records, first, after, beside, removal
    )


def _thefts() -> list[dict[str, Any]]:
    us = council(2, 1)
    honest = us.sign("commons", commons(us))
    stolen = us.version([A], [THIEF])
    deeper = us.version([THIEF], [THIEF, NEW], [stolen[0].id])
    loot = us.sign("commons", commons(us), signers=[THIEF], auth=stolen[0].id)
    forged = us.sign("commons", commons(us), signers=[A], time_ms=T0 - 1)
    upheld = [{"key": A.public, "records": [honest[0].id]}]
    recovered = us.version(PAPER[:2], [NEW], upholds=upheld)
    below = us.version(PAPER[:1], [NEW])
    theft = [*stolen, *deeper, *loot, *forged]
    bare = council(1, 1, recovery=False)
    ours = bare.version([A], [NEW])
    theirs = bare.version([A], [THIEF], recovery=[key("vector thief's paper")])
    crowned = bare.version([key("vector thief's paper")], [D], [theirs[0].id])
    return [
        verdict("theft: all operational keys, before the recovery", us, us.records, honest, theft),
        verdict("theft: all operational keys, recovered", us, us.records, honest, theft, recovered),
        verdict("theft: a recovery below its threshold", us, us.records, honest, theft, below),
        verdict(
            "theft: a commitment made on one branch gives it no rank",
            bare,
            bare.records,
            ours,
            theirs,
            crowned,
        ),
        verdict(
            "theft: a rotation may not change the recovery commitment",
            us,
            us.records,
            us.version([A], [THIEF], recovery=[key("vector thief's paper")], recovery_threshold=1),
        ),
    ]


def _forks() -> list[dict[str, Any]]:
    us = council(4, 2)
    before = us.sign("commons", commons(us))
    keep = {"everything": True}
    left = us.version([A, B], [A, B], threshold=2, upholds=[{"key": k.public, **keep} for k in (C, D)])
    right = us.version([C, D], [C, D], threshold=2, upholds=[{"key": k.public, **keep} for k in (A, B)])
    under = us.sign("commons", commons(us), signers=[A, B], auth=left[0].id)
    merge = us.version(
        [A, B, C, D],
        [A, C],
        [left[0].id, right[0].id],
        threshold=1,
        upholds=[{"key": k.public, **keep} for k in (B, D)],
    )
    one_sided = us.version([A, B], [A], [left[0].id, right[0].id])
    recovered = us.version(PAPER[:2], [NEW], upholds=[{"key": k.public, **keep} for k in (A, B, C, D)])
    base = [*us.records, *before, *left, *right, *under]
    return [
        verdict("fork: two rotations contest the actor", us, base),
        verdict("fork: a merge by one side settles nothing", us, base, one_sided),
        verdict("fork: a merge by both sides", us, base, merge),
        verdict("fork: a recovery", us, base, recovered),
    ]


def _recoveries() -> list[dict[str, Any]]:
    us = council(1, 1)
    one = us.version(PAPER[:2], [B], recovery=[key("vector paper a")], recovery_threshold=1)
    two = us.version(PAPER[1:], [C], recovery=[key("vector paper b")], recovery_threshold=1)
    after = us.version([B], [B, D], [one[0].id], recovery=[key("vector paper a")], recovery_threshold=1)
    both = sorted([one[0].id, two[0].id])
    signers = [key("vector paper a"), key("vector paper b")]
    joint = us.version(signers, [NEW], both)
    again = us.version(signers, [D], both)
    last = us.version([*signers, *PAPER[:2]], [A], sorted([*both, joint[0].id, again[0].id]))
    half = us.version(signers[:1], [NEW], both)
    base = [*us.records, *one, *two, *after]
    return [
        verdict("recoveries: two rivals", us, base),
        verdict("recoveries: signed by one side only", us, base, half),
        verdict("recoveries: settled by one that names both", us, base, joint),
        verdict("recoveries: settled twice, so not settled", us, base, joint, again),
        verdict("recoveries: settled again", us, base, joint, again, last),
        verdict(
            "recoveries: one after another",
            us,
            us.records,
            one,
            us.version([key("vector paper a")], [D], [one[0].id]),
        ),
    ]


def made() -> str:
    """Return the file's text."""
    cases = [*_founding(), *_rotations(), _ancestors_upheld(), *_thefts(), *_forks(), *_recoveries()]
    document = {"specification": "docs/protocol.md §7", "now_ms": T0 + 1_000, "cases": cases}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
