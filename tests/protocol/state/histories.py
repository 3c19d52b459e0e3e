"""Histories made up at random: what honest people, thieves and strangers could sign, in any order.

A `World` grows by moves; each move only appends records.  `rng` comes seeded: a failure names its seed and
the fewest moves.  Authority is mostly right (the threshold of a version that exists), sometimes not at all.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.kinds.actor import recovery_digest
from protocol.kinds.procedure import STEPS
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, day_of
from tests.protocol.people import T0, Person, actor_payload, commons, cosign, key, pact

OPERATIONAL = [key(f"operational {n}") for n in range(6)]
PAPER = [key(f"paper {n}") for n in range(4)]
ALL_KEYS = {k.public: k for k in [*OPERATIONAL, *PAPER]}
BY_DIGEST = {recovery_digest(k.public): k for k in [*OPERATIONAL, *PAPER]}


class World:
    """Everything signed so far, by whoever; `versions` by actor, `things` by subject."""

    def __init__(self, rng: Random, actors: int = 2) -> None:
        self.rng = rng
        self.records: list[VerifiedRecord] = []
        self.versions: dict[ActorId, list[VerifiedRecord]] = {}
        self.things: dict[SubjectId, list[VerifiedRecord]] = {}
        for number in range(actors):
            self.found(number)

    def play(self, moves: int, choices: tuple[str, ...]) -> "World":
        named: dict[str, Callable[[], None]] = {
            "rotate": self.rotate,
            "recover": self.recover,
            "cosign": self.cosign_something,
            "thing": self.start_thing,
            "version": self.next_version,
            "answer": self.answer,
            "erase": self.erase,
            "act": self.act,
        }
        for _ in range(moves):
            named[self.rng.choice(choices)]()
        return self

    def found(self, number: int) -> None:
        keys = self.some(OPERATIONAL, 1, 4)
        recovery = self.some(PAPER, 0, 3)
        threshold = self.rng.randint(1, len(keys))
        person = Person(
            f"actor {number}", keys, threshold, recovery, self.rng.randint(1, max(1, len(recovery)))
        )
        self.records += person.records
        self.versions[person.id] = [person.records[0]]

    def rotate(self) -> None:
        """A version by somebody's keys: mostly of what it follows, sometimes removed or stolen ones."""
        actor, before = self.some_version()
        signers = self.threshold_of(before) if self.mostly() else self.some(OPERATIONAL, 1, 3)
        self.add_version(actor, before, signers)

    def recover(self) -> None:
        actor, before = self.some_version()
        recovery = before.content.recovery
        if recovery is None:
            return self.rotate()
        signers = [BY_DIGEST[d] for d in self.rng.sample(recovery.digests, recovery.threshold)]
        if not self.mostly():
            signers = signers[1:] or [self.rng.choice(OPERATIONAL)]
        self.add_version(actor, before, signers, may_commit=True)
        return None

    def add_version(
        self, actor: ActorId, before: VerifiedRecord, signers: list[SigningKey], may_commit: bool = False
    ) -> None:
        parents = {before.id}
        if self.rng.random() < 0.25:  # a merge, perhaps
            other = self.rng.choice(self.versions[actor])
            parents.add(other.id)
            signers = list(dict.fromkeys([*signers, *self.threshold_of(other)]))
        keys = self.some(OPERATIONAL, 1, 4)
        kept = before.content.recovery
        if may_commit or kept is None or not self.mostly():
            recovery = self.some(PAPER, 0, 3)
            threshold = self.rng.randint(1, max(1, len(recovery)))
        else:
            recovery, threshold = [BY_DIGEST[d] for d in kept.digests], kept.threshold
        upholds: list[dict[str, Any]] = []
        for public in {entry.key for entry in before.content.keys} - {k.public for k in keys}:
            choice = self.rng.randrange(3)
            if choice == 1:
                upholds.append({"key": public, "everything": True})
            elif choice == 2 and len(self.records) > 1:
                upheld = [r.id for r in self.rng.sample(self.records, min(3, len(self.records)))]
                upholds.append({"key": public, "records": upheld})
        payload = actor_payload(
            "otra vez", keys, self.rng.randint(1, len(keys)), recovery, threshold, upholds=upholds
        )
        author = Author(signers[0], actor, before.id)
        record = sign_record(author, "actor", payload, self.time(), subject=SubjectId(actor), parents=parents)
        self.records += [record, *(cosign(record, k) for k in signers[1:])]
        self.versions[actor].append(record)

    def cosign_something(self) -> None:
        record = self.rng.choice(self.records)
        if record.header.kind != "cosign":
            self.records.append(cosign(record, self.rng.choice([*OPERATIONAL, *PAPER])))

    def start_thing(self) -> None:
        payload = self.content(self.rng.choice(("commons", "pact")))
        kind = "pact" if "parties" in payload else "commons"
        first = self.sign(kind, payload, None, [])
        self.things[first.subject] = [first]

    def next_version(self) -> None:
        if not self.things:
            return self.start_thing()
        subject = self.rng.choice(list(self.things))
        versions = self.things[subject]
        kind = versions[0].header.kind
        parents = [v.id for v in self.some(versions, 1, 2)]
        versions.append(self.sign(kind, self.content(kind), subject, parents))
        return None

    def answer(self) -> None:
        if not self.things:
            return self.start_thing()
        subject = self.rng.choice(list(self.things))
        parents = {self.rng.choice(self.things[subject]).id}
        before = [r for r in self.records if r.subject == subject and r.header.kind == "consent"]
        if before and self.rng.random() < 0.4:
            parents.add(self.rng.choice(before).id)
        decision = "consent" if self.mostly() else "decline"
        self.sign("consent", {"decision": decision}, subject, list(parents))
        return None

    def erase(self) -> None:
        erasable = [r for r in self.records if r.header.kind in ("commons", "pact", "consent", "step")]
        if not erasable:
            return self.start_thing()
        target = self.rng.choice(erasable)
        actor = target.header.actor if self.mostly() else None
        self.sign("erasure", {"basis": "author"}, target.subject, [target.id], actor)
        return None

    def act(self) -> None:
        """An act of the procedure of a pact, on any day, by anyone: on paper, from a source, or neither."""
        pacts = [s for s, versions in self.things.items() if versions[0].header.kind == "pact"]
        if not pacts:
            return self.start_thing()
        subject = self.rng.choice(pacts)
        about = [r for r in self.records if r.subject == subject and r.header.kind in ("pact", "dispute")]
        kind = self.rng.choice(("step",) * 9 + ("observation", "report", "dispute"))
        payload: dict[str, Any] = {"salt": self.rng.randbytes(16)}
        if self.rng.random() < 0.5:
            payload["on"] = self.day()
        if self.rng.random() < 0.3:
            payload["evidence"] = [{"title": "Acta"}]
        if self.rng.random() < 0.15:
            payload["source"] = {"name": "Registro"}
        if kind == "step":
            payload |= {"step": self.rng.choice((*STEPS, "bendecido")), "reasons": {"es": "x"}}
            payload["party"] = self.rng.choice(list(self.versions))
            if self.rng.random() < 0.3 and payload.get("on", "") <= (until := self.day()):
                payload["until"] = until
            if payload["step"] == "signed" and self.rng.random() < 0.5:
                del payload["party"]
        elif kind != "report":
            payload["text"] = {"es": "x"}
        if kind == "dispute":
            member = {
                "name": {"es": "x"},
                "named_by": "agreed",
                "actor": self.rng.choice(list(self.versions)),
            }
            payload["committee"] = [member]
        self.sign(kind, payload, subject, [r.id for r in self.some(about, 1, 2)])
        return None

    def day(self) -> str:
        """A day of the three weeks around the time at which all is signed."""
        return day_of(T0 + self.rng.randint(-10, 10) * DAY_MS)

    def content(self, kind: str) -> dict[str, Any]:
        named = self.some(list(self.versions), 1 if kind == "commons" else 2, 3)
        people: list[dict[str, Any]] = [{"name": {"es": "x"}, "actor": actor} for actor in named]
        if kind == "pact" and len(people) < 2:
            people.append({"name": {"es": "sin llaves"}})
        marked: dict[str, Any] = {"salt": self.rng.randbytes(16)}
        if kind == "pact":
            for named_party in people:
                if side := self.rng.choice(("administration", "community", None)):
                    named_party["side"] = side
            start, end = sorted((self.day(), self.day()))
            marked |= self.rng.choice(({}, {}, {"term": {"start": start}}, {"term": {"end": end}}))
            if self.rng.random() < 0.15:
                marked["ending"] = {"on": self.day(), "cause": {"es": "x"}}
            if self.rng.random() < 0.15:
                marked["reported"] = {"status": "x", "source": {"name": "Registro"}, "as_of": self.day()}
        return (
            commons(**marked) | {"stewards": people}
            if kind == "commons"
            else pact(**marked) | {"parties": people}
        )

    def sign(
        self,
        kind: str,
        payload: dict[str, Any],
        subject: SubjectId | None,
        parents: list[RecordId],
        actor: ActorId | None = None,
    ) -> VerifiedRecord:
        if actor is None:
            actor = self.rng.choice(list(self.versions))
        under = self.versions[actor][-1] if self.mostly() else self.rng.choice(self.versions[actor])
        signers = self.threshold_of(under) if self.mostly() else self.some(OPERATIONAL, 1, 2)
        author = Author(signers[0], actor, under.id)
        record = sign_record(author, kind, payload, self.time(), subject=subject, parents=parents)
        self.records += [record, *(cosign(record, k) for k in signers[1:])]
        return record

    def threshold_of(self, version: VerifiedRecord) -> list[SigningKey]:
        keys = [ALL_KEYS[entry.key] for entry in version.content.keys]
        return self.rng.sample(keys, version.content.threshold)

    def some_version(self) -> tuple[ActorId, VerifiedRecord]:
        actor = self.rng.choice(list(self.versions))
        return actor, self.rng.choice(self.versions[actor][-3:])

    def some(self, things: list[Any], at_least: int, at_most: int) -> list[Any]:
        at_most = min(at_most, len(things))
        return self.rng.sample(things, self.rng.randint(min(at_least, at_most), at_most))

    def mostly(self) -> bool:
        return self.rng.random() < 0.8

    def time(self) -> int:
        return T0 + self.rng.randint(-5_000, 5_000)
