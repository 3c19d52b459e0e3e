"""The addresses of writing.

What answers at them (`routes.py`) is loaded when somebody first asks for one: a node starts without it.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from node.web.exchange.asked import Asked
from node.web.frame.surroundings import Surroundings
from node.web.writing.desk import Desk

Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]

ADDRESSES = (
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-out"),
    ("POST", "/sign-out"),
    ("POST", "/sign-in/go-on"),
    ("GET", "/enter/{token}"),
    ("POST", "/enter/{token}"),
    ("GET", "/account"),
    ("GET", "/account/passphrase"),
    ("POST", "/account/passphrase"),
    ("GET", "/account/sign-out"),
    ("POST", "/account/sign-out"),
    ("GET", "/write/{sheet}"),
    ("GET", "/write/{sheet}/{draft}"),
    ("POST", "/write/{sheet}/{draft}"),
    ("POST", "/write/{sheet}/{draft}/delete"),
    ("GET", "/write/{sheet}/{draft}/review"),
    ("GET", "/write/{sheet}/{draft}/newer"),
    ("POST", "/write/{sheet}/{draft}/newer"),
    ("GET", "/write/{sheet}/{draft}/sign"),
    ("POST", "/write/{sheet}/{draft}/sign"),
    ("GET", "/write/{sheet}/{draft}/done"),
    ("GET", "/cosign/{record}"),
    ("POST", "/cosign/{record}"),
    ("GET", "/comment"),
    ("POST", "/comment"),
    ("GET", "/comments"),
    ("POST", "/comments/{number}"),
    ("GET", "/people"),
    ("POST", "/people"),
    ("GET", "/people/{number}"),
    ("POST", "/people/{number}"),
    ("GET", "/bring-in"),
    ("POST", "/bring-in"),
    ("GET", "/bring-in/{upload}"),
    ("POST", "/bring-in/{upload}"),
    ("POST", "/bring-in/{upload}/sign"),
    ("GET", "/bring-in/{upload}/done"),
    ("POST", "/bring-in/{upload}/delete"),
)


def writing_routes(
    desk: Desk, surroundings: Callable[[Asked], Surroundings]
) -> list[tuple[str, str, Handler]]:
    """Return method and path of every address, and what answers there."""
    answers: dict[tuple[str, str], Handler] = {}

    def at(address: tuple[str, str]) -> Handler:
        async def answer(request: web.Request, asked: Asked) -> web.Response:
            if not answers:
                from node.web.writing.routes import writing_answers

                answers.update(writing_answers(desk, surroundings))
            return await answers[address](request, asked)

        return answer

    return [(*address, at(address)) for address in ADDRESSES]
