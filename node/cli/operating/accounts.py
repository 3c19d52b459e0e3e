"""`minga account`: the people who may write in the browser of this node."""

import asyncio
from collections.abc import Callable
from gettext import gettext as _
from sqlite3 import Connection
from typing import Any, TypeVar

import click

from node.accounts.accounts_file import AccountsFile
from node.accounts.links import FIRST_LINK_LIFE_S, INVITATION_LIFE_S, make_link
from node.accounts.people import (
    ROLES,
    Account,
    Role,
    accounts,
    add_account,
    find_account,
    remove_account,
    set_passphrase,
)
from node.authoring.signer import now_ms
from node.cli.actors.people import actor_name
from node.cli.faults import NotHere
from node.cli.naming import find_actor
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import Column, day, note, say, show_json, show_table, suggest, wrapped
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in, running_node
from node.errors import ConfigError
from node.settings.loading import load_settings
from protocol.identifiers import id_text

T = TypeVar("T")


@click.group("account", cls=Verbs)
def account_command() -> None:
    """Say who may write in the browser of this node; reading needs no account."""


@account_command.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="writer",
    help="writer: writes with the keys it may use; operator: also looks after accounts and comments.",
)
@click.option(
    "--actor",
    "actors",
    multiple=True,
    metavar="ACTOR",
    help="In whose name this person signs; may be repeated. Otherwise in that of every actor of this home.",
)
@json_option
@pass_operator
def add(operator: Operator, name: str, role: Role, actors: tuple[str, ...]) -> None:
    """Make an account for the person called NAME, and a link with which they choose their passphrase."""

    async def work(place: Workplace) -> None:
        bound = frozenset([await find_actor(place, one) for one in actors]) if actors else None

        def make(db: Connection) -> str:
            account = add_account(db, name, role, bound, now_ms())
            return make_link(db, account.id, now_ms(), INVITATION_LIFE_S)

        await _show_link(operator, _in_file(operator, make), INVITATION_LIFE_S, name)

    run_in(work, operator)


@account_command.command("list")
@json_option
@pass_operator
def list_accounts(operator: Operator) -> None:
    """List who may write in the browser, in whose name, and when they were last here."""

    async def work(place: Workplace) -> None:
        there = _in_file(operator, accounts)
        if operator.json:
            show_json([_as_json(one) for one in there])
            return
        if not there:
            note(_("Nobody has an account on this node yet."))
            suggest(operator, "account link")
            return
        columns = [Column(_("Name"), flexible=True), Column(_("Role")), Column(_("Signs for"), flexible=True)]
        columns += [Column(_("Last here"))]
        show_table(
            columns,
            [
                (
                    one.name,
                    _role_words(one.role),
                    await _actor_words(place, one),
                    day(one.seen_ms) if one.seen_ms else "–",
                )
                for one in there
            ],
        )

    run_in(work, operator)


@account_command.command("remove")
@click.argument("name")
@json_option
@pass_operator
def remove(operator: Operator, name: str) -> None:
    """Remove an account, its sessions and its drafts. What the person signed stays."""
    operator.home.require()

    def work(db: Connection) -> Account:
        account = _named(db, name)
        remove_account(db, account.id)
        return account

    removed = _in_file(operator, work)
    if operator.json:
        show_json({"removed": _as_json(removed)})
        return
    say(wrapped(_("The account {name} is removed; what it signed stays.").format(name=removed.name)))


@account_command.command("reset")
@click.argument("name")
@json_option
@pass_operator
def reset(operator: Operator, name: str) -> None:
    """End the passphrase and every session of an account, and make a link to choose another passphrase."""
    operator.home.require()

    def work(db: Connection) -> tuple[str, str]:
        account = _named(db, name)
        set_passphrase(db, account.id, None)
        return account.name, make_link(db, account.id, now_ms(), INVITATION_LIFE_S)

    called, token = _in_file(operator, work)
    asyncio.run(_show_link(operator, token, INVITATION_LIFE_S, called))


@account_command.command("link")
@click.argument("name", required=False)
@json_option
@pass_operator
def link(operator: Operator, name: str | None) -> None:
    """Make a link that lets somebody in once: NAME, or whoever makes the first account.

    With it they choose a passphrase; until then the one they have still works.
    """
    operator.home.require()

    def work(db: Connection) -> tuple[str | None, str, int]:
        there = accounts(db)
        if name is None and there:
            raise ConfigError(
                "say for whom the link is: `minga account list` shows who has an account, and `minga "
                "account add` "
                "makes another"
            )
        account = None if name is None else _named(db, name)
        life_s = FIRST_LINK_LIFE_S if account is None else INVITATION_LIFE_S
        number = None if account is None else account.id
        called = None if account is None else account.name
        return called, make_link(db, number, now_ms(), life_s), life_s

    called, token, life_s = _in_file(operator, work)
    asyncio.run(_show_link(operator, token, life_s, called))


def enter_address(listening: list[str], token: str) -> str:
    """Return the address that lets somebody in, as it is reached from this machine."""
    host, _colon, port = (listening[0] if listening else "127.0.0.1:7447").rpartition(":")
    if host in ("*", "0.0.0.0", "::", "[::]", ""):
        host = "127.0.0.1"
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{port}/enter/{token}"


def _in_file(operator: Operator, work: Callable[[Connection], T]) -> T:
    file = AccountsFile(operator.home.path)
    try:
        return file.do(work)
    finally:
        file.close()


def _named(db: Connection, name: str) -> Account:
    account = find_account(db, name)
    if account is None:
        raise NotHere(_("nobody here has an account called {name}").format(name=name))
    return account


async def _show_link(operator: Operator, token: str, life_s: int, name: str | None) -> None:
    settings = load_settings(operator.home.path)
    async with running_node(operator.home) as node:
        listening = list((await node.status()).get("listening", ())) if node is not None else None
    if listening is None:
        places = settings.web_listen or settings.network_listen
        listening = [f"{place.host}:{place.port}" for place in places]
    # With an address of its own for pages, that one was opened last.
    address = enter_address(listening[-1:], token)
    if operator.json:
        show_json({"link": address, "expires_s": life_s, "name": name})
        return
    say(address)
    note(
        _("It lets in once, within {time}, whoever has it: give it to nobody else.").format(
            time=_("an hour") if life_s == FIRST_LINK_LIFE_S else _("seven days")
        )
    )
    note(_("From another machine, put this one’s name or address in place of 127.0.0.1."))
    if not settings.web_writing:
        note(_("Writing in the browser is off: `web.writing` in the settings turns it on."))
    if node is None:
        suggest(operator, "run")


def _role_words(role: Role) -> str:
    return {"writer": _("writer"), "operator": _("operator")}[role]


async def _actor_words(place: Workplace, account: Account) -> str:
    if account.actors is None:
        return _("every actor of this home")
    names = [await actor_name(place, actor) for actor in sorted(account.actors)]
    return ", ".join(names) or "–"


def _as_json(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role,
        "actors": None if account.actors is None else sorted(map(id_text, account.actors)),
        "has_passphrase": account.has_passphrase,
        "created_ms": account.created_ms,
        "seen_ms": account.seen_ms,
    }
