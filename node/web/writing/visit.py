"""One request of somebody who writes, or wants to: who it is, which form it answers, and the page it gets.

No page of writing is kept by anything between node and reader, listed by a search engine, or shown in a
frame.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from aiohttp import web

from node.accounts.people import Account
from node.accounts.sessions import Session, find_session
from node.accounts.tokens import form_proof, new_token
from node.peers.addresses import Reach, reach_of_host
from node.peers.inbound import source_of
from node.web.exchange.answer import HEADERS, page_answer, redirect_answer
from node.web.exchange.asked import Asked
from node.web.exchange.problem import Problem
from node.web.frame.layout import page
from node.web.frame.markup import DataBlock, Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_, Speech
from node.web.writing.addresses import Handler
from node.web.writing.cookies import FORM, SESSION, drop_cookie, read_cookie, set_cookie
from node.web.writing.desk import Desk
from node.web.writing.fields import Faults, error_list
from node.web.writing.local_path import local_path
from node.web.writing.posted import (
    SMALL_BODY_SIZE_MAX_BYTES,
    Posted,
    read_posted,
    require_own_page,
    require_proof,
)

log = logging.getLogger(__name__)

# One script of ours, which saves drafts and draws; `Origin` is sent to ourselves, and no address to anybody
# else.
PRIVATE_HEADERS = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"]
    + "; script-src 'self'; connect-src 'self'; worker-src 'self'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


class Visit:
    """A request, whose session it belongs to, and what its page needs."""

    def __init__(self, desk: Desk, request: web.Request, here: Surroundings, session: Session | None) -> None:
        self.desk = desk
        self.request = request
        self.session = session
        person = "" if session is None else session.account.name
        here.asked = replace(here.asked, person=person)
        self.here = here
        self._form_token = read_cookie(request, FORM, desk.cookie_suffix)
        self._sets_form_token = False

    @property
    def asked(self) -> Asked:
        """What was asked for."""
        return self.here.asked

    @property
    def say(self) -> Speech:
        """The reader's language."""
        return self.here.say

    @property
    def now_ms(self) -> int:
        """This node's clock."""
        return self.here.now_ms

    @property
    def account(self) -> Account:
        """Whose session it is; only where somebody is signed in."""
        assert self.session is not None
        return self.session.account

    @property
    def token(self) -> str:
        """The secret that forms of this visit are bound to."""
        if self.session is not None:
            return self.session.token
        if self._form_token is None:
            self._form_token, self._sets_form_token = new_token(), True
        return self._form_token

    @property
    def proof(self) -> str:
        """What a form of this visit carries."""
        return form_proof(self.token)

    @property
    def place(self) -> str | None:
        """Where the request comes from, as waits are counted; None behind a proxy, where everybody seems to
        be."""
        remote = self.request.remote or ""
        return None if reach_of_host(remote) is Reach.LOOPBACK else source_of(remote)

    @property
    def is_overheard(self) -> bool:
        """Whether others on the reader's network could read along."""
        return not self.request.secure and self.place is not None

    async def posted(self, size_max_bytes: int = SMALL_BODY_SIZE_MAX_BYTES) -> Posted:
        """Return the form that was sent, once it is known to come from a page of ours.  Raises `Problem`."""
        require_own_page(self.request)
        posted = await read_posted(self.request, size_max_bytes)
        require_proof(posted, self._form_token if self.session is None else self.session.token)
        return posted

    def page(
        self,
        title: str,
        *content: Node,
        status: int = 200,
        faults: Faults | None = None,
        scripts: Sequence[str] = (),
        styles: Sequence[str] = (),
        icons: Iterable[str] = (),
    ) -> web.Response:
        """Return a page; what is wrong (`faults`) comes first, in the order of fields, and in its title."""
        order = {identifier: at for at, identifier in enumerate(_ids_in(content))}
        wrong = sorted((faults or {}).items(), key=lambda one: order.get(f"f-{one[0]}", -1))
        listed = error_list(self.say, dict(wrong))
        whole_title = self.say("Error: {title}", title=title) if faults else title
        root = page(
            self.asked,
            self.here.node_name,
            whole_title,
            listed,
            e("h1", title),
            *content,
            icons=icons,
            styles=(*styles, "writing"),
            scripts=scripts,
            private=True,
        )
        return self.finished(page_answer(root, self.say.language, status))

    def finished(self, response: web.Response) -> web.Response:
        """Return a response with what every one of writing has."""
        response.headers.update(PRIVATE_HEADERS)
        response.headers.popall("ETag", None)
        if self._sets_form_token and self._form_token is not None:
            set_cookie(response, self.request, FORM, self.desk.cookie_suffix, self._form_token)
        return response

    def leads_to(self, path: str, **query: str | int | None) -> web.Response:
        """Return a response that leads on to another page of this node, by reading it (303)."""
        return self.finished(redirect_answer(self.asked.link(path, **query)))

    def with_session(self, response: web.Response, token: str) -> web.Response:
        """Have the browser keep a new session; the token of forms before it is not needed any more."""
        set_cookie(response, self.request, SESSION, self.desk.cookie_suffix, token)
        drop_cookie(response, self.request, FORM, self.desk.cookie_suffix)
        return response

    def without_session(self, response: web.Response) -> web.Response:
        """Have the browser forget its session."""
        drop_cookie(response, self.request, SESSION, self.desk.cookie_suffix)
        return response


def _ids_in(node: Node) -> Iterator[str]:
    """Yield the ids of elements in the order in which they stand on a page."""
    if isinstance(node, Element):
        if "id" in node.attributes:
            yield node.attributes["id"]
        yield from _ids_in(node.children)
    elif node is not None and not isinstance(node, str | DataBlock):
        for part in node:
            yield from _ids_in(part)


Page = Callable[[Visit], Awaitable[web.Response]]


class Door:
    """Makes visits of requests, and asks those to sign in who have to."""

    def __init__(self, desk: Desk, surroundings: Callable[[Asked], Surroundings]) -> None:
        self._desk = desk
        self._surroundings = surroundings

    def open(self, show: Page) -> Handler:
        """Return a handler of a page for everybody."""

        async def handle(request: web.Request, asked: Asked) -> web.Response:
            visit = await self._visit(request, asked)
            return await _answered(visit, show)

        return handle

    def signed_in(self, show: Page) -> Handler:
        """Return a handler of a page for those who have signed in."""
        return self._for_those(lambda _: True, show)

    def managing(self, show: Page) -> Handler:
        """Return a handler of a page for those who look after accounts and comments."""
        return self._for_those(lambda account: account.manages, show)

    def _for_those(self, may: Callable[[Account], bool], show: Page) -> Handler:
        async def handle(request: web.Request, asked: Asked) -> web.Response:
            visit = await self._visit(request, asked)
            if visit.session is None:
                if request.method == "POST":
                    from node.web.writing.going_on import sign_in_again

                    return await _answered(visit, sign_in_again)
                return visit.leads_to("/sign-in", next=local_path(request.path_qs))
            if not may(visit.account):
                return await _answered(visit, _not_yours)
            return await _answered(visit, show)

        return handle

    async def _visit(self, request: web.Request, asked: Asked) -> Visit:
        desk, here = self._desk, self._surroundings(asked)
        token = read_cookie(request, SESSION, desk.cookie_suffix)
        session = None
        if token is not None:
            now_ms = here.now_ms
            session = await desk.file.run(lambda db: find_session(db, token, now_ms))
        return Visit(desk, request, here, session)


async def _answered(visit: Visit, show: Page) -> web.Response:
    """Return the answer of a page; a problem is explained on a page that is as private as the others."""
    try:
        return await show(visit)
    except Problem as problem:
        response = visit.page(
            visit.say(problem.title),
            e("p", visit.say(problem.detail, **problem.values), class_="lead"),
            _way_on(visit),
            status=problem.status,
        )
        response.headers.update(problem.headers)
        return response


async def _not_yours(visit: Visit) -> web.Response:
    raise Problem(
        403,
        "not-yours",
        N_("This page is for whoever looks after this node"),
        N_(
            "Your account writes; accounts and comments are looked after by others. Ask them for what you "
            "need."
        ),
    )


def _way_on(visit: Visit) -> Element:
    if visit.session is not None:
        return e("p", e("a", visit.say("Your page"), href=visit.asked.link("/account")))
    return e("p", e("a", visit.say("What this node holds"), href=visit.asked.link("/")))
