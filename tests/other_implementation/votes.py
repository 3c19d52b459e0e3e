"""How a vote stands, and whether a body is composed as it says: §8.8, §8.9."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from .authority import Held
from .courses import ByMoment
from .things import Thing

DAY_MS = 86_400_000


def starts(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1_000)


class Vote:
    """The vote on a motion at a moment."""

    def __init__(self, held: Held, subject: bytes, at_ms: int) -> None:
        everything = Thing(held, subject)
        records = [r for r in everything.about.values() if r.kind != "cosign" and r.time_ms <= at_ms]
        self.thing = Thing(ByMoment(records, everything.effects), subject, everything.kind, everything.erased)
        heads = [h for h in self.thing.heads if h in self.thing.line]
        cast = [r for r in records if r.kind == "ballot"]
        self.motion = heads[0] if len(heads) == 1 else None
        self.text = self.thing.content(self.motion) if self.motion else None
        if self.text is None:
            self.motion, self.option, self.votes, self.blank, self.not_voted = None, None, [], 0, []
            self.outcome = "contested" if len(heads) > 1 else "unknown"
            self.why_not = {r.id: self.outcome for r in cast}
            return
        self.why_not = {r.id: self._why_not(r) for r in cast}
        good = [r for r in cast if not self.why_not[r.id]]
        for r in good:
            if sum(other.actor == r.actor for other in good) > 1:
                self.why_not[r.id] = "double"
        chosen = {r.actor: r.payload.get("option") for r in good if not self.why_not[r.id]}
        self.votes = [sum(o == n for o in chosen.values()) for n in range(len(self.text["options"]))]
        self.blank = sum(o is None for o in chosen.values())
        self.not_voted = [v["actor"] for v in self.text["roll"] if v["actor"] not in chosen]
        self.option: int | None = None
        self.outcome = self._outcome(at_ms)

    def _why_not(self, ballot: Any) -> str:
        effect, content = self.thing.effects[ballot.id], self.thing.content(ballot.id)
        if effect != "effective":
            return effect
        if content is None:
            return "erased"
        if ballot.actor not in [v["actor"] for v in self.text["roll"]]:
            return "not_on_the_roll"
        if self.motion not in ballot.parents:
            return "another_version"
        if content.get("option") is not None and content["option"] >= len(self.text["options"]):
            return "no_such_option"
        if self.text.get("opens") and ballot.time_ms < starts(self.text["opens"]):
            return "early"
        return "late" if ballot.time_ms >= starts(self.text["closes"]) + DAY_MS else ""

    def _outcome(self, at_ms: int) -> str:
        if at_ms < starts(self.text["closes"]) + DAY_MS:
            return "open"
        votes = sum(self.votes) + self.blank
        if votes < (self.text.get("quorum") or 0):
            return "no_quorum"
        m = max(self.votes)
        if m == 0 or self.votes.count(m) > 1:
            return "undecided"
        rule = self.text.get("rule", "majority")
        named = votes - self.blank
        decided = (
            rule == "most"
            or (rule == "majority" and 2 * m > named)
            or (rule == "two_thirds" and 3 * m >= 2 * named)
            or (rule == "all" and m == votes)
        )
        if not decided:
            return "undecided"
        self.option = self.votes.index(m)
        return "decided"


def kept(body: dict[str, Any], rule: str, day: str) -> bool | None:
    """Whether a body keeps a rule on a day; None where that cannot be said."""
    seats = body.get("seats", [])
    held = [
        s
        for s in seats
        if s.get("holder") and (s.get("since") or "") <= day and day <= (s.get("until") or "9999-12-31")
    ]
    share = {field: [s.get(field) for s in held] for field in ("side", "category", "role")}
    if rule == "parity":
        return share["side"].count("state") == share["side"].count("civil") > 0
    if rule == "users_majority":
        return share["category"].count("user") > len(held) / 2
    if rule == "few_non_members":
        return 5 * share["category"].count("non_member") <= len(held)
    if rule == "owners_two_thirds":
        return None if body.get("share_percent") is None else body["share_percent"] >= 66
    if rule != "alternating_chair":
        return None
    sides = {role: [s["side"] for s in held if s.get("role") == role] for role in ("chair", "vice_chair")}
    if len(sides["chair"]) != 1 or len(sides["vice_chair"]) != 1 or sides["chair"] == sides["vice_chair"]:
        return False
    terms = sorted(
        (s["since"], s.get("until") or "", s["side"])
        for s in seats
        if s.get("role") == "chair" and s.get("since") and s["since"] <= day
    )
    for since, until, _ in terms:
        last = min(until or day, day)
        if last >= f"{int(since[:4]) + 2:04}{since[4:]}":
            return False
    return all(one[2] != other[2] for one, other in pairwise(terms))
