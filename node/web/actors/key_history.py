"""Who signed for an actor, since when and until when: the history of its keys, from its own versions."""

from dataclasses import dataclass

from node.web.frame.layout import scrolled
from node.web.frame.markup import Element, e
from node.web.frame.surroundings import Surroundings, clipped
from protocol.keys import PublicKey, did_key
from protocol.kinds.actor import Actor
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState

# Keys on a page, those of today first; the versions have all.
KEYS_SHOWN_MAX = 60


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """One key: whose it was called last, when it was taken in and dropped (ms, by the authors' clocks)."""

    key: PublicKey
    label: str | None
    since_ms: int
    until_ms: int | None


def key_terms(thing: ThingState, state: ActorState) -> list[KeyTerm]:
    """Return every key of the versions that stand, those of today first, then those dropped last."""
    terms: dict[PublicKey, KeyTerm] = {}
    for version in state.standing:
        time_ms = thing.judged[version].record.header.time_ms
        listed = {PublicKey(entry.key): entry.label for entry in state.contents[version].keys}
        for key, term in terms.items():
            if key not in listed and term.until_ms is None:
                terms[key] = KeyTerm(key, term.label, term.since_ms, time_ms)
        for key, label in listed.items():
            known = terms.get(key)
            # A key that was dropped and taken in again begins anew.
            since_ms = time_ms if known is None or known.until_ms is not None else known.since_ms
            terms[key] = KeyTerm(key, label, since_ms, None)
    return sorted(terms.values(), key=lambda one: (one.until_ms is not None, -(one.until_ms or 0), one.key))


def keys_section(here: Surroundings, thing: ThingState, content: Actor) -> Element:
    """Return who signs for an actor, who did before, and what decides where keys are lost."""
    say, state = here.say, thing.actor
    assert state is not None
    terms = key_terms(thing, state) if len(state.standing) > 1 else []
    return e(
        "section",
        e("h2", say("Who signs for it")),
        _present(content, here),
        _history(here, terms) if terms else None,
        e("p", _recovery(here, content)),
    )


def _present(content: Actor, here: Surroundings) -> Element:
    return e(
        "ul",
        [
            e(
                "li",
                e("bdi", clipped(entry.label))
                if entry.label is not None
                else here.say("a key without a name"),
                " ",
                e("code", did_key(PublicKey(entry.key)), class_="key"),
            )
            for entry in content.keys
        ],
        class_="keys",
    )


def _history(here: Surroundings, terms: list[KeyTerm]) -> Element:
    say = here.say
    rows = [
        e(
            "tr",
            e(
                "th",
                e("bdi", clipped(term.label)) if term.label is not None else say("a key without a name"),
                e("code", did_key(term.key), class_="key small"),
                scope="row",
            ),
            e("td", say.moment(term.since_ms)),
            e("td", say("today") if term.until_ms is None else say.moment(term.until_ms)),
        )
        for term in terms[:KEYS_SHOWN_MAX]
    ]
    titles = (say("Key"), say("Since"), say("Until"))
    table = e(
        "table",
        e("caption", say("By the versions that stand, dated by their authors")),
        e("thead", e("tr", [e("th", title, scope="col") for title in titles])),
        e("tbody", rows),
    )
    return e(
        "details", e("summary", say("Every key it has had")), scrolled(table, say("Every key it has had"))
    )


def _recovery(here: Surroundings, content: Actor) -> str:
    say = here.say
    if content.recovery is None:
        return say(
            "It has set no recovery keys aside: if its keys are lost or stolen, nobody can take it back."
        )
    return say.count(
        "If keys are lost or stolen, {n} of {all} recovery keys, kept on paper and never shown until "
        "then, decides.",
        "If keys are lost or stolen, {n} of {all} recovery keys, kept on paper and never shown until "
        "then, decide together.",
        content.recovery.threshold,
        all=say.number(len(content.recovery.digests)),
    )
