"""The schemas of contents: what each kind of record may hold, for people's programs."""

from typing import Any

from aiohttp import web

from node.schemas.made import CONTENT_TYPE, DIALECT, LICENCE, schema_id, schema_of, schema_text
from node.web.exchange.answer import data_answer, file_answer, opened, page_answer
from node.web.exchange.problem import not_here
from node.web.frame.layout import page, scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_
from protocol.kinds import KINDS

# A kind gains a field perhaps once in a year: asked again after a day, and then mostly answered with 304.
MAX_AGE_S = 24 * 60 * 60

_FILE_END = ".json"

KIND_SENTENCES = {
    "actor": N_("Who can sign: a person, a community, an office, with their keys."),
    "alert": N_("That a commons is being enclosed or harmed."),
    "assessment": N_("A commons held against Ostrom’s eight principles."),
    "ballot": N_("A vote on a question."),
    "body": N_("A council or board, and who sits on it."),
    "call": N_("What an administration offers: a call, an available asset, a module."),
    "challenge": N_("That a record is wrong, and why."),
    "commons": N_("A resource that a community manages in common."),
    "consent": N_("A party’s answer to a pact, or a steward’s to a change."),
    "cosign": N_("A further signature of a record."),
    "dispute": N_("A conflict about a pact, and who conciliates."),
    "endorsement": N_("That one actor knows another, and for which places they speak."),
    "erasure": N_("That the content of records is withdrawn."),
    "link": N_("How one thing stands to another."),
    "minutes": N_("What an assembly decided face to face."),
    "motion": N_("A question that is put to a vote."),
    "observation": N_("What anybody has to say of a proposal or a record."),
    "pact": N_("An agreement on the care of a commons."),
    "place": N_("A territory, as a source has it."),
    "reply": N_("What is answered to observations, challenges and alerts."),
    "report": N_("What came of a pact in a period."),
    "seal": N_("A content that only named actors can read."),
    "step": N_("What moves a pact, or says where it stands."),
    "support": N_("What a pact is given."),
}


def schemas_answer(here: Surroundings) -> web.Response:
    """Answer `/schemas/` as a page or as data."""
    if here.asked.as_data:
        return data_answer(_index())
    return page_answer(_page(here), here.say.language)


def schema_answer(name: str) -> web.Response:
    """Answer `/schemas/KIND.json`.  Raises `Problem` for a kind that is not known here."""
    kind = name.removesuffix(_FILE_END)
    if kind not in KINDS or not name.endswith(_FILE_END):
        raise not_here()
    return opened(file_answer(schema_text(kind).encode("utf-8"), CONTENT_TYPE, MAX_AGE_S))


def schema_path(kind: str) -> str | None:
    """Return where the schema of a kind is, None for a kind that is not known here."""
    return f"/schemas/{kind}{_FILE_END}" if kind in KINDS else None


def _index() -> dict[str, Any]:
    return {
        "dialect": DIALECT,
        "licence": LICENCE,
        "schemas": [
            {
                "kind": kind,
                "id": schema_id(kind),
                "schema": schema_path(kind),
                "description": schema_of(kind)["description"],
                "is": "version" if KINDS[kind].is_version else "act",
                "content_may_be_withdrawn": KINDS[kind].erasable,
            }
            for kind in sorted(KINDS)
        ],
    }


def _page(here: Surroundings) -> Element:
    say = here.say
    return page(
        here.asked,
        here.node_name,
        say("Schemas of records"),
        e(
            "article",
            e("h1", say("Schemas of records")),
            e(
                "p",
                say(
                    "What the content of each kind of record may hold, for whoever writes programs that read "
                    "or make such records."
                ),
                class_="lead",
            ),
            e(
                "p",
                say(
                    "They describe contents as this node gives them as data: ids in base32, keys as did:key, "
                    "geometries as GeoJSON. They are written in JSON Schema, and a content that keeps to its "
                    "schema may still be refused: what a schema cannot say, its description says."
                ),
            ),
            scrolled(
                e(
                    "table",
                    e("caption", say("Kinds of records")),
                    e(
                        "thead",
                        e(
                            "tr",
                            e("th", say("Kind"), scope="col"),
                            e("th", say("What it holds"), scope="col"),
                        ),
                    ),
                    e("tbody", [_row(here, kind) for kind in sorted(KINDS)]),
                ),
                say("Kinds of records"),
            ),
            e("p", say.rich(N_("Licence of the schemas: {licence}"), licence=e("code", LICENCE))),
        ),
    )


def _row(here: Surroundings, kind: str) -> Element:
    sentence = KIND_SENTENCES.get(kind)
    told: Node = here.say(sentence) if sentence is not None else e("code", schema_id(kind))
    return e("tr", e("td", e("a", e("code", kind), href=schema_path(kind)), class_="word"), e("td", told))
