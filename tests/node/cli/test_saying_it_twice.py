"""What is said a second time, in the wrong place, or of one: small stumbles at the terminal."""

import json
import re
from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal, exchange
from tests.node.cli.test_at_a_terminal import at_a_terminal


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


COMMONS = ("commons", "add", "--name", "Páramo de la Loma@es", "--resource", "paramo")
OF_EACH_KIND = {
    "commons": COMMONS,
    "alert": ("alert", "add", "--title", "Cercan el páramo@es", "--point", "-78.5,-0.2"),
    "body": ("body", "add", "--name", "Consejo de la cuenca@es", "--seat", "civil"),
    "call": ("call", "add", "--title", "Huertas@es"),
    "pact": (
        *("pact", "propose", "--title", "Cuidado@es"),
        *("--party", "administration=Loma", "--party", "community=Comuna"),
    ),
    "vote": (
        *("vote", "open", "--title", "¿Sembrar?@es", "--option", "Sí@es", "--option", "No@es"),
        *("--voter", "Comuna", "--closes", "2099-01-31"),
    ),
    "actor": ("actor", "new", "--name", "Comuna@es", "--type", "comuna"),
}


@pytest.fixture
def comuna(tmp_path: Path) -> Terminal:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does(*OF_EACH_KIND["actor"])
    return ana


def test_who_makes_a_second_of_one_name_is_told_of_the_first(comuna: Terminal) -> None:
    actor = comuna.asks("actor", "show")["id"]
    for verb, command in OF_EACH_KIND.items():
        first = {"id": actor} if verb == "actor" else comuna.asks(*command)
        again = comuna.run("--json", *command)
        assert again.exit_code == 0
        assert json.loads(again.stdout)["id"] != first["id"]  # two may be called alike
        told = " ".join(again.stderr.split())
        assert f"({first['id'][:10]}), made on 20" in told, verb
        assert re.search(rf"To see it: minga .*{verb} show {first['id'][:10]}", told)
        assert re.search(rf"To change it: minga .*{verb} .* {first['id'][:10]}", told)


def test_one_name_is_one_however_it_is_typed_and_others_are_none_of_ours(
    comuna: Terminal, tmp_path: Path
) -> None:
    comuna.does(*COMMONS)
    for name, said in {
        "PARAMO DE LOMA": True,
        "Páramo de la Loma alta": False,
        "Páramo": False,
        "¿?": False,
    }.items():
        told = comuna.run("commons", "add", "--name", name, "--resource", "paramo").stderr
        assert ("one of yours already" in told) is said, name
    spanish = Terminal(comuna.home, "es")
    told = spanish.run(*COMMONS).stderr
    assert "Ya hay uno suyo" in told
    assert told.count("Para verlo") == 2  # the one, and the one in capitals
    spanish.does(*COMMONS)
    assert "Y 1 más" in spanish.run(*COMMONS).stderr
    eva = Terminal(tmp_path / "eva")
    eva.settled_down()
    eva.does("actor", "new", "--name", "Vecinas@es", "--type", "association")
    exchange(comuna, eva, over=tmp_path)
    assert "already" not in eva.run(*COMMONS).stderr


def test_what_waits_for_signatures_is_told_of_too(two: tuple[Terminal, Terminal]) -> None:
    ana, _ = two
    first = ana.asks(*COMMONS, "--as", "Consejo")
    told = " ".join(ana.run(*COMMONS, "--as", "Consejo").stderr.split())
    assert f"({first['id'][:10]}), made on 20" in told


def test_at_a_terminal_the_quickest_answer_writes_nothing(comuna: Terminal) -> None:
    comuna.does(*COMMONS)
    held = records(comuna)
    for command in (COMMONS, OF_EACH_KIND["actor"]):
        screen = at_a_terminal(comuna.home, *command, typed=(("same name?", ""),), exit_code=1)
        assert "made on 20" in " ".join(screen.split())
    assert records(comuna) == held
    at_a_terminal(comuna.home, *COMMONS, typed=(("same name?", "y"),))
    assert records(comuna) == held + 1
