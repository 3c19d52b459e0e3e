"""What is typed wrong, or cannot be done: one sentence saying what to do, an exit code, never a traceback."""

import os
from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal
from tests.patience import PATIENCE_S

WRONG: list[tuple[tuple[str, ...], int, str]] = [
    (("nonsense",), 2, "No such command"),
    (("commons", "nonsense"), 2, "No such command"),
    (("--lang", "fr", "status"), 2, "'fr' is not one of"),
    (("init", "--name", "Otra"), 2, "write its name into"),
    (("run", "--listen", "nowhere"), 2, "does not end in a port"),
    (("run", "--peers-inbound-max", "many"), 2, "peers"),
    (("key", "new", "--label", " x ", "--no-passphrase"), 2, "label"),
    (("key", "new"), 2, "--no-passphrase"),
    (("key", "new", "--store"), 2, "--store is for recovery keys"),
    (("key", "show", "nobody"), 2, "no key is called 'nobody'"),
    (("key", "export", "nobody", "f"), 2, "no key is called"),
    (("key", "import", "/nowhere/key.json"), 2, "cannot be read"),
    (("key", "import"), 2, "say which key file"),
    (("actor", "new", "--name", "A", "--type", "emperor"), 2, "is not one of"),
    (("actor", "new", "--type", "person"), 2, "--name"),
    (("actor", "new", "--name", "@es", "--type", "person"), 2, "has no text"),
    (("actor", "new", "--name", "A@es", "--name", "B@es", "--type", "person"), 2, "two texts"),
    (("actor", "new", "--name", "A", "--type", "person"), 2, "by what right"),
    (("actor", "new", "--name", "A", "--type", "person", "--purpose", "x"), 2, "go together"),
    (("actor", "new", "--name", "A", "--type", "other", "--basis-on", "2026"), 2, "belong to --basis"),
    (("actor", "new", "--name", "A", "--type", "person", "--key", "did:key:zzz"), 2, "did:key"),
    (("actor", "new", "--name", "A", "--type", "person", "--threshold", "2"), 2, "2 keys cannot sign"),
    (("actor", "new", "--name", "A", "--type", "person", "--recovery-keys", "2"), 2, "--recovery-threshold"),
    (("actor", "new", "--name", "A", "--type", "person", "--recovery-threshold", "2"), 2, "recovery keys"),
    (("actor", "show", "nobody"), 1, "nobody"),
    (("actor", "cosign", "aaaaaaaaaa"), 1, "aaaaaaaaaa"),
    (("actor", "rotate", "Santa Clara"), 2, "say what to change"),
    (("actor", "rotate", "Santa Clara", "--remove", "nobody"), 2, "no key is called"),
    (
        ("actor", "rotate", "x", "--threshold", "1", "--uphold-everything", "--uphold", "y"),
        2,
        "nothing to choose",
    ),
    (("actor", "rotate", "x", "--threshold", "1", "--uphold-nothing", "--uphold", "y"), 1, "nothing here"),
    (("actor", "recover", "Santa Clara", "--key", "x"), 2, "give the recovery keys"),
    (("actor", "recover", "Santa Clara", "--paper", "/nowhere"), 2, "name at least one key"),
    (("actor", "recover", "Santa Clara", "--paper", "/nowhere", "--keep", "@ana"), 2, "cannot be read"),
    (("commons", "add", "--resource", "water"), 2, "several actors"),
    (("commons", "add", "--as", "Santa Clara", "--resource", "water"), 2, "needs a name"),
    (("commons", "add", "--as", "Santa Clara", "--name", "x"), 2, "needs a resource"),
    (("commons", "add", "--as", "Santa Clara", "--name", "x", "--resource", "gold"), 2, "is not one of"),
    (
        ("commons", "add", "--as", "Santa Clara", "--name", "x", "--point", "here"),
        2,
        "a longitude and a latitude",
    ),
    (("commons", "add", "--as", "Santa Clara", "--name", "x", "--point", "200,1"), 2, "from -180 to 180"),
    (
        ("commons", "add", "--as", "Santa Clara", "--name", "x", "--geometry", "/nowhere.json"),
        2,
        "cannot be read",
    ),
    (("commons", "add", "--as", "Santa Clara", "--name", "x", "--territory", "loma"), 2, "LEVEL=NAME"),
    (
        ("commons", "add", "--as", "Santa Clara", "--name", "x", "--source-url", "u"),
        2,
        "belongs to a --source",
    ),
    (
        (
            "commons",
            "add",
            "--as",
            "Santa Clara",
            "--name",
            "x",
            "--resource",
            "water",
            "--label",
            "nonsense",
        ),
        2,
        "labels 1, code is not written like a label such as TK A",
    ),
    (
        (
            *("commons", "add", "--as", "Santa Clara", "--name", "x", "--resource", "water"),
            *("--sensitivity", "withheld", "--description", "0.2345 S, 78.5123 W"),
        ),
        2,
        "the field description",
    ),
    (
        (
            *("commons", "add", "--as", "Santa Clara", "--name", "x", "--resource", "water"),
            *("--sensitivity", "withheld", "--grid", "0.1"),
        ),
        2,
        "--grid goes with",
    ),
    (
        (
            *("commons", "add", "--as", "Santa Clara", "--name", "x", "--resource", "water"),
            *("--seal-for", "Santa Clara"),
        ),
        2,
        "what is to be sealed",
    ),
    (
        (
            *("commons", "add", "--as", "Santa Clara", "--name", "x", "--resource", "water"),
            *("--seal-for", "Santa Clara", "--sensitivity", "public", "--point", "1,1"),
        ),
        2,
        "--sensitivity sealed",
    ),
    (("seal", "open", "Páramo"), 2, "nothing of this is sealed"),
    (("seal", "show", "Santa Clara"), 2, "nothing of this is sealed"),
    (("seal", "renew", "nothing like it", "--as", "Santa Clara"), 1, "nothing here"),
    (("commons", "change", "Páramo", "--as", "Santa Clara"), 2, "say what to change"),
    (("commons", "speak", "Páramo", "--as", "Santa Clara"), 2, "already one of its stewards"),
    (("commons", "show", "nothing like it"), 1, "nothing here"),
    (("commons", "show", "Santa Clara"), 1, "nothing here"),
    (("commons", "import", "/nowhere.csv"), 2, "nowhere.csv"),
    (("commons", "import", "@home/config.toml"), 2, "say which format"),
    (("pact", "propose", "--as", "Santa Clara"), 2, "a pact needs its title"),
    (("pact", "propose", "--title", "x", "--as", "Santa Clara"), 2, "a pact needs its parties"),
    (("pact", "propose", "--title", "x", "--party", "a", "--as", "Santa Clara"), 2, "at least two parties"),
    (("pact", "propose", "--clause", "price=1", "--as", "Santa Clara"), 2, "a clause is CLAUSE=TEXT"),
    (("pact", "propose", "--start", "tomorrow", "--as", "Santa Clara"), 2, "YYYY-MM-DD"),
    (("pact", "propose", "/nowhere.toml", "--as", "Santa Clara"), 2, "cannot be read"),
    (("pact", "sign", "no such pact", "--as", "Santa Clara"), 1, "no such pact"),
    (("pact", "decline", "x"), 2, "--reason"),
    (("place", "show", "nowhere"), 1, "nowhere"),
    (("record", "show", "zzzzzzzzzzzz"), 1, "zzzzzzzzzzzz"),
    (("record", "verify", "@home/config.toml"), 1, "does not verify"),
    (("erase", "zzzzzzzzzzzz", "--as", "Santa Clara", "--yes"), 1, "zzzzzzzzzzzz"),
    (("peer", "add", "http://x"), 2, "ws://"),
    (("peer", "remove", "10.0.0.1:7447"), 2, "not one of the chosen"),
    (("sync", "not an address"), 2, "address"),
    (("export", "@home/x/y.bundle"), 3, "No such file"),
    (("export", "@home/y.bundle", "--kind", "dragon"), 2, "nothing here is of the kind"),
    (("import", "/nowhere.bundle"), 2, "cannot be read"),
    (("import", "@home/config.toml"), 2, "not a bundle"),
    (("backup", "@home/config.toml"), 2, "exists already"),
    (("completion", "tcsh"), 2, "is not one of"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), WRONG, ids=[" ".join(one[0])[:60] for one in WRONG])
def test_a_wrong_command_says_what_to_do(
    village: Terminal, arguments: tuple[str, ...], code: int, says: str
) -> None:
    here = {
        "@home": str(village.home),
        "@ana": "Ana, la secretaria del consejo, en su computadora portátil de la oficina",
    }
    typed = [
        part.replace("@home", here["@home"]) if part.startswith("@home") else here.get(part, part)
        for part in arguments
    ]
    said = village.fails(*typed, code=code)
    assert says.replace(" ", "") in said.replace(" ", "")


def test_nothing_works_before_there_is_a_home(tmp_path: Path) -> None:
    nobody = Terminal(tmp_path / "none")
    for command in (
        ("status",),
        ("key", "list"),
        ("commons", "list"),
        ("run",),
        ("backup", "x"),
        ("sync", "a:1"),
    ):
        assert "init" in nobody.fails(*command)
    assert not nobody.home.exists()


def test_a_home_open_to_others_is_not_used(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.home.chmod(0o755)
    assert "chmod 700" in ana.fails("commons", "list")
    ana.home.chmod(0o700)
    (ana.home / "keys").chmod(0o750)
    assert "chmod 700" in ana.fails("key", "list")
    found = ana.run("--json", "doctor", "--quick")
    assert found.exit_code == 1
    assert "chmod 700" in found.stdout


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    os.umask(os.umask(0o000))
    assert {path.stat().st_mode & 0o777 for path in (ana.home / "keys").iterdir()} == {0o600}
    assert ana.home.stat().st_mode & 0o777 == 0o700


def test_wrong_settings_end_in_one_sentence(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    (ana.home / "config.toml").write_text("[peers]\ninbund_max = 3\n")
    assert "did you mean peers.inbound_max" in ana.fails("commons", "list")


def test_two_commands_at_once_wait_for_each_other(tmp_path: Path) -> None:
    import threading

    from node.home import Home

    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Ana", "--type", "person", "--purpose", "Firmar", "--basis", "consent")
    released = threading.Event()
    held = threading.Event()

    def hold() -> None:
        with Home.at(ana.home).lock():
            held.set()
            released.wait(PATIENCE_S)

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(PATIENCE_S)
    assert ana.asks("commons", "list") == []  # reading does not wait
    threading.Timer(0.3, released.set).start()
    assert ana.asks("commons", "add", "--name", "x", "--resource", "water")["status"] == "own"
    other.join()


def test_a_damaged_bundle_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Ana", "--type", "person", "--purpose", "Firmar", "--basis", "consent")
    ana.does("export", str(tmp_path / "whole.bundle"))
    data = (tmp_path / "whole.bundle").read_bytes()
    (tmp_path / "cut.bundle").write_bytes(data[: len(data) - 10])
    luis.does("init")
    assert "ask for a new copy" in luis.fails("import", str(tmp_path / "cut.bundle"), code=1)
    luis.takes(tmp_path / "whole.bundle")
    assert luis.asks("--json", "import", str(tmp_path / "whole.bundle"), "--dry-run")["new"] == 0
    assert (tmp_path / "whole.bundle").read_bytes() == data
