"""The people who write on this node, for whoever looks after it: who there is, a new one, another link, an
end."""

import sqlite3

from aiohttp import web

from node.accounts.links import INVITATION_LIFE_S, make_link
from node.accounts.people import (
    ACCOUNTS_MAX,
    NAME_LENGTH_MAX_CHARACTERS,
    Account,
    Role,
    account_of,
    accounts,
    add_account,
    change_account,
    clean_name,
    find_account,
    kept_passphrase,
    remove_account,
    set_passphrase,
)
from node.accounts.throttle import Guarded
from node.errors import ConfigError
from node.web.exchange.problem import Problem
from node.web.frame.markup import Node, e
from node.web.words.speech import N_
from node.web.writing.acting import own_actors_of
from node.web.writing.fields import Faults, button, form, line, ticks
from node.web.writing.posted import Posted
from node.web.writing.sign_in import is_right
from node.web.writing.visit import Visit
from protocol.identifiers import ActorId, id_text

ROLE_WORDS: dict[Role, str] = {
    "writer": N_("writes"),
    "operator": N_("looks after the node, and writes"),
}

_EVERY = "every"


async def people_page(visit: Visit) -> web.Response:
    """Answer `GET /people`."""
    return await _shown(visit, {})


async def add_person(visit: Visit) -> web.Response:
    """Answer `POST /people`: make an account, and show the link that its owner comes in with, this once."""
    posted = await visit.posted()
    name, role, now_ms = posted.text("name"), _role(posted), visit.now_ms
    actors = await _actors(visit, posted)
    existing = await visit.desk.file.run(lambda db: (find_account(db, name), len(accounts(db))))
    faults: dict[str, str] = {}
    try:
        name = clean_name(name)
    except ConfigError:
        faults["name"] = visit.say(
            "Write the name of a person, in at most {n} characters", n=NAME_LENGTH_MAX_CHARACTERS
        )
    if existing[0] is not None:
        faults["name"] = visit.say("There is an account of this name already. Choose another name.")
    elif existing[1] >= ACCOUNTS_MAX:
        faults["name"] = visit.say("There is no room for more accounts. Remove one that nobody uses.")
    if actors is not None and not actors and role == "writer":
        faults["actors"] = visit.say("Choose in whose name this person signs")
    if faults:
        return await _shown(visit, faults, posted)

    def work(db: sqlite3.Connection) -> tuple[Account, str]:
        account = add_account(db, name, role, actors, now_ms)
        return account, make_link(db, account.id, now_ms, INVITATION_LIFE_S)

    account, token = await visit.desk.file.run(work)
    return _link_page(visit, account, token)


async def person_page(visit: Visit) -> web.Response:
    """Answer `GET /people/{number}`."""
    return await _person(visit, await _found(visit), {})


async def change_person(visit: Visit) -> web.Response:
    """Answer `POST /people/{number}`: what is asked for is `change`, `link` or `remove`."""
    posted = await visit.posted()
    account, now_ms = await _found(visit), visit.now_ms
    match posted.text("do"):
        case "change":
            actors, role = await _actors(visit, posted), _role(posted)
            if account.id == visit.account.id and role != "operator":
                return await _person(
                    visit, account, {"role": visit.say("Somebody else has to take that from you")}
                )
            await visit.desk.file.run(lambda db: change_account(db, account.id, role, actors))
            return visit.leads_to("/people", done="changed")
        case "link":
            if account.id == visit.account.id:
                raise _not_oneself()

            def renew(db: sqlite3.Connection) -> str:
                set_passphrase(db, account.id, None)
                return make_link(db, account.id, now_ms, INVITATION_LIFE_S)

            return _link_page(visit, account, await visit.desk.file.run(renew))
        case "remove":
            if account.id == visit.account.id:
                raise _not_oneself()
            kept = await visit.desk.file.run(lambda db: kept_passphrase(db, visit.account.id))
            assert visit.session is not None
            counts = [(Guarded.DEVICE, (visit.account.id, visit.session.digest))]
            if not await is_right(visit, kept, posted.text("present"), list(counts)):
                fault = visit.say("That is not your passphrase. Type it again.")
                return await _person(visit, account, {"present": fault})
            await visit.desk.file.run(lambda db: remove_account(db, account.id))
            return visit.leads_to("/people", done="removed")
    raise _not_here()


DONE_WORDS = {
    "changed": N_("The account was changed."),
    "removed": N_("The account was removed. What was signed stays."),
}


async def _shown(visit: Visit, faults: Faults, posted: Posted | None = None) -> web.Response:
    say = visit.say
    there = await visit.desk.file.run(accounts)
    done = DONE_WORDS.get(visit.asked.query.get("done", ""))
    rows = [
        e(
            "li",
            e("a", e("bdi", one.name), href=visit.asked.link(f"/people/{one.id}")),
            e("p", say(ROLE_WORDS[one.role]), _seen(visit, one), class_="quiet small"),
        )
        for one in there
    ]
    return visit.page(
        say("People who write here"),
        e("p", say(done), class_="note", role="status") if done else None,
        e("ul", rows, class_="entries"),
        e("h2", say("Make an account")),
        form(
            visit.asked.link("/people"),
            visit.proof,
            line(
                "name",
                say("The person’s name"),
                posted.text("name") if posted else "",
                hint=say("It is only seen by those who sign in here."),
                fault=faults.get("name"),
                autocomplete="off",
                maxlength=NAME_LENGTH_MAX_CHARACTERS,
            ),
            _role_field(visit, _role(posted) if posted else "writer", faults),
            await _actors_field(visit, None if posted is None else await _actors(visit, posted), faults),
            e("p", button(say("Make the account"))),
        ),
        faults=faults,
        status=422 if faults else 200,
    )


async def _person(visit: Visit, account: Account, faults: Faults) -> web.Response:
    say, path = visit.say, visit.asked.link(f"/people/{account.id}")
    oneself = account.id == visit.account.id
    endings: Node = e("p", say("This is your own account. Its passphrase is on your page."), class_="quiet")
    if not oneself:
        endings = [
            e("h2", say("A forgotten passphrase")),
            form(
                path,
                visit.proof,
                e(
                    "p",
                    say(
                        "A new link lets {name} choose another passphrase. The old one stops working at "
                        "once.",
                        name=account.name,
                    ),
                ),
                e("p", button(say("Make a link"), "link", quiet=True)),
            ),
            e("h2", say("Remove the account")),
            form(
                path,
                visit.proof,
                e("p", say("What this person signed stays. Their drafts are deleted.")),
                line(
                    "present",
                    say("Your own passphrase"),
                    kind="password",
                    fault=faults.get("present"),
                    autocomplete="current-password",
                ),
                e("p", button(say("Remove the account"), "remove", quiet=True)),
            ),
        ]
    return visit.page(
        account.name,
        e("p", say(ROLE_WORDS[account.role]), _seen(visit, account), class_="quiet"),
        form(
            path,
            visit.proof,
            _role_field(visit, account.role, faults),
            await _actors_field(visit, account.actors, faults),
            e("p", button(say("Save"), "change")),
        ),
        endings,
        e("p", e("a", say("People who write here"), href=visit.asked.link("/people"))),
        faults=faults,
        status=422 if faults else 200,
    )


def _link_page(visit: Visit, account: Account, token: str) -> web.Response:
    say = visit.say
    address = f"{visit.request.scheme}://{visit.request.host}/enter/{token}"
    return visit.page(
        say("A link for {name}", name=account.name),
        e(
            "p",
            say("Give this to {name} and to nobody else. It works once, for seven days.", name=account.name),
        ),
        e("pre", e("code", address)),
        e("p", say("It is shown only now. If it gets lost, make another."), class_="quiet"),
        e("p", e("a", say("People who write here"), href=visit.asked.link("/people"))),
    )


def _role_field(visit: Visit, role: Role, faults: Faults) -> Node:
    say = visit.say
    options: list[tuple[str, Node, Node]] = [
        ("writer", say("Writes"), say("Fills in forms and signs with the keys of those chosen below.")),
        (
            "operator",
            say("Looks after the node"),
            say("Also makes accounts and goes through visitors’ comments."),
        ),
    ]
    return ticks(
        "role", say("What this person does"), options, [role], kind="radio", fault=faults.get("role")
    )


async def _actors_field(visit: Visit, chosen: frozenset[ActorId] | None, faults: Faults) -> Node:
    say = visit.say
    options: list[tuple[str, Node, Node]] = [(_EVERY, say("Everybody whose keys are in this home"), None)]
    options += [
        (id_text(actor), e("bdi", name), None) for actor, name in await own_actors_of(visit.here, visit.desk)
    ]
    values = [_EVERY] if chosen is None else [id_text(actor) for actor in chosen]
    return ticks(
        "actors",
        say("Signs in the name of"),
        options,
        values,
        hint=say("Signing also takes the passphrase of a key, which an account does not give."),
        fault=faults.get("actors"),
    )


async def _actors(visit: Visit, posted: Posted) -> frozenset[ActorId] | None:
    """Return the actors that were ticked, None for every one."""
    ticked = set(posted.texts("actors"))
    if _EVERY in ticked:
        return None
    own = await own_actors_of(visit.here, visit.desk)
    return frozenset(actor for actor, _ in own if id_text(actor) in ticked)


def _role(posted: Posted) -> Role:
    return "operator" if posted.text("role") == "operator" else "writer"


def _seen(visit: Visit, account: Account) -> Node:
    say = visit.say
    if account.seen_ms is None:
        return [" · ", say("has not come in yet")]
    return [" · ", say("last here on {date}", date=say.moment(account.seen_ms))]


async def _found(visit: Visit) -> Account:
    number = visit.request.match_info["number"]
    found = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        found = await visit.desk.file.run(lambda db: account_of(db, int(number)))
    if found is None:
        raise _not_here()
    return found


def _not_here() -> Problem:
    return Problem(
        404,
        "no-account",
        N_("There is no such account"),
        N_("Somebody may have removed it. Nothing was changed."),
    )


def _not_oneself() -> Problem:
    return Problem(
        409,
        "oneself",
        N_("Not your own account"),
        N_(
            "Nothing was changed. Somebody else who looks after this node can do it, or whoever is at its "
            "terminal."
        ),
    )
