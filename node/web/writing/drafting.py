"""Filling in a form: begun, kept as a draft with every step, looked over, and given up.

    GET  /write/{sheet}                 a new one
    POST /write/{sheet}/{draft}         what was filled in is kept, then what its button asked for is done
    GET  /write/{sheet}/{draft}         the draft, with what is wrong where that was asked
    POST /write/{sheet}/{draft}/delete  given up

What happens to it after, review and signing, is in `reviewing.py` and `signing.py`.
"""

from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from node.accounts.drafts import (
    Draft,
    DraftsFull,
    delete_draft,
    find_draft,
    is_draft_id,
    new_draft_id,
    save_draft,
)
from node.errors import ConfigError
from node.web.exchange.problem import Problem, not_here
from node.web.frame.markup import Node, e
from node.web.map.map_files import address
from node.web.words.catalogue import catalogues
from node.web.words.languages import LANGUAGE_NAMES, language_name
from node.web.words.speech import N_
from node.web.words.vocabulary import RESOURCE_WORDS
from node.web.writing.fields import Faults, button, choice, form, hidden
from node.web.writing.filled import TAG, Filled, is_tag
from node.web.writing.place_map import SCRIPT, STYLES
from node.web.writing.posted import BODY_SIZE_MAX_BYTES
from node.web.writing.rows import ROWS_MORE, more_rows
from node.web.writing.sheet import ROLES_OF_ABOUT, About, Intent, Sheet, Unfit, fault_of
from node.web.writing.visit import Visit
from protocol.errors import Malformed, ProtocolError
from protocol.identifiers import parse_id

# How many languages of one text are offered at once to go on in.
_OFFERED = ("es", "en", "qu", "qug", "jiv", "ay", "pt", "it", "gn", "fr")


class Drafting:
    """The pages of drafts; `sheets` are the forms that there are, by name."""

    def __init__(self, sheets: Mapping[str, Sheet]) -> None:
        self._sheets = sheets

    def sheet(self, visit: Visit) -> Sheet:
        """Return the form that a request is about.  Raises `Problem`."""
        found = self._sheets.get(visit.request.match_info["sheet"])
        if found is None:
            raise not_here()
        return found

    async def new(self, visit: Visit) -> web.Response:
        """Answer `GET /write/{sheet}`."""
        sheet = self.sheet(visit)
        about, filled = await sheet.begin(visit, about_asked(visit))
        if TAG not in filled.fields:
            filled = filled.having(tag=_tag_at_first(filled, visit.say.language))
        return await self._form(visit, sheet, new_draft_id(), about, filled, {})

    async def open(self, visit: Visit) -> web.Response:
        """Answer `GET /write/{sheet}/{draft}`."""
        sheet = self.sheet(visit)
        draft = await self.draft(visit)
        if draft.record is not None:
            return visit.leads_to(f"{_path(draft)}/done")
        filled = Filled(draft.fields)
        faults: Faults = {}
        if "check" in visit.asked.query:
            try:
                await intent_of(visit, sheet, draft.about, filled)
            except Unfit as unfit:
                faults = unfit.faults
        return await self._form(visit, sheet, draft.id, draft.about, filled, faults)

    async def keep(self, visit: Visit) -> web.Response:
        """Answer `POST /write/{sheet}/{draft}`: nothing else is done before what was filled in is kept."""
        sheet = self.sheet(visit)
        posted = await visit.posted(BODY_SIZE_MAX_BYTES)
        draft_id, do = draft_id_of(visit), posted.text("do")
        account = visit.account.id
        earlier = await visit.desk.file.run(lambda db: find_draft(db, account, draft_id))
        if earlier is not None and (earlier.record is not None or earlier.form != sheet.name):
            return visit.leads_to(f"/write/{earlier.form}/{draft_id}/done")
        if earlier is not None:
            about, before = earlier.about, Filled(earlier.fields)
        else:
            # What the form did not show, texts in other languages, is what it began with.
            about, before = await sheet.begin(visit, about_asked(visit))
        filled = before.taking(posted, sheet.plain, sheet.worded)
        if posted.text("file"):
            # A file of limits takes the place of what was drawn or pasted before.
            filled = filled.having(geojson=posted.text("file"), place="limits")
        what, _, which = do.partition(":")
        if what == "tag" and is_tag(posted.text("other-tag")):
            filled = filled.having(tag=posted.text("other-tag"))
        if what == "more":
            filled = filled.having(**{f"more-{which}": str(more_rows(filled, which) + ROWS_MORE)})
        draft = Draft(draft_id, sheet.name, about, sheet.called(filled), filled.fields, visit.now_ms)
        try:
            await visit.desk.file.run(lambda db: save_draft(db, account, draft))
        except DraftsFull as full:
            faults = fault_of(full, visit.say, {})
            return await self._form(visit, sheet, draft_id, about, filled, faults, status=507)
        if what == "keep":
            return visit.finished(web.Response(status=204))
        if what == "later":
            return visit.leads_to("/account", done="kept")
        if what in ("tag", "more"):
            return visit.leads_to(_path(draft), at=which or None)
        try:
            await intent_of(visit, sheet, about, filled)
        except Unfit:
            return visit.leads_to(_path(draft), check="yes")
        return visit.leads_to(f"{_path(draft)}/review")

    async def delete(self, visit: Visit) -> web.Response:
        """Answer `POST /write/{sheet}/{draft}/delete`."""
        await visit.posted()
        draft_id, account = draft_id_of(visit), visit.account.id
        await visit.desk.file.run(lambda db: delete_draft(db, account, draft_id))
        return visit.leads_to("/account", done="deleted")

    async def draft(self, visit: Visit) -> Draft:
        """Return the draft that a request is about, if it is one of whoever asks.  Raises `Problem`."""
        draft_id, account = draft_id_of(visit), visit.account.id
        found = await visit.desk.file.run(lambda db: find_draft(db, account, draft_id))
        if found is None or found.form != visit.request.match_info["sheet"]:
            raise Problem(
                404,
                "no-draft",
                N_("There is no such draft"),
                N_("It was deleted, or it is somebody else’s. Your drafts are on your page."),
            )
        return found

    async def _form(
        self,
        visit: Visit,
        sheet: Sheet,
        draft_id: str,
        about: About,
        filled: Filled,
        faults: Faults,
        status: int = 200,
    ) -> web.Response:
        say = visit.say
        title, has_place = sheet.title(say, about), "geojson" in sheet.plain
        path = f"/write/{sheet.name}/{draft_id}"
        questions = await sheet.questions(visit, about, filled, faults)
        return visit.page(
            title,
            form(
                visit.asked.link(path, **{role: about.get(role) for role in ROLES_OF_ABOUT}),
                visit.proof,
                # What Enter does: the first button of a form that a browser finds.
                e("p", button(say("Look it over"), "review"), class_="first"),
                hidden(TAG, filled.tag),
                questions,
                _languages(visit, filled) if sheet.worded else None,
                e(
                    "p",
                    button(say("Look it over"), "review"),
                    button(say("Keep it for later"), "later", quiet=True),
                    class_="asks",
                ),
                e(
                    "p",
                    say("Nothing is signed or published before you have looked it over."),
                    " ",
                    e(
                        "span",
                        id="kept",
                        role="status",
                        data_kept=say("Kept at"),
                        data_lost=say("Not kept just now: the node does not answer."),
                    ),
                    class_="quiet small",
                ),
                files=has_place,
                class_="write sheet",
            ),
            faults=faults,
            status=422 if faults and status == 200 else status,
            scripts=["writing", *([address(SCRIPT)] if has_place else [])],
            styles=[address(style) for style in STYLES] if has_place else [],
            icons=RESOURCE_WORDS,
        )


async def intent_of(visit: Visit, sheet: Sheet, about: About, filled: Filled) -> Intent:
    """Return what would be signed, once a rehearsal has gone well.  Raises `Unfit`, `Problem`."""
    from node.web.writing.reviewing import rehearsed

    intent = await settled_intent(visit, sheet, about, filled)
    try:
        await rehearsed(visit, intent)
    except (ConfigError, ProtocolError) as fault:
        raise Unfit(fault_of(fault, visit.say, field_ids(sheet))) from None
    return intent


async def settled_intent(visit: Visit, sheet: Sheet, about: About, filled: Filled) -> Intent:
    """Return what a form amounts to; what authoring refuses is said at its field.

    Raises `Unfit`, `Problem`.
    """
    try:
        intent = await sheet.intent(visit, about, filled)
    except (ConfigError, ProtocolError) as fault:
        raise Unfit(fault_of(fault, visit.say, field_ids(sheet))) from None
    if not visit.account.may_sign_for(intent.actor):
        raise Unfit({"as": visit.say("You may not write in that name. Choose another.")})
    return intent


def field_ids(sheet: Sheet) -> dict[str, str]:
    """Return the fields of a form by the names that errors have for them."""
    own = {name: name for name in (*sheet.worded, *sheet.plain)}
    return {"geometry": "geojson", "stewards": "steward", "parties": "party", **own}


def _tag_at_first(filled: Filled, language: str) -> str:
    """Return the language to begin in: the reader's, unless what is there is said in others alone."""
    said = Counter(name.partition("@")[2] for name in filled.fields if "@" in name)
    if not said or any(tag.partition("-")[0] == language for tag in said):
        return next((tag for tag in said if tag.partition("-")[0] == language), language)
    return said.most_common(1)[0][0]


def draft_id_of(visit: Visit) -> str:
    """Return the id of the draft in an address.  Raises `Problem`."""
    draft_id = visit.request.match_info["draft"]
    if not is_draft_id(draft_id):
        raise not_here()
    return draft_id


def about_asked(visit: Visit) -> dict[str, str]:
    """Return what a form is asked for about: ids, and nothing that is none.  Raises `Problem`."""
    about = {}
    for role in ROLES_OF_ABOUT:
        text = visit.asked.query.get(role, "")
        if text:
            try:
                parse_id(text)
            except Malformed:
                raise not_here() from None
            about[role] = text
    return about


def _path(draft: Draft) -> str:
    return f"/write/{draft.form}/{draft.id}"


def _languages(visit: Visit, filled: Filled) -> Node:
    """Return in which language texts are being written, and the way to say them in another one too."""
    say = visit.say
    written = sorted({key.partition("@")[2] for key in filled.fields if "@" in key} - {filled.tag})
    offered = dict.fromkeys([*written, *catalogues(), *_OFFERED])
    options = [(tag, language_name(tag)) for tag in offered if tag != filled.tag and tag in LANGUAGE_NAMES]
    also = [language_name(tag) for tag in written]
    return e(
        "details",
        e("summary", say("Say it in another language too")),
        e(
            "p",
            say.rich(N_("You are writing in {language}."), language=e("b", language_name(filled.tag))),
            [" ", say.rich(N_("Also written: {languages}."), languages=say.joined(also))] if also else None,
        ),
        choice("other-tag", say("The other language"), options),
        e("p", button(say("Keep this and go on in that language"), "tag", quiet=True)),
    )
