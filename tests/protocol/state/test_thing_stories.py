"""Commons and pacts as people live them: who speaks, who agrees, what stays in force (spec §8)."""

import pytest

from protocol.identifiers import RecordId, SubjectId
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.effect import Effect
from protocol.state.pacts import Answer, PactStatus
from tests.protocol.people import T0, Held, Person, commons, key, pact, party

A = Person("Pesillo", [key("a1"), key("a2")], 2)
B = Person("Cayambe", [key("b1")])
C = Person("Olmedo", [key("c1")])
X = Person("Archivo", [key("x1")])
M = Person("Nadie", [key("m1")])
M2 = Person("Nadie también", [key("m2")])
EVERYBODY = [record for person in (A, B, C, X, M, M2) for record in person.records]


def version(
    author: Person, payload: dict, *parents: list[VerifiedRecord], subject: bytes = b"", at: int = 0
) -> list[VerifiedRecord]:
    kind = "pact" if "parties" in payload else "commons"
    about = SubjectId(subject or parents[0][0].subject)
    return author.sign(kind, payload, subject=about, parents=[p[0].id for p in parents], time_ms=T0 + at)


def answer(
    person: Person, to: list[VerifiedRecord], decision: str = "consent", after: tuple = (), at: int = 0
) -> list[VerifiedRecord]:
    parents = [to[0].id, *(a[0].id for a in after)]
    return person.sign(
        "consent", {"decision": decision}, subject=to[0].subject, parents=parents, time_ms=T0 + at
    )


# --- commons ----------------------------------------------------------------------------


def test_community_speaks_for_what_others_documented() -> None:
    first = X.sign("commons", commons("Pesillo", source={"name": "Registro"}))
    node = Held(EVERYBODY, first)
    thing = node.thing(first[0].id)
    assert (thing.status, thing.voice, thing.display) == ("documented", "documented", first[0].id)
    own = version(A, commons(A, rules={"es": "agua para todos"}), first, at=-5_000)
    node.add(own)
    thing = node.thing(first[0].id)
    assert (thing.status, thing.display, thing.heads) == ("own", own[0].id, (own[0].id, first[0].id))
    corrected = version(X, commons("Pesillo", facts={"es": "corregido"}), first, own, at=9_000)
    node.add(corrected)
    thing = node.thing(first[0].id)
    assert thing.display == own[0].id, "who speaks about a community does not overwrite it"
    assert thing.heads == (own[0].id, corrected[0].id)


def test_two_claimants_are_both_shown() -> None:
    first = X.sign("commons", commons("Pesillo"))
    ours = version(A, commons(A), first)
    theirs = version(B, commons(B), first, at=5_000)
    thing = Held(EVERYBODY, first, ours, theirs).thing(first[0].id)
    assert thing.status == "contested"
    assert set(thing.heads) == {ours[0].id, theirs[0].id, first[0].id}
    assert set(thing.heads[:2]) == {ours[0].id, theirs[0].id}


def test_stewards_who_write_at_the_same_time_are_not_contested_and_merge() -> None:
    first = A.sign("commons", commons(A, B))
    left, right = version(A, commons(A, B, users={"es": "x"}), first), version(B, commons(A, B), first, at=1)
    stranger = version(M, commons("otra cosa"), first)
    node = Held(EVERYBODY, first, left, right, stranger)
    thing = node.thing(first[0].id)
    assert (thing.status, set(thing.heads)) == ("own", {left[0].id, right[0].id, stranger[0].id})
    assert thing.heads[0] == right[0].id, "the later one is shown first"
    merge = version(A, commons(A, B), left, right)
    node.add(merge)
    assert node.thing(first[0].id).heads == (merge[0].id, stranger[0].id)


def test_nobody_but_a_steward_follows_a_stewards_version() -> None:
    first = A.sign("commons", commons(A))
    for payload in (commons(A), commons(M), commons()):
        hostile = version(M, payload, first, at=1_000)
        thing = Held(EVERYBODY, first, hostile).thing(first[0].id)
        assert thing.display == first[0].id
        assert first[0].id in thing.heads


def test_stewards_change_with_the_consent_of_all_of_them() -> None:
    first = A.sign("commons", commons(A, B))
    change = version(B, commons(B, C), first, at=1_000)
    node = Held(EVERYBODY, first, change)
    thing = node.thing(first[0].id)
    assert thing.display == first[0].id
    assert thing.versions.all[change[0].id].awaiting_consent == {A.id}
    half = answer(A, change)
    node.add(half[:1])
    assert node.thing(first[0].id).display == first[0].id, "giving up needs the threshold"
    node.add(half[1:])
    assert node.thing(first[0].id).heads == (change[0].id,)
    assert node.thing(first[0].id).linked == {B.id, C.id}


def test_a_steward_does_not_lose_its_say_to_an_erasure() -> None:
    """The content of a version in between is taken out; who had a say before it still has."""
    first = A.sign("commons", commons(A, B))
    second = version(B, commons(A, B, facts={"es": "un nombre"}), first, at=1_000)
    grab = version(B, commons(B), second, at=2_000)
    erased = B.sign("erasure", {"basis": "author"}, subject=first[0].subject, parents=[second[0].id])
    node = Held(EVERYBODY, first, second, grab, erased)
    thing = node.thing(first[0].id)
    assert thing.versions.all[grab[0].id].awaiting_consent == {A.id}
    assert thing.linked == {A.id, B.id}
    node.add(answer(A, grab))
    assert node.thing(first[0].id).heads == (grab[0].id,)


def test_erasing_a_version_in_between_does_not_bring_an_older_one_back() -> None:
    first = A.sign("commons", commons(A, B))
    second = version(B, commons(A, B, facts={"es": "un nombre"}), first, at=1_000)
    third = version(A, commons(A, B), second, at=2_000)
    erased = B.sign("erasure", {"basis": "habeas_data"}, subject=first[0].subject, parents=[second[0].id])
    whole = Held(EVERYBODY, first, second, third, erased)
    stripped = [verify_record(erased_envelope(second[0].envelope), T0 + 10_000)]
    without = Held(EVERYBODY, first, stripped, third, erased)
    for node in (whole, without):
        thing = node.thing(first[0].id)
        assert thing.heads == (third[0].id,)
        assert thing.erased == {second[0].id}
        assert thing.versions.all[second[0].id].content is None


def test_only_its_own_actors_threshold_erases_a_record() -> None:
    first = A.sign("commons", commons(A, B))
    node = Held(EVERYBODY, first)
    for other in (B, M):
        node.add(other.sign("erasure", {"basis": "author"}, subject=first[0].subject, parents=[first[0].id]))
    own = A.sign("erasure", {"basis": "author"}, subject=first[0].subject, parents=[first[0].id])
    node.add(own[:1])
    assert node.thing(first[0].id).status == "own"
    node.add(own)
    thing = node.thing(first[0].id)
    assert (thing.status, thing.bbox, dict(thing.title), thing.search_text) == ("erased", None, {}, "")


# --- pacts ------------------------------------------------------------------------------


def test_a_pact_is_in_force_when_every_party_consents_to_the_same_version() -> None:
    proposal = A.sign("pact", pact(A, B))
    node = Held(EVERYBODY, proposal)
    assert node.thing(proposal[0].id).status == "proposed"
    node.add(answer(B, proposal, at=50))
    assert node.thing(proposal[0].id).status == "partly_signed"
    by_a = answer(A, proposal, at=70)
    node.add(by_a[:1])
    assert node.thing(proposal[0].id).pact.answers[proposal[0].id][0].answer is Answer.AWAITING
    node.add(by_a)
    thing = node.thing(proposal[0].id)
    assert (thing.status, thing.display) == ("in_force", proposal[0].id)
    assert thing.pact.in_force_since_ms == T0 + 70


def test_a_party_named_without_keys_never_consents() -> None:
    proposal = A.sign("pact", pact(A, "Comuna de Zuleta"))
    thing = Held(EVERYBODY, proposal, answer(A, proposal), answer(B, proposal)).thing(proposal[0].id)
    assert thing.status == "partly_signed"


@pytest.mark.parametrize("reported", [True, False])
def test_what_is_reported_is_not_signed(reported: bool) -> None:
    more = {"reported": {"status": "firmado", "source": {"name": "Comune di Palermo"}}} if reported else {}
    first = X.sign("pact", pact(A, B, **more))
    thing = Held(EVERYBODY, first, answer(A, first), answer(B, first)).thing(first[0].id)
    assert thing.status == ("reported" if reported else "in_force")


def test_declining_and_withdrawing() -> None:
    proposal = A.sign("pact", pact(A, B))
    consents = [answer(A, proposal), answer(B, proposal)]
    withdrawal = answer(B, proposal, "decline", after=(consents[1],), at=1_000)
    node = Held(EVERYBODY, proposal, *consents, withdrawal)
    assert node.thing(proposal[0].id).status == "ended"
    assert node.thing(proposal[0].id).pact.answers[proposal[0].id][1].answer is Answer.WITHDRAWN
    again = answer(B, proposal, after=(withdrawal,), at=2_000)
    node.add(again)
    assert node.thing(proposal[0].id).status == "in_force"
    side_by_side = Held(EVERYBODY, proposal, *consents, answer(B, proposal, "decline"))
    assert side_by_side.thing(proposal[0].id).pact.answers[proposal[0].id][1].answer is Answer.UNCLEAR
    declined = Held(EVERYBODY, proposal, consents[0], answer(B, proposal, "decline"))
    assert declined.thing(proposal[0].id).status == "declined"


def test_an_erased_refusal_does_not_turn_into_consent() -> None:
    proposal = A.sign("pact", pact(A, B))
    consents = [answer(A, proposal), answer(B, proposal)]
    refusal = answer(B, proposal, "decline", after=(consents[1],))
    erased = B.sign("erasure", {"basis": "mistake"}, subject=proposal[0].subject, parents=[refusal[0].id])
    thing = Held(EVERYBODY, proposal, *consents, refusal, erased).thing(proposal[0].id)
    assert thing.pact.in_force is None
    assert thing.pact.answers[proposal[0].id][1].answer is Answer.NONE


def in_force(*parties: Person, author: Person = A) -> list[list[VerifiedRecord]]:
    proposal = author.sign("pact", pact(*parties))
    return [proposal, *(answer(person, proposal) for person in parties)]


def test_an_amendment_waits_for_every_party_of_old_and_new_text() -> None:
    base = in_force(A, B)
    amended = version(A, pact(A, C), base[0], at=5_000)
    node = Held(EVERYBODY, *base, amended, answer(A, amended), answer(C, amended))
    assert node.thing(base[0][0].id).pact.in_force == base[0][0].id
    node.add(answer(B, amended))
    assert node.thing(base[0][0].id).pact.in_force == amended[0].id


@pytest.mark.parametrize("where", ["beside", "on the first", "on nothing"])
def test_strangers_who_agree_with_themselves_replace_nothing(where: str) -> None:
    base = in_force(A, B)
    first = base[0]
    payload = pact(M, M2)
    if where == "on nothing":
        hostile = M.sign(
            "pact", payload, subject=first[0].subject, parents=[RecordId(bytes(32))], time_ms=T0 + 9
        )
    else:
        void = version(M, pact(A, M), first)
        hostile = version(M, payload, void if where == "beside" else first, at=9)
        base.append(void)
    node = Held(EVERYBODY, *base, hostile, answer(M, hostile), answer(M2, hostile))
    thing = node.thing(first[0].id)
    assert (thing.status, thing.display) == ("in_force", first[0].id)
    proposed = Held(EVERYBODY, first, hostile, answer(M, hostile), answer(M2, hostile)).thing(first[0].id)
    assert (proposed.status, proposed.display) == ("proposed", first[0].id)


def test_a_party_cannot_agree_the_others_out_through_a_version_that_has_no_effect() -> None:
    """The way from the new text to the one in force leads through a version that was never signed."""
    first = X.sign("pact", pact(A, B))
    agreed = [first, answer(A, first), answer(B, first)]
    unsigned = version(A, pact(A, B), first)[:1]
    around = version(A, pact(A, C), unsigned, at=9_000)
    node = Held(EVERYBODY, *agreed, unsigned, around, answer(A, around), answer(C, around))
    assert node.thing(first[0].id).pact.in_force == first[0].id


def test_two_agreed_texts_side_by_side_are_contested() -> None:
    first = A.sign("pact", pact(A, B, C))
    left, right = version(A, pact(A, B), first, at=1_000), version(A, pact(A, C), first, at=2_000)
    signed = [answer(A, left), answer(B, left)]
    node = Held(EVERYBODY, first, left, right, *signed)
    assert node.thing(first[0].id).pact.in_force == left[0].id
    node.add([*answer(A, right), *answer(C, right)])
    thing = node.thing(first[0].id)
    assert (thing.status, thing.pact.in_force) == ("contested", None)
    assert set(thing.pact.rivals) == {left[0].id, right[0].id}
    node.add(answer(B, right))
    assert node.thing(first[0].id).pact.in_force == right[0].id, "all parties of both consent to it"


def test_parties_take_up_what_was_only_reported_of_them() -> None:
    report = {"reported": {"status": "firmado", "source": {"name": "Comune di Palermo"}}}
    first = X.sign("pact", pact("Comune", "Comitato", **report))
    taken = version(A, pact(A, B), first)
    node = Held(EVERYBODY, first, taken, answer(A, taken), answer(B, taken))
    assert node.thing(first[0].id).pact.in_force == taken[0].id
    others = version(M, pact(M, M2), first, at=5_000)
    node.add([*others, *answer(M, others), *answer(M2, others)])
    assert node.thing(first[0].id).status == "contested"


def test_calendar_of_a_pact() -> None:
    proposal = A.sign("pact", pact(A, B, term={"start": "2026-01-01", "end": "2026-12-31"}))
    state = Held(EVERYBODY, proposal, answer(A, proposal), answer(B, proposal)).thing(proposal[0].id).pact
    days = ["2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01"]
    assert [state.status_on(day) for day in days] == [
        PactStatus.NOT_YET_STARTED,
        PactStatus.IN_FORCE,
        PactStatus.IN_FORCE,
        PactStatus.EXPIRED,
    ]


def test_an_agreed_end() -> None:
    base = in_force(A, B)
    ending = version(B, pact(A, B, ending={"on": "2026-06-30", "cause": {"es": "cumplido"}}), base[0])
    node = Held(EVERYBODY, *base, ending, answer(B, ending))
    assert node.thing(base[0][0].id).pact.status_on("2026-07-01") is PactStatus.IN_FORCE
    node.add(answer(A, ending))
    pact_state = node.thing(base[0][0].id).pact
    assert [pact_state.status_on(day) for day in ("2026-06-29", "2026-06-30")] == ["in_force", "ended"]


def test_a_thing_without_its_first_record_is_not_in_force() -> None:
    base = in_force(A, B)
    amended = version(A, pact(A, B), base[0])
    node = Held(EVERYBODY, amended, answer(A, amended), answer(B, amended))
    assert node.thing(base[0][0].id).pact.in_force is None
    node.add(base[0])
    assert node.thing(base[0][0].id).pact.in_force == amended[0].id


def test_unknown_kinds_have_versions_too() -> None:
    first = A.sign("org.example.seed", {"name": "maíz"})
    second = A.sign(
        "org.example.seed", {"name": "maíz negro"}, subject=first[0].subject, parents=[first[0].id]
    )
    other = M.sign("org.example.seed", {"x": 1}, subject=first[0].subject, parents=[second[0].id])
    thing = Held(EVERYBODY, first, second, other).thing(first[0].id)
    assert set(thing.heads) == {second[0].id, other[0].id}
    assert thing.judged[second[0].id].effect is Effect.EFFECTIVE


def test_party_without_actor() -> None:
    assert party("x") == {"name": {"es": "x"}}


def test_a_long_history_is_walked_and_not_recursed_into() -> None:
    """A party may write thousands of versions, each on top of the last: nobody's node may fall over them."""
    base = in_force(A, B)
    chain, last = [], base[0]
    for step in range(1_500):
        last = version(B, pact(A, B), last, at=step + 1)
        chain += last
    node = Held(EVERYBODY, *base, chain)
    assert node.thing(base[0][0].id).pact.in_force == base[0][0].id
    assert node.thing(base[0][0].id).heads == (last[0].id,)
    node.add([*answer(A, last), *answer(B, last)])
    assert node.thing(base[0][0].id).pact.in_force == last[0].id
