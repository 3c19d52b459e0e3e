"""Exported pacts and records, checked by software and tools that know nothing of this project."""

import json
import os
import re
import shutil
import subprocess
from base64 import urlsafe_b64decode
from pathlib import Path
from random import Random
from typing import Any

import pytest

from node.keys.keyring import Keyring
from protocol.identifiers import parse_id
from protocol.keys import did_key
from protocol.proofs.data_integrity import verify_document
from protocol.proofs.jcs import canonical_json
from protocol.record.verification import verify_record
from tests.node.cli.terminal import Terminal, exchange
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]
PAGE = TOP / "docs" / "checking-by-hand.md"
LATER_MS = 4_000_000_000_000


@pytest.fixture(scope="module")
def pact_of_three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminal, str]:
    """A home that holds a pact of three parties in force, one of them a council of 2 of 3; and its id."""
    folder = tmp_path_factory.mktemp("three")
    ana, luis, rosa = (Terminal(folder / name) for name in ("ana", "luis", "rosa"))
    keys = [person.settled_down() for person in (ana, luis, rosa)]
    listed = [part for key in keys for part in ("--key", key)]
    ana.does("actor", "new", "--name", "Municipio@es", "--type", "municipality", "--key", keys[0])
    luis.does("actor", "new", "--name", "Comuna@es", "--type", "comuna", "--key", keys[1])
    rosa.does("actor", "new", "--name", "Consejo@es", "--type", "council", "--threshold", "2", *listed)
    exchange(ana, luis, rosa, over=folder)
    luis.does("actor", "cosign", "Consejo")
    exchange(ana, luis, rosa, over=folder)
    proposed = ana.asks(
        *("pact", "propose", "--title", "Pacto del páramo «alto»@es", "--as", "Municipio"),
        *("--party", "administration=Municipio", "--party", "community=Comuna"),
        *("--party", "community=Consejo", "--start", "2026-01-01"),
        *("--clause", 'objectives=Cuidar el "ojo de agua"\n\ty la ñuca llacta 🌱@es'),
    )
    exchange(ana, luis, rosa, over=folder)
    ana.does("pact", "sign", proposed["id"], "--as", "Municipio")
    luis.does("pact", "sign", proposed["id"], "--as", "Comuna")
    waiting = rosa.asks("pact", "sign", proposed["id"], "--as", "Consejo")
    exchange(ana, luis, rosa, over=folder)
    ana.does("actor", "cosign", waiting["record"])
    exchange(ana, luis, rosa, over=folder)
    assert luis.asks("pact", "show", proposed["id"])["in_force"] == proposed["id"]
    return luis, proposed["id"]


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's script, in a folder with the packages it names; skips where they cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are absent: the off-the-shelf verifier is a package of theirs")
    page = PAGE.read_text(encoding="utf-8")
    packages = re.findall(r"^npm install (.*)$", page, re.MULTILINE)[0].split()
    ready = os.environ.get("MINGA_VERIFIER")
    folder = Path(ready) if ready else tmp_path_factory.mktemp("verifier")
    script = folder / "check.mjs"
    script.write_text(re.findall(r"^```js\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0], encoding="utf-8")
    if not (folder / "node_modules").is_dir():
        (folder / "package.json").write_text('{"private": true}')
        # Without a network it says so at once: npm would try again for a minute.
        install = ["npm", "install", "--prefer-offline", "--fetch-retries=0", "--fetch-timeout=20000"]
        install += ["--no-audit", "--no-fund", "--ignore-scripts", *packages]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S)
        if done.returncode:
            pytest.skip(f"the verifier's packages cannot be installed here: {done.stderr[-200:]}")
    return script


def answers(verifier: Path, documents: list[bytes], folder: Path) -> list[str]:
    """What the verifier says of each document, which it reads from a file."""
    for number, document in enumerate(documents):
        (folder / f"{number}.json").write_bytes(document)
    done = subprocess.run(
        ["node", str(verifier), *(f"{number}.json" for number in range(len(documents)))],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE_S,
        check=True,
    )
    return [line.split(": ", 1)[1] for line in done.stdout.splitlines()]


def exported(home: Terminal, pact: str, folder: Path) -> tuple[bytes, Any]:
    """A proven pact as a file, and the history beside it."""
    file = folder / "pact.json"
    answer = home.asks("pact", "export", pact, "--verifiable", "--out", str(file))
    beside = {name: str(folder / f"pact.{name}.json") for name in ("history", "archive")}
    assert answer == {"file": str(file), **beside}
    return file.read_bytes(), json.loads((folder / "pact.history.json").read_bytes())


def test_a_pact_of_three_is_accepted_elsewhere_and_refused_with_any_byte_changed(
    pact_of_three: tuple[Terminal, str], verifier: Path, tmp_path: Path
) -> None:
    document, _ = exported(*pact_of_three, tmp_path)
    # The council's consent needs two keys; the other parties' one each.
    assert answers(verifier, [document], tmp_path) == ["accepted: 4 of 4 proofs hold"]
    dice = Random(5)
    changed = []
    for place in range(len(document)):
        values = dice.choice((range(256), range(ord(" "), ord("~") + 1)))
        other = dice.choice([value for value in values if value != document[place]])
        changed.append(document[:place] + bytes([other]) + document[place + 1 :])
    said = answers(verifier, changed, tmp_path)
    assert {one.split(":")[0] for one in said} == {"refused", "no JSON"}
    # What the parties signed is refused outright: none of the proofs holds.
    start = document.index(b'"proof":[')
    end = document.rindex(b'],"type":"Pact"}')
    for place, one in enumerate(said):
        if not start <= place <= end:
            assert one.startswith(("refused: 0 of", "no JSON")), document[place - 20 : place + 20]
        else:
            assert one.startswith(("refused: 3 of", "refused: 0 of 0", "no JSON")), one
    assert sum(one.startswith("refused") for one in said) > len(said) / 2


@pytest.mark.slow
def test_the_bare_flag_of_a_verifier_refuses_an_archive_with_any_byte_changed(
    pact_of_three: tuple[Terminal, str], verifier: Path, tmp_path: Path
) -> None:
    """`verified`, and nothing else asked: at every place one change, at those of the proof every kind."""
    exported(*pact_of_three, tmp_path)
    archive = tmp_path / "pact.archive.json"
    data, dice = archive.read_bytes(), Random(7)
    proof = range(data.rindex(b'"proof":{"@context"'), len(data))
    changes = []
    for place, was in enumerate(data):
        letter_case, digit = was ^ 0x20, ord("0") + dice.randrange(10)
        kinds = {was ^ 1, letter_case, digit, ord(" "), ord("\n"), dice.randrange(256)} - {was}
        changes += [(place, value) for value in (kinds if place in proof else [dice.choice(sorted(kinds))])]
    script = verifier.with_name("bare_flag.mjs")
    script.write_bytes(Path(__file__).with_name("bare_flag.mjs").read_bytes())
    done = subprocess.run(
        ["node", str(script), str(archive)],
        input="\n".join(f"{place} {value}" for place, value in changes),
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE_S,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["whole"] is True
    assert told["accepted"] == []
    # Most of them are read as JSON, and so get as far as the proof.
    assert told["json"] > len(changes) / 2


def test_an_archive_is_asked_as_the_page_says(
    pact_of_three: tuple[Terminal, str], verifier: Path, tmp_path: Path
) -> None:
    exported(*pact_of_three, tmp_path)
    archive = json.loads((tmp_path / "pact.archive.json").read_bytes())
    lost = json.loads((tmp_path / "pact.archive.json").read_bytes())
    del lost["pact"]["proof"][1]
    page = PAGE.read_text(encoding="utf-8")
    documents = [(tmp_path / name).read_bytes() for name in ("pact.archive.json", "pact.json")]
    documents += [canonical_json(lost), canonical_json(archive["pact"])]
    documents += [b"null", b"7", b'"PactArchive"', b'{"pact":null,"type":"PactArchive"}', b"\xff", b""]
    said = answers(verifier, documents, tmp_path)
    assert f"pact.archive.json: {said[0]}\npact.json: {said[1]}\n" in page
    assert said[2] == "refused: verified is false; of the pact in it 3 of 3 proofs hold"
    assert said[3] == said[1] == "accepted: 4 of 4 proofs hold"
    assert [one.split(":")[0] for one in said[4:]] == ["refused"] * 4 + ["no JSON"] * 2


def test_an_archive_is_both_files_closed_by_the_key_of_this_node(
    pact_of_three: tuple[Terminal, str], tmp_path: Path
) -> None:
    home, pact = pact_of_three
    document, history = exported(home, pact, tmp_path)
    data = (tmp_path / "pact.archive.json").read_bytes()
    archive = json.loads(data)
    assert canonical_json(archive) == data
    assert canonical_json(archive["pact"]) == document
    assert archive["history"] == history
    node_key = Keyring(home.home / "keys").node_key().public
    assert verify_document(archive) == [node_key]
    assert archive["exported_by"] == did_key(node_key)
    assert "created" not in archive["proof"], "the same archive whenever it is made"
    named = tmp_path / "elsewhere.json"
    home.does("pact", "export", pact, "--archive", str(named))
    assert named.read_bytes() == data
    other = Terminal(tmp_path / "other")
    other.settled_down()
    exchange(home, other, over=tmp_path)
    other.does("pact", "export", pact, "--verifiable", "--archive", str(named))
    theirs = json.loads(named.read_bytes())
    assert [theirs[name] == archive[name] for name in sorted(archive)] == [
        {"exported_by": False, "proof": False}.get(name, True) for name in sorted(archive)
    ]


def test_a_text_of_which_a_byte_could_be_changed_unseen_is_in_no_archive(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    for name in ("Municipio", "Comuna"):
        ana.does("actor", "new", "--name", f"{name}@es", "--type", "comuna")
    made = ana.asks(
        *("pact", "propose", "--title", "Pacto da\ufffdado@es", "--as", "Municipio"),
        *("--party", "administration=Municipio", "--party", "community=Comuna"),
    )
    for name in ("Municipio", "Comuna"):
        ana.does("pact", "sign", made["id"], "--as", name)
    result = ana.run("pact", "export", made["id"], "--verifiable", "--out", str(tmp_path / "pact.json"))
    assert result.exit_code == 0
    assert "there is no archive of this pact" in " ".join(result.stderr.split())
    assert len(verify_document(json.loads((tmp_path / "pact.json").read_bytes()))) == 2
    assert (tmp_path / "pact.history.json").exists()
    asked_for = ("--archive", str(tmp_path / "x.json"))
    assert "there is no archive" in ana.fails("pact", "export", made["id"], "--verifiable", *asked_for)
    assert not list(tmp_path.glob("*archive*")) + list(tmp_path.glob("x.json"))


def test_the_exported_pact_is_what_was_signed_and_verifies_here(
    pact_of_three: tuple[Terminal, str], tmp_path: Path
) -> None:
    home, pact = pact_of_three
    data, history = exported(home, pact, tmp_path)
    document = json.loads(data)
    assert home.does("pact", "export", pact, "--verifiable").encode() == data + b"\n"
    bare = json.loads(home.does("pact", "export", pact))
    assert bare == {name: part for name, part in document.items() if name != "proof"}
    assert document["@context"] == ["https://w3id.org/security/data-integrity/v2", "urn:minga:context:1"]
    assert document["id"] == document["pact"] == f"urn:minga:record:{pact}"
    assert [party["name"]["es"] for party in document["content"]["parties"]] == [
        "Municipio",
        "Comuna",
        "Consejo",
    ]
    assert document["content"]["term"] == {"start": "2026-01-01"}
    keys = [did_key(key) for key in verify_document(document)]
    # Nothing but the two files says whose the keys are: those that the parties' own records list.
    records = {
        one["id"]: verify_record(urlsafe_b64decode(one["envelope"] + "=="), LATER_MS)
        for one in history["records"]
    }
    assert document["id"] in records
    at = 0
    for party in history["parties"]:
        assert party["provable"] == "verifiable"
        mine = keys[at : at + len(party["proven_by"])]
        at += len(mine)
        assert mine == party["proven_by"]
        assert len(set(mine)) >= party["keys_needed"]
        listed = {did_key(entry.key) for entry in records[party["actor"]].content.keys}
        assert set(mine) <= listed
    assert at == len(keys) == 4


def test_a_consent_without_proof_counts_and_is_named(tmp_path: Path) -> None:
    """A party whose program knows nothing of proofs: as effective, and said not to be verifiable."""
    from tests.protocol.people import Person, key, pact

    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    here: str = ana.asks("actor", "new", "--name", "Municipio@es", "--type", "municipality")["id"]
    old = Person("Comuna", [key("an old program's")])
    parties = [{"name": {"es": "Municipio"}, "actor": parse_id(here)}]
    parties += pact(old)["parties"]
    version = old.sign("pact", pact() | {"parties": parties})
    consent = old.sign(
        "consent", {"decision": "consent"}, subject=version[0].subject, parents=[version[0].id]
    )
    bundle = tmp_path / "old.minga"
    write(bundle, [*old.records, *version, *consent])
    ana.takes(bundle)
    pact_id = json.loads(ana.does("--json", "pact", "list"))[0]["id"]
    refused = ana.run("pact", "export", pact_id, "--verifiable")
    assert refused.exit_code == 1
    assert "not in force" in refused.stderr
    ana.does("pact", "sign", pact_id)
    assert ana.asks("pact", "show", pact_id)["in_force"] == pact_id
    result = ana.run("pact", "export", pact_id, "--verifiable", "--history", str(tmp_path / "keys.json"))
    assert result.exit_code == 0
    assert "Not verifiable elsewhere: Comuna consented" in " ".join(result.stderr.split())
    assert len(verify_document(json.loads(result.stdout))) == 1
    history = json.loads((tmp_path / "keys.json").read_text())
    assert [party["provable"] for party in history["parties"]] == ["verifiable", "no_proof"]


def test_a_pact_of_which_nobody_gave_a_proof_is_not_exported_as_verifiable(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Municipio@es", "--type", "municipality")
    parties = ("--party", "administration=Municipio", "--party", "community=Otra")
    made = ana.asks("pact", "propose", "--title", "Pacto", *parties)
    sentence = ana.fails("pact", "export", made["id"], "--verifiable", "--version", made["id"], code=1)
    assert "no consent to this pact carries a proof" in sentence
    assert json.loads(ana.does("pact", "export", made["id"], "--version", made["id"]))["type"] == "Pact"
    actor = ana.asks("actor", "list")[0]["id"]
    one = str(tmp_path / "x.json")
    for same in (("--out", one, "--history", one), ("--archive", one, "--history", one)):
        assert "a file each" in ana.fails("pact", "export", made["id"], "--version", made["id"], *same)
    alone = ("--version", made["id"], "--archive", one)
    assert "no consent to this pact carries" in ana.fails("pact", "export", made["id"], *alone, code=1)
    assert not (tmp_path / "x.json").exists()
    assert "not a version of this pact" in ana.fails("pact", "export", made["id"], "--version", actor)


def test_an_erased_pact_is_not_exported(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Municipio@es", "--type", "municipality")
    made = ana.asks(
        *("pact", "propose", "--title", "Pacto", "--party", "administration=Municipio"),
        *("--party", "community=Otra"),
    )
    ana.does("erase", made["id"], "--basis", "mistake", "--yes")
    assert "was erased" in ana.fails("pact", "export", made["id"], "--version", made["id"])
    # Of the record itself the header stays, and is checked as before.
    record = json.loads(ana.does("record", "export", made["id"]))["record"]
    assert record["payload"] is record["content"] is None
    assert record["id"] == f"urn:minga:record:{made['id']}"


def test_a_record_is_checked_by_hand_as_the_page_says(
    pact_of_three: tuple[Terminal, str], tmp_path: Path
) -> None:
    tools = ("bash", "openssl", "jq", "basenc", "b2sum", "base32", "cmp", "xxd", "bc")
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is absent, and the page checks a record with it")
    home, pact = pact_of_three
    exported(home, pact, tmp_path)
    home.does("record", "export", pact, "--out", str(tmp_path / "record.json"))
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 4
    script = tmp_path / "check.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(blocks), encoding="utf-8")

    def checked() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S
        )

    done = checked()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Signature Verified Successfully") == 1 + 4 + 1
    for name, old, new in (
        ("record.json", '"signature":"', '"signature":"AAAA'),
        ("record.json", '"payload":"', '"payload":"AAAA'),
        ("record.json", '"header":"', '"header":"AAAA'),
        ("record.json", '"id":"urn:minga:record:', '"id":"urn:minga:record:a'),
        ("pact.history.json", '"proven_by":["did:key:z6Mk', '"proven_by":["did:key:z6Mm'),
        ("pact.json", "ojo", "ajo"),
        ("pact.archive.json", '"exported_by":"did:key:z6Mk', '"exported_by":"did:key:z6Mm'),
        ("pact.archive.json", ',"history":', ', "history":'),
        ("pact.archive.json", '"history":', '"history":0,"history":'),
    ):
        file = tmp_path / name
        before = file.read_text(encoding="utf-8")
        assert old in before
        at = before.rindex(old)
        file.write_text(before[:at] + new + before[at + len(old) :], encoding="utf-8")
        assert checked().returncode != 0
        file.write_text(before, encoding="utf-8")


def write(path: Path, records: list[Any]) -> None:
    """Put records into a bundle."""
    from node.bundles import write_bundle
    from protocol.bundle import BundleHeader

    write_bundle(path, [record.envelope for record in records], BundleHeader(0, None, None))
