"""Taking somebody's name out of what this home's actors wrote, or putting it right: planned, then signed.

A description that stays is written anew without the name, and its earlier versions are erased; what people
said on one occasion is erased whole.  What others have signed on the strength of a text, and what keys rest
on, no program changes: it is listed with what people can do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from node.authoring.signer import Signer
from node.authoring.things import erase, payload_of
from node.privacy.holdings import Found
from node.privacy.person import Person
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.limits import PARENTS_MAX
from protocol.record.verification import VerifiedRecord

# Descriptions, which their authors may write anew.
_REWRITTEN = frozenset({"commons", "place", "call", "body", "alert"})

# What was said on one occasion, on which nothing else rests.
_SAID_ONCE = frozenset(
    {
        "observation",
        "reply",
        "support",
        "report",
        "dispute",
        "minutes",
        "challenge",
        "link",
        "assessment",
        "endorsement",
    }
)


class Reason(StrEnum):
    """Why a record is left to people."""

    KEYS = "keys"  # an actor's record: what was signed is checked by it for ever
    AGREED = "agreed"  # others signed or voted on the strength of this text
    NOT_BY_NAME = "not_by_name"  # it holds their key or their actor's id, and not their name
    SAID = "said"  # an act cannot be written anew, only erased


@dataclass(slots=True)
class Plan:
    """What would be done with this home's own records, and what cannot be."""

    rewritten: dict[tuple[ActorId, SubjectId], list[Found]] = field(default_factory=dict)
    erased: list[Found] = field(default_factory=list)
    by_hand: list[tuple[Found, Reason]] = field(default_factory=list)
    others: list[Found] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many records lose their content."""
        return len(self.erased) + sum(map(len, self.rewritten.values()))


def plan_taking_out(found: Iterable[Found], own: Iterable[ActorId], *, erasing: bool) -> Plan:
    """Return what becomes of records that have to do with somebody.

    `own` are the actors for which this home signs; `erasing`, or else putting a name right.
    """
    ours = frozenset(own)
    plan = Plan()
    for one in found:
        if one.author not in ours:
            plan.others.append(one)
        elif not one.has_content or one.kind == "cosign":
            continue  # it says nothing any more, or never did
        elif one.kind == "actor":
            plan.by_hand.append((one, Reason.KEYS))
        elif not one.names_them:
            plan.by_hand.append((one, Reason.NOT_BY_NAME))
        elif one.kind in _REWRITTEN:
            plan.rewritten.setdefault((one.author, one.subject), []).append(one)
        elif one.kind in _SAID_ONCE and erasing:
            plan.erased.append(one)
        else:
            plan.by_hand.append((one, Reason.SAID if one.kind in _SAID_ONCE else Reason.AGREED))
    return plan


async def written_anew(signer: Signer, plan: Plan, person: Person, words: str) -> list[list[VerifiedRecord]]:
    """Return new versions of what is described, with `words` in the place of the names: what to store first.

    An author's versions that nobody would see any more need no new one.
    """
    signed = []
    for (author, subject), found in plan.rewritten.items():
        thing = await signer.store.thing(subject)
        if thing is None:
            continue
        heads = [head for head in thing.heads if thing.versions.all[head].author == author]
        naming = [head for head in heads if any(one.id == head for one in found)]
        base = None if not naming else await signer.store.record(naming[0])
        if base is None:
            continue
        payload = {name: value for name, value in payload_of(base).items() if name != "salt"}
        renamed = person.renamed(payload, words)
        signed.append(await signer.sign(author, thing.kind, renamed, subject=subject, parents=heads))
    return signed


async def erasures(signer: Signer, plan: Plan, reason: dict[str, str] | None) -> list[list[VerifiedRecord]]:
    """Return the erasures of everything planned, on the ground of habeas data: what to store after that."""
    by_thing: dict[tuple[ActorId, SubjectId], list[Found]] = {}
    for one in (*plan.erased, *(one for found in plan.rewritten.values() for one in found)):
        by_thing.setdefault((one.author, one.subject), []).append(one)
    signed = []
    for (author, _), found in by_thing.items():
        for some in _parts(found):
            records = [record for one in some if (record := await signer.store.record(one.id)) is not None]
            signed.append(await erase(signer, author, records, "habeas_data", reason))
    return signed


def _parts(found: Sequence[Found]) -> Iterable[Sequence[Found]]:
    for start in range(0, len(found), PARENTS_MAX):
        yield found[start : start + PARENTS_MAX]


def ids_of(plan: Plan) -> list[RecordId]:
    """Return the records that lose their content."""
    return [one.id for one in (*plan.erased, *(o for found in plan.rewritten.values() for o in found))]
