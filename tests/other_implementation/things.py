"""What a set of records says about a commons, a pact, a place: §8."""

from dataclasses import dataclass
from typing import Any

from .authority import Held, ancestors_in
from .kinds import ACTS, PAYLOAD_STAYS, PAYLOADS
from .records import Record


@dataclass(frozen=True, slots=True)
class Answer:
    says: str
    time_ms: int | None = None


class Thing:
    """The state of one thing.  Ids are bytes; lists are in the order of the text."""

    def __init__(
        self, held: Held, subject: bytes, kind: str | None = None, erased: set[bytes] | None = None
    ) -> None:
        """`kind` and `erased`, where given, are known from more records than those held here (§8.7)."""
        self.subject = subject
        self.about = held.about.get(subject, {})
        self.effects = {i: held.effect(r) for i, r in self.about.items() if r.kind != "cosign"}
        self.erased = self._erased() if erased is None else erased
        first = self.about.get(subject)
        known = (r.kind for r in self.about.values() if r.kind in PAYLOADS and r.kind not in ACTS)
        self.kind = kind or (first.kind if first else min(known, default=""))
        self.versions = {i: r for i, r in self.about.items() if r.kind == self.kind}
        self.ancestors = {i: ancestors_in(self.versions, i) for i in self.versions}
        self.depth_order = sorted(self.versions, key=lambda i: (len(self.ancestors[i]), i))
        self.linked: dict[bytes, set[bytes]] = {}
        for i in self.depth_order:
            self.linked[i] = self._linked(i)
        self.awaiting_consent = {i: who for i in self.versions if (who := self._awaits_consent(i))}
        self.live = {
            i for i in self.versions if self.effects[i] == "effective" and i not in self.awaiting_consent
        }
        self.heads, self.line = self._heads_and_line()
        self.in_force: bytes | None = None
        self.in_force_since_ms: int | None = None
        self.agreed_rivals: list[bytes] = []
        if self.kind == "pact":
            self._settle_pact()
        self.display = self._display()
        self.status = self._status()

    def _erased(self) -> set[bytes]:
        return {
            parent
            for r in self.about.values()
            if r.kind == "erasure" and self.effects[r.id] == "effective"
            for parent in r.parents
            if parent in self.about and self.about[parent].kind not in PAYLOAD_STAYS
            if self.about[parent].actor == r.actor
        }

    def content(self, i: bytes) -> dict[str, Any] | None:
        return None if i in self.erased else self.about[i].payload

    def parents(self, i: bytes) -> list[bytes]:
        return [p for p in self.versions[i].parents if p in self.versions]

    def _linked(self, i: bytes) -> set[bytes]:
        content = self.content(i)
        if content is None:
            return {a for p in self.parents(i) for a in self.linked[p]}
        match self.kind:
            case "commons" | "pact":
                named = content.get("stewards" if self.kind == "commons" else "parties", [])
            case "call":
                named = [content.get("organiser") or {}]
            case "body":
                named = [content]
            case _:
                named = []
        return {party["actor"] for party in named if party.get("actor")}

    def voice(self, i: bytes) -> str:
        return "own" if self.versions[i].actor in self.linked[i] else "documented"

    # --- §8.2, §8.3 ---

    def _consents(self, i: bytes, actor: bytes) -> list[Record]:
        return [r for r in self.about.values() if r.kind == "consent" and r.actor == actor and i in r.parents]

    def _awaits_consent(self, i: bytes) -> set[bytes]:
        if self.kind != "commons":
            return set()
        author, waits = self.versions[i].actor, set()
        for p in self.parents(i):
            stewards = self.linked[p]
            if self.versions[p].actor in stewards and author in stewards and self.linked[i] != stewards:
                waits |= stewards - {author}
        return {
            s
            for s in waits
            if not any(
                self.effects[c.id] == "effective" and (self.content(c.id) or {}).get("decision") == "consent"
                for c in self._consents(i, s)
            )
        }

    def _replaced(self, i: bytes) -> set[bytes]:
        """The live parents that a live version replaces."""
        author = self.versions[i].actor
        return {
            p
            for p in self.parents(i)
            if p in self.live and (self.versions[p].actor == author or author in self.linked[p])
        }

    def _heads_and_line(self) -> tuple[list[bytes], set[bytes]]:
        heads, line = set(self.live), {self.subject} & self.live
        for i in self.depth_order:
            if i in self.live:
                replaced = self._replaced(i)
                heads -= replaced
                if replaced & line:
                    line.add(i)
        order = sorted(
            heads, key=lambda i: (self.voice(i) != "own", i not in line, -self.versions[i].time_ms, i)
        )
        return order, line

    # --- §8.4 ---

    def answer(self, i: bytes, actor: bytes | None) -> Answer:
        given = self._consents(i, actor) if actor else []
        effective = [r for r in given if self.effects[r.id] == "effective"]
        replaced = {p for r in effective for p in r.parents}
        last = [r for r in effective if r.id not in replaced and self.content(r.id) is not None]
        if not last:
            waits = any(self.effects[r.id] == "awaiting" and self.content(r.id) is not None for r in given)
            return Answer("awaiting" if waits else "none")
        time_ms = max(r.time_ms for r in last)
        decisions = {self.content(r.id)["decision"] for r in last}
        if len(decisions) > 1:
            return Answer("unclear", time_ms)
        if decisions == {"consent"}:
            return Answer("consent", time_ms)
        before = any((self.content(r.id) or {}).get("decision") == "consent" for r in effective)
        return Answer("withdrawn" if before else "decline", time_ms)

    def party_answers(self, i: bytes) -> list[tuple[bytes | None, Answer]]:
        """The answer of each party of a version, in its order; none where its content is gone."""
        parties = (self.content(i) or {}).get("parties", [])
        return [(p.get("actor"), self.answer(i, p.get("actor"))) for p in parties]

    def _agrees(self, i: bytes, actors: set[bytes]) -> bool:
        return all(self.answer(i, a).says == "consent" for a in actors)

    def _settle_pact(self) -> None:
        agreed: set[bytes] = set()
        if self.subject not in self.versions:
            return
        foreign = self.voice(self.subject) == "documented" and self.content(self.subject) is not None
        for i in self.depth_order:
            bound = {a for v in (self.ancestors[i] - {i}) & agreed for a in self.linked[v]}
            content = self.content(i)
            if i not in self.live or content is None or content.get("reported"):
                continue
            parties = all(answer.says == "consent" for _, answer in self.party_answers(i))
            if (i in self.line or foreign) and parties and self._agrees(i, bound):
                agreed.add(i)
        current = {i for i in agreed if not any(i != j and i in self.ancestors[j] for j in agreed)}
        everybody = {a for i in current for a in self.linked[i]}
        holding = [i for i in current if self._agrees(i, everybody)]
        if holding:
            self.in_force = min(holding, key=lambda i: (-self.versions[i].time_ms, i))
            self.in_force_since_ms = max(answer.time_ms for _, answer in self.party_answers(self.in_force))
        else:
            self.agreed_rivals = sorted(current)

    def _pact_status(self) -> str:
        if self.in_force:
            return "in_force"
        if self.agreed_rivals:
            return "contested"
        return self.unsigned_status(next((i for i in self.heads if self.content(i) is not None), None))

    def unsigned_status(self, head: bytes | None) -> str:
        """What the answers to a head make of a pact that nothing agreed on."""
        if head is None:
            return "proposed"
        if self.content(head).get("reported"):
            return "reported"
        says = {answer.says for _, answer in self.party_answers(head)}
        if "withdrawn" in says and says <= {"withdrawn", "consent"}:
            return "ended"
        if says & {"decline", "withdrawn"}:
            return "declined"
        return "partly_signed" if "consent" in says else "proposed"

    # --- §8.6 ---

    def _display(self) -> bytes | None:
        if self.in_force or self.heads:
            return self.in_force or self.heads[0]
        pending = [i for i in self.versions if self.effects[i] in ("awaiting", "contested")]
        if self.subject in pending:
            return self.subject
        return min(pending, key=lambda i: (-self.versions[i].time_ms, i), default=None)

    def _status(self) -> str:
        if self.display is None:
            effects = {self.effects[i] for i in self.versions}
            return "unknown_author" if "unknown_author" in effects else "void"
        if self.display not in self.live:
            waits = self.display in self.awaiting_consent and self.effects[self.display] == "effective"
            return "awaiting_consent" if waits else self.effects[self.display]
        if self.content(self.display) is None:
            return "erased"
        if self.kind == "pact":
            return self._pact_status()
        if self.kind == "alert":
            return (self.content(self.display) or {}).get("state", "open")
        own = [i for i in self.heads if self.voice(i) == "own"]
        if any(self.versions[j].actor not in self.linked[i] for i in own for j in own):
            return "contested"
        return self.voice(self.display)
