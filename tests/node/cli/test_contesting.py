"""Contested at the terminal: challenges and answers, links, assessments, alerts, and claims to one place."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from protocol.identifiers import SubjectId, parse_id
from protocol.limits import TEXT_LENGTH_MAX_CHARS
from tests.node.claims.outlines import box
from tests.node.cli.terminal import Terminal, exchange
from tests.protocol.people import Person, key

NOBODY = "a" * 52


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home of two communities whose commons overlap, in which nothing else is written."""
    folder = tmp_path_factory.mktemp("tingo")
    home = Terminal(folder / "home")
    home.settled_down("Ana")
    home.does("key", "new", "--label", "Bea", "--no-passphrase")
    home.does("actor", "new", "--name", "Santa Clara@es", "--type", "comuna", "--key", "Ana")
    home.does("actor", "new", "--name", "El Tingo@es", "--type", "community", "--key", "Bea")
    for name, west, east, who in (
        ("Páramo", -78.5, -78.4, "Santa Clara"),
        ("Bosque", -78.43, -78.3, "El Tingo"),
    ):
        file = folder / f"{name}.geojson"
        file.write_text(json.dumps(box(west, -0.2, east, -0.1)))
        about = ("--name", f"{name}@es", "--resource", "forest", "--geometry", str(file), "--as", who)
        home.does("commons", "add", *about)
    return home


@pytest.fixture
def tingo(settled: Terminal, tmp_path: Path) -> Terminal:
    """Such a home to write in."""
    return copied(settled, tmp_path / "home")


def copied(home: Terminal, to: Path) -> Terminal:
    """The same home once more: the same keys, in another place."""
    copytree(home.home, to)
    return Terminal(to)


def voices(home: Terminal, thing: str = "Páramo", kind: str = "commons") -> dict[str, Any]:
    found: dict[str, Any] = home.asks(kind, "show", thing)["voices"]
    return found


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_challenge_is_answered_by_those_it_concerns(tingo: Terminal) -> None:
    said = words(
        tingo.does(
            *("challenge", "Páramo", "--ground", "boundary", "--until", "2999-01-31", "--as", "El Tingo"),
            *("--text", "La quebrada es de los dos"),
        )
    )
    assert "Recorded: challenge, by El Tingo" in said
    assert "(its bounds): to be answered until 2999-01-31" in said
    (challenge,) = voices(tingo)["challenges"]
    tingo.does("reply", challenge["record"], "--text", "Gracias", "--as", "El Tingo")
    assert voices(tingo)["challenges"][0]["state"] == "open"
    tingo.does(
        *("reply", challenge["record"], "--text", "No", "--outcome", "not_taken_up", "--as", "Santa Clara")
    )
    shown = words(tingo.does("commons", "show", "Páramo"))
    assert "answered" in shown
    assert "Remark" in shown  # what El Tingo said of its own challenge answers nothing
    assert [a["of_the_challenged"] for a in voices(tingo)["challenges"][0]["answers"]] == [False, True]


def test_the_name_of_a_thing_means_the_one_challenge_that_waits(tingo: Terminal) -> None:
    reply = ("reply", "Páramo", "--text", "No", "--as", "Santa Clara")
    tingo.does("challenge", "Páramo", "--text", "Uno", "--as", "El Tingo")
    tingo.does(*reply)
    assert [one["state"] for one in voices(tingo)["challenges"]] == ["answered"]
    tingo.does(*reply)  # of the commons itself: no challenge waits
    assert len(voices(tingo)["challenges"][0]["answers"]) == 1
    tingo.does("challenge", "Páramo", "--text", "Dos", "--as", "El Tingo")
    tingo.does("challenge", "Páramo", "--text", "Tres", "--as", "El Tingo")
    assert "several challenges wait" in tingo.fails(*reply)
    tingo.does("reply", voices(tingo)["challenges"][0]["record"], *reply[2:])
    tingo.does(*reply)
    assert {one["state"] for one in voices(tingo)["challenges"]} == {"answered"}


def test_a_challenge_is_put_otherwise_and_taken_back_by_its_author_alone(tingo: Terminal) -> None:
    tingo.does("challenge", "Páramo", "--text", "No es así", "--as", "El Tingo")
    refused = tingo.fails("challenge", "Páramo", "--withdraw", "--as", "Santa Clara")
    assert "nothing of this that you said stands" in refused
    tingo.does("challenge", "Páramo", "--text", "No fue así", "--replace", "--as", "El Tingo")
    assert [one["state"] for one in voices(tingo)["challenges"]] == ["open", "replaced"]
    tingo.does("challenge", "Páramo", "--withdraw", "--as", "El Tingo")
    assert [one["state"] for one in voices(tingo)["challenges"]] == ["withdrawn", "replaced"]
    assert "taken back" in tingo.does("commons", "show", "Páramo")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("challenge", "Páramo"), "a challenge says what is wrong"),
        (("challenge", "Páramo", "--text", "x", "--on", "2025-02-02", "--until", "2025-02-01"), "is before"),
        (("challenge", "Páramo", "--text", "x", "--until", "2020-01-01"), "nobody could answer by then"),
        (("challenge", "Páramo", "--text", "x", "--replace"), "no challenge of yours to replace"),
        (("challenge", "Páramo", "--withdraw", "--text", "x"), "leave out --text"),
        (("link", "Páramo", "Páramo", "--relation", "same_as"), "no relation to itself"),
        (("link", "Páramo", "El Tingo", "--relation", "same_as"), "cannot be the same"),
        (("link", "Páramo", "El Tingo", "--relation", "overlaps"), "only commons and places overlap"),
        (("link", "Páramo", "nada", "--relation", "part_of", "--unseen"), "its whole id"),
        (("assess", "Páramo"), "an assessment finds something"),
        (("assess", "Páramo", "--monitoring", "good"), "is one of absent, partial, present, unknown"),
        (("assess", "Páramo", "--withdraw"), "nothing to take back"),
        (("alert", "add", "--title", "x"), "say what it is about or where"),
        (("alert", "add", "--commons", "Páramo"), "an alert says what happens"),
        (("alert", "add", "--title", "x", "--commons", "Páramo", "--since", "ayer"), "a date is written"),
        (("alert", "add", "--title", "x", "--commons", "Páramo", "--evidence", "a=b"), "TITLE=URL"),
        (("alert", "add", "--title", "x", "--commons", "Páramo", "--grid", "0.1"), "--grid goes with"),
        (("alert", "list", "lobo", "--about", "Páramo"), "not both"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    settled: Terminal, typed: tuple[str, ...], why: str
) -> None:
    signing = () if typed[:2] == ("alert", "list") else ("--as", "Santa Clara")
    assert why in settled.fails(*typed, *signing)


@pytest.mark.parametrize("kind", ["challenge", "alert"])
def test_a_text_that_is_too_long_is_refused_with_the_field_and_the_limit(tingo: Terminal, kind: str) -> None:
    text = "x" * (TEXT_LENGTH_MAX_CHARS + 1)
    about = (kind, "Páramo") if kind == "challenge" else (kind, "add", "--title", "x", "--commons", "Páramo")
    said = tingo.fails(*about, "--text", text, "--as", "El Tingo")
    assert f"a text in the field text is longer than {TEXT_LENGTH_MAX_CHARS} characters" in said
    tingo.does(*about, "--text", text[1:], "--as", "El Tingo")


def test_what_nobody_here_has_is_not_found_but_can_be_named(tingo: Terminal) -> None:
    link = ("link", "Páramo", NOBODY, "--relation", "part_of", "--as", "Santa Clara")
    assert "--unseen" in tingo.fails(*link, code=1)
    tingo.does(*link, "--unseen")
    assert [end["id"] for end in voices(tingo)["within"]] == [NOBODY]
    assert "not held here" in tingo.does("commons", "show", "Páramo")
    tingo.fails("challenge", "Nada", "--text", "x", "--as", "El Tingo", code=1)
    # What turns out to be the id of a version means its thing.
    bosque = tingo.asks("commons", "change", "Bosque", "--users", "Las vecinas", "--as", "El Tingo")
    tingo.does("link", "Páramo", bosque["record"], *link[3:5], "--unseen", "--as", "Santa Clara")
    assert bosque["id"] in {end["id"] for end in voices(tingo)["within"]}


def test_a_link_is_seen_at_both_ends_and_taken_back(tingo: Terminal) -> None:
    tingo.does("link", "Páramo", "Bosque", "--relation", "overlaps", "--as", "Santa Clara")
    assert "overlaps Bosque" in words(tingo.does("commons", "show", "Páramo"))
    assert "overlaps it – Santa Clara" in words(tingo.does("commons", "show", "Bosque"))
    assert not voices(tingo)["links"][0]["mutual"]
    tingo.does("link", "Bosque", "Páramo", "--relation", "overlaps", "--as", "El Tingo")
    assert "both say so" in tingo.does("commons", "show", "Páramo")
    tingo.does("link", "Páramo", "Bosque", "--relation", "overlaps", "--withdraw", "--as", "Santa Clara")
    assert [(one["from"] == one["to"], one["mutual"]) for one in voices(tingo)["links"]] == [(False, False)]
    assert "both say so" not in tingo.does("commons", "show", "Páramo")


def test_nothing_is_made_part_of_its_own_part_and_a_cycle_that_came_is_shown(
    tingo: Terminal, tmp_path: Path
) -> None:
    elsewhere = copied(tingo, tmp_path / "elsewhere")
    tingo.does("link", "Bosque", "Páramo", "--relation", "part_of", "--as", "El Tingo")
    refused = tingo.fails("link", "Páramo", "Bosque", "--relation", "part_of", "--as", "Santa Clara")
    assert "each would be part of the other" in refused
    # Where the other half has not come yet, nobody can refuse.
    elsewhere.does("link", "Páramo", "Bosque", "--relation", "part_of", "--as", "Santa Clara")
    exchange(tingo, elsewhere, over=tmp_path)
    shown = words(tingo.does("commons", "show", "Páramo"))
    assert "part of itself, through" in shown
    assert voices(tingo)["within"] == []
    assert len(voices(tingo)["within_itself"]) == 2


def test_assessments_stand_side_by_side_and_one_of_the_same_day_replaces(tingo: Terminal) -> None:
    tingo.does("assess", "Páramo", "--boundaries", "present", "--as", "Santa Clara")
    tingo.does("assess", "Páramo", "--boundaries", "absent", "--on", "2024-02-02", "--as", "Santa Clara")
    tingo.does("assess", "Páramo", "--monitoring", "partial=Solo en verano", "--as", "El Tingo")
    tingo.does("assess", "Páramo", "--boundaries", "partial", "--as", "Santa Clara")
    found = voices(tingo)["assessments"]
    assert len(found) == 3
    shown = tingo.does("commons", "show", "Páramo")
    assert "monitoring: Solo en verano" in words(shown)
    row = next(line for line in shown.splitlines() if line.startswith("clear boundaries"))
    assert "absent" in row
    assert "in part" in row
    tingo.does("assess", "Páramo", "--withdraw", "--as", "El Tingo")
    assert len(voices(tingo)["assessments"]) == 2
    tingo.fails("assess", "Santa Clara", "--boundaries", "present", "--as", "El Tingo", code=1)


def test_an_alert_with_its_evidence_until_it_is_over(tingo: Terminal, tmp_path: Path) -> None:
    photo = tmp_path / "cerca.jpg"
    photo.write_bytes(b"alambre")
    raised = tingo.asks(
        *("alert", "add", "--title", "Cercan el páramo@es", "--type", "enclosure", "--commons", "Páramo"),
        *("--point=-78.45,-0.15", "--since", "2026-03", "--evidence", "Foto 3=https://example.org/3.jpg"),
        *(
            "--evidence-copy",
            str(photo),
            "--evidence-copy",
            f"Acta={photo}",
            "--commons",
            "La laguna sin registro",
            "--as",
            "El Tingo",
        ),
    )
    content = raised["versions"][0]["content"]
    assert [one["title"] for one in content["evidence"]] == ["Foto 3", "File 1", "Acta"]
    assert "cerca" not in str(content["evidence"])
    assert content["commons"][1] == {"name": {"en": "La laguna sin registro"}}
    assert "Cercan el páramo" in tingo.does("commons", "show", "Páramo")
    assert [row["status"] for row in tingo.asks("alert", "list", "--about", "Páramo")] == ["open"]
    assert "only who raised an alert" in tingo.fails("alert", "close", raised["id"], "--as", "Santa Clara")
    tingo.does("challenge", raised["id"], "--text", "Es un corral viejo", "--as", "Santa Clara")
    assert "Es un corral viejo" in tingo.does("alert", "show", raised["id"])
    closed = tingo.does("alert", "close", raised["id"], "--outcome", "Se quitó la cerca", "--as", "El Tingo")
    assert "Se quitó la cerca" in closed
    assert "resolved" in closed
    assert [row["status"] for row in tingo.asks("alert", "list", "cercan")] == ["resolved"]


def test_an_alert_about_a_place_told_roughly_tells_it_roughly(tingo: Terminal) -> None:
    raised = tingo.asks(
        *("alert", "add", "--title", "Amenaza", "--commons", "Páramo", "--point=-78.45678,-0.15432"),
        *("--sensitivity", "generalised", "--as", "El Tingo"),
    )
    content = raised["versions"][0]["content"]
    assert content["geometry"]["coordinates"] == [-78.46, -0.15]
    assert content["uncertainty_m"] > 500
    changed = tingo.asks(*("alert", "change", raised["id"], "--point=-78.41111,-0.11111", "--as", "El Tingo"))
    assert changed["versions"][-1]["content"]["geometry"]["coordinates"] == [-78.41, -0.11]
    kept = tingo.asks("alert", "change", raised["id"], "--sensitivity", "withheld", "--as", "El Tingo")
    assert "geometry" not in kept["versions"][-1]["content"]


def test_claims_to_one_place_are_listed_with_who_says_so(tingo: Terminal) -> None:
    tingo.does(
        *("commons", "add", "--name", "PARAMO@es", "--resource", "water", "--point=-78.35,-0.15"),
        *("--as", "El Tingo"),
    )
    (pair,) = [p for p in tingo.asks("commons", "overlaps")["pairs"] if p["other"]["hectares"]]
    assert pair["other"]["relation"] == "overlaps"
    assert 3_600 < pair["other"]["hectares"] < 3_800
    assert {round(pair["other"]["share_of_this"], 2), round(pair["other"]["share_of_that"], 2)} == {0.3, 0.23}
    beside = tingo.asks("commons", "overlaps", "Bosque")
    assert {one["relation"] for one in beside["found"]} == {"overlaps", "contains"}
    shown = words(tingo.does("commons", "overlaps"))
    assert "says El Tingo" in shown
    assert "says Santa Clara" in shown
    assert "same name" in shown
    assert "overlaps: 3,6" in shown
    assert "Other claims to this place" in tingo.does("commons", "show", "Páramo")


def test_names_that_would_turn_a_terminal_around_are_shown_harmlessly(tingo: Terminal) -> None:
    name = "Cerca\u202eonem\u2066\x07\x1b[31m"
    other = Person("Otra", [key("misleading")])
    about = parse_id(tingo.asks("commons", "show", "Páramo")["id"])
    alert = {"title": {"es": name}, "type": "enclosure", "licence": name, "commons": [{"name": {"es": name}}]}
    challenge = other.sign("challenge", {"text": {"es": name}}, subject=SubjectId(about), parents=[about])
    tingo.hears([*other.records, *other.sign("alert", alert), *challenge])
    for typed in (("alert", "list"), ("commons", "show", "Páramo")):
        shown = tingo.does(*typed)
        assert not set("\u202e\u2066\x07\x1b") & set(shown)
    raised = next(one for one in tingo.asks("alert", "list") if one["title"].get("es") == name)
    assert not set("\u202e\u2066\x07\x1b") & set(tingo.does("alert", "show", raised["id"]))


def test_what_a_council_has_not_signed_enough_waits_and_counts_then(tingo: Terminal) -> None:
    tingo.does("key", "new", "--label", "Eva", "--no-passphrase")
    council = tingo.asks(
        *("actor", "new", "--name", "Consejo@es", "--type", "council", "--key", "Ana", "--key", "Eva"),
        *("--threshold", "2"),
    )
    key = next(path for path in (tingo.home / "keys").iterdir() if "Eva" in path.read_text(errors="ignore"))
    away = key.read_bytes()
    key.unlink()
    said = tingo.asks("challenge", "Bosque", "--text", "No", "--as", council["id"])
    assert said["awaiting"]
    assert said["voices"]["challenges"] == []
    key.write_bytes(away)
    key.chmod(0o600)
    tingo.does("actor", "cosign", said["record"])
    assert len(voices(tingo, "Bosque")["challenges"]) == 1


def test_what_was_said_in_the_year_one_is_shown(tingo: Terminal) -> None:
    tingo.does("challenge", "Páramo", "--text", "x", "--on", "0001-01-01", "--as", "El Tingo")
    assert "0001-01-01, El Tingo" in words(tingo.does("commons", "show", "Páramo"))
