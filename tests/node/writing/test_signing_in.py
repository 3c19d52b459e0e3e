"""Coming in: by a link once, by a passphrase, and in no other way."""

import asyncio
import ipaddress
from pathlib import Path
from urllib.parse import urljoin

import pytest

from node.accounts import sessions
from node.accounts.accounts_file import AccountsFile
from node.accounts.people import accounts
from node.backups import back_up
from tests.node.live import live, make_home
from tests.node.writing.browsing import PASSPHRASE, Browser, browser, link_for


def base_of(node: object) -> str:
    """Where a node is reached."""
    return f"http://{node.listening[0]}/"  # type: ignore[attr-defined]


async def test_the_first_person_comes_in_by_a_link_and_by_their_passphrase_from_then_on(
    tmp_path: Path,
) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node), "es") as again:
        nobody = await ana.opens("/sign-in")
        assert "minga account link" in nobody.words
        link = link_for(home)
        shown = await ana.opens(link)
        assert "The first account" in shown.title
        await ana.opens(link)  # a preview in a mail programme spends nothing
        inside = await ana.enters(link, "Ana Quishpe")
        assert inside.title == "Writing here"
        assert "Ana Quishpe" in inside.words
        # Used up, for whoever finds it later.
        assert (await again.opens(link)).status == 410
        page = await again.signs_in("ana  QUISHPE")
        assert page.title == "Escribir aquí"
        [account] = AccountsFile(home.path).do(accounts)
        assert (account.name, account.role, account.actors) == ("Ana Quishpe", "operator", None)


async def test_a_link_lets_one_in_and_not_two_at_once(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as one, browser(base_of(node)) as two:
        link = link_for(home)
        pages = await asyncio.gather(one.enters(link, "Ana"), two.enters(link, "Eva"))
        assert sorted(page.status for page in pages) == [200, 410]
        # And a second link for the first account, made before, is worth nothing once there is one.
        async with browser(base_of(node)) as three:
            assert (await three.opens(link)).status == 410
        assert len(AccountsFile(home.path).do(accounts)) == 1


async def test_no_page_of_writing_is_kept_listed_or_framed(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        front = await ana.opens("/")
        assert [a for a in front.root.iter("a") if a.attrib["href"] == "/account"]
        pages = [await ana.opens("/sign-in"), await ana.enters(link_for(home)), await ana.opens("/people")]
        for page in pages:
            assert page.headers["Cache-Control"] == "no-store"
            assert "noindex" in page.headers["X-Robots-Tag"]
            assert "ETag" not in page.headers
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
            assert page.headers["Referrer-Policy"] == "same-origin"
        for path, status in (("/account", 200), ("/sign-in", 303)):
            async with ana.session.head(urljoin(ana.base, path), allow_redirects=False) as answer:
                assert answer.status == status
        # Pages for readers stay the same for everybody, whoever is signed in.
        assert (await ana.opens("/")).headers["ETag"] == front.headers["ETag"]


async def test_a_passphrase_is_long_and_typed_twice_alike(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        link = link_for(home)
        for passphrase, again, field in (
            ("short", "short", "passphrase"),
            ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "passphrase"),
            ("Ana Quishpe Ana Quishpe", "Ana Quishpe Ana Quishpe", "passphrase"),
            (PASSPHRASE, PASSPHRASE + "s", "again"),
            ("x" * 2_000, "x" * 2_000, "passphrase"),
        ):
            page = await ana.opens(link)
            filled = {"name": "Ana Quishpe", "passphrase": passphrase, "again": again}
            page = await ana.sends(page, "again", filled)
            assert page.fault(field), passphrase
            assert page.root.find(".//input[@id='f-name']").attrib["value"] == "Ana Quishpe"  # type: ignore[union-attr]
        page = await ana.sends(page, "again", {"name": "  ", "passphrase": PASSPHRASE, "again": PASSPHRASE})
        assert page.fault("name")
        # ñ and á as two characters, as some keyboards write them.
        decomposed = "contrasen\u0303a de la pa\u0301gina"
        assert (await ana.enters(link, passphrase=decomposed)).title == "Writing here"
        async with browser(base_of(node)) as other:
            assert (await other.signs_in("Ana", "contraseña de la página")).title == "Writing here"


async def test_whoever_signs_out_is_out_and_a_stolen_cookie_with_them(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as thief:
        inside = await ana.enters(link_for(home))
        stolen = ana.cookies()
        thief.session.cookie_jar.update_cookies(stolen, ana_url(ana))
        assert (await thief.opens("/account")).title == "Writing here"
        form = inside.forms()[-1]
        assert form.attrib["action"] == "/sign-out"
        out = await ana.posts("/sign-out", [("proof", form.find("input").attrib["value"])])  # type: ignore[union-attr]
        assert out.title == "Sign in"
        thief.session.cookie_jar.clear()
        thief.session.cookie_jar.update_cookies(stolen, ana_url(ana))
        assert (await thief.opens("/account")).title == "Sign in"
        assert (await ana.opens("/account")).title == "Sign in"


def ana_url(one: Browser) -> object:
    from yarl import URL

    return URL(one.base)


async def test_signing_out_everywhere_and_a_new_passphrase_end_the_other_sessions(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as here, browser(base_of(node)) as there:
        await here.enters(link_for(home))
        await there.signs_in()
        page = await here.opens("/account")
        assert "one other browser" in page.words
        [form] = [one for one in page.forms() if one.attrib["action"] == "/account/sign-out"]
        await here.posts("/account/sign-out", [("proof", form.find("input").attrib["value"])])  # type: ignore[union-attr]
        assert (await there.opens("/account")).title == "Sign in"
        assert (await here.opens("/account")).title == "Writing here"
        await there.signs_in()
        page = await here.opens("/account")
        new = "otra frase muy distinta"
        wrong = await here.sends(page, "present", {"present": "no", "passphrase": new, "again": new})
        assert wrong.fault("present")
        done = await here.sends(page, "present", {"present": PASSPHRASE, "passphrase": new, "again": new})
        assert "new passphrase holds" in done.words
        assert (await there.opens("/account")).title == "Sign in"
        assert (await there.signs_in()).status == 401
        assert (await there.signs_in(passphrase=new)).title == "Writing here"


async def test_a_session_ends_when_nobody_uses_it_and_after_a_day_of_work(tmp_path: Path) -> None:
    file = AccountsFile(tmp_path)
    file.do(lambda db: db.execute("INSERT INTO account VALUES (1, 'A', 'a', 'writer', 1, NULL, 0, NULL)"))
    token = file.do(lambda db: sessions.begin_session(db, 1, 0))

    def found(now_ms: int) -> bool:
        return file.do(lambda db: sessions.find_session(db, token, now_ms)) is not None

    assert found(sessions.IDLE_MAX_MS - 1)
    assert found(2 * sessions.IDLE_MAX_MS - 2)
    assert not found(3 * sessions.IDLE_MAX_MS - 2)
    token = file.do(lambda db: sessions.begin_session(db, 1, 0))
    for now_ms in range(0, sessions.LIFE_MAX_MS, sessions.IDLE_MAX_MS // 2):
        assert found(now_ms)
    assert not found(sessions.LIFE_MAX_MS)
    assert not found(0), "it came back with the clock"
    file.close()


async def test_an_account_made_for_somebody_writes_and_manages_nothing(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as eva:
        await ana.enters(link_for(home))
        page = await ana.sends(await ana.opens("/people"), "name", {"name": "Eva", "role": "writer"})
        assert page.title == "A link for Eva"
        link = page.root.findtext(".//pre/code") or ""
        assert (await eva.enters(link)).title == "Writing here"
        assert (await eva.opens("/people")).status == 403
        assert (await eva.opens("/people/1")).status == 403
        twice = await ana.sends(await ana.opens("/people"), "name", {"name": " EVA ", "role": "writer"})
        assert twice.fault("name")
        person = await ana.opens("/people/2")
        kept = await ana.sends(person, "remove", {"present": "wrong"})
        assert kept.fault("present")
        gone = await ana.sends(person, "remove", {"present": PASSPHRASE})
        assert "Eva" not in gone.words
        assert (await eva.opens("/account")).title == "Sign in"
        # Nobody takes the node from themselves.
        assert (await ana.posts("/people/1", [*proof_of(gone), ("do", "remove")])).status == 409


def proof_of(page: object) -> list[tuple[str, str]]:
    """The proof that forms of a page carry."""
    form = page.forms()[0]  # type: ignore[attr-defined]
    return [("proof", form.find("input").attrib["value"])]


async def test_a_backup_brings_accounts_back_and_nobody_s_session(tmp_path: Path) -> None:
    import tarfile

    home = await make_home(tmp_path / "home")
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        cookies = ana.cookies()
        await back_up(home, node.store, tmp_path / "backup.tar")
        await back_up(home, node.store, tmp_path / "open.tar", keys=False)
    with tarfile.open(tmp_path / "open.tar") as archive:
        assert "accounts.sqlite" not in archive.getnames()
    with tarfile.open(tmp_path / "backup.tar") as archive:
        archive.extractall(tmp_path / "restored", filter="tar")
    (tmp_path / "restored").chmod(0o700)
    restored = await make_home(tmp_path / "restored")
    async with live(restored) as node, browser(base_of(node)) as ana:
        ana.session.cookie_jar.update_cookies(cookies, ana_url(ana))  # type: ignore[arg-type]
        assert (await ana.opens("/account")).title == "Sign in"
        assert (await ana.signs_in()).title == "Writing here"


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_node_may_have_no_writing_at_all(tmp_path: Path, language: str) -> None:
    home = await make_home(tmp_path / "home")
    async with live(home, web_writing=False) as node, browser(base_of(node), language) as ana:
        assert (await ana.opens("/sign-in")).status == 404
        assert not [a for a in (await ana.opens("/")).root.iter("a") if a.attrib["href"] == "/account"]
    assert not (home.path / "accounts.sqlite").exists()


async def test_under_tls_cookies_are_this_host_s_alone(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")
    trusted = (ipaddress.ip_network("127.0.0.1/32"),)
    async with live(home, network_proxies=trusted) as node, browser(base_of(node)) as ana:
        for scheme, prefix in (("https", "__Host-minga-"), ("http", "minga-")):
            headers = {"X-Forwarded-Proto": scheme, "X-Forwarded-For": "192.0.2.7"}
            page = await ana.opens(link_for(home), **headers)
            [cookie] = page.headers.getall("Set-Cookie")  # type: ignore[attr-defined]
            assert cookie.startswith(prefix)
            assert ("Secure" in cookie) == (scheme == "https")
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie
            # On an open network whoever signs in is told what that means.
            assert ("not encrypted" in page.words) == (scheme == "http")
