"""The words of votes and of councils and boards, in English; catalogues have the other languages."""

from node.web.words.speech import N_
from node.web.words.vocabulary import STATUS_WORDS

VOTE_WORDS = STATUS_WORDS | {
    "open": N_("open for votes"),
    "not_open_yet": N_("not open yet"),
    "decided": N_("decided"),
    "no_quorum": N_("too few voted"),
    "undecided": N_("undecided"),
    "contested": N_("contested: two texts"),
}

# What can come of a vote, in the order of its life.
OUTCOMES = ("not_open_yet", "open", "decided", "undecided", "no_quorum", "contested")

# By which majority an option is taken (docs/protocol.md §8.8).
MAJORITY_WORDS = {
    "most": N_("The option with the most votes is taken."),
    "majority": N_("An option is taken if more than half of the votes that are not blank are for it."),
    "two_thirds": N_("An option is taken if two thirds of the votes that are not blank are for it."),
    "all": N_("An option is taken if all votes are for it; a blank one is against it."),
}

MARK_WORDS = {
    "majority": N_("The line marks half of the votes that are not blank."),
    "two_thirds": N_("The line marks two thirds of the votes that are not blank."),
}

BALLOT_WORDS = {
    "not_on_the_roll": N_("its voter is not on the roll"),
    "another_version": N_("it was cast on another text of the motion"),
    "no_such_option": N_("there is no such option"),
    "early": N_("it was signed before the vote opened"),
    "late": N_("it was signed after the vote closed"),
    "double": N_("its voter voted more than once"),
    "contested": N_("it is contested, it or the text it was cast on"),
    "unknown": N_("the text it was cast on is not in effect here"),
    "awaiting": N_("further signatures are awaited"),
    "unknown_author": N_("its author is not known here yet"),
    "void": N_("it was signed by a key that may not"),
    "erased": N_("its content was withdrawn"),
}

BODY_WORDS = {
    "council": N_("council"),
    "shared_service_board": N_("board of a shared service"),
    "assembly": N_("assembly"),
    "board": N_("board"),
}

SEAT_SIDE_WORDS = {"state": N_("State"), "civil": N_("Civil society")}

SEAT_WORDS = {
    "chair": N_("chair"),
    "vice_chair": N_("vice-chair"),
    "user": N_("user"),
    "worker": N_("worker"),
    "non_member": N_("non-member"),
}

COMPOSITION_WORDS = {
    "parity": N_("As many seats of the State as of civil society"),
    "alternating_chair": N_("Chair and vice-chair from different sides, in turns of two years"),
    "users_majority": N_("Users hold the majority"),
    "few_non_members": N_("Those who are no members hold a fifth at most"),
    "owners_two_thirds": N_("Owners of two thirds have joined"),
}

KEPT_WORDS = {True: N_("Kept"), False: N_("Broken"), None: N_("Not known")}

CHAIR_WORDS = {
    "": N_("one from each side, in turns"),
    "one_side": N_("both are from the same side"),
    "too_long": N_("somebody chairs for longer than two years"),
    "no_turns": N_("one side chairs twice in a row"),
}
