"""`minga account`: who may write in the browser, and the links that let people in."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from node.accounts.accounts_file import AccountsFile
from node.accounts.links import look_at_link
from node.accounts.people import kept_passphrase, set_passphrase
from node.accounts.sessions import begin_session, find_session
from node.authoring.signer import now_ms
from node.cli.operating.accounts import enter_address
from tests.node.cli.terminal import Terminal
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]
LINK = re.compile(r"http://127\.0\.0\.1:[0-9]+/enter/[A-Za-z0-9_-]{43}")


@pytest.fixture
def ana(tmp_path: Path) -> Terminal:
    """A home with two actors."""
    home = Terminal(tmp_path / "ana")
    home.settled_down("Ana")
    for name in ("Santa Clara", "Regantes"):
        home.does("actor", "new", "--name", f"{name}@es", "--type", "comuna")
    return home


def test_an_account_is_made_listed_bound_and_removed(ana: Terminal) -> None:
    assert "Nobody has an account" in ana.run("account", "list").stderr
    made = ana.asks("account", "add", "Luis Paguay", "--actor", "Santa Clara")
    assert LINK.fullmatch(made["link"])
    assert made["expires_s"] == 7 * 24 * 3_600
    ana.does("account", "add", "Rosa", "--role", "operator")
    luis, rosa = ana.asks("account", "list")
    assert (luis["name"], luis["role"], len(luis["actors"])) == ("Luis Paguay", "writer", 1)
    assert (rosa["name"], rosa["role"], rosa["actors"]) == ("Rosa", "operator", None)
    assert not luis["has_passphrase"]
    shown = ana.does("account", "list")
    assert "Santa Clara" in shown
    assert "every actor of this home" in shown
    assert "already an account called 'luis PAGUAY'" in ana.fails("account", "add", "luis  PAGUAY")
    assert "1 to 60 ordinary characters" in ana.fails("account", "add", "a" * 61)
    assert "nothing here has the name" in ana.fails("account", "add", "Eva", "--actor", "Nadie", code=1)
    assert ana.asks("account", "remove", "luis paguay")["removed"]["name"] == "Luis Paguay"
    assert "nobody here has an account called Luis" in ana.fails("account", "remove", "Luis", code=1)
    assert [one["name"] for one in ana.asks("account", "list")] == ["Rosa"]


def test_a_reset_ends_what_somebody_had_and_a_link_does_not(ana: Terminal) -> None:
    first = ana.asks("account", "add", "Luis")["link"].rpartition("/")[2]
    file = AccountsFile(ana.home)
    file.do(lambda db: set_passphrase(db, 1, "kept"))
    assert file.do(lambda db: look_at_link(db, first, now_ms())) is None, "a passphrase ends older links"
    session = file.do(lambda db: begin_session(db, 1, now_ms()))
    ana.does("account", "link", "Luis")
    assert file.do(lambda db: kept_passphrase(db, 1)) == "kept"
    assert file.do(lambda db: find_session(db, session, now_ms())) is not None
    second = ana.asks("account", "reset", "Luis")["link"].rpartition("/")[2]
    assert file.do(lambda db: kept_passphrase(db, 1)) is None
    assert file.do(lambda db: find_session(db, session, now_ms())) is None
    assert file.do(lambda db: look_at_link(db, second, now_ms())) is not None
    assert file.do(lambda db: look_at_link(db, second, now_ms() + 8 * 86_400_000)) is None
    file.close()
    # With accounts there is no link for nobody in particular.
    assert "say for whom the link is" in ana.fails("account", "link")
    # And the file is its owner's alone.
    assert (ana.home / "accounts.sqlite").stat().st_mode & 0o777 == 0o600


def test_the_first_link_is_for_one_and_for_an_hour(ana: Terminal) -> None:
    one, other = (ana.asks("account", "link") for _ in range(2))
    assert one["expires_s"] == 3_600
    file = AccountsFile(ana.home)
    tokens = [made["link"].rpartition("/")[2] for made in (one, other)]
    found = [file.do(lambda db, token=token: look_at_link(db, token, now_ms())) for token in tokens]  # type: ignore[misc]
    assert found[0] is None
    assert found[1] is not None
    assert found[1].account is None
    later = now_ms() + 3_601_000
    assert file.do(lambda db: look_at_link(db, tokens[1], later)) is None
    file.close()


@pytest.mark.parametrize(
    ("listening", "address"),
    [
        (["*:7447"], "http://127.0.0.1:7447/enter/x"),
        (["0.0.0.0:80"], "http://127.0.0.1:80/enter/x"),
        (["192.0.2.7:7447"], "http://192.0.2.7:7447/enter/x"),
        (["::1:7447"], "http://[::1]:7447/enter/x"),
        ([], "http://127.0.0.1:7447/enter/x"),
    ],
)
def test_an_address_is_one_that_this_machine_reaches(listening: list[str], address: str) -> None:
    assert enter_address(listening, "x") == address


@pytest.mark.parametrize("at_a_terminal", [True, False])
def test_a_link_is_shown_to_whoever_stands_there_and_put_into_no_log(
    ana: Terminal, at_a_terminal: bool
) -> None:
    ours, theirs = pty.openpty() if at_a_terminal else os.pipe()
    command = [sys.executable, "-m", "node", "--home", str(ana.home), "--lang", "en", "run"]
    node = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--no-lan"],
        cwd=TOP,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    screen = b""
    try:
        while b"Next: minga" not in screen:
            screen += os.read(ours, 4_096)
    finally:
        node.terminate()
        os.close(ours)
        node.wait(PATIENCE_S)
    said = screen.decode()
    assert bool(LINK.search(said)) == at_a_terminal
    assert ("minga account link" in " ".join(said.split())) == (not at_a_terminal)
