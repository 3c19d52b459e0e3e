"""The words of what people say of each other's records: grounds, relations, findings, alerts, claims."""

from gettext import gettext as _

from node.claims.finding import OtherClaim
from node.claims.meeting import Relation
from node.claims.names import NameMatch


def ground_words(ground: str) -> str:
    """Return why something is challenged, in words; another word than the protocol's as it stands."""
    words = {
        "not_so": _("it is not so"),
        "boundary": _("its bounds"),
        "not_steward": _("who is named does not speak for it"),
        "no_consent": _("published without consent"),
        "sensitive": _("it shows what should not be shown"),
        "duplicate": _("it is recorded twice"),
        "other": _("another reason"),
    }
    return words.get(ground, ground.replace("_", " "))


def challenge_state_words(state: str, until: str | None) -> str:
    """Return how a challenge stands, in words."""
    match state:
        case "open":
            return _("to be answered until {day}").format(day=until) if until else _("not answered yet")
        case "unanswered":
            return _("not answered by {day}").format(day=until)
        case "answered":
            return _("answered")
        case "replaced":
            return _("put otherwise since")
        case _:
            return _("taken back")


def relation_words(relation: str, other: str, *, turned: bool) -> str:
    """Return how a thing is said to stand to another; `turned`: it is the other of whom something is said."""
    straight = {
        "same_as": _("the same as {other}"),
        "part_of": _("part of {other}"),
        "overlaps": _("overlaps {other}"),
        "supersedes": _("takes the place of {other}"),
    }
    other_way = {
        "same_as": _("{other} is the same"),
        "part_of": _("{other} is part of it"),
        "overlaps": _("{other} overlaps it"),
        "supersedes": _("{other} takes its place"),
    }
    words = (other_way if turned else straight).get(relation)
    if words is not None:
        return words.format(other=other)
    bare = relation.replace("_", " ")
    return f"{other}: {bare}" if turned else f"{bare} {other}"


def principle_words(principle: str) -> str:
    """Return one of Ostrom's eight principles in a few words."""
    words = {
        "boundaries": _("clear boundaries"),
        "local_rules": _("rules fit the place"),
        "participation": _("users change the rules"),
        "monitoring": _("monitoring"),
        "sanctions": _("graduated sanctions"),
        "conflict_resolution": _("conflicts resolved"),
        "self_organisation": _("right to organise"),
        "nested": _("nested in larger ones"),
    }
    return words.get(principle, principle.replace("_", " "))


def finding_words(finding: str) -> str:
    """Return what was found of a principle, in words."""
    words = {
        "present": _("present"),
        "partial": _("in part"),
        "absent": _("absent"),
        "unknown": _("not known"),
    }
    return words.get(finding, finding)


def alert_words(kind: str) -> str:
    """Return what an alert is about, in words; another word than the protocol's as it stands."""
    words = {
        "enclosure": _("enclosure"),
        "encroachment": _("encroachment"),
        "concession": _("concession"),
        "damage": _("damage"),
        "pollution": _("pollution"),
        "threat": _("threat to people"),
        "other": _("other harm"),
    }
    return words.get(kind, kind.replace("_", " "))


def claim_words(claim: OtherClaim) -> str:
    """Return how another claim stands to one on the ground, and whether it is called alike."""
    parts = []
    if claim.meeting is not None:
        words = {
            Relation.SAME: _("the same place"),
            Relation.WITHIN: _("this lies in it"),
            Relation.CONTAINS: _("lies in this"),
            Relation.OVERLAPS: _("overlaps"),
            Relation.UNMEASURED: _("could not be compared"),
        }
        parts.append(words[claim.meeting.relation])
        if claim.meeting.rough:
            parts.append(_("place known roughly"))
    if claim.name is NameMatch.SAME:
        parts.append(_("same name"))
    elif claim.name is NameMatch.SIMILAR:
        parts.append(_("similar name"))
    return ", ".join(parts)
