"""Which statements stand, how challenges do, what links make of things, whom one trusts: §8.10, §8.11."""

from dataclasses import dataclass
from typing import Any

from .authority import Held
from .courses import day_of, moment_of
from .records import Record
from .things import Thing

WITHIN_MAX, DISTANCE_MAX = 64, 8


@dataclass(slots=True)
class Said:
    record: Record
    moment: int
    standing: str  # stands, replaced, withdrawn
    content: dict[str, Any]


class Statements:
    """What was said of one thing by a moment."""

    def __init__(self, held: Held, subject: bytes, moment: int, thing: Thing | None = None) -> None:
        self.moment, self.day = moment, day_of(moment)
        self.thing = thing or Thing(held, subject)
        self.about = [
            r for r in self.thing.about.values() if self._effective(r) and self._moment(r) <= moment
        ]

    def _effective(self, r: Record) -> bool:
        return self.thing.effects.get(r.id) == "effective"

    def _moment(self, r: Record) -> int:
        return moment_of(r, self.thing.content(r.id))

    def shown(self, kind: str) -> list[Said]:
        found = []
        for r in self.about:
            content = self.thing.content(r.id)
            if r.kind != kind or content is None or content.get("withdrawn"):
                continue
            after = [o for o in self.about if o.kind == kind and o.actor == r.actor and r.id in o.parents]
            still = [c for o in after if (c := self.thing.content(o.id)) is not None]
            replaced = any(not content.get("withdrawn") for content in still)
            standing = "stands" if not after else "replaced" if replaced else "withdrawn"
            found.append(Said(r, self._moment(r), standing, content))
        return sorted(found, key=lambda s: (-s.moment, -s.record.time_ms, s.record.id))

    def standing(self, kind: str) -> list[Said]:
        return [said for said in self.shown(kind) if said.standing == "stands"]

    def challenges(self) -> list[tuple[bytes, str]]:
        return [(said.record.id, self._challenge(said)) for said in self.shown("challenge")]

    def _challenge(self, said: Said) -> str:
        if said.standing != "stands":
            return said.standing
        for reply in self.about:
            has_content = reply.kind == "reply" and self.thing.content(reply.id) is not None
            if has_content and said.record.id in reply.parents and self._may_answer(reply, said.record):
                return "answered"
        until = said.content.get("until")
        return "unanswered" if until and until < self.day else "open"

    def _may_answer(self, reply: Record, challenge: Record) -> bool:
        if reply.actor == challenge.actor:
            return False
        challenged = [
            r for r in self.thing.about.values() if r.id in challenge.parents and r.kind != "cosign"
        ]
        authors = {r.actor or r.id for r in challenged}
        return reply.actor in authors or any(reply.actor in self.thing.linked[i] for i in self.thing.line)


class Links:
    """What links make of all things held, at a moment."""

    def __init__(self, held: Held, moment: int) -> None:
        self.things = {subject: Thing(held, subject) for subject in held.about}
        self.standing = {
            subject: [
                said
                for said in Statements(held, subject, moment, thing).standing("link")
                if said.content["other"] != subject
            ]
            for subject, thing in self.things.items()
        }

    def shown_at(self, subject: bytes) -> list[Said]:
        """The standing links that are shown at a thing, at either end, the latest first."""
        found = [
            said
            for start, links in self.standing.items()
            for said in links
            if subject in (start, said.content["other"])
        ]
        return sorted(found, key=lambda said: (-said.moment, -said.record.time_ms, said.record.id))

    def is_own(self, said: Said) -> bool:
        """Whether its author is linked to the version shown of the thing that it starts from."""
        thing = self.things[said.record.about]
        return thing.display in thing.linked and said.record.actor in thing.linked[thing.display]

    def is_mutual(self, said: Said) -> bool:
        """Whether each end says it of the other."""
        relation, start, end = said.content["relation"], said.record.about, said.content["other"]
        if relation not in ("same_as", "overlaps") or not self.is_own(said):
            return False
        return any(
            self.is_own(other) and (other.content["relation"], other.content["other"]) == (relation, start)
            for other in self.standing.get(end, [])
        )

    def _wholes(self, subject: bytes) -> set[bytes]:
        links = [said for said in self.standing.get(subject, []) if self.is_own(said)]
        return {said.content["other"] for said in links if said.content["relation"] == "part_of"}

    def within(self, subject: bytes) -> tuple[list[bytes], bool]:
        """The things a thing is within, in the order in which they are reached, and whether in a cycle."""
        found: list[bytes] = []
        step = {subject}
        while step:
            step = {whole for part in step for whole in self._wholes(part)} - set(found)
            for whole in sorted(step):
                if len(found) == WITHIN_MAX:
                    return ([], True) if subject in found else (found, False)
                found.append(whole)
        return ([], True) if subject in found else (found, False)


class Trust:
    """Who endorses whom, at a moment."""

    def __init__(self, held: Held, moment: int) -> None:
        day = day_of(moment)
        # Who endorses whom, and how many may follow it in a chain.
        self.endorsed: dict[bytes, list[tuple[bytes, int | None]]] = {}
        for subject in held.about:
            for said in Statements(held, subject, moment).standing("endorsement"):
                until = said.content.get("until")
                if said.record.actor != subject and not (until and until < day):
                    edge = (subject, said.content.get("reach"))
                    self.endorsed.setdefault(said.record.actor or b"", []).append(edge)

    def distance(self, near: set[bytes], actor: bytes) -> int | None:
        if actor in near:
            return 0
        return next((k for k in range(1, DISTANCE_MAX + 1) if self._chained(near, actor, k)), None)

    def _chained(self, near: set[bytes], actor: bytes, k: int) -> bool:
        """Whether there is a chain of k endorsements from one of `near` to an actor."""
        reached = set(near)
        for i in range(1, k + 1):
            reached = {
                to
                for by in reached
                for to, reach in self.endorsed.get(by, [])
                if reach is None or reach >= k - i
            }
        return actor in reached

    def vouching(self, near: set[bytes], actor: bytes) -> dict[bytes, int | None]:
        """The actors that endorse an actor, each with its distance."""
        by = {by for by, edges in self.endorsed.items() if any(to == actor for to, _ in edges)}
        return {one: self.distance(near, one) for one in by}
