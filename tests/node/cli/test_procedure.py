"""What happens to a pact, at the terminal: the regulation's procedure, told as stories."""

from pathlib import Path
from typing import Any

import pytest

from tests.node.cli.terminal import Terminal, exchange


class Valley:
    """A municipality and a community, each at its own terminal, and a pact that the community proposes."""

    def __init__(self, folder: Path, *term: str) -> None:
        self.folder = folder
        self.town, self.people = Terminal(folder / "town"), Terminal(folder / "people")
        self.town.settled_down("Alcaldía")
        self.people.settled_down("Ana")
        self.town_id = self.town.asks("actor", "new", "--name", "Municipio@es", "--type", "municipality")[
            "id"
        ]
        self.people_id = self.people.asks("actor", "new", "--name", "Comuna@es", "--type", "comuna")["id"]
        self.meet()
        self.pact = self.people.asks(
            *("pact", "propose", "--title", "Acequia@es", "--party", "administration=Municipio"),
            *("--party", "community=Comuna", *term),
        )["id"]
        self.meet()

    def meet(self) -> None:
        exchange(self.town, self.people, over=self.folder)

    def status(self, *at: str) -> str:
        found: str = self.people.asks("pact", "timeline", self.pact, *at)["status"]
        return found


@pytest.fixture
def valley(tmp_path: Path) -> Valley:
    """A pact that is proposed."""
    return Valley(tmp_path, "--start", "2026-02-01", "--end", "2029-12-31")


def dues(timeline: Any) -> list[tuple[str, str, str | None, bool]]:
    return [(one["what"], one["by"], one["until"], one["overdue"]) for one in timeline["due"]]


def test_a_proposal_goes_through_the_whole_procedure(valley: Valley) -> None:
    town, people, pact = valley.town, valley.people, valley.pact
    opened = town.asks(
        *("pact", "step", "Acequia", "observations_opened", "--until", "2000-01-20", "--on", "2000-01-05")
    )
    assert (opened["act"], opened["status"]) == ("observations_opened", "under_observation")
    valley.meet()
    people.asks(
        "pact", "observe", pact, "--text", "¿Y el ganado?@es", "--stance", "asks", "--on", "2000-01-10"
    )
    valley.meet()
    timeline = town.asks("pact", "timeline", pact)
    [asked] = [event for event in timeline["timeline"] if event["kind"] == "observation"]
    assert asked["content"]["text"] == {"es": "¿Y el ganado?"}
    answered = town.asks(
        "pact", "reply", asked["record"][:12], "--text", "Tendrá paso@es", "--outcome", "taken_up"
    )
    assert answered["act"] == "reply"
    town.asks("pact", "step", pact, "evaluated", "--outcome", "favourable")
    accepted = town.asks("pact", "accept", pact, "--act", "Resolución 12", "--office", "Alcaldía")
    assert accepted["status"] == "accepted"
    assert {(one["what"], one["actor"]) for one in accepted["due"]} == {
        ("consent", valley.town_id),
        ("consent", valley.people_id),
    }
    assert town.asks("pact", "list")[0]["status"] == "accepted"
    assert [one["id"] for one in town.asks("pact", "list", "--status", "accepted")] == [valley.pact]
    assert town.asks("pact", "list", "--status", "proposed") == []
    town.asks("pact", "sign", pact)
    valley.meet()
    people.asks("pact", "sign", pact)
    valley.meet()
    assert valley.status() == "in_force"
    published = town.asks("pact", "publish", pact, "--text", "En la cartelera@es")
    assert [one["what"] for one in published["due"]] == ["renewal_or_end"]
    assert town.asks("pact", "suspend", pact, "--reasons", "Sequía@es")["status"] == "suspended"
    assert "the pact is suspended" in " ".join(town.does("pact", "show", pact).split())
    assert town.asks("pact", "resume", pact)["status"] == "in_force"
    assert town.asks("pact", "end", pact, "--text", "Las herramientas vuelven@es")["status"] == "ended"


def test_any_moment_can_be_asked_about(valley: Valley) -> None:
    town = valley.town
    for word, day in (
        ("received", "2100-01-01"),
        ("evaluation_opened", "2100-02-01"),
        ("shelved", "2100-03-01"),
    ):
        town.does("pact", "step", valley.pact, word, "--on", day)
    valley.meet()
    assert valley.status("--at", "2100-03-01") == "shelved"
    assert valley.status("--at", "2100-02-15") == "under_evaluation"
    assert valley.status("--at", "2100-02-01T00:00") == "under_evaluation"
    assert valley.status("--at", "2100-01-31T23:59") == "proposed"
    assert valley.status() == "proposed"
    assert len(town.asks("pact", "timeline", valley.pact)["timeline"]) == 1


def test_a_refusal_says_why(valley: Valley) -> None:
    town = valley.town
    told = town.fails("pact", "refuse", valley.pact)
    assert "is owed the reasons" in told
    assert "--reasons" in told
    assert "se le deben los motivos" in Terminal(town.home, "es").fails("pact", "refuse", valley.pact)
    assert town.asks("pact", "timeline", valley.pact)["status"] == "proposed"
    refused = town.asks("pact", "refuse", valley.pact, "--reasons", "No hay agua@es")
    assert refused["status"] == "refused"
    said = " ".join(town.does("pact", "timeline", valley.pact).split())
    assert "refused with reasons, since" in said
    assert "No hay agua" in said


def test_what_will_not_count_is_shown_and_asked_about(valley: Valley) -> None:
    people = valley.people
    told = people.fails("pact", "accept", valley.pact)
    assert "only the administration decides this" in told
    assert "--yes" in told
    assert len(people.asks("pact", "timeline", valley.pact)["timeline"]) == 1
    written = people.asks("pact", "accept", valley.pact, "--yes")
    assert written["status"] == "proposed"
    event = people.asks("pact", "timeline", valley.pact)["timeline"][-1]
    assert (event["what"], event["counts"], event["why_not"]) == ("accepted", False, "not_the_administration")
    assert "Does not count: only the administration decides this." in " ".join(
        people.does("pact", "timeline", valley.pact).split()
    )


def test_a_stranger_is_heard_and_moves_nothing(valley: Valley) -> None:
    stranger = Terminal(valley.folder / "stranger")
    stranger.settled_down()
    stranger.does(
        "actor", "new", "--name", "Vecina", "--type", "person", "--purpose", "Firmar", "--basis", "consent"
    )
    exchange(valley.town, stranger, over=valley.folder)
    assert "not by a party to the pact" in stranger.fails("pact", "suspend", valley.pact)
    assert stranger.asks("pact", "suspend", valley.pact, "--yes")["status"] == "proposed"
    said = stranger.asks(
        "pact", "observe", valley.pact, "--text", "Estoy de acuerdo@es", "--stance", "supports"
    )
    assert said["act"] == "observation"


def test_a_word_of_ones_own_is_kept_with_a_note(valley: Valley) -> None:
    done = valley.town.run("--json", "pact", "step", valley.pact, "Visita al sitio")
    assert done.exit_code == 0
    assert "none of the regulation's steps" in " ".join(done.stderr.split())
    found = valley.town.asks("pact", "timeline", valley.pact)
    assert (found["status"], found["timeline"][-1]["what"]) == ("proposed", "visita_al_sitio")
    assert "visita al sitio" in valley.town.does("pact", "timeline", valley.pact)


def test_steps_are_also_known_by_the_words_they_are_shown_with(valley: Valley) -> None:
    town = Terminal(valley.town.home, "es")
    assert town.asks("pact", "step", valley.pact, "evaluación iniciada")["act"] == "evaluation_opened"
    assert valley.town.asks("pact", "step", valley.pact, "information-requested")["status"] == (
        "awaiting_information"
    )


def test_paper_counts_and_says_who_holds_it(valley: Valley) -> None:
    scan = valley.folder / "acta.pdf"
    scan.write_bytes(b"acta")
    paper = ("--paper", "Acta 12", "--held-by", "Secretaría", "--paper-copy", str(scan), "--on", "2026-02-01")
    signed = valley.people.asks("pact", "step", valley.pact, "signed", *paper)
    assert signed["act"] == "signed"
    [event] = [
        e for e in valley.people.asks("pact", "timeline", valley.pact)["timeline"] if e["kind"] == "step"
    ]
    assert event["on_paper"]
    [evidence] = event["content"]["evidence"]
    assert (evidence["title"], evidence["held_by"]) == ("Acta 12", "Secretaría")
    said = " ".join(valley.people.does("pact", "timeline", valley.pact).split())
    assert "on paper: Acta 12, held by Secretaría" in said


def test_support_and_a_report_with_indicators(valley: Valley) -> None:
    town, people = valley.town, valley.people
    town.asks("pact", "support", valley.pact, "materials", "--amount", "1200.50 USD", "--text", "Tubos@es")
    half = ("--professional-fees", "--share", "50", "--amount", "300 USD")
    assert town.asks("pact", "support", valley.pact, "reimbursement", *half)["act"] == "support"
    (valley.folder / "report.toml").write_text(
        """
        start = 2026-02-01
        end = 2026-12-31
        results = "El agua llega"
        [[indicators]]
        name.es = "Canal limpio"
        code = "canal"
        value = 12.5
        target = 20
        unit = "km"
        """
    )
    people.asks(
        *("pact", "report", valley.pact, "--from", str(valley.folder / "report.toml")),
        *("--indicator", "Familias=340", "--resources", "Dos mingas@es"),
    )
    valley.meet()
    events = {e["kind"]: e["content"] for e in people.asks("pact", "timeline", valley.pact)["timeline"]}
    assert events["report"]["indicators"] == [
        {
            "name": {"es": "Canal limpio"},
            "code": "canal",
            "value": 125,
            "decimals": 1,
            "target": 200,
            "unit": "km",
        },
        {"name": {"en": "Familias"}, "value": 340},
    ]
    assert events["support"]["amount"] == 30_000
    said = people.does("pact", "timeline", valley.pact)
    for part in ("Canal limpio: 12.5 km", "Familias: 340", "materials · 1200.50 USD", "50 % of the cost"):
        assert part in said


def test_a_dispute_is_settled_by_its_committee(valley: Valley) -> None:
    members = ("community=Comuna", "administration=Municipio", "agreed=Doña Rosa")
    typed = [part for member in members for part in ("--member", member)]
    found = valley.people.asks(
        "pact", "dispute", valley.pact, "--text", "No hay turno@es", *typed, "--on", "2000-01-01"
    )
    assert ("settlement", "committee", "2000-01-31", True) in dues(found)
    assert "overdue since 2000-01-31" in " ".join(valley.people.does("pact", "timeline", valley.pact).split())
    valley.meet()
    settled = valley.town.asks("pact", "step", valley.pact, "settlement_proposed", "--text", "Turnos@es")
    assert "settlement" not in [one["what"] for one in settled["due"]]
    event = valley.town.asks("pact", "timeline", valley.pact)["timeline"][-1]
    assert event["about"] == [found["record"]]


def test_several_signatures_are_awaited(tmp_path: Path) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    keys = [person.settled_down() for person in (ana, luis)]
    typed = [part for key in keys for part in ("--key", f"{key}=x")]
    ana.does("actor", "new", "--name", "Junta", "--type", "council", "--threshold", "2", *typed)
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", "Junta")
    exchange(ana, luis, over=tmp_path)
    ana.does(
        "pact", "propose", "--title", "Pacto", "--party", "community=Junta", "--party", "administration=Loma"
    )
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", "Pacto")
    exchange(ana, luis, over=tmp_path)
    done = ana.run("pact", "suspend", "Pacto")
    assert done.exit_code == 0
    assert "actor cosign" in done.stderr
    assert ana.asks("pact", "timeline", "Pacto")["timeline"][-1]["why_not"] == "awaiting"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("pact", "step", "nowhere", "received"), 1, "nowhere"),
        (("pact", "timeline", "aaaaaaaaaa"), 1, "aaaaaaaaaa"),
        (("pact", "timeline", "Acequia", "--at", "ayer"), 2, "a moment is a day"),
        (("pact", "step", "Acequia", "received", "--on", "hoy"), 2, "YYYY-MM-DD"),
        (
            ("pact", "suspend", "Acequia", "--on", "2026-05-02", "--until", "2026-05-01"),
            2,
            "before the first",
        ),
        (("pact", "step", "Acequia", "¿?"), 2, "a word of a vocabulary"),
        (("pact", "step", "Acequia", "excluded", "--reasons", "x"), 2, "--party"),
        (("pact", "step", "Acequia", "excluded", "--party", "Comuna"), 2, "--reasons"),
        (("pact", "step", "Acequia", "settled"), 2, "name its record with --about"),
        (("pact", "accept", "Acequia", "--office", "Alcaldía"), 2, "name it with --act"),
        (("pact", "accept", "Acequia", "--held-by", "Ana"), 2, "say which with --paper"),
        (("pact", "accept", "Acequia", "--paper", "x", "--paper-copy", "/nowhere"), 2, "cannot be read"),
        (("pact", "accept", "Acequia", "--source-url", "https://a.ec"), 2, "name it too"),
        (("pact", "observe", "Acequia"), 2, "--text"),
        (("pact", "reply", "aaaaaaaaaa", "--text", "x"), 1, "aaaaaaaaaa"),
        (("pact", "support", "Acequia", "materials", "--amount", "mucho"), 2, "as in 1200.50 USD"),
        (("pact", "support", "Acequia", "materials", "--amount", "1.005 USD"), 2, "as in 1200.50 USD"),
        (("pact", "support", "Acequia", "reimbursement", "--professional-fees"), 2, "--share"),
        (
            ("pact", "support", "Acequia", "reimbursement", "--professional-fees", "--share", "51"),
            2,
            "at most half",
        ),
        (("pact", "report", "Acequia"), 2, "--results"),
        (("pact", "report", "Acequia", "--indicator", "mucho"), 2, "NAME=NUMBER"),
        (("pact", "report", "Acequia", "--indicator", "a=0.1234567891"), 2, "NAME=NUMBER"),
        (("pact", "report", "Acequia", "--from", "/nowhere.toml"), 2, "cannot be read"),
        (
            ("pact", "report", "Acequia", "--start", "2026-02-01", "--end", "2026-01-01"),
            2,
            "before the first",
        ),
        (("pact", "dispute", "Acequia", "--text", "x", "--member", "Ana"), 2, "SIDE=NAME"),
        (("call", "add"), 2, "needs a title"),
        (("call", "add", "--title", "x", "--opens", "2026-02-01", "--closes", "2026-01-01"), 2, "before"),
        (("call", "show", "Acequia"), 1, "Acequia"),
    ],
)
def test_what_is_typed_wrong_is_said_in_one_sentence(
    proposed: Terminal, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert said in proposed.fails(*arguments, code=code)


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """The home of a community that has proposed a pact."""
    return Valley(tmp_path_factory.mktemp("valley")).people


def test_calls_assets_and_modules(tmp_path: Path) -> None:
    town = Terminal(tmp_path / "town")
    town.settled_down()
    actor = town.asks("actor", "new", "--name", "Municipio@es", "--type", "municipality")["id"]
    made = town.asks(
        *("call", "add", "--title", "Huertas del barrio@es", "--text", "Escriba a la alcaldía@es"),
        *("--opens", "2026-01-01", "--closes", "2026-03-31"),
    )
    assert made["status"] == "own"
    assert made["versions"][0]["content"]["organiser"]["actor"] == actor
    town.does("call", "add", "--type", "asset", "--title", "Casa comunal@es")
    town.does("call", "add", "--type", "module", "--title", "Jardines@es", "--clause", "objectives=Podar")
    changed = town.asks("call", "add", "--amend", "Huertas del barrio", "--closes", "2026-04-30")
    assert len(changed["versions"]) == 2
    assert [row["title"] for row in town.asks("call", "list", "huertas")] == [{"es": "Huertas del barrio"}]
    assert len(town.asks("call", "list")) == 3
    said = " ".join(town.does("call", "show", "Huertas del barrio").split())
    assert "2026-04-30" in said
    assert "call for proposals" in said
    assert "Standing published by its own office" in said
    assert town.does("call", "list").count("published by its own office") == 3
    town.does("call", "add", "--title", "Solar@es", "--source", "Gaceta")
    assert "documented by others" in town.does("call", "show", "Solar")
    spanish = Terminal(town.home, "es")
    assert spanish.does("call", "list").count("publicado por la oficina que lo ofrece") == 3
    assert "a) Podar" in town.does("call", "show", "Jardines")
