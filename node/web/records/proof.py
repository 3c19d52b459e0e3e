"""The proof of what a page says: who signed which version with which keys, and how to check it elsewhere."""

from collections.abc import Mapping, Sequence

from node.web.frame.layout import facts, scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, clipped
from node.web.pacts.elsewhere import how_link
from node.web.records.erasures import erasure_notes
from node.web.words.speech import N_
from protocol.identifiers import RecordId, id_text
from protocol.keys import PublicKey, did_key
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState

# Versions, and signatures of one version, listed on a page; the data names more.
PROOFS_SHOWN_MAX = 20


def signed_sentence(here: Surroundings, verdict: Judged) -> Node:
    """Return who signed a record, with how many of which keys, and what that is worth."""
    say, header = here.say, verdict.record.header
    if header.actor is None or header.auth is None:
        return None
    who, when = here.actor(header.actor), say.moment(header.time_ms)
    state = here.actors.get(header.actor)
    signed = say.number(len(verdict.signed_by))
    keys = 0
    if state is not None and header.auth in state.contents:
        keys = len(state.contents[header.auth].keys)
    values: dict[str, Node] = {
        "who": who,
        "date": when,
        "signed": signed,
        "keys": say.number(keys),
        "needed": say.number(verdict.needed),
    }
    match verdict.effect:
        case Effect.EFFECTIVE if keys == 1:
            return say.rich(
                N_("This record was signed by {who} with its one key; dated {date} by its author."), **values
            )
        case Effect.EFFECTIVE if keys:
            message = N_(
                "This record was signed by {signed} of the {keys} keys of {who}, which asks for "
                "{needed}; dated {date} "
                "by its author."
            )
            return say.rich(message, **values)
        case Effect.EFFECTIVE:
            return say.rich(N_("This record was signed by {who}; dated {date} by its author."), **values)
        case Effect.AWAITING if verdict.needed:
            message = N_(
                "This record was signed by {signed} of the {keys} keys of {who}, which asks for "
                "{needed}: further "
                "signatures are awaited."
            )
            return say.rich(message, **values)
        case Effect.AWAITING:
            return say.rich(N_("This record was signed by {who}; further signatures are awaited."), **values)
        case Effect.CONTESTED:
            message = N_(
                "This record was signed in the name of {who} while it is contested who may sign for it: "
                "without effect "
                "until that is settled."
            )
            return say.rich(message, **values)
        case Effect.UNKNOWN_AUTHOR:
            return say.rich(
                N_(
                    "This record was signed in the name of {who}, whose own record has not arrived here: "
                    "nobody here can "
                    "say yet whether the key was theirs."
                ),
                **values,
            )
        case Effect.VOID:
            return say.rich(
                N_(
                    "This record was signed in the name of {who}, by a key that may not sign for it: "
                    "without effect."
                ),
                **values,
            )


def checked_sentence(here: Surroundings) -> str:
    """Return what this node itself did."""
    return here.say("{node} checked the signatures itself before storing them.", node=here.node_name)


def proof_section(
    here: Surroundings, thing: ThingState, record_id: RecordId, verdict: Judged | None
) -> Element:
    """Return who signed the version shown, with which keys, and how to check that elsewhere."""
    say = here.say
    sentence = signed_sentence(here, verdict) if verdict is not None else None
    return e(
        "section",
        e("h2", say("Proof")),
        e("p", sentence, " ", checked_sentence(here)) if sentence else e("p", checked_sentence(here)),
        # One that took effect is told above, in the place of the content.
        None if record_id in thing.erased else erasure_notes(here, thing, record_id),
        here.author,
        e(
            "details",
            e("summary", say("Signatures, keys and ids")),
            signatures_table(here, labels_of(here, verdict), sorted(verdict.signed_by))
            if verdict is not None
            else None,
            facts(
                {
                    say("Id of this"): e("code", id_text(thing.subject)),
                    say("Id of this version"): e("code", id_text(record_id)),
                    say("Exact signed bytes"): here.record(record_id, say("Data of this record")),
                    say("For checking by hand"): e(
                        "a",
                        say("The record, with its bytes and its author’s keys"),
                        href=f"/record/{id_text(record_id)}/record.json",
                        download="record.json",
                    ),
                }
            ),
            how_link(here),
            e(
                "p",
                say("To check it on another node, or on a machine without a network that has the record:"),
            ),
            e("pre", e("code", f"minga record verify {id_text(record_id)}")),
        ),
        class_="proof",
    )


def signatures_table(here: Surroundings, labels: Mapping[PublicKey, str], keys: Sequence[PublicKey]) -> Node:
    """Return keys that signed, each with whose it is."""
    say = here.say
    if not keys:
        return None
    rows = [
        e(
            "tr",
            e("td", e("bdi", clipped(labels[key])) if key in labels else say("not said")),
            e("td", e("code", did_key(key))),
        )
        for key in keys[:PROOFS_SHOWN_MAX]
    ]
    table = e(
        "table",
        e("caption", say("Keys that signed")),
        e("thead", e("tr", e("th", say("Whose"), scope="col"), e("th", say("Key"), scope="col"))),
        e("tbody", rows),
    )
    return scrolled(table, say("Keys that signed"))


def labels_of(here: Surroundings, verdict: Judged | None) -> Mapping[PublicKey, str]:
    """Return whose the keys are, by what the actor's version says that they signed under."""
    header = verdict.record.header if verdict is not None else None
    if header is None or header.actor is None or header.auth is None:
        return {}
    state = here.actors.get(header.actor)
    content = state.contents.get(header.auth) if state is not None else None
    if content is None:
        return {}
    return {PublicKey(entry.key): entry.label for entry in content.keys if entry.label is not None}
