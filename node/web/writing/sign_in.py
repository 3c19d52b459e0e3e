"""Signing in and out: with a name and a passphrase, or once with a link."""

import sqlite3
from collections.abc import Callable
from math import ceil

from aiohttp import web

from node.accounts.passphrases import TooManyWaiting
from node.accounts.people import (
    NAME_LENGTH_MAX_CHARACTERS,
    Account,
    find_account,
    folded,
    kept_passphrase,
)
from node.accounts.sessions import (
    begin_session,
    end_session,
    end_sessions,
    knows_device,
    remember_device,
)
from node.accounts.throttle import Count, Guarded
from node.accounts.tokens import digest_of
from node.web.exchange.problem import Problem, too_busy
from node.web.frame.markup import Element, Node, e
from node.web.words.speech import N_, Speech
from node.web.writing.cookies import DEVICE, SESSION, read_cookie, set_cookie
from node.web.writing.fields import Faults, button, form, hidden, line
from node.web.writing.local_path import local_path
from node.web.writing.visit import Visit

HOME_OF_WRITERS = "/account"


async def sign_in_page(visit: Visit) -> web.Response:
    """Answer `GET /sign-in`."""
    following = local_path(visit.asked.query.get("next", ""))
    if visit.session is not None:
        return visit.leads_to(following or HOME_OF_WRITERS)
    return await _asking(visit, following or "", {})


async def sign_in(visit: Visit) -> web.Response:
    """Answer `POST /sign-in`."""
    posted = await visit.posted()
    name, passphrase = posted.text("name"), posted.text("passphrase")
    following = local_path(posted.text("next")) or ""
    if not name.strip() or not passphrase:
        fault = {"passphrase": visit.say("Write your passphrase")} if name.strip() else {}
        return await _asking(visit, following, fault or {"name": visit.say("Write your name")}, name)
    account = await recognised(visit, name, passphrase)
    if account is None:
        fault = {"passphrase": visit.say("The name or the passphrase is not right. Try again.")}
        return await _asking(visit, following, fault, name, status=401)
    return await let_in(visit, account.id, lambda _: visit.leads_to(following or HOME_OF_WRITERS))


async def sign_out(visit: Visit) -> web.Response:
    """Answer `POST /sign-out`."""
    if visit.session is not None:
        await visit.posted()
        token = visit.session.token
        visit.desk.lock_keys(visit.session)
        await visit.desk.file.run(lambda db: end_session(db, token))
    return visit.without_session(visit.leads_to("/sign-in"))


async def sign_out_everywhere(visit: Visit) -> web.Response:
    """Answer `POST /account/sign-out`: end every session but this one."""
    await visit.posted()
    account, token = visit.account.id, visit.token
    await visit.desk.file.run(lambda db: end_sessions(db, account, but=token))
    return visit.leads_to(HOME_OF_WRITERS, done="signed-out")


async def is_right(visit: Visit, kept: str | None, passphrase: str, counts: list[Count]) -> bool:
    """Whether a passphrase is right; what was tried is counted, and has to wait.  Raises `Problem`."""
    desk = visit.desk
    wait_ms = desk.throttle.attempt(counts, visit.now_ms)
    if wait_ms:
        raise wait_longer(wait_ms)
    try:
        right = await desk.stretcher.fits(passphrase, kept)
    except TooManyWaiting:
        desk.throttle.take_back(counts)
        raise too_busy() from None
    if right:
        desk.throttle.was_right(counts)
    return right


def wait_longer(wait_ms: int) -> Problem:
    """Too much was tried in a short time."""
    seconds = ceil(wait_ms / 1_000)
    return Problem(
        429,
        "wait",
        N_("Too many tries"),
        N_(
            "Nothing was checked. Wait {n} seconds, then try again. If you have forgotten your passphrase, "
            "whoever "
            "runs this node can give you a link that lets you choose another."
        ),
        {"n": seconds},
        headers={"Retry-After": str(seconds)},
    )


async def recognised(visit: Visit, name: str, passphrase: str) -> Account | None:
    """Return whose name and passphrase these are, None where they are nobody's.  Raises `Problem`."""
    desk, now_ms = visit.desk, visit.now_ms
    device = read_cookie(visit.request, DEVICE, desk.cookie_suffix) or ""

    def look(db: sqlite3.Connection) -> tuple[Account | None, str | None, bool]:
        account = find_account(db, name[: 4 * NAME_LENGTH_MAX_CHARACTERS])
        number = -1 if account is None else account.id
        return account, kept_passphrase(db, number), knows_device(db, number, device, now_ms)

    account, kept, known = await desk.file.run(look)
    number = folded(name[: 4 * NAME_LENGTH_MAX_CHARACTERS]) if account is None else account.id
    counts: list[Count] = [(Guarded.ACCOUNT, number)]
    if known:
        counts = [(Guarded.DEVICE, (number, digest_of("device", device)))]
    elif visit.place is not None:
        counts.append((Guarded.PLACE, visit.place))
    return account if await is_right(visit, kept, passphrase, counts) else None


async def let_in(visit: Visit, account: int, respond: Callable[[str], web.Response]) -> web.Response:
    """Begin a session, in place of the one that this browser may have had; `respond` makes the answer, for a
    session of this token."""
    desk, now_ms = visit.desk, visit.now_ms
    before = read_cookie(visit.request, SESSION, desk.cookie_suffix)
    device = read_cookie(visit.request, DEVICE, desk.cookie_suffix)
    if visit.session is not None:
        desk.lock_keys(visit.session)

    def work(db: sqlite3.Connection) -> tuple[str, str]:
        return begin_session(db, account, now_ms, before), remember_device(db, account, device, now_ms)

    token, known = await desk.file.run(work)
    response = respond(token)
    set_cookie(response, visit.request, DEVICE, desk.cookie_suffix, known)
    return visit.with_session(response, token)


async def _asking(
    visit: Visit, following: str, faults: Faults, name: str = "", status: int = 200
) -> web.Response:
    say = visit.say
    any_account = await visit.desk.file.run(
        lambda db: bool(db.execute("SELECT 1 FROM account LIMIT 1").fetchone())
    )
    if not any_account:
        return visit.page(
            say("Sign in"),
            e("p", say("Nobody has an account on this node yet."), class_="lead"),
            e(
                "p",
                say.rich(
                    N_(
                        "If you run this node, make a link at its terminal with {command}. It lets you in "
                        "once, and "
                        "you choose your passphrase."
                    ),
                    command=e("code", "minga account link"),
                ),
            ),
            _reading_needs_none(say),
        )
    return visit.page(
        say("Sign in"),
        form(
            visit.asked.link("/sign-in"),
            visit.proof,
            hidden("next", following) if following else None,
            name_and_passphrase(say, faults, name),
            e("p", button(say("Sign in"))),
        ),
        overheard_note(visit),
        _reading_needs_none(say),
        faults=faults,
        status=status,
    )


def name_and_passphrase(say: Speech, faults: Faults, name: str) -> Node:
    """Return the fields in which somebody says who they are."""
    return [
        line(
            "name",
            say("Your name here"),
            name,
            fault=faults.get("name"),
            autocomplete="username",
            autocapitalize="words",
            spellcheck="false",
        ),
        line(
            "passphrase",
            say("Passphrase"),
            kind="password",
            fault=faults.get("passphrase"),
            autocomplete="current-password",
        ),
    ]


def overheard_note(visit: Visit) -> Node:
    """Return a warning where others could read a passphrase on its way."""
    if not visit.is_overheard:
        return None
    return e(
        "div",
        e(
            "p",
            visit.say(
                "This connection is not encrypted: somebody on the same network could read your passphrase. "
                "Sign in "
                "only on a network that you trust, on the machine of the node itself, or through its "
                "encrypted "
                "address if it has one."
            ),
        ),
        class_="note",
    )


def _reading_needs_none(say: Speech) -> Element:
    return e(
        "p", say("Reading needs no account: everything here is open to everybody."), class_="quiet small"
    )
