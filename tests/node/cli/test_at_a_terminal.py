"""At a real terminal: width, colour, and passphrases that are asked for and never shown."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from node.cli.render import cells
from tests.node.cli.terminal import Terminal
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def at_a_terminal(
    home: Path,
    *arguments: str,
    columns: int = 80,
    typed: tuple[tuple[str, str], ...] = (),
    no_color: str | None = None,
    exit_code: int = 0,
) -> str:
    """Run a command on a terminal of its own, answer its questions, and return what stood on the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LANGUAGE")}
    process = subprocess.Popen(
        [sys.executable, "-m", "node", "--home", str(home), "--lang", "en", *arguments],
        cwd=TOP,
        env=environment | {"TERM": "xterm"} | ({"NO_COLOR": no_color} if no_color else {}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen, waiting = b"", list(typed)
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # EIO: the other end is closed
            break
        if not part:
            break
        screen += part
        if waiting and waiting[0][0] in screen.decode("utf-8", "replace"):
            os.write(ours, waiting.pop(0)[1].encode() + b"\n")
    os.close(ours)
    assert process.wait(PATIENCE_S) == exit_code, screen.decode()
    return screen.decode().replace("\r\n", "\n")


def test_a_narrow_terminal_is_not_overflowed(village: Terminal) -> None:
    for columns in (60, 100):
        screen = COLOUR.sub("", at_a_terminal(village.home, "commons", "list", columns=columns))
        widest = max(cells(line) for line in screen.splitlines())
        assert widest <= columns
        assert widest > columns - 25


def test_colour_is_for_terminals_and_for_those_who_want_it(village: Terminal) -> None:
    assert COLOUR.search(at_a_terminal(village.home, "commons", "list"))
    assert not COLOUR.search(at_a_terminal(village.home, "commons", "list", no_color="1"))
    assert not COLOUR.search(village.does("commons", "list"))


def test_a_passphrase_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    home = tmp_path / "ana"
    Terminal(home).does("init")
    secret = "tres tristes tigres"
    screen = at_a_terminal(
        home,
        *("key", "new", "--label", "Ana"),
        typed=(("New passphrase for Ana", secret), ("Repeat for confirmation", secret)),
    )
    assert secret not in screen
    assert Terminal(home).asks("key", "show", "Ana")["locked"]
    screen = at_a_terminal(
        home,
        *("actor", "new", "--name", "Ana", "--type", "person", "--purpose", "Firmar", "--basis", "consent"),
        typed=(("Passphrase of the key Ana", secret),),
    )
    assert secret not in screen
    assert "can sign" in screen


def test_what_is_sealed_is_opened_with_a_passphrase(tmp_path: Path) -> None:
    home, secret = tmp_path / "ana", "tres tristes tigres"
    Terminal(home).does("init")
    twice = (("New passphrase for Ana", secret), ("Repeat for confirmation", secret))
    at_a_terminal(home, "key", "new", "--label", "Ana", typed=twice)
    asked = (("Passphrase of the key Ana", secret),)
    at_a_terminal(home, "actor", "new", "--name", "Comuna@es", "--type", "comuna", typed=asked)
    kept = ("--point", "-78.5123457,-0.2345679", "--seal-for", "Comuna")
    at_a_terminal(home, "commons", "add", "--name", "Ojo@es", "--resource", "water", *kept, typed=asked)
    screen = at_a_terminal(home, "seal", "open", "Ojo", typed=asked)
    assert "-78.5123457, -0.2345679" in COLOUR.sub("", screen)
    assert secret not in screen
    wrong = (("Passphrase of the key Ana", "cuatro"),)
    assert "5123457" not in at_a_terminal(home, "seal", "open", "Ojo", typed=wrong, exit_code=2)


def test_why_a_person_is_named_is_asked_for(tmp_path: Path) -> None:
    home = Terminal(tmp_path / "ana")
    home.settled_down()
    screen = at_a_terminal(
        home.home,
        *("actor", "new", "--name", "Ana", "--type", "person"),
        typed=(("For what use", ""), ("By what right", "")),
    )
    assert "cannot be taken back" in " ".join(screen.split())
    said = home.asks("actor", "show")["content"]["personal_data"]
    assert said["purpose"] == {"en": "So that they can sign in their own name"}
    assert said["basis"] == "consent"
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", said["on"])


def test_nothing_typed_leaves_the_key_open(tmp_path: Path) -> None:
    home = tmp_path / "ana"
    Terminal(home).does("init")
    nothing = (("New passphrase for Ana", ""), ("Repeat for confirmation", ""))
    at_a_terminal(home, "key", "new", "--label", "Ana", typed=nothing)
    assert not Terminal(home).asks("key", "show", "Ana")["locked"]


def test_a_recovery_that_would_uphold_all_is_asked_about(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down("laptop")
    made = ana.asks(
        *("actor", "new", "--name", "Santa Clara", "--type", "community"),
        *("--recovery-keys", "1", "--recovery-threshold", "1"),
    )
    sheet = tmp_path / "sheet"
    sheet.write_text(made["recovery_papers"][0]["paper"])
    ana.does("key", "new", "--label", "new laptop", "--no-passphrase")
    recovery = ("actor", "recover", made["id"], "--paper", str(sheet), "--key", "new laptop")
    screen = at_a_terminal(ana.home, *recovery, typed=(("own?", "n"),), exit_code=1)
    assert "1 record of the key laptop" in COLOUR.sub("", " ".join(screen.split()))
    assert ana.asks("actor", "show", made["id"])["head"] == made["head"]  # nothing was signed
    at_a_terminal(ana.home, *recovery, typed=(("own?", "y"),))
    recovered = ana.asks("actor", "show", made["id"])["head"]
    assert recovered != made["head"]
    screen = at_a_terminal(ana.home, *recovery[:-1], "laptop", "--yes")
    assert "own?" not in screen
    assert ana.asks("actor", "show", made["id"])["head"] != recovered


def test_a_step_that_would_not_count_is_asked_about(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Comuna", "--type", "comuna")
    parties = ("--party", "community=Comuna", "--party", "administration=Loma")
    pact = ana.asks("pact", "propose", "--title", "Acequia", *parties)["id"]
    ana.does(
        "actor", "new", "--name", "Vecina", "--type", "person", "--purpose", "Firmar", "--basis", "consent"
    )
    suspension = ("pact", "suspend", "Acequia", "--as", "Vecina")
    screen = at_a_terminal(ana.home, *suspension, typed=(("all the same?", "n"),), exit_code=1)
    assert "not by a party to the pact" in COLOUR.sub("", " ".join(screen.split()))
    assert len(ana.asks("pact", "timeline", pact)["timeline"]) == 1  # nothing was written
    at_a_terminal(ana.home, *suspension, typed=(("all the same?", "y"),))
    assert [event["counts"] for event in ana.asks("pact", "timeline", pact)["timeline"]] == [True, False]
