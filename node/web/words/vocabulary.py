"""The domain's words for what records hold as slugs, in English; catalogues have the other languages.

A slug that is not listed is somebody's own word: it is shown as it stands.
"""

from collections.abc import Mapping

from node.web.words.speech import N_, NP_, Speech
from protocol.state.effect import Effect
from protocol.state.pacts import Answer

RESOURCE_WORDS = {
    "water": N_("water"),
    "irrigation": N_("irrigation"),
    "forest": N_("forest"),
    "fishery": N_("fishery"),
    "pasture": N_("pasture"),
    "paramo": N_("páramo"),
    "wetland": N_("wetland"),
    "mangrove": N_("mangrove"),
    "wild_harvest": N_("wild harvest"),
    "seeds": N_("seeds"),
    "coast": N_("coast"),
    "territory": N_("indigenous territory"),
    "urban": N_("urban commons"),
    "other": N_("resource not named"),
}

LEVEL_WORDS = {
    "community": N_("community"),
    "neighbourhood": N_("neighbourhood"),
    "parish": N_("parish"),
    "municipality": N_("municipality"),
    "district": N_("district"),
    "canton": N_("canton"),
    "province": N_("province"),
    "region": N_("region"),
    "nation": N_("nation"),
}

ACTOR_WORDS = {
    "indigenous_people": N_("indigenous people"),
    "community": N_("community"),
    "comuna": N_("comuna"),
    "municipality": N_("municipality"),
    "ministry": N_("ministry"),
    "agency": N_("public agency"),
    "community_service_coop": N_("community-service co-operative"),
    "multi_stakeholder_coop": N_("multi-stakeholder co-operative"),
    "cooperative": N_("co-operative"),
    "association": N_("association"),
    "water_board": N_("water board"),
    "school": N_("school"),
    "university": N_("university"),
    "council": N_("council"),
    "person": N_("person"),
    "other": N_("another kind of actor"),
}

# One and several, as headings and filters name them.
KIND_WORDS = {
    "commons": NP_("Commons", "Commons"),
    "pact": NP_("Pact", "Pacts"),
    "place": NP_("Place", "Places"),
    "actor": NP_("Actor", "Actors"),
    "alert": NP_("Alert", "Alerts"),
    "call": NP_("Call", "Calls"),
    "motion": NP_("Vote", "Votes"),
    "body": NP_("Council or board", "Councils and boards"),
}

# What a thing's status is called in a list.  `ThingRow.status` and `PactState.status_on` give the slugs.
STATUS_WORDS = {
    "own": N_("told by those who care for it"),
    "documented": N_("documented by others"),
    "contested": N_("contested"),
    "awaiting": N_("awaiting signatures"),
    "awaiting_consent": N_("awaiting the present stewards’ consent"),
    "unknown_author": N_("its author is not known here yet"),
    "void": N_("without effect"),
    "erased": N_("content withdrawn"),
    "founded": N_("founded"),
    "proposed": N_("proposed"),
    "partly_signed": N_("signed by some"),
    "declined": N_("declined"),
    "in_force": N_("in force"),
    "ended": N_("ended"),
    "expired": N_("its term is over"),
    "not_yet_started": N_("signed, not yet begun"),
    "reported": N_("reported by others"),
    "under_observation": N_("open for observations"),
    "under_evaluation": N_("being evaluated"),
    "awaiting_information": N_("more information requested"),
    "evaluated": N_("evaluated"),
    "accepted": N_("accepted, to be signed"),
    "refused": N_("refused with reasons"),
    "shelved": N_("filed away undecided"),
    "under_review": N_("in force, under review"),
    "suspended": N_("suspended"),
    "not_yet_recorded": N_("nothing recorded yet"),
    "reported_otherwise": N_("reported in another word"),
}

EFFECT_WORDS = {
    Effect.EFFECTIVE: N_("has effect"),
    Effect.AWAITING: N_("awaiting signatures"),
    Effect.CONTESTED: N_("signed while its author was contested"),
    Effect.UNKNOWN_AUTHOR: N_("its author is not known here yet"),
    Effect.VOID: N_("without effect"),
}

ANSWER_WORDS = {
    Answer.NONE: N_("awaited"),
    Answer.AWAITING: N_("signed in part, further signatures awaited"),
    Answer.CONSENT: N_("signed"),
    Answer.DECLINE: N_("declined"),
    Answer.WITHDRAWN: N_("signed, then withdrawn"),
    Answer.UNCLEAR: N_("signed and declined at once"),
}

SIDE_WORDS = {"administration": N_("administration"), "community": N_("community")}

INTENSITY_WORDS = {
    "occasional": N_("occasional care"),
    "constant": N_("constant care"),
    "shared_management": N_("shared management"),
    "regeneration": N_("regeneration"),
}

BASIS_WORDS = {
    "assembly": N_("The community’s assembly agreed to publish it."),
    "council": N_("The community’s council agreed to publish it."),
    "stewards": N_("Its stewards agreed to publish it."),
    "customary": N_("It was agreed to publish it in the customary way."),
    "public_source": N_("It was public already; nobody asked the community."),
    "unknown": N_("It is not known whether the community agreed to publish it."),
}

SENSITIVITY_WORDS = {
    "generalised": N_("The place is shown only roughly, on purpose."),
    "sealed": N_(
        "The precise place is sealed: only those whom its authors named can read it. Others see it roughly, "
        "or not at all."
    ),
    "withheld": N_("The place is kept back, on purpose."),
}

CLAUSE_WORDS = {
    "objectives": N_("Objectives and shared actions"),
    "duration": N_("Duration, suspension and early end"),
    "manner": N_("How it is carried out: roles, mutual obligations, limits"),
    "enjoyment": N_("How the commons stays open to all"),
    "damage": N_("Damage, insurance and responsibility"),
    "guarantees": N_("Guarantees if somebody does not keep to it"),
    "support": N_("Support given"),
    "publicity": N_("Publicity, documentation and reports"),
    "supervision": N_("Supervision, conflicts and sanctions"),
    "conclusion": N_("Exclusion, and what happens at the end"),
    "amendment": N_("How it is changed"),
}


def word(say: Speech, words: Mapping[str, str], slug: str) -> str:
    """Return the word for a slug, the slug itself with blanks where there is none."""
    found = words.get(slug)
    return say(found) if found is not None else slug.replace("_", " ")


def kind_word(say: Speech, kind: str, several: bool = False) -> str:
    """Return what a kind of thing is called; somebody's own kind is named as it stands."""
    if kind == "":
        return say(N_("Not known yet"))
    if kind not in KIND_WORDS:
        return kind
    return say.count(*KIND_WORDS[kind], 2 if several else 1)
