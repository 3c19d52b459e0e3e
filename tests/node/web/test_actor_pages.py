"""The page of an actor: what it cares for and has signed, and whose its keys were when."""

from pathlib import Path

from node.web.actors.works import SHOWN_MAX
from protocol.identifiers import id_text
from protocol.keys import did_key
from tests.node.store.samples import NOW_MS, Person
from tests.node.web.readers import classed, node_with, read_page, text_of


async def test_what_an_actor_does_is_told_by_kind(tmp_path: Path) -> None:
    town, village = Person("Municipio"), Person("Anejo")
    river = village.commons("Río")
    in_force, awaited = town.pact(village, "Pacto firmado"), town.pact(village, "Pacto por firmar")
    records = [town.founding, village.founding, river, in_force, awaited]
    records += [town.consent(in_force), village.consent(in_force), town.consent(awaited)]
    records.append(village.says("observation", {"text": {"es": "Bien"}}, in_force))
    async with node_with(tmp_path, records) as client:
        page = await read_page(client, f"/thing/{id_text(village.id)}?lang=en")
        sections = {text_of(s.find("h2")): s for s in page.iter("section")}
        assert [text_of(n) for n in classed(sections["What it cares for"], "name")] == ["Río"]
        pacts = sections["Pacts it is a party to"]
        assert sorted(text_of(n) for n in classed(pacts, "name")) == ["Pacto firmado", "Pacto por firmar"]
        assert [text_of(one) for one in pacts.findall("ul/li")] == ["Pacto por firmar: awaited"]
        assert "What else it wrote" not in sections  # the river is told of already
        told = await read_page(client, f"/thing/{id_text(town.id)}?lang=es")
        assert "Los que no ha firmado" not in text_of(told)


async def test_a_link_leads_to_more_than_the_page_shows(tmp_path: Path) -> None:
    ana = Person("Ana")
    things = [ana.commons(f"Potrero {n}", time_ms=NOW_MS + n) for n in range(SHOWN_MAX + 1)]
    async with node_with(tmp_path, [ana.founding, *things]) as client:
        page = await read_page(client, f"/thing/{id_text(ana.id)}?lang=en")
        assert len(classed(page, "name")) == SHOWN_MAX
        [more] = [a for a in page.iter("a") if text_of(a) == "Show all"]
        assert "kind=commons" in more.attrib["href"]
        assert id_text(ana.id) in more.attrib["href"]


async def test_keys_are_told_with_their_days(tmp_path: Path) -> None:
    ana = Person("Ana")
    first = ana.keys[0].public
    rotated = ana.rotate("nueva", upholds_everything=True)
    async with node_with(tmp_path, [ana.founding, rotated]) as client:
        page = await read_page(client, f"/thing/{id_text(ana.id)}?lang=en")
        rows = [[text_of(cell) for cell in row] for row in page.findall(".//details//tbody/tr")]
        mine = [row for row in rows if len(row) == 3]
        assert [row[1:] for row in mine] == [
            ["9 October 2025", "today"],
            ["9 October 2025", "9 October 2025"],
        ]
        assert did_key(ana.keys[0].public) in mine[0][0]
        assert did_key(first) in mine[1][0]
