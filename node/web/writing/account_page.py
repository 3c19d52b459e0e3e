"""The page of somebody who writes: what can be begun, what is unfinished, and their account."""

import contextlib
import sqlite3

from aiohttp import web

from node.accounts.comments import waiting_comments
from node.accounts.drafts import Draft, drafts_of
from node.accounts.people import kept_passphrase, set_passphrase
from node.accounts.sessions import begin_session, sessions_of
from node.accounts.throttle import Guarded
from node.web.exchange.problem import Problem
from node.web.frame.markup import Node, e
from node.web.words.speech import N_
from node.web.writing.cosigning import waiting_records, waiting_section
from node.web.writing.entering import chosen_faults, chosen_fields, stretched
from node.web.writing.fields import Faults, button, form, line
from node.web.writing.sign_in import is_right
from node.web.writing.visit import Visit
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

DONE_WORDS = {
    "kept": N_("What you wrote is kept. It waits for you among your drafts."),
    "cosigned": N_("Your signature is given, and on its way to other nodes."),
    "deleted": N_("The draft was deleted."),
    "signed-out": N_("You are signed out everywhere else."),
    "passphrase": N_("Your new passphrase holds from now on; you are signed out everywhere else."),
}


async def account_page(visit: Visit) -> web.Response:
    """Answer `GET /account`."""
    return await _shown(visit, {})


async def change_passphrase(visit: Visit) -> web.Response:
    """Answer `POST /account/passphrase`."""
    posted = await visit.posted()
    account, desk, now_ms = visit.account, visit.desk, visit.now_ms
    assert visit.session is not None
    kept = await desk.file.run(lambda db: kept_passphrase(db, account.id))
    faults = chosen_faults(visit.say, posted, account.name)
    counts = [(Guarded.DEVICE, (account.id, visit.session.digest))]
    if not await is_right(visit, kept, posted.text("present"), list(counts)):
        faults = {"present": visit.say("That is not your passphrase of today. Type it again."), **faults}
    if faults:
        return await _shown(visit, faults)
    new = await stretched(visit, posted.text("passphrase"))
    desk.lock_keys(visit.session)

    def work(db: sqlite3.Connection) -> str:
        set_passphrase(db, account.id, new)
        return begin_session(db, account.id, now_ms)

    token = await desk.file.run(work)
    return visit.with_session(visit.leads_to("/account", done="passphrase"), token)


async def _shown(visit: Visit, faults: Faults) -> web.Response:
    say, asked, account = visit.say, visit.asked, visit.account
    others = await visit.desk.file.run(lambda db: sessions_of(db, account.id)) - 1
    done = DONE_WORDS.get(visit.asked.query.get("done", ""))
    drafts = await visit.desk.file.run(lambda db: drafts_of(db, account.id))
    waiting: list[tuple[VerifiedRecord, ThingState]] = []
    with contextlib.suppress(Problem):  # somebody who may sign for nobody yet has nothing to sign
        waiting = await waiting_records(visit)
    managing: Node = None
    if account.manages:
        _, comments = await visit.desk.file.run(lambda db: waiting_comments(db, 0))
        queue = e("a", say("Comments of visitors"), href=asked.link("/comments"))
        managing = e(
            "section",
            e("h2", say("Looking after this node")),
            e(
                "ul",
                e("li", e("a", say("People who write here"), href=asked.link("/people"))),
                e("li", queue, f" ({say.number(comments)})" if comments else None)
                if comments or visit.desk.settings.web_comments
                else None,
            ),
        )
    settings = e(
        "details",
        e("summary", say("Your account")),
        form(
            asked.link("/account/sign-out"),
            visit.proof,
            e(
                "p",
                say("You are signed in nowhere else.")
                if not others
                else say.count(
                    "You are signed in in one other browser.",
                    "You are signed in in {n} other browsers.",
                    others,
                ),
            ),
            e("p", button(say("Sign out everywhere else"), quiet=True)),
        ),
        form(
            asked.link("/account/passphrase"),
            visit.proof,
            e("h3", say("Another passphrase")),
            line(
                "present",
                say("Your passphrase of today"),
                kind="password",
                fault=faults.get("present"),
                autocomplete="current-password",
            ),
            chosen_fields(say, faults),
            e("p", button(say("Change the passphrase"), quiet=True)),
        ),
        open=bool(faults),
    )
    return visit.page(
        say("Writing here"),
        e("p", say(done), class_="note", role="status") if done else None,
        waiting_section(visit, waiting),
        _beginnings(visit),
        _drafts(visit, drafts),
        managing,
        settings,
        form(asked.link("/sign-out"), visit.proof, e("p", button(say("Sign out"), quiet=True))),
        faults=faults,
        status=422 if faults else 200,
    )


FORM_WORDS = {
    "commons": N_("A commons"),
    "pact": N_("A pact"),
    "answer": N_("An answer to a pact"),
    "comment": N_("A comment"),
    "reply": N_("An answer"),
    "report": N_("A report"),
    "alert": N_("An alert"),
    "visitor": N_("A visitor’s comment"),
}


def _beginnings(visit: Visit) -> Node:
    """Return what can be begun from nothing."""
    say, link = visit.say, visit.asked.link
    return e(
        "section",
        e("p", say("What do you want to do?"), class_="lead"),
        e(
            "ul",
            [
                e("li", e("a", say(words), href=link(f"/write/{sheet}")))
                for words, sheet in (
                    (N_("Describe a commons"), "commons"),
                    (N_("Propose a pact"), "pact"),
                    (N_("Raise an alert"), "alert"),
                )
            ],
            e("li", e("a", say("Bring in a map or a table"), href=link("/bring-in"))),
            class_="begin",
        ),
        e(
            "p",
            say(
                "To change something, comment on it, answer or sign it, open its page: the ways to do so "
                "are there."
            ),
            class_="quiet small",
        ),
    )


def _drafts(visit: Visit, drafts: list[Draft]) -> Node:
    """Return what was filled in and not signed."""
    say = visit.say
    if not drafts:
        return None
    rows = [
        e(
            "li",
            e(
                "a",
                e("bdi", one.title) if one.title else say("Without a name"),
                href=visit.asked.link(f"/write/{one.form}/{one.id}" + ("/done" if one.record else "")),
            ),
            e(
                "p",
                say(FORM_WORDS[one.form]) if one.form in FORM_WORDS else one.form,
                " · ",
                say("kept on {date}", date=say.moment(one.changed_ms)),
                class_="quiet small",
            ),
        )
        for one in drafts
    ]
    return e("section", e("h2", say("Your drafts")), e("ul", rows, class_="entries"))
