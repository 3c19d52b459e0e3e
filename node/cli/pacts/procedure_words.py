"""The words of the procedure around a pact: steps, what is due from whom, why something does not count."""

from gettext import gettext as _

from protocol.state.course import Due, Event


def event_words(event: Event) -> str:
    """Return what happened, in words."""
    if event.kind == "step":
        return step_words(event.what)
    words = {
        "pact": _("text proposed"),
        "consent": _("signed"),
        "decline": _("refused by a party"),
        "observation": _("observation"),
        "reply": _("answer"),
        "support": _("support granted"),
        "report": _("report"),
        "dispute": _("dispute"),
        "challenge": _("challenge"),
        "link": _("link"),
        "assessment": _("assessment"),
        "erasure": _("content erased"),
    }
    return words.get(event.what, event.what)


def step_words(step: str) -> str:
    """Return a step of the procedure in words; another word than the regulation's as it stands."""
    words = {
        "received": _("received"),
        "observations_opened": _("open for observations"),
        "evaluation_opened": _("evaluation begun"),
        "information_requested": _("information requested"),
        "information_given": _("information given"),
        "evaluated": _("evaluated"),
        "accepted": _("accepted"),
        "refused": _("refused"),
        "shelved": _("shelved"),
        "reopened": _("reopened"),
        "signed": _("signed on paper"),
        "published": _("published"),
        "review_opened": _("review begun"),
        "suspended": _("suspended"),
        "resumed": _("resumed"),
        "withdrawn": _("a party withdrew"),
        "excluded": _("a party was excluded"),
        "renewed": _("renewed"),
        "ended": _("ended"),
        "preexisting": _("existed before"),
        "settlement_proposed": _("settlement proposed"),
        "settled": _("settled"),
    }
    return words.get(step, step.replace("_", " "))


def outcome_words(outcome: str) -> str:
    """Return the outcome of an evaluation, the stance of an observation or what became of it."""
    words = {
        "favourable": _("favourable"),
        "conditional": _("favourable with conditions"),
        "unfavourable": _("unfavourable"),
        "supports": _("in favour"),
        "opposes": _("against"),
        "asks": _("question"),
        "suggests": _("suggestion"),
        "taken_up": _("taken up"),
        "taken_up_in_part": _("taken up in part"),
        "not_taken_up": _("not taken up"),
        "noted": _("noted"),
    }
    return words.get(outcome, outcome)


def support_words(support: str) -> str:
    """Return a form of support (Reg. art. 20–27) in words."""
    words = {
        "fee_relief": _("relief from fees"),
        "tax_relief": _("relief from taxes"),
        "use_of_spaces": _("use of spaces"),
        "loan_of_tools": _("loan of tools"),
        "protective_equipment": _("protective equipment"),
        "materials": _("materials"),
        "design_help": _("help with design"),
        "reimbursement": _("reimbursement of costs"),
        "self_financing": _("leave to raise own funds"),
        "recognition": _("public recognition"),
        "easing": _("easier formalities"),
        "training": _("training"),
        "insurance": _("insurance"),
    }
    return words.get(support, support.replace("_", " "))


def due_words(due: Due) -> str:
    """Return what is to be done next."""
    words = {
        "evaluation": _("evaluate the proposal"),
        "observations": _("observations"),
        "decision": _("decide, with reasons"),
        "information": _("give the information requested"),
        "consent": _("sign"),
        "publication": _("publish the pact"),
        "renewal_or_end": _("renew it or let it end"),
        "report": _("report what came of it"),
        "settlement": _("propose a settlement"),
    }
    return words.get(due.what, due.what.replace("_", " "))


def by_words(by: str) -> str:
    """Return who has to do what is due, where it is no actor in particular."""
    words = {
        "administration": _("the administration"),
        "community": _("the community"),
        "committee": _("the committee"),
        "anyone": _("anybody"),
        "parties": _("the parties"),
    }
    return words.get(by, by)


def why_not_words(why: str) -> str:
    """Return why something in the timeline does not count."""
    words = {
        "not_a_party": _("not by a party to the pact"),
        "no_text": _("the text it answers is not here, or does not count"),
        "not_the_administration": _("only the administration decides this"),
        "not_that_party": _("a party withdraws only itself"),
        "no_reasons": _("a renewal for more than nine years, without reasons"),
        "no_paper": _("no paper is named on which all parties did it"),
        "one_of_several": _("one of several parties on its side cannot end it alone"),
        "awaiting": _("awaits signatures"),
        "contested": _("who may sign for its author is contested"),
        "unknown_author": _("author not known here"),
        "void": _("signed by a key that may not"),
        "erased": _("erased"),
    }
    return words.get(why, why.replace("_", " "))
