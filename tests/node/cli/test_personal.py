"""Why people are named, and by what right: given where records name people, kept, and shown with them."""

from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal

WHY = ("--purpose", "Saber a quién llamar@es", "--basis", "consent", "--basis-on", "2026-05-31")
KEPT = (*WHY, "--basis-held-by", "la secretaría")
SAID = {
    "purpose": {"es": "Saber a quién llamar"},
    "basis": "consent",
    "on": "2026-05-31",
    "held_by": "la secretaría",
}
SHOWN = "Saber a quién llamar · with their consent, 2026-05-31 · kept by la secretaría"


@pytest.fixture
def home(tmp_path: Path) -> Terminal:
    home = Terminal(tmp_path / "home")
    home.settled_down("Ana")
    home.does("actor", "new", "--name", "Comuna@es", "--type", "comuna")
    return home


@pytest.mark.parametrize(
    ("write", "show"),
    [
        (("commons", "add", "--name", "X@es", "--resource", "water", "--steward", "Ana Pérez"), "commons"),
        (("pact", "propose", "--title", "X@es", "--party", "Ana Pérez", "--party", "Comuna"), "pact"),
        (("body", "add", "--name", "X@es", "--seat", "civil=Ana Pérez"), "body"),
        (("alert", "add", "--title", "X@es", "--commons", "Ojo", "--text", "Ana Pérez lo vio"), "alert"),
        (
            *(
                ("vote", "open", "--title", "X@es", "--option", "a", "--option", "b", "--voter", "Comuna"),
                "vote",
            ),
        ),
    ],
    ids=["commons", "pact", "body", "alert", "vote"],
)
def test_it_is_kept_and_shown(home: Terminal, write: tuple[str, ...], show: str) -> None:
    days = ("--days", "30") if show == "vote" else ()
    written = home.asks(*write, *days, *KEPT)
    assert home.asks("record", "show", written["record"])["content"]["personal_data"] == SAID
    assert SHOWN in " ".join(home.does(show, "show", "X").split())
    # What is written next carries it along.
    amend = {
        "commons": ("commons", "change", "X", "--rules", "y"),
        "pact": ("pact", "propose", "--amend", "X", "--clause", "duration=y"),
        "body": ("body", "add", "--amend", "X", "--text", "y"),
        "alert": ("alert", "change", "X", "--text", "y"),
        "vote": ("vote", "open", "--amend", "X", "--text", "y"),
    }[show]
    again = home.asks(*amend)["record"]
    assert home.asks("record", "show", again)["content"]["personal_data"] == SAID


def test_an_actor_s_later_versions_keep_it(home: Terminal) -> None:
    made = home.asks("actor", "new", "--name", "Ana P.@es", "--type", "person", *KEPT)
    assert made["content"]["personal_data"] == SAID
    home.does("actor", "rotate", made["id"], "--name", "Ana Pérez@es")
    assert home.asks("actor", "show", made["id"])["content"]["personal_data"] == SAID
    assert SHOWN in " ".join(home.does("actor", "show", made["id"]).split())


def test_an_act_says_it_too(home: Terminal) -> None:
    home.does("pact", "propose", "--title", "X@es", "--party", "Comuna", "--party", "Municipio")
    act = home.asks("pact", "observe", "X", "--text", "Ana Pérez dice que sí", *WHY, "--yes")
    said = home.asks("record", "show", act["record"])["content"]["personal_data"]
    assert said == {name: value for name, value in SAID.items() if name != "held_by"}


def test_by_what_right_is_said_whole(home: Terminal) -> None:
    base = ("commons", "add", "--name", "X@es", "--resource", "water")
    for half in (("--purpose", "x"), ("--basis", "law")):
        assert "go together" in home.fails(*base, *half)
    assert "not written like a year, a month or a day" in home.fails(*base, *WHY[:4], "--basis-on", "mayo")
    assert "two texts" in home.fails(*base, "--purpose", "x@es", "--purpose", "y@es", "--basis", "law")
