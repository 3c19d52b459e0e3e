"""What the page of a pact says of its procedure: where it stands, what is due, what happened and counts."""

from pathlib import Path
from typing import Any

import pytest

from node.web.pacts.pact_accounts import REPORTS_COMPARED_MAX
from node.web.pacts.pact_course import EVENTS_SHOWN_MAX
from node.web.words.catalogue import Catalogue, catalogues
from node.web.words.speech import Speech
from protocol.identifiers import SubjectId, id_text
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person
from tests.node.web.readers import classed, node_with, read_page, signed, text_of, thing_path

# The samples are signed on 9 October 2025, and read a month later.


class Pact:
    """A pact between a municipality and a community, and what they and a neighbour do about it."""

    def __init__(self, **more: Any) -> None:
        self.town, self.people, self.other = Person("Municipio"), Person("Comuna"), Person("Vecina")
        parties = [
            {"name": {"es": "Municipio"}, "actor": self.town.id, "side": "administration"},
            {"name": {"es": "Comuna"}, "actor": self.people.id, "side": "community"},
        ]
        payload = {"title": {"es": "Acequia"}, "parties": parties, "licence": "CC0-1.0", **more}
        self.proposal = signed(self.people, "pact", payload)
        self.records = [p.founding for p in (self.town, self.people, self.other)] + [self.proposal]

    def act(
        self, who: Person, kind: str, payload: dict[str, Any], about: VerifiedRecord | None = None
    ) -> VerifiedRecord:
        """Something said or done about the pact."""
        record = sign_record(
            who.author(),
            kind,
            payload,
            NOW_MS + len(self.records) * 1_000,
            subject=SubjectId(self.proposal.id),
            parents=[(about or self.proposal).id],
        )
        self.records.append(record)
        return record

    def step(self, who: Person, word: str, **more: Any) -> VerifiedRecord:
        """A step."""
        return self.act(who, "step", {"step": word, **more})

    def sign(self) -> None:
        """Both parties consent."""
        for party in (self.town, self.people):
            self.act(party, "consent", {"decision": "consent"})


async def test_what_is_due_and_overdue_is_said_with_the_day(tmp_path: Path) -> None:
    pact = Pact()
    pact.step(pact.town, "information_requested", until="2025-10-20")
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=en"))
        assert text_of(classed(page, "status")[0]) == "more information requested"
        [late] = classed(page, "overdue")
        assert text_of(late) == (
            "Overdue since 20 October 2025, from the community: the information requested"
        )
        spanish = text_of(await read_page(client, thing_path(pact.proposal, "?lang=es")))
        assert "Vencido desde el 20 de octubre de 2025: dar la información pedida (la comunidad)" in spanish
        data = await (await client.get(thing_path(pact.proposal, "?format=json"))).json()
        assert data["status"] == data["course"]["status"] == "awaiting_information"
        assert data["course"]["due"][0]["overdue"] is True


async def test_a_party_that_has_not_signed_is_named(tmp_path: Path) -> None:
    pact = Pact()
    pact.step(pact.town, "accepted")
    pact.act(pact.people, "consent", {"decision": "consent"})
    async with node_with(tmp_path, pact.records) as client:
        [due] = classed(await read_page(client, thing_path(pact.proposal, "?lang=en")), "due")
        assert text_of(due) == "Due from Comunidad Municipio: to sign"


async def test_what_does_not_count_is_shown_with_the_reason(tmp_path: Path) -> None:
    pact = Pact()
    pact.step(pact.other, "accepted")
    pact.step(pact.town, "refused", reasons={"es": "No hay agua"})
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=en"))
        [uncounted] = classed(page, "uncounted")
        assert "Shown, but does not count: not by a party to the pact." in text_of(uncounted)
        assert "Comunidad Vecina" in text_of(uncounted)
        assert "No hay agua" in text_of(page)
        assert "The proposal was refused, with reasons." in text_of(classed(page, "lead")[0])
        data = await (await client.get(thing_path(pact.proposal, "?format=json"))).json()
        assert [event["why_not"] for event in data["course"]["timeline"]] == [None, "not_a_party", None]


async def test_a_list_says_of_a_pact_what_its_page_says(tmp_path: Path) -> None:
    pact = Pact()
    pact.step(pact.town, "refused", reasons={"es": "No hay agua"})
    async with node_with(tmp_path, pact.records) as client:
        listed = await read_page(client, "/?kind=pact&lang=en")
        assert text_of(classed(listed, "says")[0]).startswith("refused with reasons")
        data = await (await client.get("/?kind=pact&format=json")).json()
        assert data["things"][0]["status"] == "refused"


async def test_a_challenge_to_a_pact_is_told_in_the_language_of_the_page(tmp_path: Path) -> None:
    pact = Pact()
    pact.act(pact.other, "challenge", {"ground": "no_consent", "text": {"es": "Nadie nos preguntó"}})
    pact.act(pact.other, "assessment", {"principles": {"boundaries": {"finding": "absent"}}})
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=es"))
        said = [text_of(one) for one in classed(page, "what")]
        assert said == ["texto propuesto", "impugnación", "evaluación"]
        # What people say of it comes before where it is from and how it is proved.
        headings = [text_of(heading) for heading in page.iter("h2")]
        assert headings.index("Impugnado") < headings.index("Fuente y licencia") == len(headings) - 2


async def test_a_list_names_three_parties_and_counts_the_others(tmp_path: Path) -> None:
    def named(parties: int) -> list[dict[str, Any]]:
        return [{"name": {"es": f"Barrio {n}"}, "side": "community"} for n in range(1, parties + 1)]

    five, three = Pact(parties=named(5)), Pact(parties=named(3))
    async with node_with(tmp_path, [*five.records, *three.records]) as client:
        abouts = classed(await read_page(client, "/?kind=pact&lang=en"), "about")
        assert sorted(text_of(about) for about in abouts) == [
            "Pact · Barrio 1, Barrio 2 and Barrio 3",
            "Pact · Barrio 1, Barrio 2, Barrio 3 and 2 others",
        ]


async def test_a_source_that_names_one_party_does_not_make_it_care_together_alone(tmp_path: Path) -> None:
    city = [{"name": {"it": "Comune di Palermo"}, "side": "administration"}]
    source = {"name": "Open data of the city", "retrieved": "2025-10-01"}
    pact = Pact(parties=city, reported={"status": "Patto stipulato", "source": source})
    pact.step(pact.people, "signed", source=source, said="Patto stipulato")
    async with node_with(tmp_path, pact.records) as client:
        for language, sentence, event in (
            (
                "en",
                "Comune di Palermo and others whom the source does not name",
                "text as the source gives it",
            ),
            ("es", "Comune di Palermo y otras partes que la fuente no nombra", "texto según la fuente"),
        ):
            page = await read_page(client, thing_path(pact.proposal, f"?lang={language}"))
            assert text_of(classed(page, "lead")[0]).startswith(sentence)
            assert event in [text_of(one) for one in classed(page, "what")]


async def test_pacts_are_chosen_by_where_they_stand(tmp_path: Path) -> None:
    refused, agreed = Pact(), Pact(term={"end": "2025-10-31"})
    refused.step(refused.town, "refused", reasons={"es": "No hay agua"})
    agreed.sign()
    async with node_with(tmp_path, [*refused.records, *agreed.records]) as client:
        for status, expected in (("refused", [refused]), ("expired", [agreed]), ("in_force", [])):
            data = await (await client.get(f"/?kind=pact&status={status}&format=json")).json()
            assert [one["id"] for one in data["things"]] == [id_text(p.proposal.id) for p in expected]
        page = await read_page(client, "/?kind=pact&status=refused&lang=en")
        [chosen] = [option for option in page.iter("option") if option.get("selected")]
        assert (chosen.get("value"), text_of(chosen)) == ("refused", "refused with reasons")
        assert len(classed(page, "says")) == 1
        nothing = await read_page(client, "/?kind=pact&status=in_force&lang=en")
        assert "Nothing here matches" in text_of(nothing)
        assert (await client.get("/?kind=pact&status=bogus")).status == 400
        assert "option" not in {element.tag for element in (await read_page(client, "/?kind=commons")).iter()}


async def test_an_answer_stands_under_what_it_answers(tmp_path: Path) -> None:
    pact = Pact()
    asked = pact.act(pact.other, "observation", {"text": {"es": "¿Y el ganado?"}, "stance": "asks"})
    pact.act(pact.other, "observation", {"text": {"es": "Muy bien"}})
    pact.act(pact.town, "reply", {"text": {"es": "Tendrá paso"}, "outcome": "taken_up"}, asked)
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=en"))
        outer, inner = classed(page, "timeline")
        assert len(list(outer)) == 3
        assert "Taken up.Tendrá paso" in text_of(inner)
        assert "¿Y el ganado?" in text_of(outer[1])
        assert inner in list(outer[1].iter())


async def test_paper_and_archives_are_said_to_be_that(tmp_path: Path) -> None:
    pact = Pact()
    evidence = [{"title": "Acta 12", "held_by": "Secretaría"}]
    pact.step(pact.people, "signed", on="2025-09-01", evidence=evidence)
    pact.step(pact.people, "suspended", source={"name": "Gaceta"}, said="Sospeso", on="2025-09-02")
    async with node_with(tmp_path, pact.records) as client:
        said = text_of(await read_page(client, thing_path(pact.proposal, "?lang=en")))
        assert "On paper: Acta 12, held by Secretaría." in said
        assert "As reported by Gaceta." in said
        assert "The source says “Sospeso”." in said
        assert "Written down on 9 October 2025." in said


async def test_figures_stand_beside_those_of_earlier_reports(tmp_path: Path) -> None:
    pact = Pact()
    pact.sign()
    for year in range(REPORTS_COMPARED_MAX + 1):
        canal = {
            "name": {"es": "Canal"},
            "code": "canal",
            "value": 1_234_50 + year,
            "decimals": 2,
            "unit": "km",
        }
        pact.act(
            pact.people,
            "report",
            {
                "start": f"20{10 + year}-01-01",
                "end": f"20{10 + year}-12-31",
                "results": {"es": f"Año {year}"},
                "indicators": [
                    canal | ({"target": 200_000} if year else {}),
                    *(_families if year == 4 else []),
                ],
            },
        )
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=es"))
        [table] = classed(page, "figures")
        rows = [[text_of(cell) for cell in row] for row in table.iter("tr")]
        assert len(rows[0]) == 1 + REPORTS_COMPARED_MAX
        assert rows[0][-1] == "2014"
        assert rows[1][0] == "Canal (km)"
        assert rows[1][-1] == "1 234,54meta 2 000,00"
        assert rows[2] == ["Familias", "–", "–", "–", "340"]
        # The newest report in full, what the others of the table said folded; the oldest is in the data.
        [earlier] = classed(page, "earlier")
        assert text_of(page).count("Año 4") == 1
        assert "Año 4" not in text_of(earlier)
        assert [year for year in range(5) if f"Año {year}" in text_of(earlier)] == [1, 2, 3]
        assert "Año 0" not in text_of(page)


_families = [{"name": {"es": "Familias"}, "value": 340}]


async def test_support_and_disputes_have_sections_of_their_own(tmp_path: Path) -> None:
    pact = Pact()
    pact.sign()
    pact.act(
        pact.town,
        "support",
        {"type": "reimbursement", "amount": 120_050, "currency": "USD", "share_percent": 50}
        | {"professional_fees": True, "conditions": {"es": "Con factura"}},
    )
    committee = [
        {"name": {"es": "Ana"}, "named_by": "community"},
        {"name": {"es": "Luis"}, "named_by": "administration"},
        {"name": {"es": "Rosa"}, "named_by": "agreed"},
    ]
    pact.act(pact.people, "dispute", {"text": {"es": "No hay turno"}, "committee": committee})
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=en"))
        [support] = classed(page, "support")
        assert "1,200.50 USD" in text_of(support)
        assert "50 % of the cost" in text_of(support)
        assert "Con factura" in text_of(support)
        [disputes] = classed(page, "disputes")
        assert "Rosa · agreed by both" in text_of(disputes)
        assert "A settlement is due until 8 November 2025." in text_of(disputes)


async def test_a_long_history_begins_with_a_link_to_the_rest(tmp_path: Path) -> None:
    pact = Pact()
    for number in range(EVENTS_SHOWN_MAX + 5):
        pact.act(pact.other, "observation", {"text": {"es": f"Digo {number}. " + "muy largo " * 400}})
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=en"))
        [timeline] = classed(page, "timeline")
        assert len(list(timeline)) == EVENTS_SHOWN_MAX
        assert "6 earlier entries" in text_of(page)
        whole = await read_page(client, thing_path(pact.proposal, "?lang=en&whole=yes"))
        assert len(list(classed(whole, "timeline")[0])) == EVENTS_SHOWN_MAX + 6


async def test_what_was_withdrawn_is_not_shown(tmp_path: Path) -> None:
    pact = Pact()
    said = pact.act(pact.other, "observation", {"text": {"es": "La clave de Juana"}})
    pact.records.append(pact.other.erase(said))
    async with node_with(tmp_path, pact.records) as client:
        page = text_of(await read_page(client, thing_path(pact.proposal, "?lang=en")))
        assert "Juana" not in page
        assert "Shown, but does not count: content withdrawn." in page


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        (None, None, "A call for proposals."),
        ("2025-10-01", "2025-11-08", "Proposals are taken until 8 November 2025."),
        ("2025-10-01", "2025-11-07", "Proposals were taken until 7 November 2025."),
        ("2025-11-09", None, "Proposals are taken from 9 November 2025."),
    ],
)
async def test_a_call_says_what_is_offered_by_whom_and_whether_it_is_open(
    tmp_path: Path, opens: str | None, closes: str | None, said: str
) -> None:
    town = Person("Municipio")
    payload = {
        "type": "call",
        "title": {"es": "Huertas"},
        "licence": "CC0-1.0",
        "text": {"es": "Escriban"},
        "commons": [{"name": {"es": "Solar del mercado"}}],
        "clauses": {"objectives": {"es": "Sembrar"}},
        "organiser": {"name": {"es": "Municipio"}, "actor": town.id},
    }
    term = {name: day for name, day in (("opens", opens), ("closes", closes)) if day}
    call = signed(town, "call", payload | term)
    async with node_with(tmp_path, [town.founding, call]) as client:
        page = await read_page(client, thing_path(call, "?lang=en"))
        assert text_of(page.find(".//h1")) == "Huertas"
        assert text_of(classed(page, "kind")[0]) == "Call"
        assert text_of(classed(page, "lead")[0]).endswith(said)
        for part in ("Solar del mercado", "Sembrar", "Escriban", "Municipio"):
            assert part in text_of(page)
        for language, says in (("en", "published by"), ("es", "publicado por")):
            listed = await read_page(client, f"/?kind=call&lang={language}")
            assert [text_of(one) for one in classed(listed, "says")] == [f"{says} Comunidad Municipio"]


def test_a_figure_is_written_to_its_last_digit() -> None:
    english, spanish = Speech("en", Catalogue({})), Speech("es", catalogues()["es"])
    assert english.figure(2**53 - 1, 2) == "90,071,992,547,409.91"
    assert english.figure(-5, 3) == "−0.005"
    assert english.figure(0, 0) == "0"
    assert spanish.figure(-123_456, 1) == "−12\u00a0345,6"
