"""Who wants in without being asked: foreign pages, guesses, fixed cookies, replayed links, floods, slow
senders."""

import asyncio
import statistics
import time
from pathlib import Path

import pytest
from yarl import URL

from node.accounts import throttle
from node.accounts.accounts_file import AccountsFile
from node.accounts.throttle import POLICIES, Guarded, Throttle
from node.accounts.tokens import form_proof, new_token, proves_form
from node.web.writing import posted
from node.web.writing.local_path import local_path
from tests.node.live import live, make_home
from tests.node.writing.browsing import PASSPHRASE, browser, link_for
from tests.node.writing.test_signing_in import base_of, proof_of
from tests.patience import PATIENCE_S


async def test_a_form_of_another_site_changes_nothing(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        page = await ana.enters(link_for(home))
        for headers in (
            {"Origin": "https://example.org"},
            {"Origin": "null"},
            {"Origin": base_of(node).rstrip("/").replace("127.0.0.1", "localhost")},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            answer = await ana.posts("/people", [*proof_of(page), ("name", "Eva")], **headers)
            assert answer.status == 403, headers
        for proof in ("", "00", form_proof(new_token()), "z" * 128, proof_of(page)[0][1][:-2]):
            answer = await ana.posts("/people", [("proof", proof), ("name", "Eva")])
            assert answer.status == 403, proof
        # The proof of a form before signing in is none afterwards, and that of another session neither.
        async with browser(base_of(node)) as other:
            outside = await other.opens("/sign-in")
            await other.signs_in()
            assert (await other.posts("/people", [*proof_of(outside), ("name", "Eva")])).status == 403
            assert (await other.posts("/people", [*proof_of(page), ("name", "Eva")])).status == 403
        assert "Eva" not in (await ana.opens("/people")).words
        # Nobody is signed in to an account of somebody else's by a foreign page (login CSRF).
        async with browser(base_of(node)) as victim:
            fields = [("name", "Ana"), ("passphrase", PASSPHRASE)]
            assert (await victim.posts("/sign-in", fields)).status == 403
            assert not [name for name in victim.cookies() if "session" in name]


def test_a_proof_is_new_each_time_and_of_one_token() -> None:
    token = new_token()
    proofs = {form_proof(token) for _ in range(50)}
    assert len(proofs) == 50
    assert all(proves_form(proof, token) for proof in proofs)
    assert not any(proves_form(proof, new_token()) for proof in proofs)
    whole = proofs.pop()
    for broken in ("", "é" * 128, "0" * 10_000, whole + "00", whole + whole, whole[:-2], " " + whole[:-1]):
        assert not proves_form(broken, token)


async def test_a_cookie_that_somebody_planted_is_no_session(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as thief:
        await ana.enters(link_for(home))
        [name] = [cookie for cookie in ana.cookies() if "session" in cookie]
        planted = new_token()
        await ana.opens("/account")
        async with browser(base_of(node)) as victim:
            victim.session.cookie_jar.update_cookies({name: planted}, URL(victim.base))
            assert (await victim.opens("/account")).title == "Sign in"
            assert (await victim.signs_in()).title == "Writing here"
            assert victim.cookies()[name] != planted
            before = victim.cookies()[name]
            # Signing in again is another session, and the one before is over.
            await victim.posts("/sign-in", [])  # no form at all
            victim.session.cookie_jar.clear()
            await victim.signs_in()
            assert victim.cookies()[name] != before
        thief.session.cookie_jar.update_cookies({name: planted}, URL(thief.base))
        assert (await thief.opens("/account")).title == "Sign in"
        # What lies in the file of accounts signs nobody in.
        kept = AccountsFile(home.path).do(
            lambda db: [row[0].hex() for row in db.execute("SELECT digest FROM session")]
        )
        assert kept
        for digest in kept:
            thief.session.cookie_jar.update_cookies({name: digest[:64]}, URL(thief.base))
            assert (await thief.opens("/account")).title == "Sign in"


async def test_guesses_wait_and_never_keep_the_owner_out(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as thief:
        await ana.enters(link_for(home))
        free = POLICIES[Guarded.ACCOUNT].free
        for _ in range(free):
            assert (await thief.signs_in(passphrase="ovejas en la laguna azul")).status == 401
        for _ in range(3):
            page = await thief.signs_in(passphrase=PASSPHRASE)
            assert page.status == 429
            assert int(page.headers["Retry-After"]) >= 1
        # Whoever has signed in with this browser before waits for no stranger.
        await ana.posts("/sign-out", proof_of(await ana.opens("/account")))
        assert (await ana.opens("/account")).title == "Sign in"
        assert (await ana.signs_in()).title == "Writing here"
        # A name of nobody waits as well, in the same words.
        nobody = [(await thief.signs_in("Nadie", "ovejas en la laguna azul")) for _ in range(free + 1)]
        assert [one.status for one in nobody] == [401] * free + [429]


def test_waits_grow_and_end() -> None:
    policy = POLICIES[Guarded.ACCOUNT]
    guard, now_ms, waits = Throttle(), 0, []
    count = [(Guarded.ACCOUNT, 1)]
    for _ in range(40):
        wait_ms = guard.attempt(count, now_ms)
        waits.append(wait_ms)
        now_ms += wait_ms
        if wait_ms:
            assert guard.attempt(count, now_ms - 1) == 1, "too early"
            assert guard.attempt(count, now_ms) == 0
    grown = [wait for wait in waits if wait]
    assert grown == sorted(grown)
    assert max(grown) == policy.longest_ms <= 60_000
    assert all(wait == 0 for wait in waits[: policy.free])
    # Refused tries are not counted: nobody makes the wait longer by knocking.
    before = guard.attempt(count, now_ms)
    for _ in range(100):
        assert guard.attempt(count, now_ms) == before
    guard.was_right(count)
    assert guard.attempt(count, now_ms) == 0
    # A clock that went back, by however much, makes nobody wait for longer than that.
    other = [(Guarded.PLACE, "192.0.2.1")]
    for _ in range(POLICIES[Guarded.PLACE].free + 30):
        guard.attempt(other, 10**12)
    assert guard.attempt(other, 0) <= POLICIES[Guarded.PLACE].longest_ms


def test_what_is_remembered_of_guesses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED_MAX", 10)
    guard = Throttle()
    for number in range(50):
        guard.attempt([(Guarded.ACCOUNT, f"name {number}")], number)
    assert len(guard._tried) == 10


async def test_many_guesses_at_once_are_no_way_around_the_wait(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as thief:
        await ana.enters(link_for(home))
        page = await thief.opens("/sign-in")
        fields = [*proof_of(page), ("name", "Ana"), ("passphrase", "ovejas en la laguna azul")]
        pages = await asyncio.gather(*(thief.posts("/sign-in", fields) for _ in range(14)))
        checked = [one.status for one in pages if one.status == 401]
        assert len(checked) <= POLICIES[Guarded.ACCOUNT].free
        assert {one.status for one in pages} <= {401, 429, 503}


async def test_a_flood_of_guesses_leaves_pages_and_memory(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as flood:
        await ana.enters(link_for(home))
        page = await flood.opens("/sign-in")

        async def guess(number: int) -> int:
            fields = [*proof_of(page), ("name", f"name {number}"), ("passphrase", "x" * 20)]
            return (await flood.posts("/sign-in", fields)).status

        guesses = [asyncio.create_task(guess(number)) for number in range(30)]
        read = [(await ana.opens("/account")).status for _ in range(5)]
        assert read == [200] * 5
        answers = await asyncio.gather(*guesses)
        assert 503 in answers, "all of them were taken on at once"
        assert answers.count(401) <= 12
        assert set(answers) <= {401, 503}


@pytest.mark.slow
async def test_nobody_learns_who_has_an_account(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as asking:
        await ana.enters(link_for(home))
        link_for(home, "Eva")  # has an account, and no passphrase yet
        times: dict[str, list[float]] = {name: [] for name in ("Ana", "Eva", "Nadie")}
        words = set()
        for _ in range(4):
            for name, taken in times.items():
                page = await asking.opens("/sign-in")
                began = time.perf_counter()
                answer = await asking.sends(
                    page, "passphrase", {"name": name, "passphrase": "no es esta frase"}
                )
                taken.append(time.perf_counter() - began)
                assert answer.status == 401
                words.add(answer.words)
        assert len(words) == 1
        # No figure of the machine's: what would tell is that one takes no hashing at all.
        shortest = {name: min(taken) for name, taken in times.items()}
        assert min(shortest.values()) > statistics.median(shortest.values()) / 4, shortest


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/",
        "//example.org",
        "/\\example.org",
        "\\\\example.org",
        "/%0d%0aSet-Cookie:x",
        "/a\r\nLocation: b",
        "javascript:alert(1)",
        "/account#//example.org",
        "/" + "a" * 600,
        "",
        "account",
        "/ä",
        " /account",
        "/@example.org",
        "///example.org",
        "/account?x=//example.org",
    ],
)
async def test_nobody_is_led_away_from_here(text: str) -> None:
    assert local_path(text) is None


async def test_signing_in_leads_on_within_the_node_alone(tmp_path: Path) -> None:
    assert local_path("/people?lang=es&done=x%20y") == "/people?lang=es&done=x%20y"
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        await ana.posts("/sign-out", proof_of(await ana.opens("/account")))
        page = await ana.opens("/people")
        assert page.title == "Sign in"
        page = await ana.sends(page, "passphrase", {"name": "Ana", "passphrase": PASSPHRASE})
        assert page.title == "People who write here"
        await ana.posts("/sign-out", proof_of(page))
        page = await ana.signs_in(following="//example.org/steals")
        assert page.address.startswith(base_of(node))
        assert page.title == "Writing here"


async def test_what_is_too_large_or_no_form_is_refused_unread(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        inside = await ana.enters(link_for(home))
        limit = posted.SMALL_BODY_SIZE_MAX_BYTES
        spare = limit - len("name=") - len("&proof=") - len(proof_of(inside)[0][1])
        fits = await ana.posts("/people", [("name", "a" * spare), *proof_of(inside)])
        assert fits.status == 422
        assert (await ana.posts("/people", [("name", "a" * (spare + 1)), *proof_of(inside)])).status == 413
        many = [("name", "a")] * (posted.FIELDS_MAX + 1)
        assert (await ana.posts("/people", many)).status == 400
        assert (await ana.posts("/people", [], **{"Content-Type": "application/json"})).status == 400
        assert (await ana.posts("/people", [], **{"Content-Type": "multipart/form-data"})).status == 400
        wrong = {"Content-Type": "multipart/form-data; boundary=x"}
        assert (await ana.posts("/people", [("a", "b")], **wrong)).status == 400


async def test_a_chunked_body_without_an_end_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posted, "PIECE_MAX_S", 0.2)
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.opens("/sign-in")
        host, _, port = node.listening[0].partition(":")
        head = (
            b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        # Sends a little and then nothing.
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head + b"5\r\nname=\r\n")
        answer = await asyncio.wait_for(reader.read(4_096), PATIENCE_S)
        assert b" 408 " in answer.split(b"\r\n")[0]
        writer.close()
        # Never stops sending.
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head + (b"1000\r\n" + b"a" * 0x1000 + b"\r\n") * 8)
        answer = await asyncio.wait_for(reader.read(4_096), PATIENCE_S)
        assert b" 413 " in answer.split(b"\r\n")[0]
        writer.close()
        assert (await ana.opens("/sign-in")).status == 200


async def test_whoever_leaves_in_the_middle_of_a_form_is_no_mistake_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        place = URL(ana.base)
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
            reader, writer = await asyncio.open_connection(place.host, place.port)
            head = f"POST /sign-in HTTP/1.1\r\nHost: {place.authority}\r\nContent-Type: {kind}\r\n"
            writer.write(f"{head}Content-Length: 999\r\nExpect: 100-continue\r\n\r\n".encode())
            assert b" 100 " in await reader.readuntil(b"\r\n\r\n")  # it is being answered
            writer.transport.abort()
        assert (await ana.opens("/sign-in")).title == "Sign in"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
