"""Somebody at a browser without scripts: pages parsed strictly, forms filled in and sent as a browser sends
them."""

import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin

import aiohttp

from node.accounts.accounts_file import AccountsFile
from node.accounts.links import make_link
from node.accounts.people import add_account
from node.authoring.signer import now_ms
from node.home import Home
from protocol.identifiers import ActorId
from tests.node.web.readers import text_of

PASSPHRASE = "cuatro ovejas en la laguna"

Values = Mapping[str, str | Sequence[str]]


@dataclass
class Page:
    """A page as it came."""

    status: int
    address: str
    headers: Mapping[str, str]
    root: ET.Element

    @property
    def words(self) -> str:
        """All that can be read on it."""
        return text_of(self.root.find("body"))

    @property
    def title(self) -> str:
        """Its heading."""
        return text_of(self.root.find(".//h1"))

    def forms(self) -> list[ET.Element]:
        """Its forms."""
        return list(self.root.iter("form"))

    def form(self, holding: str) -> ET.Element:
        """The form that has a field or a button of this name or value."""
        for one in self.forms():
            for control in one.iter():
                if holding in (control.attrib.get("name"), control.attrib.get("value")):
                    return one
        raise AssertionError(f"no form with {holding} on: {self.words[:500]}")

    def fault(self, field: str) -> str:
        """What is said to be wrong with a field, empty where nothing is."""
        for element in self.root.iter():
            if element.attrib.get("id") == f"f-{field}-fault":
                return text_of(element)
        return ""


def values_of(form: ET.Element) -> dict[str, list[str]]:
    """What a browser would send of a form as it stands, without its buttons."""
    sent: dict[str, list[str]] = {}
    for control in form.iter():
        name = control.attrib.get("name")
        if not name:
            continue
        if control.tag == "input":
            kind = control.attrib.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in control.attrib:
                continue
            if kind != "file":
                sent.setdefault(name, []).append(control.attrib.get("value", ""))
        elif control.tag == "textarea":
            sent.setdefault(name, []).append((control.text or "").removeprefix("\n"))
        elif control.tag == "select":
            chosen = [one for one in control.iter("option") if "selected" in one.attrib]
            first = (chosen or list(control.iter("option")))[0]
            sent.setdefault(name, []).append(first.attrib.get("value", ""))
    return sent


class Browser:
    """One browser, with its cookies."""

    def __init__(self, session: aiohttp.ClientSession, base: str, language: str) -> None:
        self.session = session
        self.base = base
        self.headers = {"Accept-Language": language, "Accept": "text/html"}

    async def opens(self, path: str, **headers: str) -> Page:
        """Open a page."""
        async with self.session.get(urljoin(self.base, path), headers=self.headers | headers) as answer:
            return await self._page(answer)

    async def sends(
        self,
        page: Page,
        holding: str,
        values: Values | None = None,
        *,
        file: tuple[str, bytes] | None = None,
        **headers: str,
    ) -> Page:
        """Fill in the form of a page that holds something, and send it; `file` is a field and a file for it.

        A form with several buttons is sent with the one whose value is `holding`.
        """
        form = page.form(holding)
        sent = values_of(form)
        for control in form.iter("button"):
            if control.attrib.get("value") == holding:
                sent[control.attrib["name"]] = [holding]
        for name, value in (values or {}).items():
            sent[name] = [value] if isinstance(value, str) else list(value)
        action = urljoin(page.address, form.attrib.get("action", ""))
        pairs = [(name, value) for name, several in sent.items() for value in several]
        return await self.posts(action, pairs, file=file, **headers)

    async def posts(
        self,
        path: str,
        pairs: Sequence[tuple[str, str]],
        *,
        file: tuple[str, bytes] | None = None,
        **headers: str,
    ) -> Page:
        """Post fields to an address, as a form of this node's own does."""
        data: Any
        own = {"Origin": self.base.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        if file is None:
            data = urlencode(pairs)
            own["Content-Type"] = "application/x-www-form-urlencoded"
        else:
            data = aiohttp.FormData(quote_fields=False)
            for name, value in pairs:
                data.add_field(name, value, content_type="text/plain; charset=utf-8")
            data.add_field(file[0], file[1], filename="limits.geojson", content_type="application/geo+json")
        address = urljoin(self.base, path)
        async with self.session.post(address, data=data, headers=self.headers | own | headers) as answer:
            return await self._page(answer)

    async def enters(self, link: str, name: str = "Ana", passphrase: str = PASSPHRASE) -> Page:
        """Come in by a link."""
        page = await self.opens(link)
        filled = {"passphrase": passphrase, "again": passphrase}
        if page.form("again").find(".//input[@name='name']").attrib["type"] != "hidden":  # type: ignore[union-attr]
            filled["name"] = name
        return await self.sends(page, "again", filled)

    async def signs_in(self, name: str = "Ana", passphrase: str = PASSPHRASE, following: str = "") -> Page:
        """Sign in with a passphrase."""
        page = await self.opens("/sign-in" + (f"?next={following}" if following else ""))
        return await self.sends(page, "passphrase", {"name": name, "passphrase": passphrase})

    def cookies(self) -> dict[str, str]:
        """Its cookies by name."""
        return {cookie.key: cookie.value for cookie in self.session.cookie_jar}

    async def _page(self, answer: aiohttp.ClientResponse) -> Page:
        text = await answer.text()
        assert answer.content_type == "text/html", (answer.status, text[:500])
        return Page(answer.status, str(answer.url), answer.headers, private_page(text))


def private_page(text: str) -> ET.Element:
    """Parse a page as strictly as XML is parsed, and check what no page of writing may hold."""
    assert text.startswith("<!doctype html>\n"), text[:200]
    root = ET.fromstring(text.removeprefix("<!doctype html>\n"))
    names = {element.tag for element in root.iter()}
    assert not names & {"style", "iframe", "object", "embed", "img", "base"}
    for script in root.iter("script"):
        assert script.attrib["src"].startswith("/static/")
        assert not (script.text or "").strip()
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
        for name in ("for", "aria-describedby", "aria-labelledby", "list"):
            for named in element.attrib.get(name, "").split():
                assert named in ids, (name, named)
        address = element.attrib.get("href", "")
        assert not re.match(r"(?i)\s*(?:javascript|data|vbscript):|//", address), address
        if element.tag == "a" and address.startswith("#"):
            assert address[1:] in ids, address
    assert len(root.findall(".//h1")) == 1
    labelled = {element.attrib["for"] for element in root.iter("label")}
    for control in root.iter():
        if control.tag in ("input", "textarea", "select") and control.attrib.get("type") != "hidden":
            assert control.attrib.get("id") in labelled or control.attrib.get("aria-label"), control.attrib
    return root


@asynccontextmanager
async def browser(base: str, language: str = "en") -> AsyncIterator[Browser]:
    """A new browser, without any cookies, that shows the pages of a node."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Browser(session, base, language)


def link_for(
    home: Home, name: str | None = None, role: str = "writer", actors: Sequence[ActorId] | None = None
) -> str:
    """The path that lets somebody in: into a new account, or the first one."""
    file = AccountsFile(home.path)

    def work(db: Any) -> str:
        number = None if name is None else add_account(db, name, role, actors, now_ms()).id  # type: ignore[arg-type]
        return make_link(db, number, now_ms(), 3_600)

    try:
        return f"/enter/{file.do(work)}"
    finally:
        file.close()
