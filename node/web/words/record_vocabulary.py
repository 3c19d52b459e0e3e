"""Words for records and versions: what each kind of record is, and what has become of a version."""

from node.web.records.version_standing import VersionStanding
from node.web.words.speech import N_

# What a record is, as a page about it begins; versions are named for their thing.
RECORD_WORDS = {
    "actor": N_("A version of an actor: who may sign for it"),
    "alert": N_("A version of an alert"),
    "assessment": N_("An assessment by Ostrom’s principles"),
    "ballot": N_("A ballot"),
    "body": N_("A version of a council or board"),
    "call": N_("A version of a call"),
    "challenge": N_("A challenge"),
    "commons": N_("A version of a commons"),
    "consent": N_("An answer to a version: a consent, or a refusal"),
    "cosign": N_("A further signature"),
    "dispute": N_("A dispute"),
    "endorsement": N_("An endorsement"),
    "erasure": N_("An erasure of content"),
    "link": N_("Word of how one thing stands to another"),
    "minutes": N_("Minutes of an assembly"),
    "motion": N_("A version of a vote"),
    "observation": N_("An observation"),
    "pact": N_("A version of a pact"),
    "place": N_("A version of a place"),
    "reply": N_("An answer"),
    "report": N_("A report"),
    "seal": N_("A sealed content"),
    "step": N_("A step of a procedure"),
    "support": N_("Support granted"),
}

# What a version is worth: in a heading, and in a sentence below it.
STANDING_SENTENCES = {
    VersionStanding.IN_FORCE: (
        N_("This is the version that the parties signed"),
        N_("All its parties have consented to this very text. Whether it holds today is said below."),
    ),
    VersionStanding.SHOWN: (
        N_("This is the version that stands"),
        N_("No later one that this node holds has taken its place."),
    ),
    VersionStanding.BESIDE: (
        N_("It stands beside another version"),
        N_("Several versions were written without following one another. Nothing here chooses between them."),
    ),
    VersionStanding.REPLACED: (
        N_("A later version has taken its place"),
        N_("What it says was so until then; the version that stands now is named below."),
    ),
    VersionStanding.ERASED: (
        N_("Its content was erased"),
        N_("That it existed, and who signed it, can still be checked; what it said is no longer kept here."),
    ),
    VersionStanding.AWAITING: (
        N_("It has no effect yet"),
        N_("Its author asks for more signatures than have come here."),
    ),
    VersionStanding.AWAITING_CONSENT: (
        N_("It has no effect yet"),
        N_("It names other stewards than before, and the present ones have not agreed to that."),
    ),
    VersionStanding.CONTESTED: (
        N_("It has no effect for now"),
        N_("It was signed while it is contested who may sign for its author."),
    ),
    VersionStanding.UNKNOWN_AUTHOR: (
        N_("Nobody can say here what it is worth"),
        N_("The record of its author has not arrived at this node."),
    ),
    VersionStanding.VOID: (
        N_("It has no effect"),
        N_("It was signed by a key that may not sign for its author."),
    ),
    VersionStanding.NO_VERSION: (
        N_("This is a record about something, and no version of it"),
        N_("Somebody signed it about what is named below, where it can be read."),
    ),
}

# The same in a few words, for lists; of others, what they have the effect of is said.
STANDING_WORDS = {
    VersionStanding.IN_FORCE: N_("shown here"),
    VersionStanding.SHOWN: N_("shown here"),
    VersionStanding.BESIDE: N_("stands beside the one shown"),
    VersionStanding.AWAITING_CONSENT: N_("awaiting the present stewards’ consent"),
    VersionStanding.REPLACED: N_("replaced by a later one"),
}
