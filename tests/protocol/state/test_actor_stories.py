"""Actors as people live them: councils, losses, thefts, recoveries, forks (docs/protocol.md §7)."""

import itertools

import pytest

from protocol.errors import Malformed
from protocol.identifiers import RecordId
from protocol.keys import SigningKey
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import Standing
from protocol.state.effect import Effect
from tests.protocol.people import T0, Held, Person, commons, cosign, key

PAPER = [key("paper 1"), key("paper 2"), key("paper 3")]


def community(threshold: int = 1, size: int = 1, recovery: bool = True) -> Person:
    keys = [key(f"member {n}") for n in range(size)]
    return Person("Pesillo", keys, threshold, PAPER if recovery else [], 2 if recovery else 1)


def effect_of(held: Held, record: VerifiedRecord) -> Effect:
    return held.thing(record.subject).judged[record.id].effect


def test_thief_who_rotates_first_on_half_of_the_nodes_still_loses() -> None:
    us = community(threshold=2, size=3)
    paramo = us.sign("commons", commons(us))
    thief = [key("thief 1"), key("thief 2")]
    stolen = us.version(us.keys[:2], thief, threshold=2)
    loot = us.sign("commons", commons(us, facts={"es": "robado"}), signers=thief, auth=stolen[0].id)
    deeper = us.version(thief, [key("thief 3")], [stolen[0].id], time_ms=T0 - 1)
    forged = us.sign("commons", commons(us, facts={"es": "con llaves viejas"}), time_ms=T0 - 10_000)
    renewed = [key("new 1"), key("new 2")]
    recovered = us.version(
        PAPER[:2],
        renewed,
        threshold=2,
        recovery=[key("paper 4")],
        recovery_threshold=1,
        upholds=[
            {"key": us.keys[0].public, "records": [paramo[0].id]},
            {"key": us.keys[1].public, "records": [paramo[1].id]},
        ],
    )

    half = Held(us.records, stolen, loot, deeper)
    assert half.actor(us.id).head == deeper[0].id, "until the recovery arrives nobody can tell"
    others = Held(us.records, recovered)
    half.add([*recovered, *forged, *paramo])
    others.add([*paramo, *deeper, *forged, *loot, *stolen])
    for node in (half, others):
        state = node.actor(us.id)
        assert state.head == recovered[0].id
        assert state.standing == (RecordId(us.id), recovered[0].id)
        assert state.standing_of(stolen[0].id) is Standing.REJECTED
        assert effect_of(node, paramo[0]) is Effect.EFFECTIVE
        assert effect_of(node, forged[0]) is Effect.VOID
        assert effect_of(node, loot[0]) is Effect.VOID
    assert half.actor(us.id).digest == others.actor(us.id).digest
    us.become(recovered, renewed, 2)
    after = us.sign("commons", commons(us))
    half.add(after)
    assert effect_of(half, after[0]) is Effect.EFFECTIVE


def test_thief_cannot_give_itself_the_rank_of_recovery() -> None:
    """Without a commitment a rotation may make the first one; in a fork that gives it no rank."""
    us = community(recovery=False)
    ours = us.version(us.keys, [key("new 1")])
    theirs = us.version(us.keys, [key("thief")], recovery=[key("thief's paper")])
    crowned = us.version([key("thief's paper")], [key("thief 2")], [theirs[0].id])
    state = Held(us.records, ours, theirs, crowned).actor(us.id)
    assert state.contested
    assert set(state.rivals) == {ours[0].id, theirs[0].id}
    assert state.standing == (RecordId(us.id),)


def test_thief_cannot_change_the_recovery_commitment() -> None:
    us = community()
    for recovery in ([key("thief's paper")], [*PAPER, key("thief's paper")], PAPER[:2]):
        changed = us.version(us.keys, [key("thief")], recovery=recovery, recovery_threshold=1)
        assert Held(us.records, changed).actor(us.id).head == RecordId(us.id)
    assert Held(us.records, us.version(us.keys, [key("new")])).actor(us.id).head != RecordId(us.id)
    dropped = us.version(us.keys, [key("thief")], recovery=[])
    assert Held(us.records, dropped).actor(us.id).head == RecordId(us.id)


@pytest.mark.parametrize("signers", [[PAPER[0]], [PAPER[0], key("stranger")], [key("member 0"), PAPER[0]]])
def test_recovery_below_its_threshold_is_nothing(signers: list[SigningKey]) -> None:
    us = community(threshold=2, size=3)
    attempt = us.version(signers, [key("new")])
    assert Held(us.records, attempt).actor(us.id).head == RecordId(us.id)


def test_recovery_key_that_is_an_operational_key_is_refused() -> None:
    with pytest.raises(Malformed):
        Person("Pesillo", [key("a"), key("b")], 1, [key("b")])


def test_council_of_five_signs_over_weeks() -> None:
    council = Person("Concejo", [key(f"council {n}") for n in range(5)], 3)
    node = Held(council.records)
    assert node.actor(council.id).founded
    act = council.sign("commons", commons(council), signers=[council.keys[4]])
    node.add(act)
    seen = [(node.thing(act[0].id).status, node.thing(act[0].id).judged[act[0].id].signed_by)]
    for week, member in enumerate((council.keys[1], council.keys[1], council.keys[0], council.keys[2]), 1):
        node.add([cosign(act[0], member, T0 + week * 604_800_000)])
        judged = node.thing(act[0].id).judged[act[0].id]
        seen.append((node.thing(act[0].id).status, judged.signed_by))
    assert [(status, len(keys)) for status, keys in seen] == [
        ("awaiting", 1),
        ("awaiting", 2),
        ("awaiting", 2),
        ("own", 3),
        ("own", 4),
    ]


def test_council_is_not_founded_by_less_than_its_threshold() -> None:
    council = Person("Concejo", [key(f"council {n}") for n in range(5)], 3)
    act = council.sign("commons", commons(council))
    node = Held(council.records[:-1], act)
    assert not node.actor(council.id).founded
    assert effect_of(node, act[0]) is Effect.UNKNOWN_AUTHOR
    node.add(council.records)
    assert effect_of(node, act[0]) is Effect.EFFECTIVE


def test_strangers_and_other_bodies_cosigns_do_not_count() -> None:
    council = Person("Concejo", [key(f"council {n}") for n in range(5)], 3)
    other = Person("Otro", [council.keys[1], council.keys[2]], 1)
    act = council.sign("commons", commons(council), signers=[council.keys[0]])
    node = Held(council.records, other.records, act, [cosign(act[0], key("stranger"))])
    for member in other.keys:
        author = cosign(other.sign("commons", commons())[0], member).header
        borrowed = other.sign("cosign", {}, subject=act[0].subject, parents=[act[0].id], signers=[member])
        assert author.actor == other.id
        node.add(borrowed)
    assert effect_of(node, act[0]) is Effect.AWAITING


def test_rival_rotations_contest_the_actor_until_a_merge() -> None:
    us = community(threshold=2, size=4)
    a, b, c, d = us.keys
    before = us.sign("commons", commons(us))
    left = us.version([a, b], [a, b], threshold=2)
    right = us.version([c, d], [c, d], threshold=2)
    under_left = us.sign("commons", commons(us), signers=[a, b], auth=left[0].id)
    node = Held(us.records, before, left, right, under_left)
    state = node.actor(us.id)
    assert state.contested
    assert state.head is None
    assert state.rivals == tuple(sorted((left[0].id, right[0].id)))
    assert effect_of(node, before[0]) is Effect.EFFECTIVE, "what was signed before the fork stands"
    assert effect_of(node, under_left[0]) is Effect.CONTESTED

    one_sided = us.version([a, b], [a, b, c, d], [left[0].id, right[0].id], threshold=2)
    node.add(one_sided)
    assert node.actor(us.id).contested, "a merge needs the threshold of every branch"
    node.add([cosign(one_sided[0], c), cosign(one_sided[0], d)])
    state = node.actor(us.id)
    assert state.head == one_sided[0].id
    assert set(state.standing) == {us.id, left[0].id, right[0].id, one_sided[0].id}
    assert effect_of(node, under_left[0]) is Effect.EFFECTIVE
    assert effect_of(node, before[0]) is Effect.VOID, "the other branch dropped its keys and upheld nothing"


def test_merge_stays_one_when_recovery_keys_sign_it_too() -> None:
    """More signatures never make a version worth less, even where only one branch has a commitment."""
    us = community(recovery=False)
    a = us.keys[0]
    left = us.version([a], [key("left")], recovery=[key("paper of the left")])
    right = us.version([a], [key("right")])
    merge = us.version(
        [key("left"), key("right")],
        [key("both")],
        [left[0].id, right[0].id],
        recovery=[key("paper of the left")],
    )
    node = Held(us.records, left, right, merge)
    assert node.actor(us.id).head == merge[0].id
    node.add([cosign(merge[0], key("paper of the left"))])
    assert node.actor(us.id).head == merge[0].id


def test_rival_rotations_are_settled_by_a_recovery() -> None:
    us = community(threshold=1, size=2)
    left = us.version(us.keys[:1], us.keys[:1])
    right = us.version(us.keys[1:], us.keys[1:])
    recovered = us.version(PAPER[:2], [key("new")], [left[0].id])
    state = Held(us.records, left, right, recovered).actor(us.id)
    assert state.head == recovered[0].id
    assert state.standing == (RecordId(us.id), left[0].id, recovered[0].id)


def test_two_recoveries_are_settled_by_one_that_names_both_even_when_made_twice() -> None:
    us = community()
    first = us.version(PAPER[:2], [key("new 1")], recovery=[key("paper a")], recovery_threshold=1)
    second = us.version(PAPER[1:], [key("new 2")], recovery=[key("paper b")], recovery_threshold=1)
    both = [first[0].id, second[0].id]
    node = Held(us.records, first, second)
    assert node.actor(us.id).rivals == tuple(sorted(both))
    half = us.version([key("paper a")], [key("x")], both, recovery=PAPER)
    node.add(half)
    assert node.actor(us.id).contested, "one side's recovery keys settle nothing"

    signers = [key("paper a"), key("paper b")]
    joint = us.version(signers, [key("j1")], both, recovery=[key("paper c")], recovery_threshold=1)
    node.add(joint)
    assert node.actor(us.id).head == joint[0].id
    again = us.version(signers, [key("j2")], both, recovery=[key("paper d")], recovery_threshold=1)
    node.add(again)
    assert node.actor(us.id).contested
    last = us.version(
        [*signers, key("paper c"), key("paper d")],
        [key("j3")],
        [*both, joint[0].id, again[0].id],
        recovery=PAPER,
    )
    node.add(last)
    assert node.actor(us.id).head == last[0].id
    assert node.actor(us.id).standing_of(joint[0].id) is Standing.STANDS


def test_what_follows_a_rival_recovery_waits_with_it() -> None:
    us = community()
    first = us.version(PAPER[:2], [key("new 1")])
    second = us.version(PAPER[1:], [key("new 2")])
    next_of_first = us.version([key("new 1")], [key("new 3")], [first[0].id])
    act = us.sign("commons", commons(us), signers=[key("new 3")], auth=next_of_first[0].id)
    node = Held(us.records, first, second, next_of_first, act)
    assert node.actor(us.id).standing_of(next_of_first[0].id) is Standing.RIVAL
    assert effect_of(node, act[0]) is Effect.CONTESTED


def test_removed_key_counts_only_for_what_is_upheld_whatever_date_it_claims() -> None:
    us = community(threshold=1, size=2)
    keep, lost = us.keys
    old = us.version([keep], [keep, lost, key("third")])
    us.become(old, [keep, lost, key("third")])
    first = us.sign("commons", commons(us), signers=[lost])
    second = us.sign(
        "commons",
        commons(us, rules={"es": "minga"}),
        subject=first[0].subject,
        parents=[first[0].id],
        signers=[lost],
    )
    unknown = us.sign("commons", commons(us), signers=[lost], time_ms=T0 - 1_000)
    by_keep = us.sign("commons", commons(us), signers=[keep])
    removal = us.version(
        [keep], [keep, key("third")], upholds=[{"key": lost.public, "records": [second[0].id]}]
    )
    founding_again = us.sign("commons", commons(us), signers=[lost], auth=RecordId(us.id), time_ms=T0 - 9_000)
    after = us.sign("commons", commons(us), signers=[lost], auth=removal[0].id)
    node = Held(us.records, first, second, unknown, by_keep, removal, founding_again, after)
    assert effect_of(node, first[0]) is Effect.EFFECTIVE, "an ancestor of what is upheld"
    assert effect_of(node, second[0]) is Effect.EFFECTIVE
    assert effect_of(node, by_keep[0]) is Effect.EFFECTIVE
    for struck_out in (unknown, founding_again, after):
        assert effect_of(node, struck_out[0]) is Effect.VOID
    us.become(removal, [keep, key("third")])
    back = us.version([keep], [keep, lost])
    node.add(back)
    assert effect_of(node, unknown[0]) is Effect.VOID, "a key that returns does not bring its past back"
    anew = us.sign("commons", commons(us), signers=[lost], auth=back[0].id)
    node.add(anew)
    assert effect_of(node, anew[0]) is Effect.EFFECTIVE


def test_each_removal_on_the_way_has_to_uphold() -> None:
    us = community(threshold=1, size=2)
    keep, lost = us.keys
    act = us.sign("commons", commons(us), signers=[lost])
    everything = {"key": lost.public, "everything": True}
    left = us.version([keep], [keep], upholds=[everything])
    right = us.version([keep], [keep], time_ms=T0 + 1)
    merge = us.version([keep], [keep], [left[0].id, right[0].id])
    assert effect_of(Held(us.records, act, left), act[0]) is Effect.EFFECTIVE
    assert effect_of(Held(us.records, act, right), act[0]) is Effect.VOID
    assert effect_of(Held(us.records, act, left, right, merge), act[0]) is Effect.VOID


def test_strangers_versions_of_an_actor_change_nothing() -> None:
    us = community(threshold=2, size=3)
    junk = [
        us.version([key("stranger")], [key("stranger")], [parent])
        for parent in (us.head, RecordId(bytes(32)))
    ]
    alone = us.version(us.keys[:1], us.keys[:1])
    node = Held(us.records, *junk, alone)
    state = node.actor(us.id)
    assert state.standing == (RecordId(us.id),)
    assert not state.contested
    act = us.sign("commons", commons(us), signers=[key("stranger")], auth=junk[0][0].id)
    node.add(act)
    assert effect_of(node, act[0]) is Effect.VOID


def test_order_of_arrival_does_not_matter_to_a_theft() -> None:
    us = community()
    thief = us.version(us.keys, [key("thief")])
    recovered = us.version(PAPER[:2], [key("new")])
    second = us.version([key("new")], [key("newer")], [recovered[0].id])
    groups = [us.records, thief, recovered, second]
    digests = {
        Held(*(groups[i] for i in order)).actor(us.id).digest for order in itertools.permutations(range(4))
    }
    assert len(digests) == 1


def test_a_long_history_of_rotations_and_junk() -> None:
    us = community()
    chain: list[VerifiedRecord] = []
    for step in range(1_200):
        us.become(us.version(us.keys, us.keys, time_ms=T0 + step), us.keys)
        chain.append(us.records[-1])
    junk = [us.version([key("thief")], [key("thief")], [version.id])[0] for version in chain]
    state = Held(us.records, junk).actor(us.id)
    assert state.head == chain[-1].id
    assert list(state.standing[1:]) == [version.id for version in chain]
