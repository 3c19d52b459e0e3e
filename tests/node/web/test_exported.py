"""Documents to be checked elsewhere: the same bytes from a page as from a command, or plainly why not."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp.test_utils import TestClient, TestServer

from node.keys.keyring import Keyring
from node.store.sqlite import SqliteStore
from node.trust.blocks import Target
from node.web.application import web_application
from protocol.identifiers import id_text
from protocol.keys import SigningKey
from protocol.proofs.data_integrity import verify_document
from protocol.proofs.pact_document import CONTEXT_1, PACT_CONTEXT
from tests.node.cli.terminal import Terminal
from tests.node.cli.test_exporting import pact_of_three as pact_of_three
from tests.node.store.samples import Person
from tests.node.trust.test_blocks import listed
from tests.node.web.readers import View, check_page, node_with, read_page, text_of, thing_path

TOP = Path(__file__).resolve().parents[3]
T = TypeVar("T")
Client = TestClient[Any, Any]


def at_the_node_of(home: Terminal, ask: Callable[[Client], Awaitable[T]]) -> T:
    """Ask the pages of a node that holds what a home holds."""

    async def run() -> T:
        async with await SqliteStore.open(home.home / "store.sqlite") as store:
            key = SigningKey(Keyring(home.home / "keys").node_key().seed.reveal())
            view = View(store, signing_key=key)
            async with TestClient(TestServer(web_application(view))) as client:
                return await ask(client)

    return asyncio.run(run())


def test_pages_and_commands_give_the_same_bytes(pact_of_three: tuple[Terminal, str], tmp_path: Path) -> None:
    home, pact = pact_of_three
    home.does("pact", "export", pact, "--verifiable", "--out", str(tmp_path / "pact.json"))
    home.does("record", "export", pact, "--out", str(tmp_path / "record.json"))
    addresses = {
        "pact.archive.json": f"/thing/{pact}/pact.archive.json",
        "pact.json": f"/thing/{pact}/pact.json",
        "pact.history.json": f"/thing/{pact}/pact.history.json",
        "record.json": f"/record/{pact}/record.json",
    }

    async def ask(client: Client) -> dict[str, bytes]:
        page = check_page(await (await client.get(f"/thing/{pact}?lang=en")).text())
        offered = {a.attrib["download"]: a.attrib["href"] for a in page.iter("a") if "download" in a.attrib}
        assert offered == addresses
        assert "To be verified elsewhere" in text_of(page)
        named = await client.get(f"/thing/{pact}/pact.json?version={pact}")
        answers = {name: await client.get(address) for name, address in offered.items()}
        assert await named.read() == await answers["pact.json"].read()
        assert answers["pact.json"].content_type == "application/ld+json"
        assert answers["record.json"].content_type == "application/json"
        for name in ("pact.json", "pact.archive.json"):
            known = {"If-None-Match": answers[name].headers["ETag"]}
            assert (await client.get(offered[name], headers=known)).status == 304
        return {name: await answer.read() for name, answer in answers.items()}

    given = at_the_node_of(home, ask)
    for name, data in given.items():
        assert data == (tmp_path / name).read_bytes(), name
    document = json.loads(given["pact.json"])
    assert all(verify_document({**document, "proof": proof}) for proof in document["proof"])


async def test_what_cannot_be_verified_elsewhere_is_said_plainly(tmp_path: Path) -> None:
    ana, beto = Person("Ana"), Person("Beto")
    open_pact, signed = ana.pact(beto, "Abierto"), ana.pact(beto, "Firmado", time_ms=1_760_000_002_000)
    erased = ana.pact(beto, "Borrado", time_ms=1_760_000_003_000)
    land = ana.commons("Laguna")
    records = [ana.founding, beto.founding, open_pact, signed, erased, land, ana.erase(erased)]
    records += [person.consent(signed) for person in (ana, beto)]
    async with node_with(tmp_path, records) as client:
        for path, status, code in (
            (thing_path(open_pact, "/pact.json"), 404, "not-in-force"),
            (thing_path(open_pact, "/pact.history.json"), 404, "not-in-force"),
            (thing_path(open_pact, f"/pact.json?version={id_text(open_pact.id)}"), 404, "no-proof"),
            (thing_path(signed, "/pact.json"), 404, "no-proof"),
            (thing_path(signed, "/pact.archive.json"), 404, "no-proof"),
            (thing_path(open_pact, "/pact.archive.json"), 404, "not-in-force"),
            (thing_path(signed, f"/pact.json?version={id_text(land.id)}"), 404, "no-version"),
            (thing_path(signed, "/pact.json?version=x"), 400, "not-understood"),
            (thing_path(erased, f"/pact.json?version={id_text(erased.id)}"), 404, "erased"),
            (thing_path(land, "/pact.json"), 404, "not-held"),
            ("/thing/x/pact.json", 404, "not-held"),
            ("/record/x/record.json", 404, "not-held"),
            (f"/record/{id_text(bytes(32))}/record.json", 404, "not-held"),
            ("/contexts/2.json", 404, "not-held"),
        ):
            answer = await client.get(path)
            assert (answer.status, (await answer.json())["code"]) == (status, code), path
        page = await read_page(client, thing_path(signed))
        assert "To be verified elsewhere" not in text_of(page), "nothing is offered that is not there"
        told = await (await client.get(f"/record/{id_text(erased.id)}/record.json")).json()
        assert told["record"]["payload"] is None
        history = await (await client.get(thing_path(signed, "/pact.history.json"))).json()
        assert [party["provable"] for party in history["parties"]] == ["no_proof", "no_proof"]


async def test_words_of_the_blocked_are_in_no_document(tmp_path: Path) -> None:
    ana, eva = Person("Ana"), Person("Eva")
    pact, field = ana.pact(eva, "Riberas"), eva.commons("Ejido")
    records = [ana.founding, eva.founding, pact, field, ana.consent(pact), eva.consent(pact)]
    async with node_with(tmp_path, records, blocks=listed(tmp_path, (Target.ACTOR, eva.id))) as client:
        for path in (
            f"/record/{id_text(field.id)}/record.json",
            f"/record/{id_text(eva.founding.id)}/record.json",
            thing_path(pact, "/pact.history.json"),
            thing_path(pact, "/pact.json"),
            thing_path(pact, "/pact.archive.json"),
        ):
            answer = await client.get(path)
            assert (answer.status, (await answer.json())["code"]) == (403, "blocked"), path
        answer = await client.get(f"/record/{id_text(pact.id)}/record.json")
        assert answer.status == 200


async def test_the_context_of_the_documents_is_there_and_never_changes(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        answer = await client.get("/contexts/1.json")
        assert answer.content_type == "application/ld+json"
        assert await answer.json(content_type=None) == CONTEXT_1
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert PACT_CONTEXT == "urn:minga:context:1"


CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("language", "document"), [("en", "checking-by-hand.md"), ("es", "comprobar-a-mano.md")]
)
async def test_how_to_check_by_hand_is_a_page(tmp_path: Path, language: str, document: str) -> None:
    written = (TOP / "docs" / document).read_text(encoding="utf-8")
    served = TOP / "node" / "web" / "texts" / f"checking.{language}.md"
    assert served.read_text(encoding="utf-8") == written, f"cp docs/{document} {served.relative_to(TOP)}"
    # The commands are run from one of the two pages; so they are the same in both.
    english = (TOP / "docs" / "checking-by-hand.md").read_text(encoding="utf-8")
    assert CODE.findall(written) == CODE.findall(english)
    async with node_with(tmp_path, []) as client:
        page = await read_page(client, f"/checking?lang={language}")
    assert page.attrib["lang"] == language
    blocks = ["".join(block.itertext()) for block in page.iter("pre")]
    assert blocks == [block.split("\n", 1)[1].removesuffix("\n```") for block in CODE.findall(written)]
    headings = [text_of(one) for one in page.iter() if one.tag in ("h1", "h2")]
    assert headings == [
        line.lstrip("# ") for line in CODE.sub("", written).splitlines() if line.startswith("#")
    ]
    assert not re.search(r"[*`]|\]\(", re.sub(r"<.*?>", "", " ".join(text_of(p) for p in page.iter("p"))))
