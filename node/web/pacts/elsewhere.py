"""What a page offers to verify a pact elsewhere: the document, whose the keys are, and what is lacking."""

from node.exports import ExportedPact, NotExported, export_pact
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_
from protocol.identifiers import id_text
from protocol.proofs.proof_set import PartyProofs, Provable
from protocol.state.fold import ThingState

_UNPROVEN = {
    Provable.NO_CONSENT: N_("{party} has not consented to this version."),
    Provable.NO_KEYS: N_("{party} is named here without keys."),
    Provable.WRONG_PROOF: N_("{party} consented, with a proof of another document."),
    Provable.NO_PROOF: N_("{party} consented, and too few of its keys gave a proof."),
}

_ARCHIVED = N_(
    "The archive holds both, closed by one proof of the node that gives it out, which says nothing for the "
    "parties: software that verifies it refuses it with any byte changed."
)
_ARCHIVE = (N_("The archive: all of it in one document"), "pact.archive.json")
_FILES = (
    (N_("The pact with its proofs"), "pact.json"),
    (N_("Whose the keys are"), "pact.history.json"),
)


async def provable_pact(here: Surroundings, thing: ThingState) -> ExportedPact | None:
    """Return the version in force, if anything of it can be verified elsewhere."""
    try:
        exported = await export_pact(here.store, thing)
    except NotExported:
        return None
    return exported if exported.proven else None


def elsewhere_section(here: Surroundings, thing: ThingState, exported: ExportedPact) -> Element:
    """Return the documents of a pact for verifiers elsewhere, and whose consent they cannot verify."""
    say, address = here.say, f"/thing/{id_text(thing.subject)}"
    archivable = exported.archivable
    unproven = [party for party in exported.parties if party.provable is not Provable.VERIFIABLE]
    return e(
        "section",
        e("h2", say("To be verified elsewhere")),
        e(
            "p",
            say(
                "The pact as its parties signed it, with a proof by each of their keys that other people’s "
                "software verifies (W3C Data Integrity, eddsa-jcs-2022); and beside it whose the keys are. "
                "Keep the two together."
            ),
        ),
        e("p", say(_ARCHIVED)) if archivable else None,
        e(
            "ul",
            [
                e("li", e("a", say(name), href=f"{address}/{file}", download=file))
                for name, file in ((_ARCHIVE, *_FILES) if archivable else _FILES)
            ],
        ),
        [
            e("p", say("Of these parties the consent cannot be verified elsewhere:")),
            e("ul", [e("li", _unproven(here, exported, party)) for party in unproven]),
        ]
        if unproven
        else None,
        how_link(here),
        class_="elsewhere",
    )


def how_link(here: Surroundings) -> Element:
    """Return the way to the page on checking by hand."""
    return e("p", e("a", here.say("How to check this by hand"), href=here.asked.link("/checking")))


def _unproven(here: Surroundings, exported: ExportedPact, party: PartyProofs) -> Node:
    name = exported.version.content.parties[party.index].name
    return here.say.rich(_UNPROVEN[party.provable], party=here.name(name))
