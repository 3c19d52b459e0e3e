"""Councils and boards at the terminal: who sits, until when, by which act, and which rules are kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from node.cli.actors.taking_part import LISTED_MAX
from tests.node.cli.terminal import Terminal, exchange
from tests.protocol.people import Person, key

NAME = "Consejo de la cuenca"


def day(away: int) -> str:
    """The day so many days from today, UTC."""
    return (datetime.now(UTC) + timedelta(days=away)).date().isoformat()


@pytest.fixture
def ana(tmp_path: Path) -> Terminal:
    """The home of a council's secretary."""
    home = Terminal(tmp_path / "ana")
    home.settled_down("Ana")
    home.does("actor", "new", "--name", "Consejo@es", "--type", "council")
    return home


def council(home: Terminal, *more: str) -> Any:
    return home.asks(
        *("body", "add", "--name", f"{NAME}@es", "--signs-as", "Consejo"),
        *("--seat", f"civil=Ana; role=chair; since={day(-400)}; until={day(30)}; act=Acta 12"),
        *("--seat", f"state=Luis; role=vice-chair; act=Resolución 3; office=Alcaldía; mandate-end={day(-1)}"),
        *("--seat", "state"),
        *more,
    )


def seats(found: Any) -> list[tuple[str | None, str]]:
    return [(one.get("holder", {}).get("name", {}).get("en"), one["mandate"]) for one in found["seats"]]


def test_a_council_says_who_sits_until_when_and_by_which_act(ana: Terminal) -> None:
    made = council(ana, "--rule", "parity", "--rule", "alternating-chair", "--rule", "Elders first")
    assert made["status"] == "own"
    assert seats(made) == [("Ana", "held"), ("Luis", "held"), (None, "vacant")]
    assert [one["ends_soon"] for one in made["seats"]] == [True, False, False]
    assert [one["act_over"] for one in made["seats"]] == [False, True, False]
    assert [(one["rule"], one["kept"]) for one in made["rules"]] == [
        ("parity", True),
        ("alternating_chair", True),
        ("elders_first", None),
    ]
    said = " ".join(ana.does("body", "show", NAME).split())
    for part in (
        f"2 seats held on {day(0)}, 1 vacant.",
        "Told by itself, Consejo",
        "kept as many seats of the State as of civil society (1 of the State, 1 of civil society)",
        "not known elders first (a rule of its own, which is not checked here)",
        f"The mandate of Ana ends on {day(30)}.",
        "Luis sits by Resolución 3, Alcaldía.",
        f"That act gave Luis a mandate until {day(-1)}, which is past.",
        "Vacant: State.",
    ):
        assert part in said
    assert "all known" in ana.does("body", "list")


def test_a_mandate_that_ends_stays_and_a_vacant_seat_is_taken(ana: Terminal) -> None:
    council(ana, "--rule", "parity", "--rule", "alternating_chair")
    changed = ana.asks(
        *("body", "add", "--amend", NAME, "--leaves", f"ana={day(-2)}"),
        *("--seat", f"civil=Rosa; role=chair; since={day(-1)}", "--seat", "state=Marta"),
        *("--seat", f"civil=Juan; since={day(9)}"),
    )
    assert seats(changed) == [
        ("Ana", "past"),
        ("Luis", "held"),
        ("Rosa", "held"),
        ("Marta", "held"),
        ("Juan", "coming"),
    ]
    assert [(one["rule"], one["kept"], one["why"]) for one in changed["rules"]] == [
        ("parity", False, None),
        ("alternating_chair", False, "no_turns"),
    ]
    said = " ".join(ana.does("body", "show", NAME).split())
    assert f"Past mandates: {day(-400)} – {day(-2)} Ana, civil society (chair)" in said
    assert f"To come: {day(9)} – … Juan, civil society" in said
    assert "one side chairs twice in a row" in said
    assert "2 broken" in ana.does("body", "list")
    before = ana.asks("body", "show", NAME, "--on", day(-3))
    assert seats(before)[:2] == [("Ana", "held"), ("Luis", "held")]
    assert [row["id"] for row in ana.asks("body", "list", "rosa")] == [changed["id"]]


def test_those_with_keys_are_found_by_their_seats_on_another_node_too(ana: Terminal, tmp_path: Path) -> None:
    town = Terminal(tmp_path / "town")
    town.settled_down()
    actor = town.asks("actor", "new", "--name", "Municipio", "--type", "municipality")["id"]
    exchange(ana, town, over=tmp_path)
    made = council(ana, "--seat", "state=Municipio")
    ana.does("body", "add", "--name", "Otra junta", "--type", "shared-service-board")
    exchange(ana, town, over=tmp_path)
    assert [row["id"] for row in town.asks("body", "list", "--with", "Municipio")] == [made["id"]]
    assert len(town.asks("body", "list")) == 2
    assert town.asks("body", "show", NAME)["seats"][-1]["holder"]["actor"] == actor
    # What another writes of the council stands beside what it says of itself.
    town.does("body", "add", "--amend", NAME, "--seat", "state=Otro")
    exchange(ana, town, over=tmp_path)
    assert len(ana.asks("body", "show", NAME)["heads"]) == 2
    assert len(ana.asks("body", "show", NAME)["seats"]) == 4


def test_a_body_in_a_file_and_every_rule(ana: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_text(
        """
        name.es = "Junta de agua"
        type = "shared_service_board"
        rules = ["users_majority", "few_non_members", "owners_two_thirds"]
        share_percent = 70
        [[seats]]
        side = "civil"
        category = "user"
        holder = "Rosa"
        [[seats]]
        side = "civil"
        category = "non_member"
        holder = "Pedro"
        """
    )
    made = ana.asks("body", "add", str(file))
    assert [(one["kept"], one["figures"]) for one in made["rules"]] == [
        (False, [1, 2]),
        (False, [1, 2]),
        (True, [70]),
    ]
    said = " ".join(ana.does("body", "show", "Junta de agua").split())
    assert "board of a shared service" in said
    assert "non-members hold 20 % at most (1 of 2 are no members)" in said
    more = [part for name in ("María", "Juan", "Inés") for part in ("--seat", f"civil={name}; category=user")]
    changed = ana.asks("body", "add", "--amend", "Junta de agua", *more, "--share", "65")
    assert [one["kept"] for one in changed["rules"]] == [True, True, False]


ADD = ("body", "add", "--name", "Otro")
AMEND = ("body", "add", "--amend", NAME)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("body", "add"), 2, "needs a name"),
        ((*ADD, "--seat", "=Ana"), 2, "SIDE=HOLDER"),
        ((*ADD, "--seat", ""), 2, "SIDE=HOLDER"),
        ((*ADD, "--seat", "¿?=Ana"), 2, "a word of a vocabulary"),
        ((*ADD, "--seat", "civil=Ana; chair"), 2, "FIELD="),
        ((*ADD, "--seat", "civil=Ana; post=chair"), 2, "role, category"),
        ((*ADD, "--seat", "civil=Ana; since=2026-02-30"), 2, "YYYY-MM-DD"),
        ((*ADD, "--seat", "civil=Ana; since=2026-02-02; until=2026-02-01"), 2, "before the first"),
        ((*ADD, "--seat", "civil=Ana; office=Alcaldía"), 2, "act=…"),
        ((*ADD, "--seat", "civil=Ana; act=A; act_on=2026-02-02; mandate_end=2026-02-01"), 2, "2026-02-01"),
        ((*ADD, "--signs-as", "nobody"), 1, "nobody"),
        ((*ADD, "--share", "101"), 2, "0<=x<=100"),
        ((*ADD, "--leaves", "Ana=2026-02-02"), 2, "does not sit on one seat"),
        (AMEND, 2, "say what to change"),
        ((*AMEND, "--leaves", "Ana"), 2, "HOLDER=DAY"),
        ((*AMEND, "--leaves", "Ana=ayer"), 2, "YYYY-MM-DD"),
        ((*AMEND, "--leaves", "Nadie=2026-02-02"), 2, "on the seats of this body are: Ana, Luis"),
        ((*AMEND, "--leaves", "Ana=2000-01-01"), 2, "before the first"),
        (("body", "show", "nowhere"), 1, "nowhere"),
        (("body", "show", NAME, "--on", "hoy"), 2, "YYYY-MM-DD"),
    ],
)
def test_what_is_typed_wrong_is_said_in_one_sentence(
    secretary: Terminal, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = secretary.asks("status")["records"]
    assert said in secretary.fails(*arguments, code=code)
    assert secretary.asks("status")["records"] == before


@pytest.fixture(scope="module")
def secretary(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """The home of a council that is written down."""
    home = Terminal(tmp_path_factory.mktemp("secretary") / "home")
    home.settled_down("Ana")
    home.does("actor", "new", "--name", "Consejo@es", "--type", "council")
    council(home)
    return home


def test_a_mandate_that_had_ended_is_said_of_what_is_signed_by_it(ana: Terminal) -> None:
    parties = ("--party", "administration=Consejo", "--party", "community=Comuna")
    ana.does("pact", "propose", "--title", "Acequia", *parties)
    over = ("--act", "Resolución 3", "--office", "Alcaldía", "--mandate-end", day(-1))
    signed = ana.run("pact", "sign", "Acequia", *over)
    assert signed.exit_code == 0
    assert f"The mandate that you name ended on {day(-1)}" in " ".join(signed.stderr.split())
    step = ana.run("pact", "step", "Acequia", "received", *over)
    assert f"The mandate that you name ended on {day(-1)}" in " ".join(step.stderr.split())
    # Whoever writes down later what was done in time is told nothing.
    in_time = ana.run("pact", "step", "Acequia", "evaluated", *over, "--on", day(-1))
    assert "The mandate that you name" not in in_time.stderr
    said = " ".join(ana.does("pact", "timeline", "Acequia").split())
    assert said.count(f"The mandate of that office had ended on {day(-1)}.") == 2


def test_names_on_seats_cannot_mislead_a_terminal(ana: Terminal) -> None:
    evil = "Ana\x1b[2Jmaría\u202egnp"
    other = Person("Otra", [key("misleading")])
    office = {"act": evil, "office": evil, "on": "2020-01-01", "mandate_end": day(-3)}
    seat = {"side": "civil", "holder": {"name": {"es": evil}}, "until": day(3), "authorised_by": office}
    payload = {"name": {"es": evil}, "type": "council", "licence": evil, "seats": [seat]}
    ana.hears([*other.records, *other.sign("body", payload)])
    for said in (ana.does("body", "list"), ana.does("body", "show", evil)):
        assert "gnp" in said
        assert "\x1b" not in said
        assert "\u202e" not in said


def test_an_actor_is_shown_with_its_bodies_its_seats_and_its_votes(ana: Terminal) -> None:
    why = ("--purpose", "Firmar", "--basis", "consent")
    ana.does("actor", "new", "--name", "Ana@es", "--type", "person", *why)
    signing = ("--as", "Consejo")
    made = ana.asks(
        *("body", "add", "--name", f"{NAME}@es", "--signs-as", "Consejo", *signing),
        *("--seat", f"civil=Ana; role=chair; since={day(-800)}; until={day(-401)}"),
        *("--seat", f"civil=Ana; role=vice-chair; since={day(-400)}; until={day(30)}"),
        *("--seat", f"state=Ana; since={day(31)}", "--seat", "civil=Luis"),
    )["id"]
    ana.does("body", "add", "--name", "Asamblea@es", "--type", "assembly", "--seat", "civil=Ana", *signing)
    ana.does(
        *("vote", "open", "--title", "¿Sembrar?@es", "--option", "Sí@es", "--option", "No@es", *signing),
        *("--voter", "Ana", "--closes", "2099-01-31"),
    )
    found = ana.asks("actor", "show", "Ana")
    by_name = {one["title"]["es"]: [seat["mandate"] for seat in one["seats"]] for one in found["seats_on"]}
    assert by_name == {NAME: ["past", "held", "coming"], "Asamblea": ["held"]}
    assert [one["title"] for one in found["on_roll_of"]] == [{"es": "¿Sembrar?"}]
    assert found["signs_as"] == []
    assert [one["id"] for one in ana.asks("actor", "show", "Consejo")["signs_as"]] == [made]
    said = " ".join(ana.does("actor", "show", "Ana").split())
    for words in (
        f"civil society (chair), ended on {day(-401)}",
        f"civil society (vice-chair), until {day(30)}",
        f"State, from {day(31)}",
        "civil society, without an end",
        "Votes with it on the roll:",
    ):
        assert words in said
    spanish = Terminal(ana.home, "es").does("actor", "show", "Consejo")
    assert "firma como este actor" in spanish
    assert "Votaciones" not in spanish


def test_of_more_than_are_listed_it_is_said_where_all_are(ana: Terminal) -> None:
    seats = [part for _ in range(LISTED_MAX) for part in ("--seat", "civil=Consejo")]
    ana.does("body", "add", "--name", "Junta@es", *seats)
    assert "There are more" not in ana.run("actor", "show", "Consejo").stderr
    ana.does("body", "add", "--amend", "Junta", "--seat", "civil=Consejo")
    run = ana.run("actor", "show", "Consejo")
    assert "minga body list --with" in run.stderr
    assert run.stdout.count("civil society") == LISTED_MAX
