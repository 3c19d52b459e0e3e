"""The words of votes and bodies: what came of a vote, why a ballot does not count, how a rule is kept."""

from gettext import gettext as _
from gettext import ngettext

from protocol.state.composition import CHAIR_TERM_MAX_YEARS, NON_MEMBERS_MAX_PERCENT, Finding


def rule_words(rule: str) -> str:
    """Return by which majority a vote is decided."""
    words = {
        "most": _("whatever has the most votes"),
        "majority": _("more than half of the votes that are not blank"),
        "two_thirds": _("two thirds of the votes that are not blank"),
        "all": _("all votes, blank ones too"),
    }
    return words.get(rule, rule)


def vote_words(status: str) -> str:
    """Return how a vote stands, in a word or two."""
    words = {
        "open": _("open"),
        "not_open_yet": _("not open yet"),
        "decided": _("decided"),
        "no_quorum": _("too few voted"),
        "undecided": _("undecided"),
        "contested": _("contested: two texts"),
        "not_yet_recorded": _("nothing recorded yet"),
        "awaiting": _("awaits signatures"),
        "unknown_author": _("author not known here"),
        "void": _("without effect"),
        "erased": _("erased"),
    }
    return words.get(status, status.replace("_", " "))


def why_not_words(why: str) -> str:
    """Return why a ballot does not count."""
    words = {
        "not_on_the_roll": _("not on the roll"),
        "another_version": _("cast on another text of the motion"),
        "no_such_option": _("there is no such option"),
        "early": _("signed before the vote opened"),
        "late": _("signed after the vote closed"),
        "double": _("voted more than once"),
        "contested": _("contested"),
        "unknown": _("the text of the motion is not in effect here"),
        "awaiting": _("awaits signatures"),
        "unknown_author": _("author not known here"),
        "void": _("signed by a key that may not"),
        "erased": _("erased"),
    }
    return words.get(why, why.replace("_", " "))


def composition_rule_words(rule: str) -> str:
    """Return what a rule of a body asks; a rule of its own as it stands."""
    words = {
        "parity": _("as many seats of the State as of civil society"),
        "alternating_chair": _("chair and vice-chair from different sides, in turns of two years"),
        "users_majority": _("users hold the majority"),
        "few_non_members": _("non-members hold {percent} % at most").format(percent=NON_MEMBERS_MAX_PERCENT),
        "owners_two_thirds": _("owners of two thirds have joined"),
    }
    return words.get(rule, rule.replace("_", " "))


def kept_words(finding: Finding) -> str:
    """Return whether a rule is kept."""
    if finding.kept is None:
        return _("not known")
    return _("kept") if finding.kept else _("broken")


def counted_words(finding: Finding) -> str:
    """Return what was counted, or why nothing can be."""
    if finding.kept is None:
        if finding.rule == "owners_two_thirds":
            return _("nobody says what share has joined")
        return _("a rule of its own, which is not checked here")
    figures = finding.figures
    match finding.rule:
        case "parity":
            return _("{state} of the State, {civil} of civil society").format(
                state=figures[0], civil=figures[1]
            )
        case "users_majority":
            return _("{users} of {all} are users").format(users=figures[0], all=figures[1])
        case "few_non_members":
            return _("{others} of {all} are no members").format(others=figures[0], all=figures[1])
        case "owners_two_thirds":
            return _("{percent} % have joined").format(percent=figures[0])
    return chair_words(finding)


def chair_words(finding: Finding) -> str:
    """Return how chair and vice-chair are filled."""
    match finding.why:
        case "not_one_each":
            return _("{chairs} chair, {vices} vice-chair; there should be one of each").format(
                chairs=finding.figures[0], vices=finding.figures[1]
            )
        case "one_side":
            return _("both from the same side")
        case "too_long":
            return ngettext(
                "somebody chairs for longer than {count} year",
                "somebody chairs for longer than {count} years",
                CHAIR_TERM_MAX_YEARS,
            ).format(count=CHAIR_TERM_MAX_YEARS)
        case "no_turns":
            return _("one side chairs twice in a row")
    return _("one from each side, in turns")


def side_words(side: str) -> str:
    """Return a side of a body."""
    words = {"state": _("State"), "civil": _("civil society")}
    return words.get(side, side.replace("_", " "))


def seat_words(slug: str | None) -> str:
    """Return the role or the category of a seat."""
    words = {
        "chair": _("chair"),
        "vice_chair": _("vice-chair"),
        "user": _("user"),
        "worker": _("worker"),
        "non_member": _("non-member"),
    }
    return "" if slug is None else words.get(slug, slug.replace("_", " "))


def body_words(kind: str) -> str:
    """Return what kind of body it is."""
    words = {
        "council": _("council"),
        "shared_service_board": _("board of a shared service"),
        "assembly": _("assembly"),
        "board": _("board"),
    }
    return words.get(kind, kind.replace("_", " "))
