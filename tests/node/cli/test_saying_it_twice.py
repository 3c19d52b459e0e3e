"""What is said a second time, in the wrong place, or of one: small stumbles at the terminal."""

import re
from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal, exchange


@pytest.fixture
def two(tmp_path: Path) -> tuple[Terminal, Terminal]:
    """Two members of a council of two, and a pact that it and a town are to sign; all is held by both."""
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    keys = [person.settled_down() for person in (ana, luis)]
    ana.does("actor", "new", "--name", "Municipio@es", "--type", "municipality", "--key", keys[0])
    listed = [part for key in keys for part in ("--key", key)]
    ana.does("actor", "new", "--name", "Consejo@es", "--type", "council", "--threshold", "2", *listed)
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", "Consejo")
    exchange(ana, luis, over=tmp_path)
    ana.does(
        *("pact", "propose", "--title", "Pacto@es", "--as", "Municipio"),
        *("--party", "administration=Municipio", "--party", "community=Consejo"),
    )
    exchange(ana, luis, over=tmp_path)
    return ana, luis


def records(home: Terminal) -> int:
    held: int = home.asks("status")["records"]
    return held


def test_what_is_signed_is_not_signed_again_unless_something_changed(two: tuple[Terminal, Terminal]) -> None:
    ana, _ = two
    first = ana.asks("pact", "sign", "Pacto", "--as", "Municipio")
    held = records(ana)
    again = ana.asks("pact", "sign", "Pacto", "--as", "Municipio")
    assert (again["record"], again["written"]) == (first["record"], False)
    said = ana.does("pact", "sign", "Pacto", "--as", "Municipio")
    assert re.search(
        r"^Municipio has answered so on \d{4}-\d\d-\d\d already; nothing was written\.$", said, re.MULTILINE
    )
    spanish = Terminal(ana.home, "es")
    assert "ya respondió así" in spanish.does("pact", "sign", "Pacto", "--as", "Municipio")
    assert records(ana) == held
    # With an act that authorises it, it says more; and the other way round.
    by_act = ana.asks("pact", "sign", "Pacto", "--as", "Municipio", "--act", "12/2026")
    assert by_act["record"] not in (first["record"], None)
    assert ana.asks("pact", "sign", "Pacto", "--as", "Municipio", "--act", "12/2026")["written"] is False
    assert records(ana) == held + 1
    # A change of mind is a change, and so is the way back.
    ana.does("pact", "decline", "Pacto", "--as", "Municipio", "--reason", "No@es")
    assert ana.asks("pact", "decline", "Pacto", "--as", "Municipio", "--reason", "No@es")["written"] is False
    assert ana.asks("pact", "sign", "Pacto", "--as", "Municipio", "--act", "12/2026").get("written") is None
    assert records(ana) == held + 3


def test_the_second_member_is_told_to_add_a_signature(two: tuple[Terminal, Terminal], tmp_path: Path) -> None:
    ana, luis = two
    waiting = ana.asks("pact", "sign", "Pacto", "--as", "Consejo")
    exchange(ana, luis, over=tmp_path)
    held = records(luis)
    result = luis.run("pact", "sign", "Pacto", "--as", "Consejo")
    assert "further keys of it have to; nothing was written" in " ".join(result.stdout.split())
    assert f"actor cosign {waiting['record'][:10]}" in result.stderr
    assert records(luis) == held
    luis.does("actor", "cosign", waiting["record"])
    shown = luis.asks("pact", "show", "Pacto")
    [answers] = shown["answers"].values()
    assert [answer["answer"] for answer in answers] == ["none", "consent"]


def test_options_that_stand_before_the_command_are_shown_their_place(tmp_path: Path) -> None:
    home = Terminal(tmp_path / "home")
    home.does("init")
    file = tmp_path / "passphrase"
    file.write_text("una frase larga\n")
    file.chmod(0o600)
    said = home.fails("key", "new", "--passphrase-file", str(file))
    assert "--passphrase-file stands before the command: minga --passphrase-file … key …" in said
    assert "antes de la orden" in Terminal(home.home, "es").fails("key", "new", "--lang", "en")
    assert "before the command" in home.fails("key", "new", "--label", "x")
    assert "No such option" in home.fails("key", "new", "--nonsense")
    home.does("--passphrase-file", str(file), "key", "new", "--label", "x")


def test_one_is_one(two: tuple[Terminal, Terminal]) -> None:
    ana, _ = two
    for language, words in (("en", "2 actors, 1 pact"), ("es", "2 actores, 1 pacto")):
        [things] = [
            line
            for line in Terminal(ana.home, language).does("status").splitlines()
            if words.split(",")[0] in line
        ]
        assert things.endswith(words), things


def test_the_doctor_speaks_spanish(two: tuple[Terminal, Terminal]) -> None:
    ana, _ = two
    for arguments in (("doctor",), ("doctor", "--quick")):
        said = Terminal(ana.home, "es").run(*arguments).stdout
        english = ("free", "record", "opens", "verifies", "listens", "nothing", "every", "run:", " it ")
        assert [word for word in english if word in said] == [], said
    (ana.home / "store.sqlite").write_bytes(b"x" * 9_000)
    said = " ".join(Terminal(ana.home, "es").run("doctor").stdout.split())
    assert "damaged" not in said


def test_where_several_changes_wait_a_name_signs_none_of_them(
    two: tuple[Terminal, Terminal], tmp_path: Path
) -> None:
    ana, luis = two
    for name in ("Consejo de Loma@es", "Consejo de nadie@es"):
        ana.does("actor", "rotate", "Consejo", "--name", name)
    exchange(ana, luis, over=tmp_path)
    held = records(luis)
    versions = luis.asks("actor", "show", "Consejo")["versions"]
    waiting = [version["id"] for version in versions if version["standing"] == "rejected"]
    assert len(waiting) == 2
    for asked in ("Consejo", versions[0]["id"]):
        said = luis.fails("actor", "cosign", asked)
        assert "several wait for signatures" in said
        assert all(one[:10] in said for one in waiting)
    assert records(luis) == held
    luis.does("actor", "cosign", waiting[1])
    assert "present version" in luis.does("actor", "show", waiting[1][:10])


def test_one_change_of_keys_that_waits_is_signed_by_its_id_alone(
    two: tuple[Terminal, Terminal], tmp_path: Path
) -> None:
    ana, luis = two
    ana.does("actor", "rotate", "Consejo", "--name", "Consejo de Loma@es")
    exchange(ana, luis, over=tmp_path)
    held = records(luis)
    [change] = [
        version["id"]
        for version in luis.asks("actor", "show", "Consejo")["versions"]
        if version["standing"] == "rejected"
    ]
    said = luis.fails("actor", "cosign", "Consejo")
    assert f"minga record show {change[:10]}" in said
    assert records(luis) == held
    luis.does("actor", "cosign", change[:10])
    assert "present version" in luis.does("actor", "show", "Consejo de Loma")
