"""The words of what people say of each other's records, in English; catalogues have the other languages."""

from node.claims.meeting import Relation
from node.claims.names import NameMatch
from node.web.words.speech import N_
from node.web.words.vocabulary import STATUS_WORDS

GROUND_WORDS = {
    "not_so": N_("it is not so"),
    "boundary": N_("its bounds"),
    "not_steward": N_("who is named does not speak for it"),
    "no_consent": N_("published without consent"),
    "sensitive": N_("it shows what should not be shown"),
    "duplicate": N_("it is recorded twice"),
    "other": N_("another reason"),
}

# A link as it is read on the page of the thing it starts from, and on that of its other end.
LINK_SENTENCES = {
    "same_as": N_("{who} says that this is the same as {other}."),
    "part_of": N_("{who} says that this is part of {other}."),
    "overlaps": N_("{who} says that this overlaps {other}."),
    "supersedes": N_("{who} says that this takes the place of {other}."),
}
TURNED_LINK_SENTENCES = {
    "same_as": N_("{who} says that {other} is the same as this."),
    "part_of": N_("{who} says that {other} is part of this."),
    "overlaps": N_("{who} says that {other} overlaps this."),
    "supersedes": N_("{who} says that {other} takes the place of this."),
}

PRINCIPLE_WORDS = {
    "boundaries": N_("Clear boundaries"),
    "local_rules": N_("Rules fit local conditions"),
    "participation": N_("Users take part in changing the rules"),
    "monitoring": N_("Use is watched over"),
    "sanctions": N_("Graduated sanctions"),
    "conflict_resolution": N_("Conflicts are resolved"),
    "self_organisation": N_("The right to organise is recognised"),
    "nested": N_("Nested in larger ones"),
}

FINDING_WORDS = {
    "present": N_("present"),
    "partial": N_("in part"),
    "absent": N_("absent"),
    "unknown": N_("not known"),
}

ALERT_WORDS = {
    "enclosure": N_("enclosure"),
    "encroachment": N_("encroachment"),
    "concession": N_("concession"),
    "damage": N_("damage"),
    "pollution": N_("pollution"),
    "threat": N_("threat to people"),
    "other": N_("other harm"),
}

ALERT_SENTENCES = {
    "enclosure": N_("Enclosure: taken for private or State gain"),
    "encroachment": N_("Encroachment: somebody settles, builds, grazes or digs inside its bounds"),
    "concession": N_("Concession: a permit given or asked for over the heads of its users"),
    "damage": N_("Damage"),
    "pollution": N_("Pollution"),
    "threat": N_("Threat to people who defend it"),
    "other": N_("Other harm"),
}

ALERT_STATE_WORDS = STATUS_WORDS | {
    "open": N_("going on"),
    "resolved": N_("resolved"),
    "withdrawn": N_("taken back"),
}

# What can become of an alert, in the order of its life.
ALERT_STATES = ("open", "resolved", "withdrawn")

MEETING_WORDS = {
    Relation.SAME: N_("the same place"),
    Relation.WITHIN: N_("this lies in it"),
    Relation.CONTAINS: N_("it lies in this"),
    Relation.OVERLAPS: N_("they overlap"),
    Relation.UNMEASURED: N_("their places could not be compared"),
}

NAME_WORDS = {NameMatch.SAME: N_("the same name"), NameMatch.SIMILAR: N_("a similar name")}
