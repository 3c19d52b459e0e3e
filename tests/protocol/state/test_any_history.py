"""Properties of any history: one verdict for one set of records, and no effect without authority (§7–8)."""

from random import Random

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds.actor import recovery_digest
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState, resolve_actor
from protocol.state.course import DAY_MS, course
from protocol.state.effect import Effect
from protocol.state.fold import ThingState, fold
from tests.other_implementation import authority, records
from tests.other_implementation.courses import Course as OtherCourse
from tests.protocol.people import T0, Held, Person, commons, key, pact
from tests.protocol.state.histories import BY_DIGEST, OPERATIONAL, World
from tests.protocol.state.plain_authority import PlainActor

KEYS = ("rotate", "rotate", "rotate", "recover", "recover", "cosign")
THINGS = ("thing", "version", "version", "version", "answer", "answer", "answer", "erase", "cosign")
EVERYTHING = (*KEYS, *THINGS, "act", "act", "act")
PROCEDURE = ("rotate", "recover", "thing", "version", "answer", "answer", "erase", "cosign", *("act",) * 6)

rolls = st.builds(Random, st.integers(0, 2**32 - 1))
lives = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Arriving:
    """What a node does as records come: judge the subject, and what hangs on an actor that changed."""

    def __init__(self) -> None:
        self.held: dict[SubjectId, dict[RecordId, VerifiedRecord]] = {}
        self.actors: dict[ActorId, ActorState] = {}
        self.things: dict[SubjectId, ThingState] = {}

    def receive(self, record: VerifiedRecord) -> None:
        about = self.held.setdefault(record.subject, {})
        about[record.id] = record
        if record.header.kind in ("actor", "cosign"):
            actor = ActorId(record.subject)
            before = self.actors.get(actor)
            state = resolve_actor(actor, about.values())
            self.actors[actor] = state
            if before is None or before.digest != state.digest:
                for subject, thing in list(self.things.items()):
                    if actor in thing.actors:
                        self.judge(subject)
        self.judge(record.subject)

    def judge(self, subject: SubjectId) -> None:
        self.things[subject] = fold(subject, self.held[subject].values(), self.actors.get)


def at_once(records: list[VerifiedRecord]) -> dict[SubjectId, ThingState]:
    held: dict[SubjectId, list[VerifiedRecord]] = {}
    for record in records:
        held.setdefault(record.subject, []).append(record)
    actors = {ActorId(subject): resolve_actor(ActorId(subject), about) for subject, about in held.items()}
    return {subject: fold(subject, about, actors.get) for subject, about in held.items()}


@lives
@given(rolls, st.integers(5, 30))
def test_any_order_any_duplication_any_split_gives_the_same_state(rng: Random, moves: int) -> None:
    world = World(rng).play(moves, EVERYTHING)
    expected = at_once(world.records)
    peers = [Arriving() for _ in range(3)]
    for record in world.records:
        for peer in rng.sample(peers, rng.randint(1, 3)):
            peer.receive(record)
    for peer in peers:  # then each gets everything, some of it again
        everything = [*world.records, *rng.sample(world.records, len(world.records) // 2)]
        rng.shuffle(everything)
        for record in everything:
            peer.receive(record)
        assert peer.things == expected
        for actor in world.versions:
            once = resolve_actor(actor, [r for r in world.records if r.subject == actor])
            assert peer.actors[actor].digest == once.digest
            assert peer.actors[actor].standing == once.standing
            assert (peer.actors[actor].head, peer.actors[actor].rivals) == (once.head, once.rivals)


@settings(lives, max_examples=100)
@given(rolls, st.integers(5, 40))
def test_any_order_gives_a_pact_the_same_course_and_the_plain_text_of_the_rules_gives_it_too(
    rng: Random, moves: int
) -> None:
    world = World(rng, actors=3).play(moves, PROCEDURE)
    expected = at_once(world.records)
    shuffled = [*world.records, *rng.sample(world.records, len(world.records) // 2)]
    rng.shuffle(shuffled)
    things = at_once(shuffled)
    read = authority.Held([records.verify(r.envelope, T0 + DAY_MS) for r in shuffled])
    for subject, thing in expected.items():
        if thing.kind != "pact":
            continue
        for days in (-400, *(rng.randint(-11, 45) + rng.random() for _ in range(5))):
            moment = T0 + int(days * DAY_MS)
            found = course(thing, moment)
            assert course(things[subject], moment) == found
            plain = OtherCourse(read, subject, moment)
            assert (found.status, found.since_ms, found.said) == (plain.status, plain.since, plain.said)
            assert [(e.record, e.what, e.moment_ms, e.why_not) for e in found.timeline] == [
                (e.record.id, e.what, e.moment, e.why_not) for e in plain.timeline
            ]
            assert [(d.what, d.by, d.actor, d.until, d.overdue) for d in found.due] == plain.due
            event(found.status)


@settings(lives, max_examples=200)
@given(rolls, st.integers(1, 14))
def test_quick_authority_agrees_with_the_plain_rules(rng: Random, moves: int) -> None:
    world = World(rng, actors=1).play(moves, KEYS)
    (actor,) = world.versions
    state = resolve_actor(actor, world.records)
    standing, heads = PlainActor(actor, world.records).settle()
    assert set(state.standing) == standing
    assert set(state.rivals or ([state.head] if state.head else [])) == heads
    positions = {version: n for n, version in enumerate(state.standing)}
    for version in state.standing:  # oldest first
        assert all(positions.get(p, -1) < positions[version] for p in state.parents[version])
    event(f"{len(standing)} standing, {'contested' if state.rivals else 'settled'}")


@settings(lives, max_examples=100)
@given(rolls, st.integers(5, 25))
def test_no_effect_without_a_threshold_of_keys_that_count(rng: Random, moves: int) -> None:
    """Covers removed keys: what a removal does not uphold never has effect, whenever it came."""
    world = World(rng, actors=1).play(moves, EVERYTHING)
    (actor,) = world.versions
    plain = PlainActor(actor, world.records)
    standing, _ = plain.settle()
    descendants: dict[RecordId, set[RecordId]] = {r.id: {r.id} for r in world.records}
    for record in reversed(world.records):
        for parent in record.header.parents:
            descendants[parent] |= descendants[record.id]
    # Only what is about the same subject carries an upholding from a record to its ancestors.
    judged = {v.record.id: v for thing in at_once(world.records).values() for v in thing.judged.values()}
    seen = set()
    for verdict in judged.values():
        record = verdict.record
        if record.header.kind == "actor":
            continue
        signatures = [record] + [
            c for c in world.records if c.header.kind == "cosign" and c.header.parents == (record.id,)
        ]
        keys = {s.header.signer for s in signatures if plain.counts(standing, s, descendants)}
        effective = bool(keys) and len(keys) >= plain.versions[record.header.auth].content.threshold
        assert (verdict.effect is Effect.EFFECTIVE) == effective
        if effective:
            assert verdict.signed_by == keys
        seen.add(verdict.effect)
    event(str(sorted(seen)))


@settings(lives, max_examples=100)
@given(rolls, st.integers(0, 12), st.booleans())
def test_a_thief_with_every_operational_key_never_survives_a_recovery(
    rng: Random, moves: int, first: bool
) -> None:
    """Nothing that operational keys sign, before or after, changes who holds the actor once it recovered."""
    world = World(rng, actors=1)
    (actor,) = world.versions
    recovery = world.versions[actor][0].content.recovery
    if recovery is None or not resolve_actor(actor, world.records).founded:
        return
    world.play(moves, ("rotate", "rotate", "cosign"))
    # The community recovers from the first version: it need not know what the thief did.
    thieves = [r for r in world.records if r.header.signer in {k.public for k in OPERATIONAL}]
    people = Person("otra vez", [key("new 1"), key("new 2")], 2)
    people.id = actor
    signers = [BY_DIGEST[d] for d in recovery.digests[: recovery.threshold]]
    recovered = people.version(
        signers, [key("new 1"), key("new 2")], [RecordId(actor)], threshold=2, recovery=[key("new paper")]
    )
    node = Held(thieves, recovered) if first else Held(recovered, thieves)
    state = node.actor(actor)
    assert state.standing == (RecordId(actor), recovered[0].id)
    assert state.head == recovered[0].id
    assert not state.rivals


@lives
@given(rolls, st.integers(3, 15), st.integers(1, 10))
def test_records_about_others_never_change_a_subject(rng: Random, moves: int, more: int) -> None:
    ours = World(rng).play(moves, EVERYTHING)
    theirs = World(rng, actors=3)
    for record in [r for actor in ours.versions for r in ours.versions[actor]]:
        theirs.versions.pop(ActorId(record.subject), None)
    if not theirs.versions:
        return
    theirs.play(more, THINGS)
    before, after = at_once(ours.records), at_once([*ours.records, *theirs.records])
    for subject, thing in before.items():
        if not any(r.subject == subject for r in theirs.records):
            assert after[subject] == thing


A, B, C = (Person(name, [key(f"party {name}")]) for name in "ABC")
STRANGERS = [Person("stranger 1", [key("stranger 1")]), Person("stranger 2", [key("stranger 2")])]
PEOPLE = [r for person in (A, B, C, *STRANGERS) for r in person.records]


def crowd_acts(
    rng: Random, kind: str, people: list[Person], named: list[Person], onto: list[VerifiedRecord], moves: int
) -> list[VerifiedRecord]:
    """Versions and consents by `people` on a thing, naming any of `named`, on top of anything there is."""
    subject, made = onto[0].subject, []
    versions = [r for r in onto if r.header.kind == kind]
    for _ in range(moves):
        person = rng.choice(people)
        if rng.random() < 0.5:
            some = rng.sample(named, rng.randint(1 if kind == "commons" else 2, len(named)))
            payload = commons(*some) if kind == "commons" else pact(*some)
            parents = [v.id for v in rng.sample(versions, rng.randint(1, min(2, len(versions))))]
            made += person.sign(
                kind,
                payload | {"salt": rng.randbytes(16)},
                subject=subject,
                parents=parents,
                time_ms=onto[0].header.time_ms + rng.randint(-9, 9),
            )
            versions.append(made[-1])
        else:
            target = rng.choice(versions)
            made += person.sign("consent", {"decision": "consent"}, subject=subject, parents=[target.id])
    return made


@settings(lives, max_examples=100)
@given(rolls, st.integers(0, 8), st.integers(1, 8))
def test_strangers_never_take_a_stewards_version_off_the_heads(
    rng: Random, honest: int, hostile: int
) -> None:
    first = A.sign("commons", commons(*rng.sample([A, B, C], rng.randint(1, 3))))
    known = [*first, *crowd_acts(rng, "commons", [A, B, C], [A, B, C], first, honest)]
    before = Held(PEOPLE, known).thing(first[0].id)
    noise = crowd_acts(rng, "commons", STRANGERS, [A, B, C, *STRANGERS], known, hostile)
    after = Held(PEOPLE, known, noise).thing(first[0].id)
    theirs = {r.id for r in noise}
    assert tuple(h for h in after.heads if h not in theirs) == before.heads


@settings(lives, max_examples=100)
@given(rolls, st.integers(0, 8), st.integers(1, 8))
def test_a_followed_version_was_followed_by_somebody_who_may(rng: Random, moves: int, hostile: int) -> None:
    everybody = [A, B, C, *STRANGERS]
    first = A.sign("commons", commons(A, B))
    known = [*first, *crowd_acts(rng, "commons", everybody, everybody, first, moves + hostile)]
    thing = Held(PEOPLE, known).thing(first[0].id)
    for version in thing.versions.all.values():
        if version.live and version.id not in thing.heads:
            by = [v for v in thing.versions.all.values() if version.id in v.parents and v.live]
            assert any(v.author == version.author or v.author in version.linked for v in by)
            gone = version.linked - set().union(*(v.linked for v in by))
            if version.author in version.linked and any(v.author in version.linked for v in by):
                consents = [r for r in known if r.header.kind == "consent"]
                for steward in gone:
                    assert steward in {v.author for v in by} or any(
                        r.header.actor == steward and set(r.header.parents) & {v.id for v in by}
                        for r in consents
                    )


@settings(lives, max_examples=200)
@given(rolls, st.integers(1, 14))
def test_no_pact_in_force_is_replaced_without_the_consent_of_its_parties(rng: Random, moves: int) -> None:
    parties = [A, B, C][: rng.randint(2, 3)]
    author = rng.choice(parties)
    first = author.sign("pact", pact(*parties))
    signed = [
        r
        for p in parties
        for r in p.sign("consent", {"decision": "consent"}, subject=first[0].subject, parents=[first[0].id])
    ]
    assert Held(PEOPLE, first, signed).thing(first[0].id).pact.in_force == first[0].id
    everybody = [A, B, C, *STRANGERS]
    known = [*first, *signed]
    held_before = {first[0].id: {p.id for p in parties}}
    for _ in range(moves):
        known += crowd_acts(rng, "pact", everybody, everybody, known, 1)
        if rng.random() < 0.3:  # now and then all of some group agree
            target = rng.choice([r for r in known if r.header.kind == "pact"])
            for person in rng.choice([[A, B, C], [A, B], [B, C], STRANGERS]):
                consent = {"decision": "consent", "salt": rng.randbytes(16)}
                known += person.sign("consent", consent, subject=target.subject, parents=[target.id])
        state = Held(PEOPLE, known).thing(first[0].id).pact
        agreed = {state.in_force} if state.in_force else set(state.rivals)
        assert agreed, "nobody withdrew, so some text is in force"
        consented = {
            version: {
                r.header.actor for r in known if r.header.kind == "consent" and version in r.header.parents
            }
            for version in agreed
        }
        for parties_before in held_before.values():
            assert any(parties_before <= consented[version] for version in agreed)
        if state.in_force:
            named = {p.actor for p in state.content.parties}
            assert named <= consented[state.in_force]
            held_before = {state.in_force: named}
    event("replaced" if first[0].id not in held_before else "kept")


def test_digest_of_a_recovery_key_is_what_the_histories_use() -> None:
    assert all(recovery_digest(k.public) == digest for digest, k in BY_DIGEST.items())
