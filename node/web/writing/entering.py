"""Coming in by a link, once: whoever has it chooses a passphrase; how passphrases are chosen."""

import sqlite3

from aiohttp import web

from node.accounts.links import look_at_link, spend_link
from node.accounts.passphrases import PASSPHRASE_LENGTH_MIN_CHARACTERS, TooManyWaiting, Unfit, why_unfit
from node.accounts.people import (
    NAME_LENGTH_MAX_CHARACTERS,
    Account,
    add_account,
    clean_name,
    set_passphrase,
)
from node.errors import ConfigError
from node.keys.key_file import PASSPHRASE_LENGTH_MAX_CHARACTERS
from node.web.exchange.problem import Problem, too_busy
from node.web.frame.markup import Node, e
from node.web.words.speech import N_, Speech
from node.web.writing.fields import Faults, button, form, hidden, line
from node.web.writing.posted import Posted
from node.web.writing.sign_in import HOME_OF_WRITERS, let_in, overheard_note
from node.web.writing.visit import Visit

UNFIT_WORDS: dict[Unfit, str] = {
    "short": N_(
        "Choose a longer passphrase: at least {n} characters. Four words of your own are easy to keep."
    ),
    "long": N_("Choose a shorter passphrase: at most {n} characters."),
    "plain": N_("Choose a passphrase with more different letters: this one is guessed first."),
    "name": N_("Choose a passphrase that is not your name: it is guessed first."),
}


async def enter_page(visit: Visit) -> web.Response:
    """Answer `GET /enter/{token}`: what a link is for; looking at it does not spend it."""
    return _choosing(visit, await _link_for(visit), {})


async def enter(visit: Visit) -> web.Response:
    """Answer `POST /enter/{token}`: the passphrase is kept, the link spent, and somebody is in."""
    posted = await visit.posted()
    account = await _link_for(visit)
    name = account.name if account is not None else posted.text("name")
    faults = chosen_faults(visit.say, posted, name)
    if account is None:
        try:
            name = clean_name(name)
        except ConfigError:
            faults = {"name": visit.say("Write the name that you want to be called here"), **faults}
    if faults:
        return _choosing(visit, account, faults, posted.text("name"))
    kept = await stretched(visit, posted.text("passphrase"))
    link, now_ms = visit.request.match_info["token"], visit.now_ms

    def work(db: sqlite3.Connection) -> int | None:
        spent = spend_link(db, link, now_ms)
        if spent is None:
            return None
        owner = spent.account or add_account(db, name, "operator", None, now_ms)
        set_passphrase(db, owner.id, kept)
        return owner.id

    owner = await visit.desk.file.run(work)
    if owner is None:
        raise _spent()
    return await let_in(visit, owner, lambda _: visit.leads_to(HOME_OF_WRITERS))


async def stretched(visit: Visit, passphrase: str) -> str:
    """Return what is kept of a new passphrase.  Raises `Problem` where too many wait."""
    try:
        return await visit.desk.stretcher.hashed(passphrase)
    except TooManyWaiting:
        raise too_busy() from None


def chosen_faults(say: Speech, posted: Posted, name: str) -> dict[str, str]:
    """Return what is wrong with a passphrase that somebody chose and typed twice."""
    passphrase = posted.text("passphrase")
    unfit = why_unfit(passphrase, name)
    if unfit is not None:
        n = PASSPHRASE_LENGTH_MAX_CHARACTERS if unfit == "long" else PASSPHRASE_LENGTH_MIN_CHARACTERS
        return {"passphrase": say(UNFIT_WORDS[unfit], n=n)}
    if posted.text("again") != passphrase:
        return {"again": say("The two are not the same. Type the passphrase once more.")}
    return {}


def chosen_fields(say: Speech, faults: Faults) -> Node:
    """Return the fields in which somebody chooses a passphrase."""
    return [
        line(
            "passphrase",
            say("Passphrase"),
            kind="password",
            hint=say(
                "At least 12 characters. Four words that belong together only for you are easy to keep."
            ),
            fault=faults.get("passphrase"),
            autocomplete="new-password",
        ),
        line(
            "again",
            say("The same passphrase again"),
            kind="password",
            fault=faults.get("again"),
            autocomplete="new-password",
        ),
    ]


async def _link_for(visit: Visit) -> Account | None:
    """Return the account that the link of this visit is for, None for the first one.  Raises `Problem`."""
    token, now_ms = visit.request.match_info["token"], visit.now_ms
    link = await visit.desk.file.run(lambda db: look_at_link(db, token, now_ms))
    if link is None:
        raise _spent()
    return link.account


def _spent() -> Problem:
    return Problem(
        410,
        "link-spent",
        N_("This link does not work any more"),
        N_(
            "It was used, or it has expired. If you did not use it yourself, tell whoever runs this node. "
            "They make "
            "a new one with: minga account link"
        ),
    )


def _choosing(visit: Visit, account: Account | None, faults: Faults, typed: str = "") -> web.Response:
    say = visit.say
    if account is None:
        title = say("The first account of this node")
        lead = say(
            "You look after this node in the browser: you write, and make accounts for others. Choose how "
            "you are "
            "called here, and a passphrase."
        )
    else:
        title = say("Welcome, {name}", name=account.name)
        lead = say("Choose a passphrase. With it and your name you sign in from now on.")
    return visit.page(
        title,
        e("p", lead, class_="lead"),
        form(
            visit.request.path,
            visit.proof,
            line(
                "name",
                say("Your name here"),
                typed,
                fault=faults.get("name"),
                autocomplete="username",
                maxlength=NAME_LENGTH_MAX_CHARACTERS,
            )
            if account is None
            else hidden("name", account.name),
            chosen_fields(say, faults),
            e("p", button(say("Keep it and sign in"))),
        ),
        overheard_note(visit),
        faults=faults,
    )
