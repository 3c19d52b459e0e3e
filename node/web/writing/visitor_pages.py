"""Comments of visitors: left on a page for everybody, gone through on one for those who look after the node.

Nothing that a visitor writes is shown to others before somebody has read it and signed for it.
"""

import sqlite3
from math import ceil

from aiohttp import web

from node.accounts.comments import (
    NAME_LENGTH_MAX_CHARS,
    TEXT_LENGTH_MAX_CHARS,
    WAITING_MAX,
    Comment,
    QueueFull,
    add_comment,
    discard_comment,
    find_comment,
    note_publishing,
    waiting_comments,
)
from node.accounts.drafts import Draft, new_draft_id, save_draft
from node.accounts.throttle import Count, Guarded
from node.authoring.fit_words import UnfitWords, require_fit
from node.web.exchange.problem import Problem, not_held, not_here
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import title_words
from node.web.words.catalogue import catalogues
from node.web.words.languages import LANGUAGE_NAMES, language_name
from node.web.words.speech import N_
from node.web.writing.acting import actors_for
from node.web.writing.fields import Faults, button, choice, form, hidden, line, passage
from node.web.writing.filled import Filled
from node.web.writing.posted import Posted
from node.web.writing.sheet import fault_of
from node.web.writing.visit import Visit
from protocol.errors import Malformed
from protocol.identifiers import SubjectId, id_text, parse_id
from protocol.state.fold import ThingState

COMMENTED = frozenset({"commons", "pact", "alert", "call"})

# Read at one sitting; the next are there when these are gone.
SHOWN_MAX = 50


async def comment_page(visit: Visit) -> web.Response:
    """Answer `GET /comment?thing=…`."""
    thing = await _thing(visit, visit.asked.query.get("thing", ""))
    return await _form(visit, thing, {})


async def leave_comment(visit: Visit) -> web.Response:
    """Answer `POST /comment`."""
    posted = await visit.posted()
    thing = await _thing(visit, posted.text("thing"))
    answers = Filled(posted.fields)
    text, name = answers.text("text"), " ".join(answers.text("called").split())
    language = posted.text("language")
    if language not in LANGUAGE_NAMES:
        language = visit.say.language
    faults: dict[str, str] = {}
    if not text:
        faults["text"] = visit.say("Write what you have to say")
    elif len(text) > TEXT_LENGTH_MAX_CHARS:
        faults["text"] = visit.say("Say it in at most {n} characters", n=TEXT_LENGTH_MAX_CHARS)
    if len(name) > NAME_LENGTH_MAX_CHARS:
        faults["called"] = visit.say("Write a name of at most {n} characters", n=NAME_LENGTH_MAX_CHARS)
    try:
        require_fit({"text": text, "called": name})
    except UnfitWords as unfit:
        faults |= fault_of(unfit, visit.say, {"text": "text", "called": "called"})
    if faults:
        return await _form(visit, thing, faults, posted)
    # No person sees this field, and programs that fill in every form they find do.
    if not posted.text("website"):
        counts: list[Count] = [(Guarded.COMMENT, visit.place or "behind a proxy")]
        wait_ms = visit.desk.throttle.attempt(counts, visit.now_ms)
        if wait_ms:
            raise _too_soon(wait_ms)
        now_ms, about = visit.now_ms, thing.subject
        try:
            await visit.desk.file.run(lambda db: add_comment(db, about, text, language, name, now_ms))
        except QueueFull:
            raise Problem(
                503,
                "queue-full",
                N_("Too many comments wait to be read"),
                N_(
                    "Yours was not kept. Come back when those who look after this node have gone through "
                    "them."
                ),
                headers={"Retry-After": "86400"},
            ) from None
    return visit.page(
        visit.say("Thank you"),
        e(
            "p",
            visit.say("Your comment waits for those who look after this node. They publish it, or leave it."),
            class_="lead",
        ),
        e("p", _link(visit, thing)),
    )


async def queue_page(visit: Visit) -> web.Response:
    """Answer `GET /comments`."""
    say = visit.say
    comments, number = await visit.desk.file.run(lambda db: waiting_comments(db, SHOWN_MAX))
    await visit.here.learn_titles(one.about for one in comments)
    if not comments:
        rest: Node = e(
            "p", say("Nothing waits. Visitors leave comments on the pages of commons, pacts and alerts.")
        )
    else:
        rest = e("ol", [_waiting(visit, one) for one in comments], class_="entries")
    return visit.page(
        say("Comments of visitors"),
        e("p", say.count("{n} comment waits.", "{n} comments wait.", number), class_="lead")
        if number
        else None,
        e("p", say("The queue is full: visitors cannot leave more."), class_="note")
        if number >= WAITING_MAX
        else None,
        rest,
        e("p", e("a", say("Your page"), href=visit.asked.link("/account"))),
    )


async def settle_comment(visit: Visit) -> web.Response:
    """Answer `POST /comments/{number}`: publish it, which leads to the page before signing, or discard it."""
    posted = await visit.posted()
    comment = await _comment(visit)
    match posted.text("do"):
        case "discard":
            await visit.desk.file.run(lambda db: discard_comment(db, comment.id))
            return visit.leads_to("/comments")
        case "publish":
            return await _publish(visit, comment)
    raise not_here()


async def _publish(visit: Visit, comment: Comment) -> web.Response:
    actors = await actors_for(visit)
    fields = {
        "as": (id_text(actors[0][0]),),
        "tag": (comment.language,),
        f"text@{comment.language}": (comment.text,),
        "called": (comment.name,),
        "received": (str(comment.received_ms),),
    }
    about = {"thing": id_text(comment.about)}
    draft = Draft(new_draft_id(), "visitor", about, comment.text[:80], fields, visit.now_ms)
    account = visit.account.id

    def work(db: sqlite3.Connection) -> None:
        save_draft(db, account, draft)
        note_publishing(db, comment.id, draft.id)

    await visit.desk.file.run(work)
    if len(actors) > 1:
        return visit.leads_to(f"/write/visitor/{draft.id}")
    return visit.leads_to(f"/write/visitor/{draft.id}/review")


async def _form(
    visit: Visit, thing: ThingState, faults: Faults, posted: Posted | None = None
) -> web.Response:
    say = visit.say

    def typed(name: str) -> str:
        return "" if posted is None else posted.text(name)

    tags = dict.fromkeys([*catalogues(), *LANGUAGE_NAMES])
    return visit.page(
        say("Leave a comment"),
        e("p", say.rich(N_("About {thing}."), thing=_link(visit, thing))),
        e(
            "p",
            say(
                "Those who look after this node read it first. If they publish it, it goes everywhere, "
                "signed by them "
                "as a visitor’s comment, and cannot be taken back from all."
            ),
            class_="quiet",
        ),
        form(
            visit.asked.link("/comment"),
            visit.proof,
            hidden("thing", id_text(thing.subject)),
            passage(
                "text", say("What you say"), typed("text"), fault=faults.get("text"), rows=6, maxlength=4_000
            ),
            line(
                "called",
                say("How you want to be called, if at all"),
                typed("called"),
                hint=say("Shown with the comment. You may leave it empty."),
                fault=faults.get("called"),
                autocomplete="name",
            ),
            choice(
                "language",
                say("Language of your comment"),
                [(tag, language_name(tag)) for tag in tags if tag != "und"],
                typed("language") or say.language,
            ),
            e(
                "div",
                line("website", say("Leave this empty"), autocomplete="off", tabindex="-1"),
                class_="first",
            ),
            e("p", button(say("Send it"))),
        ),
        faults=faults,
        status=422 if faults else 200,
    )


def _too_soon(wait_ms: int) -> Problem:
    seconds = ceil(wait_ms / 1_000)
    return Problem(
        429,
        "too-soon",
        N_("One comment after another"),
        N_("Several came from where you are in a short time. Go back, wait {n} seconds, and send it again."),
        {"n": seconds},
        headers={"Retry-After": str(seconds)},
    )


def _waiting(visit: Visit, comment: Comment) -> Element:
    say = visit.say
    lines: list[Node] = []
    for part in comment.text.split("\n"):
        lines += [e("br"), part] if lines else [part]
    return e(
        "li",
        e(
            "p",
            say.moment(comment.received_ms),
            " · ",
            visit.here.thing(comment.about),
            [" · ", e("bdi", comment.name)] if comment.name else None,
            " · ",
            language_name(comment.language),
            class_="quiet small",
        ),
        e("blockquote", e("p", lines, lang=comment.language, dir="auto")),
        form(
            visit.asked.link(f"/comments/{comment.id}"),
            visit.proof,
            e(
                "p",
                button(say("Publish it"), "publish"),
                button(say("Discard it"), "discard", quiet=True),
            ),
        ),
    )


def _link(visit: Visit, thing: ThingState) -> Element:
    name = e("bdi", title_words(visit.here, thing))
    return e("a", name, href=visit.asked.link(f"/thing/{id_text(thing.subject)}"))


async def _thing(visit: Visit, text: str) -> ThingState:
    """Return the thing that a visitor comments on.  Raises `Problem`."""
    if not visit.desk.settings.web_comments:
        raise not_here()
    try:
        thing = await visit.here.store.thing(SubjectId(parse_id(text)))
    except Malformed:
        raise not_held() from None
    if thing is None or thing.kind not in COMMENTED or thing.display is None:
        raise not_held()
    if visit.here.blocks.of_thing(thing) is not None:
        raise not_held()
    return thing


async def _comment(visit: Visit) -> Comment:
    number = visit.request.match_info["number"]
    found = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        found = await visit.desk.file.run(lambda db: find_comment(db, int(number)))
    if found is None:
        raise Problem(
            404,
            "no-comment",
            N_("This comment does not wait any more"),
            N_("Somebody has published or discarded it."),
        )
    return found
