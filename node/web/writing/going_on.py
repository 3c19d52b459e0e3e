"""Whoever sends a form after their session has ended: they sign in, and go on with what they had filled in.

What was typed stays on the page meanwhile, and is kept by this node only once it is known whose it is.
"""

from collections.abc import Iterator, Mapping, Sequence

from aiohttp import web

from node.accounts.tokens import form_proof
from node.web.exchange.problem import Problem
from node.web.frame.markup import Node, e
from node.web.words.speech import N_
from node.web.writing.fields import Faults, button, form, hidden
from node.web.writing.local_path import local_path
from node.web.writing.posted import Posted, read_posted, require_own_page
from node.web.writing.sign_in import let_in, name_and_passphrase, recognised
from node.web.writing.visit import Visit

# Nobody is known yet who sends it: a pact in two languages and more, and not the largest limits.
KEPT_SIZE_MAX_BYTES = 256 * 1_024

_KEPT = "kept:"


async def sign_in_again(visit: Visit) -> web.Response:
    """Answer a form that was sent without a session: what was filled in stays, where it was a draft's."""
    path = local_path(visit.request.path_qs)
    draft = visit.request.match_info.get("draft", "")
    if path is None or not draft or not visit.request.path.endswith(f"/{draft}"):
        raise _ended()
    require_own_page(visit.request)
    try:
        posted = await read_posted(visit.request, KEPT_SIZE_MAX_BYTES)
    except Problem:
        raise _ended() from None
    kept = {name: values for name, values in posted.fields.items() if name not in ("proof", "file")}
    return _asking(visit, path, kept, {})


async def sign_in_to_go_on(visit: Visit) -> web.Response:
    """Answer `POST /sign-in/go-on`."""
    posted = await visit.posted(2 * KEPT_SIZE_MAX_BYTES)
    path, kept = local_path(posted.text("path")), dict(_kept(posted))
    if path is None or not path.startswith("/write/"):
        raise _ended()
    name = posted.text("name")
    account = await recognised(visit, name, posted.text("passphrase"))
    if account is None:
        fault = {"passphrase": visit.say("The name or the passphrase is not right. Try again.")}
        return _asking(visit, path, kept, fault, name)

    def going_on(token: str) -> web.Response:
        say = visit.say
        return visit.page(
            say("You are signed in again"),
            e("p", say("What you had filled in is here. Go on where you were."), class_="lead"),
            form(
                path,
                form_proof(token),
                [hidden(field, value) for field, values in kept.items() for value in values if field != "do"],
                e("p", button(say("Go on with it"), "review")),
            ),
        )

    return await let_in(visit, account.id, going_on)


def _kept(posted: Posted) -> Iterator[tuple[str, Sequence[str]]]:
    for name, values in posted.fields.items():
        if name.startswith(_KEPT):
            yield name.removeprefix(_KEPT), values


def _asking(
    visit: Visit, path: str, kept: Mapping[str, Sequence[str]], faults: Faults, name: str = ""
) -> web.Response:
    say = visit.say
    fields: list[Node] = [
        hidden(f"{_KEPT}{field}", value) for field, values in kept.items() for value in values
    ]
    return visit.page(
        say(_TITLE),
        e("p", say("Nothing of what you typed was lost. Sign in, and go on with it."), class_="lead"),
        form(
            visit.asked.link("/sign-in/go-on"),
            visit.proof,
            hidden("path", path),
            fields,
            name_and_passphrase(say, faults, name),
            e("p", button(say("Sign in"))),
        ),
        faults=faults,
        status=401,
    )


_TITLE = N_("Your session has ended")


def _ended() -> Problem:
    return Problem(
        401,
        "session-ended",
        _TITLE,
        N_(
            "Nothing was changed. Sign in again in another tab of this browser, then come back to the form, "
            "reload it, and send it: what you had saved is there."
        ),
    )
