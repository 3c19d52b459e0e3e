"""What people do with a node, from the first command on, told as stories."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal, exchange

PAGE = ("--resource", "paramo", "--point", "-78.5,-0.2", "--rules", "No quemar@es")


def found(person: Terminal, name: str, *more: str) -> str:
    """Found an actor with the one key of a home; return its id."""
    actor: str = person.asks("actor", "new", "--name", name, "--type", "community", *more)["id"]
    return actor


def test_a_person_registers_a_commons_and_finds_it_again(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down("Ana, laptop")
    actor = found(ana, "Santa Clara@es")
    added = ana.asks("commons", "add", "--name", "Páramo alto@es", "--name", "High moor@en", *PAGE)
    assert added["status"] == "own"
    assert added["versions"][0]["author"] == actor
    content = added["versions"][0]["content"]
    assert content["geometry"] == {"type": "Point", "coordinates": [-78.5, -0.2]}
    assert content["stewards"] == [{"name": {"es": "Santa Clara"}, "actor": actor}]
    assert [row["id"] for row in ana.asks("commons", "search", "paramo")] == [added["id"]]
    for name in (added["id"], added["id"][:10], "Páramo alto", "high moor"):
        assert ana.asks("commons", "show", name)["id"] == added["id"]
    assert "Signed by 1 of the 1 key of Santa Clara" in " ".join(
        ana.does("record", "show", added["id"]).split()
    )
    assert ana.asks("record", "verify", added["id"])["verified"]


def test_the_next_version_keeps_what_it_does_not_change(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    found(ana, "Santa Clara")
    first = ana.asks("commons", "add", "--name", "Páramo@es", *PAGE)
    ana.asks("commons", "change", "Páramo", "--users", "Las familias@es", "--drop", "rules")
    state = ana.asks("commons", "show", first["id"])
    assert len(state["versions"]) == 2
    assert len(state["heads"]) == 1
    shown = next(v["content"] for v in state["versions"] if v["id"] == state["display"])
    assert shown["users"] == {"es": "Las familias"}
    assert "rules" not in shown
    assert shown["geometry"]["type"] == "Point"


def test_a_council_of_three_homes_signs_by_carrying_bundles(tmp_path: Path) -> None:
    ana, luis, rosa = (Terminal(tmp_path / name) for name in ("ana", "luis", "rosa"))
    keys = [person.settled_down() for person in (ana, luis, rosa)]
    typed = [
        part
        for key, name in zip(keys, ("Ana", "Luis", "Rosa"), strict=True)
        for part in ("--key", f"{key}={name}")
    ]
    council = ana.asks(
        "actor", "new", "--name", "Consejo@es", "--type", "council", "--threshold", "2", *typed
    )
    assert council["status"] == "awaiting"
    assert "waits for the signatures of its other keys" in ana.fails("commons", "add", "--name", "x", *PAGE)

    exchange(ana, luis, rosa, over=tmp_path)
    luis.does("actor", "cosign", "Consejo")
    exchange(ana, luis, rosa, over=tmp_path)
    assert [p.asks("actor", "show", "Consejo")["status"] for p in (ana, luis, rosa)] == ["founded"] * 3

    added = ana.asks("commons", "add", "--name", "Vertiente@es", *PAGE)
    assert added["status"] == "awaiting"
    exchange(ana, luis, rosa, over=tmp_path)
    rosa.does("actor", "cosign", added["record"][:12])
    exchange(ana, luis, rosa, over=tmp_path)
    for person in (ana, luis, rosa):
        assert person.asks("commons", "show", "Vertiente")["status"] == "own"
        assert person.asks("record", "show", added["record"])["signatures"] == {
            "given": 2,
            "needed": 2,
            "keys": 3,
        }
    assert "no key in this home can add" in rosa.fails("actor", "cosign", added["record"])


@pytest.mark.parametrize("everything", [False, True])
def test_keys_change_and_what_the_removed_key_signed_stays(tmp_path: Path, everything: bool) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down("laptop")
    actor = found(ana, "Santa Clara")
    before = ana.asks("commons", "add", "--name", "Antes", *PAGE)
    ana.does("key", "new", "--label", "phone", "--no-passphrase")
    kept = ("--uphold-everything",) if everything else ()
    changed = ana.asks("actor", "rotate", "--add", "phone", "--remove", "laptop", *kept)
    assert changed["content"]["upholds"][0].get("everything", False) is everything
    assert [entry["label"] for entry in changed["content"]["keys"]] == ["phone"]
    assert ana.asks("commons", "show", before["id"])["status"] == "own"
    assert ana.asks("commons", "add", "--name", "Después", *PAGE)["status"] == "own"
    assert len(ana.asks("actor", "show", actor)["versions"]) == 2


class Robbed:
    """A community whose one key was copied: the thief was first, and its node holds all of that."""

    def __init__(self, folder: Path) -> None:
        self.ana, self.thief = Terminal(folder / "ana"), Terminal(folder / "thief")
        self.ana.settled_down("laptop")
        self.made = self.ana.asks(
            *("actor", "new", "--name", "Santa Clara", "--type", "community"),
            *("--recovery-keys", "3", "--recovery-threshold", "2"),
        )
        self.good = self.ana.asks("commons", "add", "--name", "Nuestro", *PAGE)
        self.thief.does("init")
        self.ana.does("key", "export", "laptop", str(folder / "stolen.json"))
        self.thief.does("key", "import", str(folder / "stolen.json"))
        exchange(self.ana, self.thief, over=folder)
        self.thief.does("key", "new", "--label", "mine", "--no-passphrase")
        self.thief.does("actor", "rotate", "--add", "mine=theirs", "--remove", "laptop")
        self.false = self.thief.asks("commons", "add", "--name", "Falso", *PAGE)
        exchange(self.ana, self.thief, over=folder)
        assert self.ana.asks("commons", "show", self.false["id"])["status"] == "own"
        self.ana.does("key", "new", "--label", "new laptop", "--no-passphrase")
        self.sheets: list[str] = []
        for number, sheet in enumerate(self.made["recovery_papers"][:2]):
            (folder / f"sheet-{number}").write_text(sheet["paper"])
            self.sheets += ["--paper", str(folder / f"sheet-{number}")]
        self.recovery = ("actor", "recover", self.made["id"], *self.sheets, "--key", "new laptop")


def test_a_stolen_actor_is_taken_back_with_paper(tmp_path: Path) -> None:
    robbed = Robbed(tmp_path)
    ana, thief, made, good, false = robbed.ana, robbed.thief, robbed.made, robbed.good, robbed.false
    assert "2 of the actor's recovery keys must sign" in ana.fails(
        "actor", "recover", made["id"], *robbed.sheets[:2], "--key", "new laptop"
    )
    back = ana.run("--json", *robbed.recovery, "--after", made["head"], "--uphold", good["record"])
    assert "stays in effect" not in back.stderr  # it is named
    head = json.loads(back.stdout)["head"]
    assert [entry["label"] for entry in json.loads(back.stdout)["content"]["keys"]] == ["new laptop"]
    exchange(ana, thief, over=tmp_path)
    for person in (ana, thief):
        assert person.asks("actor", "show", made["id"])["head"] == head
        assert person.asks("commons", "show", good["id"])["status"] == "own"
        assert person.asks("commons", "show", false["id"])["status"] == "void"


def test_a_recovery_says_what_it_would_uphold(tmp_path: Path) -> None:
    """Where nothing is named, a thief's doings that are known here stay in effect."""
    robbed = Robbed(tmp_path)
    told = " ".join(robbed.ana.run(*robbed.recovery).stderr.split())
    day = r"\d{4}-\d\d-\d\d"
    # The rotation was signed by the stolen key, and upheld what that had signed.
    assert re.search(
        rf"follows that of {day} .* on every node: 1 record of the key theirs, {day} to {day}\.", told
    )
    assert "--after" in told
    assert "--uphold" in told
    assert robbed.ana.asks("commons", "show", robbed.false["id"])["status"] == "own"


def test_a_recovery_names_the_records_of_every_key_it_drops(tmp_path: Path) -> None:
    robbed = Robbed(tmp_path)
    told = robbed.ana.run(*robbed.recovery, "--after", robbed.made["head"]).stderr
    # Its own commons and its founding, and the thief's rotation.
    assert "3 records of the key laptop" in " ".join(told.split())
    nothing = robbed.ana.run(*robbed.recovery, "--after", robbed.made["head"], "--uphold-nothing").stderr
    assert "stays in effect" not in nothing


def test_a_community_speaks_for_what_others_documented(tmp_path: Path) -> None:
    ngo, people = Terminal(tmp_path / "ngo"), Terminal(tmp_path / "people")
    ngo.settled_down()
    found(ngo, "Archivo")
    told = ngo.asks(
        "commons",
        "add",
        "--name",
        "Bosque@es",
        "--resource",
        "forest",
        "--source",
        "Atlas",
        "--steward",
        "Comuna Nueva",
    )
    assert told["status"] == "documented"
    people.settled_down()
    exchange(ngo, people, over=tmp_path)
    actor = found(people, "Comuna Nueva@es")
    spoken = people.asks("commons", "speak", "Bosque", "--rules", "Turnos@es")
    assert spoken["status"] == "own"
    assert len(spoken["heads"]) == 2
    shown = next(v for v in spoken["versions"] if v["id"] == spoken["display"])
    assert shown["author"] == actor
    assert shown["content"]["stewards"] == [{"name": {"es": "Comuna Nueva"}, "actor": actor}]
    assert "stands beside" in people.does("commons", "show", told["id"])


def test_a_pact_is_in_force_once_every_party_signed(tmp_path: Path) -> None:
    town, people = Terminal(tmp_path / "town"), Terminal(tmp_path / "people")
    town.settled_down()
    people.settled_down()
    municipality = town.asks("actor", "new", "--name", "Municipio de Loma@es", "--type", "municipality")["id"]
    community = found(people, "Comuna Alta@es")
    commons = people.asks("commons", "add", "--name", "Acequia@es", "--resource", "irrigation")["id"]
    exchange(town, people, over=tmp_path)
    (tmp_path / "pact.toml").write_text(
        f"""
        title = "Cuidado de la acequia"
        intensity = "shared_management"
        [[parties]]
        name = "Municipio de Loma"
        actor = "{municipality}"
        side = "administration"
        [[parties]]
        name.es = "Comuna Alta"
        actor = "{community}"
        side = "community"
        [[commons]]
        subject = "{commons}"
        [clauses]
        objectives = "Limpiar la acequia dos veces al año"
        [term]
        start = 2020-01-01
        """
    )
    proposed = Terminal(town.home, "es").asks("pact", "propose", str(tmp_path / "pact.toml"))
    assert proposed["status"] == "proposed"
    assert proposed["content"]["title"] == {"es": "Cuidado de la acequia"}
    assert (
        town.asks("pact", "sign", proposed["id"], "--act", "Resolución 12", "--act-on", "2026-05-01")[
            "status"
        ]
        == "partly_signed"
    )
    exchange(town, people, over=tmp_path)
    signed = people.asks("pact", "sign", "Cuidado de la acequia")
    assert signed["status"] == "in_force"
    # The commons knows of it too.
    [about] = people.asks("commons", "show", "Acequia")["pacts"]
    assert (about["id"], about["status"]) == (signed["id"], "in_force")
    assert "Cuidado de la acequia" in people.does("commons", "show", "Acequia")
    exchange(town, people, over=tmp_path)
    assert town.asks("pact", "show", proposed["id"])["in_force"] == proposed["record"]
    said = " ".join(town.does("pact", "show", proposed["id"]).split())
    assert "Municipio de Loma and Comuna Alta care together for Acequia." in said
    assert [row["status"] for row in town.asks("pact", "list", "--of", community)] == ["in_force"]
    withdrawn = people.asks("pact", "decline", proposed["id"], "--reason", "Sin agua@es")
    assert withdrawn["status"] != "in_force"


def test_what_was_said_by_mistake_is_erased_everywhere(tmp_path: Path) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    ana.settled_down()
    found(ana, "Santa Clara")
    added = ana.asks("commons", "add", "--name", "Secreto de Juana", *PAGE)
    luis.does("init")
    exchange(ana, luis, over=tmp_path)
    assert "Juana" in luis.does("commons", "show", added["id"])
    assert ana.fails("erase", added["id"], typed="n\n", code=1)
    assert ana.asks("erase", added["id"], "--basis", "mistake")["in_effect"]
    exchange(ana, luis, over=tmp_path)
    for person in (ana, luis):
        assert person.asks("commons", "show", added["id"])["status"] == "erased"
        assert "Juana" not in person.does("commons", "show", added["id"])
        assert "Juana" not in json.dumps(person.asks("record", "show", added["id"]))
        assert person.asks("record", "verify", added["id"])["verified"]


def test_a_backup_is_a_home_again(tmp_path: Path) -> None:
    import tarfile

    ana = Terminal(tmp_path / "ana")
    ana.settled_down("laptop")
    actor = found(ana, "Santa Clara")
    ana.does("backup", str(tmp_path / "copy.tar"))
    restored = Terminal(tmp_path / "restored")
    restored.home.mkdir(mode=0o700)
    with tarfile.open(tmp_path / "copy.tar") as archive:
        archive.extractall(restored.home, filter="tar")
    assert restored.asks("actor", "show")["id"] == actor
    assert restored.asks("status")["node"] == ana.asks("status")["node"]
    assert restored.asks("commons", "add", "--name", "De nuevo", *PAGE)["status"] == "own"
    ana.does("backup", "--without-keys", str(tmp_path / "open.tar"))
    with tarfile.open(tmp_path / "open.tar") as archive:
        assert not [name for name in archive.getnames() if "key" in name]
    assert (tmp_path / "copy.tar").stat().st_mode & 0o077 == 0


def test_a_key_goes_to_paper_and_back(tmp_path: Path) -> None:
    ana, other = Terminal(tmp_path / "ana"), Terminal(tmp_path / "other")
    key = ana.settled_down("laptop")
    paper = "\n".join(ana.does("key", "export", "laptop", "--paper").splitlines()[2:5])
    other.does("init")
    result = other.run("key", "import", "--paper", "--label", "again", "--no-passphrase", typed=paper)
    assert result.exit_code == 0, result.stderr
    assert other.asks("key", "show", "again")["key"] == key


@pytest.mark.parametrize("by", ["file", "environment"])
def test_a_locked_key_signs_with_its_passphrase_only(
    tmp_path: Path, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = Terminal(tmp_path / "ana")
    (tmp_path / "phrase").write_text("tres tristes tigres\n")
    (tmp_path / "phrase").chmod(0o600)
    if by == "environment":
        monkeypatch.setenv("MINGA_PASSPHRASE_FILE", str(tmp_path / "phrase"))
    given = ["--passphrase-file", str(tmp_path / "phrase")] if by == "file" else []
    ana.does("init")
    ana.does(*given, "key", "new", "--label", "laptop")
    assert ana.asks("key", "show", "laptop")["locked"]
    ana.does(*given, "actor", "new", "--name", "Santa Clara", "--type", "community")
    monkeypatch.delenv("MINGA_PASSPHRASE_FILE", raising=False)
    assert "has a passphrase" in ana.fails("commons", "add", "--name", "x", *PAGE)
    (tmp_path / "wrong").write_text("otra\n")
    (tmp_path / "wrong").chmod(0o600)
    ana.fails("--passphrase-file", str(tmp_path / "wrong"), "commons", "add", "--name", "x", *PAGE)
    (tmp_path / "wrong").chmod(0o644)
    assert "chmod 600" in ana.fails(
        "--passphrase-file", str(tmp_path / "wrong"), "commons", "add", "--name", "x", *PAGE
    )
    assert "tigres" not in "".join(p.read_text() for p in (ana.home / "keys").iterdir())


def test_the_next_command_can_be_typed_as_it_is_told(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.does("init")
    told = ana.run("key", "new", "--label", "Mayor's office", "--no-passphrase").stderr
    assert shlex.split(told.strip())[-2:] == ["--key", "Mayor's office"]
    table = tmp_path / "a table.csv"
    table.write_text("name,resource\nLoma,water\n")
    told = ana.run("commons", "import", str(table), "--mapping", "commons-table", "--dry-run").stderr
    assert str(table) in shlex.split(told.strip())
    found(ana, "Santa Clara")
    ana.does("export", str(tmp_path / "a stick"))
    ben = Terminal(tmp_path / "ben")
    ben.does("init")
    told = ben.run("import", str(tmp_path / "a stick"), "--dry-run").stderr
    assert shlex.split(told.strip())[-1] == str(tmp_path / "a stick")


def test_a_file_of_commons_is_imported_once(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    found(ana, "Archivo")
    (tmp_path / "map.toml").write_text(
        """
        name = "pastures"
        title = "Pastures"
        [source]
        name = "Junta"
        licence = "CC-BY-4.0"
        [[records]]
        kind = "commons"
        identifier = "{code}"
        label = "{name}"
        [records.fields]
        name.es = { column = "name" }
        resources = ["pasture"]
        licence = "CC-BY-4.0"
        geometry = { lon = "lon", lat = "lat" }
        """
    )
    table = tmp_path / "pastures.csv"
    table.write_text("code,name,lon,lat\n1,Alta,-78.1,-0.1\n2,Baja,-78.2,-0.2\n3,Rota,-278.2,-0.2\n")
    importing = ("commons", "import", str(table), "--mapping", str(tmp_path / "map.toml"))
    dry = ana.asks(*importing, "--dry-run")
    assert (dry["new"], dry["dry_run"]) == ({"commons": 2}, True)
    assert [one["label"] for one in dry["left_out"]] == ["Rota"]
    assert ana.asks("commons", "list") == []
    assert ana.asks(*importing)["new"] == {"commons": 2}
    again = ana.asks(*importing)
    assert (again["new"], again["unchanged"]) == ({}, 2)
    dry = ana.asks(*importing, "--dry-run")
    assert (dry["new"], dry["unchanged"]) == ({}, 2)
    table.write_text("code,name,lon,lat\n1,Alta,-78.1,-0.1\n2,Baja del río,-78.2,-0.2\n")
    changed = ana.asks(*importing)
    assert (changed["changed"], changed["unchanged"]) == ({"commons": 1}, 1)
    rows = ana.asks("commons", "list")
    assert sorted(row["title"]["es"] for row in rows) == ["Alta", "Baja del río"]
    assert all(row["heads"] == 1 for row in rows)
    assert ana.asks(*importing)["unchanged"] == 2
