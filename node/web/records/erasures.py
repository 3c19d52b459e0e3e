"""By whom, when and on what ground the content of a record was taken out, or is asked to be."""

from typing import Any

from node.web.frame.markup import Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_, Speech
from node.web.words.vocabulary import word
from protocol.identifiers import RecordId, id_text
from protocol.state.effect import Effect
from protocol.state.erasures import ErasureOf, erasures_of
from protocol.state.fold import ThingState

# An author can ask any number of times; one that is in effect comes first.
ERASURES_SHOWN_MAX = 3

GROUND_WORDS = {
    "author": N_("its author wished it"),
    "habeas_data": N_("a person it told of asked for it (habeas data)"),
    "court_order": N_("a court ordered it"),
    "mistake": N_("it was recorded by mistake"),
}


def erasure_notes(here: Surroundings, thing: ThingState, record: RecordId) -> list[Node]:
    """Return a sentence for each erasure of a record that took effect or waits for signatures, and the reason
    that its author gave."""
    found = [one for one in erasures_of(thing.judged, record) if one.erases or one.effect is Effect.AWAITING]
    return [part for one in found[:ERASURES_SHOWN_MAX] for part in _note(here, one)]


def erased_words(say: Speech, thing: ThingState, record: RecordId) -> str:
    """Return when and why the content of a version was taken out, for a list of versions."""
    first = next((one for one in erasures_of(thing.judged, record) if one.erases), None)
    if first is None:
        return say("content withdrawn by its author")
    return say(
        "content taken out on {date}: {ground}",
        date=say.moment(first.time_ms),
        ground=word(say, GROUND_WORDS, first.basis),
    )


def erasures_data(thing: ThingState, record: RecordId) -> list[dict[str, Any]]:
    """Return the erasures of a record as data."""
    return [
        {
            "erasure": id_text(one.erasure),
            "actor": id_text(one.actor),
            "time_ms": one.time_ms,
            "basis": one.basis,
            "reason": dict(one.reason),
            "effect": one.effect.value,
        }
        for one in erasures_of(thing.judged, record)[:ERASURES_SHOWN_MAX]
    ]


def _note(here: Surroundings, erasure: ErasureOf) -> list[Node]:
    say = here.say
    values: dict[str, Node] = {
        "who": here.actor(erasure.actor),
        "date": say.moment(erasure.time_ms),
        "ground": word(say, GROUND_WORDS, erasure.basis),
    }
    if erasure.erases:
        said = say.rich(N_("The content was taken out on {date} by {who}: {ground}."), **values)
    else:
        said = say.rich(
            N_(
                "{who} asked on {date} for the content to be taken out ({ground}): further signatures are "
                "awaited, and until then it stays."
            ),
            **values,
        )
    return [e("p", said), e("blockquote", here.text(erasure.reason)) if erasure.reason else None]
