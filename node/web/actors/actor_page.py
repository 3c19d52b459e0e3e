"""The page of an actor: who it is, who may sign for it, what it wrote and where it is named."""

from node.web.actors.key_history import keys_section
from node.web.actors.vouching import Vouching, vouched_section, vouchers_section
from node.web.actors.works import Works, works_sections
from node.web.commons.commons_page import heading
from node.web.frame.layout import facts, page
from node.web.frame.listing import line_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, clipped, title_words
from node.web.records.personal import personal_row
from node.web.records.proof import PROOFS_SHOWN_MAX, checked_sentence, signatures_table
from node.web.records.versions import own_versions_section
from node.web.words.vocabulary import ACTOR_WORDS, word
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.keys import PublicKey
from protocol.kinds.actor import Actor
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState


def actor_page(
    here: Surroundings,
    thing: ThingState,
    works: Works,
    trust: Vouching,
    takes_part: Node = None,
) -> Element:
    """Return the page of an actor; `takes_part` are the sections on its bodies and votes."""
    state = thing.actor
    assert state is not None
    content = None if thing.display is None else state.contents.get(thing.display)
    return page(
        here.asked,
        here.node_name,
        title_words(here, thing),
        e(
            "article",
            heading(here, thing),
            e("p", _sentence(here, state, content), class_="lead"),
            _who(here, content) if content is not None else None,
            works_sections(here, ActorId(thing.subject), works),
            takes_part,
            vouchers_section(here, trust),
            vouched_section(here, trust),
            here.voices,
            keys_section(here, thing, content) if content is not None else None,
            own_versions_section(here, thing),
            _proof(here, thing, state),
            class_=line_of(thing.status, thing.voice),
        ),
        icons=["actor", *works.icons()],
    )


def _sentence(here: Surroundings, state: ActorState, content: Actor | None) -> Node:
    say = here.say
    if content is None:
        return say("Records name this actor, and its own has not arrived here.")
    what = word(say, ACTOR_WORDS, content.type)
    if state.contested:
        return say(
            "It is contested who may sign for it: two successors claim to. What was signed before "
            "stands; what either signs now has no effect until it is settled."
        )
    if not state.founded:
        return say(
            "Not founded yet: of {needed} signatures needed of its own keys, {signed} have arrived.",
            needed=say.number(content.threshold),
            signed=say.number(len(state.signers[RecordId(state.actor)] & {k.key for k in content.keys})),
        )
    if len(content.keys) == 1:
        return say("An actor ({what}) with one key, which signs alone.", what=what)
    return say.count(
        "An actor ({what}) with {keys} keys; {n} of them is enough to sign.",
        "An actor ({what}) with {keys} keys; {n} of them have to sign together.",
        content.threshold,
        what=what,
        keys=say.number(len(content.keys)),
    )


def _who(here: Surroundings, content: Actor) -> Element:
    say = here.say
    website: Node = None
    if content.website is not None:
        shown = clipped(content.website)
        ordinary = content.website.lower().startswith(("https://", "http://"))
        rel = "noopener noreferrer nofollow external"
        website = e("a", shown, href=content.website, rel=rel) if ordinary else e("bdi", shown)
    return e(
        "section",
        e("h2", say("Who it is")),
        facts(
            [
                (say("Kind of actor"), word(say, ACTOR_WORDS, content.type)),
                (say("In its own words"), here.text(content.description) if content.description else None),
                (say("Website"), website),
                (say("Says it was named before, in"), _speaks_for(here, content)),
                (say("Source"), here.source(content.source) if content.source else None),
                personal_row(here, content),
            ]
        ),
    )


def _speaks_for(here: Surroundings, content: Actor) -> Node:
    items = [
        e("li", here.thing(SubjectId(voice.subject)), [" · ", e("bdi", voice.name)] if voice.name else None)
        for voice in content.speaks_for[:PROOFS_SHOWN_MAX]
    ]
    return e("ul", items) if items else None


def _proof(here: Surroundings, thing: ThingState, state: ActorState) -> Element:
    say = here.say
    version = thing.display or RecordId(thing.subject)
    content = state.contents.get(version)
    keys = sorted(state.signers.get(version, ()))
    labels = (
        {} if content is None else {PublicKey(k.key): k.label for k in content.keys if k.label is not None}
    )
    return e(
        "section",
        e("h2", say("Proof")),
        e(
            "p",
            say.count(
                "This version carries {n} signature.", "This version carries {n} signatures.", len(keys)
            ),
            " ",
            checked_sentence(here),
        ),
        e(
            "details",
            e("summary", say("Signatures, keys and ids")),
            signatures_table(here, labels, keys),
            facts(
                {
                    say("Id of this"): e("code", id_text(thing.subject)),
                    say("Id of this version"): e("code", id_text(version)),
                    say("Exact signed bytes"): here.record(version, say("Data of this record")),
                }
            ),
            e(
                "p",
                say("To check it on another node, or on a machine without a network that has the record:"),
            ),
            e("pre", e("code", f"minga record verify {id_text(version)}")),
        ),
        class_="proof",
    )
