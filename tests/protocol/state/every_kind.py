"""Histories in which everything happens that anybody can sign: all kinds, unknown ones, clocks off by years.

What each record says is made up; so is what it is about: mostly something of its sort, sometimes anything at
all, a record about something else, or one that nobody has.
"""

from random import Random
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds import KINDS
from protocol.kinds.contesting import PRINCIPLES
from protocol.kinds.procedure import STEPS
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, day_of
from tests.protocol.people import T0
from tests.protocol.state.histories import OPERATIONAL, World

UNKNOWN = ("org.example.oven", "org.example.oven-fired")  # a thing, and what is done about it
VERSIONS = (*(name for name, kind in KINDS.items() if kind.is_version and name != "actor"), UNKNOWN[0])
ACTS = (
    *(name for name, kind in KINDS.items() if not kind.is_version and name not in ("cosign", "erasure")),
    UNKNOWN[1],
)
STATEMENTS = ("challenge", "link", "assessment", "endorsement")
YEAR_MS = 365 * DAY_MS
WORD = {"es": "x"}

# What an act of a kind is mostly about.
SUBJECTS = {
    "consent": ("pact", "pact", "commons"),
    "reply": ("challenge", "challenge", "observation", "pact"),
    "step": ("pact",),
    "support": ("pact",),
    "report": ("pact",),
    "dispute": ("pact",),
    "ballot": ("motion",),
    "minutes": ("motion",),
    "assessment": ("commons",),
    "endorsement": ("actor",),
    "seal": ("commons", "alert"),
}


class EveryKind(World):
    """A world whose people do anything."""

    def __init__(self, rng: Random, actors: int = 3) -> None:
        super().__init__(rng, actors)
        self.by_kind: dict[str, list[VerifiedRecord]] = {}
        self._listed = 0

    def live(self, moves: int) -> "EveryKind":
        """Sign records of some of the kinds, or of all: what is seldom among all is common among few."""
        kinds = (*KINDS, *UNKNOWN)
        few = kinds if self.rng.random() < 0.3 else self.rng.sample(kinds, self.rng.randint(2, 9))
        for _ in range(moves):
            self.sign_one(self.rng.choice(few))
        return self

    def sign_one(self, kind: str) -> None:
        match kind:
            case "actor":
                self.rng.choice((self.rotate, self.rotate, self.recover, self.steal))()
            case "cosign":
                self.cosign_something()
            case "erasure":
                self.erase_anything()
            case _ if kind in VERSIONS:
                self.tell(kind)
            case _:
                self.say(kind)

    def steal(self) -> None:
        """Who holds every operational key takes an actor over, and the community recovers, or does not."""
        actor = self.rng.choice(list(self.versions))
        first = self.versions[actor][0]
        self.add_version(actor, first, self.threshold_of(first))
        if self.mostly():
            self.recover()

    def tell(self, kind: str) -> None:
        """A version of a thing: its first, or one that follows any others of it."""
        mine = [s for s, versions in self.things.items() if versions[0].header.kind == kind]
        if not mine or self.rng.random() < 0.3:
            first = self.sign(kind, self.said(kind), None, [])
            self.things[first.subject] = [first]
            return
        subject = self.rng.choice(mine if self.mostly() else list(self.things))
        versions = self.things[subject]
        followed = [v.id for v in self.some(versions, 1, 2)]
        record = self.sign(kind, self.said(kind), subject, followed)
        if record.header.kind == versions[0].header.kind:
            versions.append(record)

    def say(self, kind: str) -> None:
        """An act: about a record of the right sort, about any, or about none that anybody has."""
        sorts = SUBJECTS.get(kind, VERSIONS)
        about = [r for sort in sorts for r in self.of_kind(sort)] if self.mostly() else self.records
        target = self.rng.choice(about or self.records)
        subject = target.subject if self.rng.random() < 0.95 else SubjectId(self.rng.randbytes(32))
        parents, author = [target.id], None
        same = [r for r in self.of_kind(kind) if r.subject == subject]
        if same and self.rng.random() < 0.4:  # it replaces an earlier one, mostly of its own author
            before = self.rng.choice(same)
            parents.append(before.id)
            author = before.header.actor if self.mostly() else None
        elif kind == "consent" and self.mostly():  # those who are asked answer, rather than anybody
            author = self.asked(target)
        elif self.rng.random() < 0.1:
            parents.append(
                self.rng.choice((self.rng.choice(self.records).id, RecordId(self.rng.randbytes(32))))
            )
        self.sign(kind, self.said(kind), subject, parents, author)

    def asked(self, target: VerifiedRecord) -> ActorId | None:
        named = getattr(target.content, "parties", None) or getattr(target.content, "stewards", None) or []
        actors = [ActorId(party.actor) for party in named if party.actor in self.versions]
        return self.rng.choice(actors) if actors else None

    def erase_anything(self) -> None:
        target = self.rng.choice(self.records)
        author = target.header.actor if self.mostly() else None
        self.sign("erasure", {"basis": "habeas_data"}, target.subject, [target.id], author)

    def of_kind(self, kind: str) -> list[VerifiedRecord]:
        for record in self.records[self._listed :]:
            self.by_kind.setdefault(record.header.kind, []).append(record)
        self._listed = len(self.records)
        return self.by_kind.get(kind, [])

    # --- what is said ---

    def said(self, kind: str) -> dict[str, Any]:
        """What a record of a kind says, with a salt so that no two are the same; some fields are left out."""
        if kind in ("commons", "pact"):
            content = self.content(kind)
            if kind == "commons" and self.rng.random() < 0.4:
                content |= self.place()
            return content
        content = getattr(self, f"_{kind.replace('.', '_').replace('-', '_')}")()
        if kind in STATEMENTS and self.rng.random() < 0.2:
            content["withdrawn"] = True
        if kind in (*STATEMENTS, "observation", "reply", "support", "report", "dispute", "minutes", "step"):
            content |= self.rng.choice(({}, {}, {"on": self.day()}, {"at_ms": self.time()}))
            content |= self.rng.choice(
                ({}, {}, {}, {"source": {"name": "x"}}, {"evidence": [{"title": "x"}]})
            )
            if content.get("until", "9999") < content.get("on", ""):
                del content["until"]
        if kind != "seal":  # the fields of a seal are random
            content["salt"] = self.rng.randbytes(16)
        return content

    def place(self) -> dict[str, Any]:
        where = [self.rng.randint(-78_000, -76_000) * 10_000, self.rng.randint(-2_000, 1_000) * 10_000]
        point = {"geometry": {"type": "Point", "coordinates": where}}
        commitment = {"commitment": self.rng.randbytes(32)}
        return self.rng.choice(
            (
                point,
                {**point, "sensitivity": "generalised", "uncertainty_m": 1_100},
                {"sensitivity": "sealed", "sealed": commitment},
                {"sensitivity": "withheld"},
            )
        )

    def anybody(self) -> bytes:
        return self.rng.choice(list(self.versions)) if self.rng.random() < 0.95 else self.rng.randbytes(32)

    def a_thing(self) -> bytes:
        things = [*self.things, *self.versions]
        return self.rng.choice(things) if self.rng.random() < 0.95 else self.rng.randbytes(32)

    def _place(self) -> dict[str, Any]:
        within = [{"level": "province", "name": WORD, "actor": self.anybody()}]
        return {"name": WORD, "level": "canton", "licence": "CC0-1.0", "territory": within}

    def _call(self) -> dict[str, Any]:
        organiser = {"name": WORD, "actor": self.anybody()}
        more = self.rng.choice(({}, {"organiser": organiser}, {"commons": [{"subject": self.a_thing()}]}))
        return {"type": "asset", "title": WORD, "licence": "CC0-1.0", **more}

    def _motion(self) -> dict[str, Any]:
        roll = [{"actor": actor} for actor in self.some(list(self.versions), 1, 3)]
        opens, closes = sorted((self.day(), self.day()))
        content: dict[str, Any] = {
            "title": WORD,
            "options": [
                {"name": WORD, "subject": self.a_thing()},
                *[{"name": WORD}] * self.rng.randint(1, 2),
            ],
            "roll": roll,
            "closes": closes,
            "licence": "CC0-1.0",
            "rule": self.rng.choice(("most", "majority", "two_thirds", "all")),
        }
        return content | self.rng.choice(({}, {"opens": opens}, {"quorum": self.rng.randint(1, len(roll))}))

    def _ballot(self) -> dict[str, Any]:
        return self.rng.choice(
            ({}, {"option": 0}, {"option": 0}, {"option": 1}, {"option": 2}, {"option": 63})
        )

    def _minutes(self) -> dict[str, Any]:
        return {"attended": 9, "votes": [5, 4], "decided": 0}

    def _body(self) -> dict[str, Any]:
        seats = [
            {"side": self.rng.choice(("state", "civil")), "holder": {"name": WORD, "actor": self.anybody()}}
            for _ in range(self.rng.randint(0, 3))
        ]
        more = {"actor": self.anybody()} if self.mostly() else {}
        return {
            "name": WORD,
            "type": "council",
            "licence": "CC0-1.0",
            "rules": ["parity"],
            "seats": seats,
        } | more

    def _alert(self) -> dict[str, Any]:
        state = self.rng.choice(("open", "open", "resolved", "withdrawn"))
        base = {"title": WORD, "type": "enclosure", "licence": "CC0-1.0", "state": state}
        return base | self.rng.choice(({}, {"commons": [{"subject": self.a_thing()}]}, self.place()))

    def _challenge(self) -> dict[str, Any]:
        return {"text": WORD} | self.rng.choice(({}, {"until": self.day()}))

    def _link(self) -> dict[str, Any]:
        relation = self.rng.choice(("same_as", "part_of", "part_of", "overlaps", "supersedes", "near"))
        return {"relation": relation, "other": self.a_thing()}

    def _assessment(self) -> dict[str, Any]:
        found = ("absent", "partial", "present", "unknown")
        chosen = self.some(list(PRINCIPLES), 0, 8)
        return {"principles": {name: {"finding": self.rng.choice(found)} for name in chosen}}

    def _endorsement(self) -> dict[str, Any]:
        reach = self.rng.choice(({}, {"reach": self.rng.randint(0, 3)}))
        until = self.rng.choice(({}, {}, {"until": self.day()}))
        return {"speaks_for": [{"subject": self.a_thing()}], **reach, **until}

    def _seal(self) -> dict[str, Any]:
        recipient = {"actor": self.anybody(), "key": self.rng.choice(OPERATIONAL).public, "box": bytes(48)}
        return {
            "suite": "x25519-chacha20poly1305",
            "commitment": self.rng.randbytes(32),
            "ephemeral": self.rng.randbytes(32),
            "recipients": [recipient],
            "sealed": self.rng.randbytes(40),
        }

    def _consent(self) -> dict[str, Any]:
        return {"decision": "consent" if self.mostly() else "decline"}

    def _step(self) -> dict[str, Any]:
        step = self.rng.choice((*STEPS, "bendecido"))
        party = {"party": self.anybody()} if step in ("withdrawn", "excluded") or self.mostly() else {}
        until = {"until": self.day()} if self.rng.random() < 0.3 else {}
        return {"step": step, "reasons": WORD, **party, **until}

    def _observation(self) -> dict[str, Any]:
        return {"text": WORD, "stance": "opposes"}

    def _reply(self) -> dict[str, Any]:
        return {"text": WORD, "outcome": "noted"}

    def _support(self) -> dict[str, Any]:
        return {"type": "training", "text": WORD}

    def _report(self) -> dict[str, Any]:
        return {"indicators": [{"name": WORD, "value": self.rng.randint(0, 9), "code": "trees"}]}

    def _dispute(self) -> dict[str, Any]:
        member = {"name": WORD, "named_by": "agreed", "actor": self.anybody()}
        return {"text": WORD, "committee": [member]}

    def _org_example_oven(self) -> dict[str, Any]:
        return {"name": WORD, "title": [1], "heat": {"actor": self.anybody()}}

    def _org_example_oven_fired(self) -> dict[str, Any]:
        return {"loaves": 40, "on": "no day"}

    # --- when ---

    def time(self) -> int:
        """By clocks that are mostly right to some days, and off by up to nine years otherwise."""
        apart = 20 * DAY_MS if self.mostly() else 9 * YEAR_MS
        return T0 + self.rng.randint(-apart, apart)

    def day(self) -> str:
        return day_of(self.time())
