"""A person asks what is held of them, has it put right, has it taken out: nothing is left on disk."""

import json
import random
import tarfile
from pathlib import Path

import pytest

from node.accounts.accounts_file import AccountsFile
from node.accounts.comments import add_comment
from node.accounts.drafts import Draft, new_draft_id, save_draft
from node.privacy.register import FILE_NAME
from protocol.identifiers import RecordId, SubjectId
from tests.node.cli.terminal import Terminal, exchange
from tests.node.privacy.keeping import traces_kept
from tests.node.privacy.planted import Planted, plant

WHY = ("--purpose", "Saber a quién llamar", "--basis", "consent")


def founded(home: Terminal, name: str, *keys: str) -> str:
    home.does("init")
    for label in keys or ("uno",):
        home.does("key", "new", "--label", label, "--no-passphrase")
    asked = ("--threshold", str(len(keys))) if len(keys) > 1 else ()
    return str(home.asks("actor", "new", "--name", f"{name}@es", "--type", "comuna", *asked)["id"])


def noted(home: Terminal) -> list[dict[str, object]]:
    path = home.home / FILE_NAME
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def ana(tmp_path: Path) -> Terminal:
    """A home that describes a commons and says things about a pact, a person named in all of it."""
    home = Terminal(tmp_path / "ana")
    founded(home, "Comuna")
    return home


def written(home: Terminal, name: str) -> dict[str, str]:
    """Write a person's name into one record of each sort; return their ids."""
    commons = ("--resource", "water", *WHY, "--steward", name, "--as", "Comuna")
    first = home.asks("commons", "add", "--name", "Ojo@es", "--rules", f"Pregunte a {name}", *commons)[
        "record"
    ]
    second = home.asks("commons", "change", "Ojo", "--users", f"La familia de {name}", "--as", "Comuna")[
        "record"
    ]
    seats = ("--seat", f"civil={name}; role=chair")
    body = home.asks("body", "add", "--name", "Junta@es", *seats, *WHY, "--as", "Comuna")["record"]
    parties = ("--party", "Comuna", "--party", name)
    pact = home.asks("pact", "propose", "--title", "Pacto@es", *parties, *WHY, "--as", "Comuna")["record"]
    act = home.asks(
        "pact", "observe", "Pacto", "--text", f"{name} está de acuerdo", "--as", "Comuna", "--yes"
    )
    return {"first": first, "second": second, "body": body, "pact": pact, "act": act["record"]}


def secret_person(seed: int) -> tuple[Planted, str]:
    secret = plant(random.Random(seed))
    return secret, " ".join(word.capitalize() for word in secret.words)


def test_everything_held_of_a_person_is_listed(ana: Terminal, tmp_path: Path) -> None:
    ids = written(ana, "Rosa Pérez")
    luis = Terminal(tmp_path / "luis")
    founded(luis, "Registro")
    luis.does("commons", "add", "--name", "Otro@es", "--resource", "forest", "--steward", "ROSA PEREZ")
    exchange(luis, ana, over=tmp_path)
    told = ana.asks("privacy", "access", "rosa perez")
    found = {one["id"]: one for one in told["records"]}
    assert set(ids.values()) <= found.keys()
    assert len(found) == len(ids) + 1
    assert found[ids["act"]]["mentions"] == [
        {"how": "words", "field": "text, en", "text": "Rosa Pérez está de acuerdo"}
    ]
    assert found[ids["first"]]["content"]["stewards"][0]["name"] == {"en": "Rosa Pérez"}
    text = ana.does("privacy", "access", "Rosa Pérez")
    assert "Rosa Pérez está de acuerdo" in text
    assert "Other nodes may hold the same records" in text
    assert "Registro" in text
    # Nobody of that name, and a look that nobody asked for.
    assert ana.asks("privacy", "access", "Rosa Paz")["records"] == []
    assert ana.asks("privacy", "access", "Rosa Paz", "--trial")["records"] == []
    assert [(one["request"], one["outcome"]) for one in noted(ana)] == [
        ("access", "done"),
        ("access", "done"),
        ("access", "nothing_held"),
    ]
    assert noted(ana)[0] == noted(ana)[1] | {"own": 5, "others": 1}
    assert "Rosa" not in (ana.home / FILE_NAME).read_text()
    assert "found everywhere" in ana.fails("privacy", "access", "Ro")


def test_an_actor_and_a_key_bring_their_names(ana: Terminal) -> None:
    ana.does("key", "new", "--label", "Rosa, teléfono", "--no-passphrase")
    person = ("--type", "person", "--key", "Rosa, teléfono", *WHY)
    rosa = ana.asks("actor", "new", "--name", "Rosa@es", *person)["id"]
    ana.does("actor", "rotate", rosa, "--name", "Rosa Pérez@es")
    written(ana, "Rosa Pérez")
    key = ana.asks("actor", "show", rosa)["content"]["keys"][0]["key"]
    for who in ("Rosa Pérez", rosa, rosa[:10], key):
        told = ana.asks("privacy", "access", who, "--trial")
        assert told["looked_for"]["names"] == ["Rosa", "Rosa Pérez"]
        assert told["looked_for"]["keys"] == [key]
        assert {"author", "key", "words"} <= {m["how"] for one in told["records"] for m in one["mentions"]}
    assert told["key_labels_here"] == ["Rosa, teléfono"]


def test_a_name_is_taken_out_of_all_that_can_be_and_is_nowhere_on_disk(ana: Terminal, tmp_path: Path) -> None:
    secret, name = secret_person(1)
    ids = written(ana, name)
    answer = ana.does("privacy", "erase", name, "--yes")
    assert "Not changed, for others signed or voted" in " ".join(answer.split())
    assert "[name taken out at their request]" in answer
    shown = ana.asks("commons", "show", "Ojo")["versions"][-1]["content"]
    assert shown["stewards"][0]["name"] == {"en": "[name taken out at their request]"}
    assert shown["users"] == {"en": "La familia de [name taken out at their request]"}
    assert shown["rules"] == {"en": "Pregunte a [name taken out at their request]"}
    assert ana.asks("body", "show", "Junta")["status"] in ("own", "documented")
    assert ana.asks("record", "show", ids["act"])["content"] is None
    assert ana.asks("privacy", "access", name, "--trial")["records"][0]["id"] == ids["pact"]
    assert noted(ana)[-1] == noted(ana)[-1] | {
        "request": "erase",
        "outcome": "partly",
        "changed": 4,
        "own": 5,
    }
    # The pact is people's affair; once they have erased it too, the name is in no file.
    ana.does("pact", "propose", "--amend", "Pacto", "--party", "Comuna", "--party", "Otra")
    ana.does("erase", ids["pact"], "--yes")
    told = ana.asks("privacy", "access", name, "--trial")
    assert told["records"] == []
    assert traces_kept(secret, ana.home) == []
    assert ana.asks("privacy", "erase", name)["outcome"] == "nothing_held"
    # A neighbour who had it learns of the erasures.
    bundle = tmp_path / "after.minga"
    ana.does("export", str(bundle))
    assert traces_kept(secret, bundle) == []


def test_old_backups_are_named_and_a_new_one_keeps_the_count_and_no_name(
    ana: Terminal, tmp_path: Path
) -> None:
    secret, name = secret_person(4)
    ana.does("commons", "add", "--name", "Ojo@es", "--resource", "water", "--rules", name, "--as", "Comuna")
    old, new = tmp_path / "old.tar", tmp_path / "new.tar"
    ana.does("backup", str(old))
    said = ana.run("privacy", "erase", name, "--yes")
    assert str(old) in "".join(said.stderr.split())
    assert "carried away" in said.stdout
    ana.does("backup", str(new))
    assert traces_kept(secret, old)
    assert traces_kept(secret, new) == []
    with tarfile.open(new) as archive:
        register = archive.extractfile(FILE_NAME)
        assert register is not None
        assert b'"request": "erase"' in register.read()


def test_what_others_wrote_is_listed_with_whom_to_ask(ana: Terminal, tmp_path: Path) -> None:
    luis = Terminal(tmp_path / "luis")
    founded(luis, "Registro")
    luis.does("commons", "add", "--name", "Otro@es", "--resource", "forest", "--steward", "Rosa Pérez")
    exchange(luis, ana, over=tmp_path)
    told = ana.asks("privacy", "erase", "Rosa Pérez")
    assert told["outcome"] == "partly"
    assert [one["author_name"] for one in told["others"]] == ["Registro"]
    assert told["signed"] == told["erased"] == told["rewritten"] == []
    text = ana.does("privacy", "erase", "Rosa Pérez", "--yes")
    assert "Registro" in text
    assert "minga block add" in text


def test_a_name_is_put_right_and_the_old_one_is_gone(ana: Terminal) -> None:
    secret, name = secret_person(2)
    ids = written(ana, name)
    told = ana.asks("privacy", "rectify", name, "Rosa Pérez Quishpe")
    assert set(told["rewritten"]) == {ids["first"], ids["second"], ids["body"]}
    assert {(one["record"], one["why"]) for one in told["by_hand"]} == {
        (ids["pact"], "agreed"),
        (ids["act"], "said"),
    }
    assert told["in_effect"]
    shown = ana.asks("commons", "show", "Ojo")["versions"][-1]["content"]
    assert shown["users"] == {"en": "La familia de Rosa Pérez Quishpe"}
    assert shown["personal_data"]["purpose"] == {"en": "Saber a quién llamar"}
    assert ana.asks("privacy", "access", "Rosa Pérez Quishpe", "--trial")["records"]
    for identifier in ("first", "second", "body"):
        assert ana.asks("record", "show", ids[identifier])["content"] is None
    # A name that is only written out is put right once, however often that is asked.
    written_out = ana.asks("privacy", "rectify", "Rosa Pérez Quishpe", "Rosa Pérez Quishpe Toapanta")
    assert len(written_out["rewritten"]) == 2
    shown = ana.asks("commons", "show", "Ojo")["versions"][-1]["content"]
    assert shown["users"] == {"en": "La familia de Rosa Pérez Quishpe Toapanta"}
    again = ana.asks("privacy", "rectify", "Rosa Pérez Quishpe", "Rosa Pérez Quishpe Toapanta")
    assert again["outcome"] == "nothing_held"
    assert "holds the name itself" in ana.fails("privacy", "erase", "Rosa", "--words", "Rosa P.")
    assert "say what is to stand" in ana.fails("privacy", "rectify", "Rosa", " ")
    ana.does("pact", "propose", "--amend", "Pacto", "--party", "Comuna", "--party", "Otra")
    ana.does("erase", ids["pact"], "--yes")
    ana.does("erase", ids["act"], "--yes")
    assert traces_kept(secret, ana.home) == []


def test_an_actor_s_own_record_keeps_its_name_and_that_is_said(ana: Terminal) -> None:
    ana.does("key", "new", "--label", "dos", "--no-passphrase")
    ana.does("actor", "new", "--name", "Rosa Pérez@es", "--type", "person", "--key", "dos", *WHY)
    told = ana.asks("privacy", "erase", "Rosa Pérez")
    assert [one["why"] for one in told["by_hand"]] == ["keys"]
    assert told["outcome"] == "partly"
    said = " ".join(ana.does("privacy", "erase", "Rosa Pérez", "--yes").split())
    assert "minga actor rotate" in said


def test_two_must_sign_before_anything_is_erased(tmp_path: Path) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    ana.does("init")
    luis.does("init")
    keys = [
        home.asks("key", "new", "--label", label, "--no-passphrase")["key"]
        for home, label in ((ana, "uno"), (luis, "dos"))
    ]
    listed = [word for key in keys for word in ("--key", key)]
    ana.does("actor", "new", "--name", "Comuna@es", "--type", "comuna", *listed, "--threshold", "2")
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", "Comuna")
    exchange(ana, luis, over=tmp_path)
    secret, name = secret_person(3)
    commons = ana.asks("commons", "add", "--name", "Ojo@es", "--resource", "water", "--rules", name)["record"]
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", commons)
    exchange(ana, luis, over=tmp_path)
    told = ana.asks("privacy", "erase", name)
    assert not told["in_effect"]
    assert len(told["signed"]) == 2
    assert ana.asks("record", "show", commons)["content"] is not None
    exchange(ana, luis, over=tmp_path)
    for record in told["signed"]:
        luis.does("actor", "cosign", record)
    exchange(ana, luis, over=tmp_path)
    for home in (ana, luis):
        assert home.asks("record", "show", commons)["content"] is None
        assert traces_kept(secret, home.home) == []
        shown = home.asks("commons", "show", "Ojo")["versions"][-1]["content"]
        assert shown["rules"] == {"en": "[name taken out at their request]"}


def test_requests_on_paper_are_counted_too(ana: Terminal) -> None:
    for _ in range(5):
        ana.does("privacy", "note", "erase", "refused", "--on", "2025-03-01")
    ana.does("privacy", "note", "access", "done", "--on", "2026-03-01")
    told = ana.asks("privacy", "figures")
    assert told["requests"] == [
        {"year": 2026, "request": "access", "number": None, "refused": None},
        {"year": 2025, "request": "erase", "number": 5, "refused": 5},
    ]
    assert ana.asks("privacy", "figures", "--exact")["requests"][0]["number"] == 1
    assert "fewer than 5" in ana.does("privacy", "figures")
    assert "menos de 5" in Terminal(ana.home, "es").does("privacy", "figures")


def test_figures_count_what_is_kept_back_blocked_and_erased(ana: Terminal) -> None:
    base = ("commons", "add", "--resource", "water", "--as", "Comuna")
    ana.does(*base, "--name", "a@es", "--sensitivity", "withheld")
    ana.does(*base, "--name", "b@es", "--sensitivity", "generalised", "--point", "-78.51,-0.21")
    ana.does(*base, "--name", "c@es", "--seal-for", "Comuna", "--point", "-78.51,-0.21")
    gone = ana.asks(*base, "--name", "d@es")["record"]
    ana.does("erase", gone, "--yes")
    ana.does("block", "add", ana.asks(*base, "--name", "e@es")["id"])
    (year,) = ana.asks("privacy", "figures")["held"]
    assert {name: year[name] for name in year if name != "year"} == {
        "generalised": 1,
        "sealed": 1,
        "withheld": 1,
        "erased": 1,
        "blocked_here": 1,
    }


def test_accounts_and_what_is_not_published_yet_are_told_of_too(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down("Ana")
    ana.does("account", "add", "Rosa  Quishpe")
    ana.does("account", "add", "Susana Quishpe")
    file = AccountsFile(ana.home)
    said = {"text@es": ("Lo sabe ROSA QUISHPE, la tesorera",)}
    file.do(lambda db: save_draft(db, 1, Draft(new_draft_id(), "comment", {}, "", said, 0)))
    file.do(lambda db: add_comment(db, SubjectId(RecordId(bytes(32))), "Hola", "es", "Rosa Quishpe", 0))
    file.do(lambda db: add_comment(db, SubjectId(RecordId(bytes(32))), "Otra", "es", "Rosario Quishpe", 0))
    file.close()
    told = ana.asks("privacy", "access", "Rosa Quishpe", "--trial")
    assert told["accounts_here"] == ["Rosa Quishpe"]
    assert told["unpublished_texts_here"] == 2
    shown = ana.does("privacy", "access", "Rosa Quishpe", "--trial")
    assert "under the account Rosa Quishpe" in shown
    assert "2 drafts or visitors' comments" in shown
    # What a draft says is its owner's.
    assert "tesorera" not in shown
    assert "tesorera" not in json.dumps(told)
