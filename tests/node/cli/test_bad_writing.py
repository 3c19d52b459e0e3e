"""What cannot be written: it ends in one sentence that says what to put right, and nothing is signed."""

from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal

LONG = "x" * 100_000
NOWHERE = "a" * 52
FEW = ("--as", "Ana", "--resource", "water")
PACT = ("pact", "propose", "--title", "x", "--as", "Ana")
BOTH = ("--party", "community=Ana", "--party", "administration=Municipio")
VOTE = ("vote", "open", "--title", "v", "--option", "a", "--option", "b", "--as", "Ana")

WRONG: list[tuple[tuple[str, ...], str]] = [
    # Pacts with themselves.
    ((*PACT, "--party", "a=Ana", "--party", "b=Ana"), "names one party twice"),
    ((*PACT, "--party", "a=Ana"), "at least two parties"),
    # Parties nobody knows, or of which there are two.
    ((*PACT, "--party", "Ana", "--party", NOWHERE), "bring its records first"),
    ((*PACT, "--party", "Ana", "--party", "administration=Gemelos"), "several are called 'Gemelos'"),
    (("commons", "add", "--name", "x", "--steward", "Gemelos", *FEW), "several are called 'Gemelos'"),
    (("endorse", NOWHERE, "--as", "Ana"), "nothing here has the name"),
    (("endorse", "Ana", "--as", "Ana"), "nobody vouches for themselves"),
    # What nobody has.
    ((*PACT, *BOTH, "--commons", NOWHERE), "nothing here has the name"),
    (("pact", "sign", NOWHERE, "--as", "Ana"), "nothing here has the name"),
    # Dates reversed, and days that are none.
    ((*PACT, *BOTH, "--start", "2026-01-02", "--end", "2026-01-01"), "ends before it starts"),
    ((*PACT, *BOTH, "--start", "2026-02-30"), "a day is written YYYY-MM-DD"),
    ((*PACT, *BOTH, "--start", "2020-01-01", "--end", "2030-01-01"), "nine years needs reasons"),
    ((*VOTE, "--voter", "Ana", "--opens", "2999-01-02", "--closes", "2999-01-01"), "cannot come before"),
    ((*VOTE, "--voter", "Ana", "--voter", "Ana", "--closes", "2999-01-01"), "on the roll twice"),
    (
        (
            "body",
            "add",
            "--name",
            "c",
            "--as",
            "Ana",
            "--seat",
            "civil=Ana; since=2026-01-02; until=2026-01-01",
        ),
        "cannot come before",
    ),
    (
        ("challenge", "Laguna", "--text", "x", "--as", "Ana", "--until", "2020-01-01"),
        "is over, so nobody could",
    ),
    # Parts of each other, and of themselves.
    (("link", "Laguna", "Laguna", "--relation", "part_of", "--as", "Ana"), "no relation to itself"),
    (("link", "Laguna", "Vega", "--relation", "part_of", "--as", "Ana"), "would be part of the other"),
    (
        ("link", "Laguna", NOWHERE, "--relation", "same_as", "--as", "Ana"),
        "to name it all the same, say --unseen",
    ),
    # Too long.
    (("commons", "add", "--name", LONG, *FEW), "in the field name is longer than 500 characters"),
    (("commons", "add", "--name", "x", "--rules", LONG, *FEW), "in the field rules is longer than 40000"),
    ((*PACT, *BOTH, "--clause", f"objectives={LONG}"), "clauses, objectives is longer than 40000"),
    ((*PACT, "--party", "Ana", "--party", LONG), "parties 2, name is longer than 500"),
    (("actor", "new", "--name", LONG, "--type", "association"), "name is longer than 500"),
    # Characters that nobody sees.
    (("commons", "add", "--name", "Páramo\u202egnp.exe", *FEW), "U+202E, after 'Páramo': leave it out"),
    (("commons", "add", "--name", "x", "--rules", "\x1b[31mrojo", *FEW), "the field rules, en holds"),
    ((*PACT, *BOTH, "--clause", "objectives=a\U000e0041"), "U+E0041"),
    (("actor", "new", "--name", "A\x9bna", "--type", "association"), "U+009B, after 'A'"),
    (("vote", "open", "--title", "v\x07", "--option", "a", "--option", "b", "--voter", "Ana"), "U+0007"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home with some actors, two of one name, and two commons, one of which is part of the other."""
    home = Terminal(tmp_path_factory.mktemp("desk") / "home")
    home.settled_down()
    for name in ("Ana", "Municipio", "Gemelos", "Gemelos"):
        home.does("actor", "new", "--name", f"{name}@es", "--type", "association")
    for name in ("Laguna", "Vega"):
        home.does("commons", "add", "--name", f"{name}@es", *FEW)
    home.does("link", "Vega", "Laguna", "--relation", "part_of", "--as", "Ana")
    return home


@pytest.mark.parametrize(
    ("typed", "says"), WRONG, ids=[f"{n}: {says[:50]}" for n, (_, says) in enumerate(WRONG)]
)
def test_what_is_wrong_is_not_written(desk: Terminal, typed: tuple[str, ...], says: str) -> None:
    more = (
        ("--closes", "2999-01-01", "--as", "Ana")
        if typed[:2] == ("vote", "open") and "--closes" not in typed
        else ()
    )
    before = desk.asks("status")["records"]
    result = desk.run(*typed, *more)
    said = " ".join(result.stderr.split())
    assert result.exit_code in (1, 2), said
    assert says.replace(" ", "") in said.replace(" ", "")
    assert len(said) < 700  # what was typed is not said again, all of it
    assert desk.asks("status")["records"] == before


def test_it_is_said_in_spanish_too(desk: Terminal) -> None:
    there = Terminal(desk.home, "es")
    for typed, _ in WRONG:
        sentence = " ".join(there.run(*typed).stderr.split())
        for english in (
            "longer than",
            "nobody sees",
            "several are called",
            "is held here",
            "Expected",
            "malformed)",
        ):
            assert english not in sentence, sentence


def test_what_languages_need_can_be_written(desk: Terminal, tmp_path: Path) -> None:
    """Marks of right-to-left scripts, joiners, lines and tabs are no tricks."""
    names = ("مشاع\u200f القرية", "نامه\u200cها", "नारायण\u200d", "Ñuca llacta 👩🏽\u200d🌾")
    for name in names:
        made = desk.asks("commons", "add", "--name", f"{name}@und", "--rules", "uno\n\tdos\r\ntres", *FEW)
        assert made["title"]["und"] == name
