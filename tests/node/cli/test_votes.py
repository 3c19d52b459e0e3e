"""Deciding between proposals, at the terminal: votes, ballots that do not count, minutes, told as stories."""

from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from protocol.identifiers import id_text, parse_id
from tests.node.cli.terminal import Terminal, exchange
from tests.protocol.people import Person, key

QUESTION = "¿Qué hacemos con la acequia?"


def day(away: int) -> str:
    """The day so many days from today, UTC."""
    return (datetime.now(UTC) + timedelta(days=away)).date().isoformat()


class Valley:
    """A municipality and a community with two proposals for one channel, and what they ask people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.town, self.people = Terminal(folder / "town"), Terminal(folder / "people")
        self.town.settled_down("Alcaldía")
        self.people.settled_down("Ana")
        self.town_id = self._actor(self.town, "Municipio", "municipality")
        self.people_id = self._actor(self.people, "Comuna", "comuna")
        self.meet()
        place = ("--resource", "irrigation", "--point", "-78.6,-1.2")
        self.channel = self.people.asks("commons", "add", "--name", "Acequia@es", *place)["id"]
        self.clean, self.cover = (self._propose(title) for title in ("Limpiar", "Entubar"))
        self.meet()

    def _actor(self, who: Terminal, name: str, kind: str) -> str:
        made: str = who.asks("actor", "new", "--name", f"{name}@es", "--type", kind)["id"]
        return made

    def _propose(self, title: str) -> str:
        made: str = self.people.asks(
            *("pact", "propose", "--title", f"{title}@es", "--commons", "Acequia"),
            *("--party", "administration=Municipio", "--party", "community=Comuna"),
        )["id"]
        return made

    def open(self, *more: str) -> str:
        made: str = self.people.asks(
            *("vote", "open", "--title", f"{QUESTION}@es", "--proposals-for", "Acequia"),
            *("--option", "Ninguna@es", "--voter", "Comuna", "--voter", "Municipio"),
            *(more or ("--days", "14")),
        )["id"]
        self.meet()
        return made

    def meet(self) -> None:
        exchange(self.town, self.people, over=self.folder)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Valley:
    """Two proposals for one channel, made once."""
    return Valley(tmp_path_factory.mktemp("settled"))


@pytest.fixture
def valley(settled: Valley, tmp_path: Path) -> Valley:
    """Two proposals for one channel."""
    for home in ("town", "people"):
        copytree(settled.folder / home, tmp_path / home)
    own = copy(settled)
    own.folder, own.town, own.people = tmp_path, Terminal(tmp_path / "town"), Terminal(tmp_path / "people")
    return own


def why_not(who: Terminal, vote: str) -> list[str | None]:
    return [one["why_not"] for one in who.asks("vote", "show", vote)["ballots"]]


def test_those_concerned_decide_between_two_proposals(valley: Valley) -> None:
    vote = valley.open("--days", "14", "--quorum", "2")
    shown = valley.town.asks("vote", "show", QUESTION)
    assert (shown["id"], shown["status"], shown["content"]["closes"]) == (vote, "open", day(14))
    options = [(one["name"]["es"], one.get("subject")) for one in shown["content"]["options"]]
    assert options == [("Limpiar", valley.clean), ("Entubar", valley.cover), ("Ninguna", None)]
    assert {one["actor"] for one in shown["content"]["roll"]} == {valley.town_id, valley.people_id}
    cast = valley.people.asks("vote", "cast", QUESTION, "limpiar")
    assert [one["option"] for one in cast["ballots"]] == [0]
    valley.town.asks("vote", "cast", vote, "1", "--act", "Resolución 3", "--office", "Alcaldía")
    valley.meet()
    for who in (valley.town, valley.people):
        found = who.asks("vote", "show", vote)
        assert (found["votes"], found["blank"], found["not_voted"]) == ([2, 0, 0], 0, [])
        assert who.asks("vote", "list")[0]["status"] == "open"
    after = valley.people.asks("vote", "show", vote, "--at", day(15))
    assert (after["status"], after["decided"]) == ("decided", 0)
    said = " ".join(valley.people.does("vote", "show", vote, "--at", day(15)).split())
    assert "Decided: Limpiar. 2 of 2 on the roll have voted." in said


def test_a_pact_names_its_rivals_and_the_vote_between_them(valley: Valley) -> None:
    alone = " ".join(valley.people.does("pact", "show", "Limpiar").split())
    assert "Other open proposals for the same commons:" in alone
    assert "`minga vote open`" in alone
    vote = valley.open()
    found = valley.town.asks("pact", "show", "Entubar")
    [rival] = found["competing"]
    assert (rival["id"], rival["status"], rival["votes"]) == (valley.clean, "proposed", [vote])
    [named] = found["votes"]
    assert (named["id"], named["status"], named["by"]) == (vote, "open", valley.people_id)
    said = " ".join(valley.town.does("pact", "show", "Entubar").split())
    assert f"{QUESTION}, put by Comuna: open" in said
    assert "`minga vote open`" not in said
    valley.town.does("pact", "refuse", "Limpiar", "--reasons", "No hay agua@es")
    assert valley.town.asks("pact", "show", "Entubar")["competing"] == []


def test_who_is_not_on_the_roll_is_told_before_signing(valley: Valley) -> None:
    vote = valley.open()
    stranger = Terminal(valley.folder / "stranger")
    stranger.settled_down()
    stranger.does(
        "actor", "new", "--name", "Vecina", "--type", "person", "--purpose", "Firmar", "--basis", "consent"
    )
    exchange(valley.people, stranger, over=valley.folder)
    told = stranger.fails("vote", "cast", vote, "1")
    assert "Vecina is not on the roll" in told
    assert "`minga vote open`" in told
    assert why_not(stranger, vote) == []
    written = stranger.run("--json", "vote", "cast", vote, "1", "--yes")
    assert written.exit_code == 0
    assert "will not count" in written.stderr
    exchange(valley.people, stranger, over=valley.folder)
    assert why_not(valley.people, vote) == ["not_on_the_roll"]
    said = " ".join(valley.people.does("vote", "show", vote).split())
    assert "Vecina, for “Limpiar”: not on the roll" in said


def test_whoever_votes_twice_has_not_voted_and_can_put_it_right(valley: Valley) -> None:
    vote = valley.open()
    first = valley.people.asks("vote", "cast", vote, "1")["record"]
    told = valley.people.fails("vote", "cast", vote, "2")
    assert "of two ballots neither counts" in told
    assert f"minga erase {first[:10]}" in told
    valley.people.does("vote", "cast", vote, "2", "--yes")
    valley.meet()
    for who in (valley.people, valley.town):
        found = who.asks("vote", "show", vote)
        assert (found["votes"], [b["why_not"] for b in found["ballots"]]) == ([0, 0, 0], ["double"] * 2)
        assert valley.people_id in found["not_voted"]
    valley.people.does("erase", first, "--yes")
    valley.meet()
    found = valley.town.asks("vote", "show", vote)
    assert (found["votes"], found["ballots"][0]["why_not"], found["ballots"][0]["option"]) == (
        [0, 1, 0],
        "erased",
        None,
    )
    assert "Comuna, for ?: erased" in " ".join(valley.town.does("vote", "show", vote).split())


def test_a_late_ballot_and_an_early_one_are_refused_and_never_count(valley: Valley) -> None:
    over = valley.open("--opens", day(-9), "--closes", day(-2), "--yes")
    told = valley.people.fails("vote", "cast", over, "1")
    assert f"this vote closed on {day(-2)}" in told
    assert "`minga vote minutes`" in told
    valley.people.does("vote", "cast", over, "1", "--yes")
    assert why_not(valley.people, over) == ["late"]
    assert valley.people.asks("vote", "show", over)["status"] == "undecided"
    valley.people.does("vote", "open", "--amend", over, "--opens", day(3), "--closes", day(9))
    assert f"this vote opens on {day(3)}" in valley.people.fails("vote", "cast", over, "1")
    valley.people.does("vote", "cast", over, "1", "--yes")
    assert why_not(valley.people, over) == ["another_version", "early"]
    assert valley.people.asks("vote", "show", over)["status"] == "not_open_yet"
    assert "not open yet" in valley.people.does("vote", "list")


def test_a_changed_roll_asks_everybody_to_vote_anew(valley: Valley) -> None:
    vote = valley.open()
    valley.people.does("vote", "cast", vote, "1")
    valley.meet()
    told = valley.people.fails("vote", "open", "--amend", vote, "--voter", "Comuna")
    assert "1 ballots on the present text would not count" in told
    changed = valley.people.asks("vote", "open", "--amend", vote, "--voter", "Comuna", "--yes")
    assert (len(changed["versions"]), [b["why_not"] for b in changed["ballots"]]) == (2, ["another_version"])
    valley.meet()
    assert "Municipio is not on the roll" in valley.town.fails("vote", "cast", vote, "1")
    valley.people.does("vote", "cast", vote, "2")
    valley.meet()
    found = valley.town.asks("vote", "show", vote)
    assert (found["votes"], len(found["content"]["roll"])) == ([0, 1, 0], 1)
    before = valley.town.asks("vote", "show", vote, "--at", day(-1))
    assert (before["status"], before["votes"]) == ("not_yet_recorded", [])
    assert "nothing recorded yet" in valley.town.does("vote", "show", vote, "--at", day(-1))


def test_a_stranger_changes_no_roll(valley: Valley) -> None:
    vote = valley.open()
    valley.people.does("vote", "cast", vote, "1")
    valley.meet()
    valley.town.does("vote", "open", "--amend", vote, "--voter", "Municipio", "--yes")
    valley.meet()
    for who in (valley.town, valley.people):
        found = who.asks("vote", "show", vote)
        assert (found["votes"], len(found["content"]["roll"])) == ([1, 0, 0], 2)


def test_minutes_stand_beside_the_ballots_and_change_nothing(valley: Valley) -> None:
    vote = valley.open()
    scan = valley.folder / "acta.pdf"
    scan.write_bytes(b"acta")
    paper = ("--paper", "Acta 12", "--held-by", "Secretaría", "--paper-copy", str(scan), "--on", day(-1))
    told = ("--decided", "Entubar", "--votes", "1=3", "--votes", "Entubar=34", "--attended", "40")
    written = valley.people.asks("vote", "minutes", vote, *told, *paper, "--text", "Tras discutirlo@es")
    [minutes] = written["minutes"]
    assert (minutes["content"]["decided"], minutes["content"]["votes"]) == (1, [3, 34, 0])
    assert written["votes"] == [0, 0, 0]
    valley.meet()
    said = " ".join(valley.town.does("vote", "show", vote).split())
    for part in (
        f"Minutes of {day(-1)}, by Comuna",
        "decided: Entubar",
        "Entubar: 34",
        "attended: 40",
        "on paper: Acta 12, held by Secretaría",
        "Tras discutirlo",
    ):
        assert part in said
    valley.people.does("erase", minutes["record"], "--yes")
    valley.meet()
    assert valley.town.asks("vote", "show", vote)["minutes"] == []
    bare = valley.people.run("vote", "minutes", vote, "--decided", "1")
    assert bare.exit_code == 0
    assert "No paper is named" in bare.stderr


def test_another_node_counts_alike_whatever_comes_first(valley: Valley) -> None:
    vote = valley.open()
    valley.people.does("vote", "cast", vote, "1")
    valley.people.does("vote", "cast", vote, "2", "--yes")
    valley.town.does("vote", "cast", vote, "--blank")
    valley.town.does("vote", "minutes", vote, "--decided", "3", "--paper", "Acta")
    sticks = []
    for name, who in (("a", valley.people), ("b", valley.town)):
        sticks.append(valley.folder / f"{name}.bundle")
        who.does("export", str(sticks[-1]))
    moment, found = day(20), []
    for name, order in (("one", sticks), ("other", sticks[::-1])):
        node = Terminal(valley.folder / name)
        node.does("init")
        for stick in order:
            node.takes(stick)
        found.append(node.asks("vote", "show", vote, "--at", moment))
    assert found[0] == found[1]
    assert (found[0]["votes"], found[0]["blank"], found[0]["status"]) == ([0, 0, 0], 1, "undecided")
    assert [b["why_not"] for b in found[0]["ballots"]] == ["double", "double", None]


def test_a_council_votes_with_several_signatures(tmp_path: Path) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    keys = [person.settled_down() for person in (ana, luis)]
    typed = [part for key in keys for part in ("--key", f"{key}=x")]
    council = ana.asks("actor", "new", "--name", "Junta", "--type", "council", "--threshold", "2", *typed)[
        "id"
    ]
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", "Junta")
    exchange(ana, luis, over=tmp_path)
    opened = ana.run(
        *("vote", "open", "--title", "¿Sí?", "--option", "Sí", "--option", "No"),
        *("--voter", "Junta", "--days", "3"),
    )
    assert "actor cosign" in opened.stderr
    assert ana.asks("vote", "show", "¿Sí?")["status"] == "awaiting"
    assert "is not in effect here" in ana.fails("vote", "cast", "¿Sí?", "1")
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", "¿Sí?")
    exchange(ana, luis, over=tmp_path)
    cast = ana.run("vote", "cast", "¿Sí?", "1")
    assert "actor cosign" in cast.stderr
    assert why_not(ana, "¿Sí?") == ["awaiting"]
    assert "has voted already" in ana.fails("vote", "cast", "¿Sí?", "2")
    [ballot] = ana.asks("vote", "show", "¿Sí?")["ballots"]
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", ballot["record"])
    exchange(ana, luis, over=tmp_path)
    found = ana.asks("vote", "show", "¿Sí?")
    assert (found["votes"], [b["voter"] for b in found["ballots"]]) == ([1, 0], [council])


def test_two_texts_by_one_author_are_contested_until_they_are_joined(valley: Valley) -> None:
    vote = valley.open()
    twin = Terminal(valley.folder / "twin")
    copytree(valley.people.home, twin.home)
    for who, days in ((valley.people, "20"), (twin, "21")):
        who.does("vote", "open", "--amend", vote, "--days", days)
    exchange(valley.people, twin, over=valley.folder)
    assert valley.people.asks("vote", "show", vote)["status"] == "contested"
    assert "two texts of this motion" in " ".join(valley.people.does("vote", "show", vote).split())
    assert "two texts of this motion" in valley.people.fails("vote", "cast", vote, "1")
    assert "two texts of this motion" in valley.people.fails("vote", "cast", vote, "1", "--yes")
    valley.people.does("vote", "open", "--amend", vote, "--days", "22")
    assert valley.people.asks("vote", "show", vote)["status"] == "open"


def test_those_on_a_council_are_the_roll_of_its_votes(valley: Valley) -> None:
    seats = ("--seat", "civil=Comuna", "--seat", "state=Municipio; until=2000-01-01", "--seat", "state")
    valley.people.does("body", "add", "--name", "Consejo@es", *seats)
    asked = ("vote", "open", "--title", "¿Cuál?", "--option", "Una", "--option", "Otra", "--days", "3")
    made = valley.people.asks(*asked, "--seats-of", "Consejo")
    assert [voter["actor"] for voter in made["content"]["roll"]] == [valley.people_id]
    valley.people.does("body", "add", "--amend", "Consejo", "--seat", "civil=Doña Rosa")
    told = valley.people.fails(*asked, "--seats-of", "Consejo")
    assert "Doña Rosa: on the body without keys" in told


def test_a_vote_is_written_in_a_file_and_names_voters_not_held_here(valley: Valley) -> None:
    far = id_text(b"v" * 32)
    file = valley.folder / "vote.toml"
    file.write_text(
        f"""
        title.es = "¿Turnos?"
        title.qu = "¿Mita?"
        closes = 2999-12-31
        rule = "two_thirds"
        roll = [{{actor = "{far}", name = "Familia Toapanta"}}, {{actor = "{valley.people_id}"}}]
        [[options]]
        name = "Por semana"
        [[options]]
        name.es = "Por luna"
        """
    )
    made = valley.people.asks("vote", "open", str(file), "--voter", f"{far}=Otra")["content"]
    # What is typed stands in the place of what the file says.
    assert [voter.get("name") for voter in made["roll"]] == [{"en": "Otra"}]
    made = valley.people.asks("vote", "open", str(file))
    assert (made["content"]["rule"], made["title"]["qu"]) == ("two_thirds", "¿Mita?")
    said = valley.people.does("vote", "show", made["id"])
    assert "Familia Toapanta" in said
    assert "two thirds of the votes that are not blank" in said
    assert valley.people.asks("vote", "list", "--status", "decided") == []
    assert len(valley.people.asks("vote", "list", "--status", "open")) == 2
    listed = valley.people.asks("vote", "list", "--on", "Comuna")
    assert [row["id"] for row in listed] == [made["id"]]
    assert valley.people.asks("vote", "list", "por", "luna")[0]["title"]["es"] == "¿Turnos?"


OPEN = ("vote", "open", "--title", "x", "--option", "a", "--option", "b", "--voter", "Comuna")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("vote", "open"), 2, "--title"),
        (("vote", "open", "--title", "x"), 2, "--option"),
        (("vote", "open", "--title", "x", "--option", "a", "--days", "1"), 2, "--voter"),
        (OPEN, 2, "--closes"),
        ((*OPEN, "--days", "1", "--closes", "2999-01-01"), 2, "not both"),
        ((*OPEN, "--days", "0"), 2, "1<=x<=3650"),
        ((*OPEN, "--days", "3651"), 2, "1<=x<=3650"),
        ((*OPEN, "--closes", "2020-01-01"), 2, "no ballot can count"),
        ((*OPEN, "--closes", "2999-01-01", "--opens", "2999-01-02"), 2, "before the first"),
        ((*OPEN, "--days", "1", "--quorum", "2"), 2, "1 are on the roll"),
        ((*OPEN, "--days", "1", "--voter", "Comuna"), 2, "on the roll twice"),
        ((*OPEN, "--days", "1", "--option", "a"), 2, "two options are called 'a'"),
        ((*OPEN[:6], *OPEN[8:], "--days", "1"), 2, "two options or more"),
        ((*OPEN, "--days", "1", "--option", "pact=nowhere"), 1, "nowhere"),
        ((*OPEN, "--days", "1", "--voter", "nobody"), 1, "nobody"),
        ((*OPEN, "--days", "1", "--seats-of", "nowhere"), 1, "nowhere"),
        ((*OPEN, "--days", "1", "--proposals-for", "Páramo"), 2, "no open proposal"),
        ((*OPEN, "--days", "1", "--option", "@es"), 2, "has no text"),
        (("vote", "open", "--amend", QUESTION), 2, "say what to change"),
        (("vote", "open", "--amend", QUESTION, "--quorum", "3"), 2, "2 are on the roll"),
        (("vote", "open", "--amend", "Acequia", "--quorum", "1"), 1, "Acequia"),
        (("vote", "cast", QUESTION), 2, "--blank"),
        (("vote", "cast", QUESTION, "1", "--blank"), 2, "--blank"),
        (("vote", "cast", QUESTION, "0"), 2, "none of the options: 1 Limpiar; 2 Entubar; 3 Ninguna"),
        (("vote", "cast", QUESTION, "4"), 2, "none of the options"),
        (("vote", "cast", QUESTION, "²"), 2, "none of the options"),
        (("vote", "cast", QUESTION, "9" * 5_000), 2, "none of the options"),
        (("vote", "cast", QUESTION, "Quemar"), 2, "none of the options"),
        (("vote", "cast", QUESTION, "Quemar", "--yes"), 2, "none of the options"),
        (("vote", "cast", "nowhere", "1"), 1, "nowhere"),
        (("vote", "minutes", QUESTION), 2, "--decided"),
        (("vote", "minutes", QUESTION, "--votes", "1=many"), 2, "OPTION=VOTES"),
        (("vote", "minutes", QUESTION, "--votes", "7=1"), 2, "none of the options"),
        (("vote", "minutes", QUESTION, "--votes", "1=1", "--votes", "Limpiar=2"), 2, "twice"),
        (("vote", "minutes", QUESTION, "--votes", "1=5", "--attended", "4"), 2, "more than the 4"),
        (("vote", "show", "Acequia"), 1, "Acequia"),
    ],
)
def test_what_is_typed_wrong_is_said_in_one_sentence(
    asked: Terminal, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = asked.asks("status")["records"]
    assert said in asked.fails(*arguments, code=code)
    assert asked.asks("status")["records"] == before


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """The home of a community that has put a question to the vote."""
    valley = Valley(tmp_path_factory.mktemp("asked"))
    valley.people.does(
        "commons", "add", "--name", "Páramo@es", "--resource", "paramo", "--point", "-78.5,-0.2"
    )
    valley.open()
    return valley.people


def test_names_on_a_roll_and_options_cannot_mislead_a_terminal(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Ana", "--type", "person", "--purpose", "Firmar", "--basis", "consent")
    evil = "Sí\x1b[2J\u202eoN"
    other = Person("Otra", [key("misleading")])
    mine = parse_id(ana.asks("actor", "show")["id"])
    roll = [{"actor": b"v" * 32, "name": {"es": evil}}, {"actor": mine}]
    options = [{"name": {"es": evil}}, {"name": {"es": "No"}}]
    vote = {"title": {"es": evil}, "options": options, "roll": roll, "closes": "2999-01-01", "licence": evil}
    motion = other.sign("motion", vote)
    ana.hears([*other.records, *motion])
    made = id_text(motion[0].id)
    told = ana.fails("vote", "cast", made, "x")
    cast = ana.does("vote", "cast", made, "1")
    for said in (told, cast, ana.does("vote", "show", made), ana.does("vote", "list")):
        assert "\x1b" not in said
        assert "\u202e" not in said
    assert ana.asks("vote", "show", made)["content"]["options"][0]["name"]["es"] == evil
