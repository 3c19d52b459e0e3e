"""The words of the procedure around a pact, in English; catalogues have the other languages."""

from node.web.words.speech import N_

STEP_WORDS = {
    "received": N_("received"),
    "observations_opened": N_("open for observations"),
    "evaluation_opened": N_("evaluation begun"),
    "information_requested": N_("more information requested"),
    "information_given": N_("information given"),
    "evaluated": N_("evaluated"),
    "accepted": N_("accepted"),
    "refused": N_("refused"),
    "shelved": N_("filed away undecided"),
    "reopened": N_("taken up again"),
    "signed": N_("signed on paper"),
    "published": N_("published"),
    "review_opened": N_("review begun"),
    "suspended": N_("suspended"),
    "resumed": N_("resumed"),
    "withdrawn": N_("a party withdrew"),
    "excluded": N_("a party was excluded"),
    "renewed": N_("renewed"),
    "ended": N_("ended"),
    "preexisting": N_("existed before the rules"),
    "settlement_proposed": N_("settlement proposed"),
    "settled": N_("dispute settled"),
}

EVENT_WORDS = {
    "pact": N_("text proposed"),
    "consent": N_("signed"),
    "decline": N_("declined"),
    "observation": N_("observation"),
    "reply": N_("answer"),
    "support": N_("support granted"),
    "report": N_("report"),
    "dispute": N_("dispute"),
    "challenge": N_("challenge"),
    "link": N_("word of how it stands to others"),
    "assessment": N_("assessment"),
    "erasure": N_("content withdrawn"),
}

REMARK_WORDS = {
    "favourable": N_("Favourable."),
    "conditional": N_("Favourable, with conditions."),
    "unfavourable": N_("Unfavourable."),
    "supports": N_("In favour."),
    "opposes": N_("Against."),
    "asks": N_("A question."),
    "suggests": N_("A suggestion."),
    "taken_up": N_("Taken up."),
    "taken_up_in_part": N_("Taken up in part."),
    "not_taken_up": N_("Not taken up."),
    "noted": N_("Noted."),
}

DUE_WORDS = {
    "evaluation": N_("to evaluate the proposal"),
    "observations": N_("observations on the proposal"),
    "decision": N_("to decide, with reasons"),
    "information": N_("the information requested"),
    "consent": N_("to sign"),
    "publication": N_("to publish the pact"),
    "report": N_("to report what came of it"),
    "renewal_or_end": N_("to renew the pact or let it end"),
    "settlement": N_("to propose a settlement"),
}

BY_WORDS = {
    "administration": N_("the administration"),
    "community": N_("the community"),
    "committee": N_("the committee"),
    "anyone": N_("anybody"),
    "parties": N_("the parties"),
}

WHY_NOT_WORDS = {
    "not_a_party": N_("not by a party to the pact"),
    "no_text": N_("the text it answers is not here, or does not count"),
    "not_the_administration": N_("only the administration decides this"),
    "not_that_party": N_("a party withdraws only itself"),
    "no_reasons": N_("a renewal for more than nine years, without reasons"),
    "no_paper": N_("no paper is named on which all parties did it"),
    "one_of_several": N_("one of several parties on its side cannot end it alone"),
    "awaiting": N_("awaiting signatures"),
    "contested": N_("signed while its author was contested"),
    "unknown_author": N_("its author is not known here yet"),
    "void": N_("signed by a key that may not"),
    "erased": N_("content withdrawn"),
}

SUPPORT_WORDS = {
    "fee_relief": N_("relief from fees"),
    "tax_relief": N_("relief from taxes"),
    "use_of_spaces": N_("use of spaces"),
    "loan_of_tools": N_("loan of tools"),
    "protective_equipment": N_("protective equipment"),
    "materials": N_("materials"),
    "design_help": N_("help with design"),
    "reimbursement": N_("reimbursement of costs"),
    "self_financing": N_("leave to raise its own funds"),
    "recognition": N_("public recognition"),
    "easing": N_("easier formalities"),
    "training": N_("training"),
    "insurance": N_("insurance"),
}

NAMED_BY_WORDS = {
    "community": N_("named by the community"),
    "administration": N_("named by the administration"),
    "agreed": N_("agreed by both"),
    "third_party": N_("named by the third party"),
}
