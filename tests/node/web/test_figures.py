"""Figures of pacts over time and beside others: what is drawn is what was reported."""

import csv
import io
import itertools
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from node.web.frame.chart import LINES_MAX, POINTS_BESIDE_MAX, POINTS_MAX, Line, Point, chart, scale_of
from node.web.frame.markup import render
from node.web.pacts.figures_page import COLUMNS, COMPARED_SHOWN_MAX, SERIES_SHOWN_MAX
from protocol.identifiers import id_text
from protocol.limits import INTEGER_MAX
from tests.node.web.readers import classed, node_with, read_page, text_of, thing_path
from tests.node.web.test_hostile import HOSTILE, nfc
from tests.node.web.test_procedure_pages import Pact

FIGURES = (
    st.integers(-INTEGER_MAX, INTEGER_MAX).map(float) | st.floats(-1e9, 1e9) | st.integers(0, 20).map(float)
)


@given(st.lists(FIGURES, min_size=1, max_size=30))
def test_any_figures_have_a_scale_that_holds_them(values: list[float]) -> None:
    scale = scale_of(values)
    slack = abs(scale.step) * 1e-6
    assert scale.low - slack <= min(values)
    assert max(values) <= scale.high + slack
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 8
    mantissa = scale.step / 10 ** (len(str(int(scale.step))) - 1) if scale.step >= 1 else None
    assert mantissa is None or round(mantissa, 6) in (1, 2, 5)


@given(
    st.lists(
        st.lists(st.tuples(st.dates(date(1483, 1, 1), date(2100, 1, 1)), FIGURES), min_size=1, max_size=80),
        min_size=1,
        max_size=9,
    ),
    st.booleans(),
)
def test_whatever_is_drawn_lies_within_the_drawing(
    series: list[list[tuple[date, float]]], wide: bool
) -> None:
    lines = [Line("x" * 24, [Point(day, value, "1") for day, value in sorted(one)]) for one in series]
    drawn, _ = chart("title", "said", lines, (3.0, "target 3"), lambda v, p: f"{v:.{min(p, 3)}e}", wide)
    root = ET.fromstring(render(drawn).removeprefix("<!doctype html>\n"))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    marks = classed(root, "mark-point")
    assert len(marks) == sum(
        min(len(one), POINTS_BESIDE_MAX if wide else POINTS_MAX) for one in series[:LINES_MAX]
    )
    for circle in root.iter("circle"):
        assert 0 <= float(circle.attrib["cx"]) <= width
        assert 0 <= float(circle.attrib["cy"]) <= height
    for text in root.iter("text"):
        assert 0 <= float(text.attrib["y"]) <= height
    assert {child.tag for child in root[:2]} == {"title", "desc"}
    names = sorted(float(one.attrib["y"]) for one in classed(root, "name"))
    assert all(below - above >= 14.9 for above, below in itertools.pairwise(names))


def measured(pact: Pact, values: dict[int, int], **more: Any) -> None:
    """Reports of some years, each with one figure."""
    for year, value in values.items():
        one = {"name": {"es": "Caudal"}, "code": "flow", "value": value, "decimals": 1, "unit": "l/s", **more}
        report = {"start": f"{year}-01-01", "end": f"{year}-12-31", "indicators": [one]}
        pact.act(pact.people, "report", report)


async def test_the_page_of_a_pact_draws_what_its_reports_measured(tmp_path: Path) -> None:
    pact = Pact()
    measured(pact, {2022: 125, 2023: 131, 2024: 98}, target=150)
    pact.act(
        pact.other, "report", {"end": "2025-12-31", "indicators": [{"name": {"es": "Caudal"}, "value": 9}]}
    )
    async with node_with(tmp_path, pact.records) as client:
        page = await read_page(client, thing_path(pact.proposal, "?lang=en"))
        [drawn] = classed(page, "chart")
        assert drawn.attrib["role"] == "img"
        assert text_of(drawn.find("title")) == "Caudal (l/s) over time"
        assert text_of(drawn.find("desc")) == (
            "From 12.5 (2022) to 9.8 (2024); the lowest 9.8 (2024), the highest 13.1 (2023)."
        )
        assert [text_of(one) for one in classed(drawn, "value")] == ["12.5", "13.1", "9.8"]
        assert text_of(classed(drawn, "target-name")[0]) == "target 15.0"
        figures = await read_page(client, thing_path(pact.proposal, "/figures?lang=es"))
        rows = [[text_of(cell) for cell in row] for row in figures.findall(".//tbody/tr")]
        stranger = rows.pop()
        assert stranger == ["31 de diciembre de 2025", "9", "–"]
        assert "Dadas por Comunidad Vecina, que no es parte." in text_of(figures)
        assert rows == [["2024", "9,8", "15,0"], ["2023", "13,1", "15,0"], ["2022", "12,5", "15,0"]]
        assert "Junto a otros pactos" not in text_of(figures)
        assert "Este nodo comprobó quién firmó, no lo que se midió." in text_of(figures)


async def test_one_figure_is_no_line(tmp_path: Path) -> None:
    pact = Pact()
    measured(pact, {2024: 98})
    async with node_with(tmp_path, pact.records) as client:
        assert not classed(await read_page(client, thing_path(pact.proposal)), "chart")
        page = await read_page(client, thing_path(pact.proposal, "/figures?lang=en"))
        assert not classed(page, "chart")
        assert "9.8" in text_of(page)


async def test_pacts_that_measure_the_same_stand_beside_each_other(tmp_path: Path) -> None:
    one, other, apart = Pact(), Pact(title={"es": "Vertiente"}), Pact(title={"es": "Bosque"})
    measured(one, {2022: 125, 2023: 131})
    measured(other, {2022: 225, 2024: 231})
    measured(apart, {2022: 225, 2023: 231}, unit="m3/s")
    async with node_with(tmp_path, [*one.records, *other.records, *apart.records]) as client:
        page = await read_page(client, thing_path(one.proposal, "/figures?lang=en"))
        [wide] = classed(page, "wide-chart")
        assert sorted(text_of(name) for name in classed(wide, "name")) == ["Acequia", "Vertiente"]
        assert "of 2 others held here" in text_of(page)
        table = [[text_of(cell) for cell in row] for row in page.findall(".//tbody/tr")][-2:]
        assert table == [["Acequia", "12.52022", "13.12023"], ["Vertiente", "22.52022", "23.12024"]]
        answer = await client.get(thing_path(one.proposal, "/figures?format=csv"))
        assert answer.content_type == "text/csv"
        lines = list(csv.DictReader(io.StringIO(await answer.text())))
        assert set(lines[0]) == set(COLUMNS)
        assert [(line["pact_name"], line["value"]) for line in lines] == [
            ("Acequia", "12.5"),
            ("Acequia", "13.1"),
            ("Vertiente", "22.5"),
            ("Vertiente", "23.1"),
        ]
        data = await (await client.get(thing_path(one.proposal, "/figures?format=json"))).json()
        assert [figure["value"] for figure in data["indicators"][0]["figures"]] == ["12.5", "13.1"]
        assert [beside["thing"] for beside in data["beside"]] == [id_text(other.proposal.id)]


async def test_hostile_figures_are_figures(tmp_path: Path) -> None:
    pact = Pact()
    for number, words in enumerate([*HOSTILE, "=HYPERLINK(1)", "+1", "@x"]):
        for year in (2021, 2022):
            one = {
                "name": {"es": nfc(words)[:500]},
                "value": (-1) ** year * INTEGER_MAX,
                "decimals": number % 10,
                "unit": nfc(words)[:200],
                "target": INTEGER_MAX,
            }
            pact.act(pact.people, "report", {"end": f"{year}-12-31", "indicators": [one]})
    async with node_with(tmp_path, pact.records) as client:
        await read_page(client, thing_path(pact.proposal))
        page = await read_page(client, thing_path(pact.proposal, "/figures"))
        assert len(classed(page, "chart")) == min(len(HOSTILE) + 3, SERIES_SHOWN_MAX)
        text = await (await client.get(thing_path(pact.proposal, "/figures?format=csv"))).text()
        for line in list(csv.reader(io.StringIO(text)))[1:]:
            for at, cell in enumerate(line):
                assert not cell.startswith(("=", "+", "@")) or COLUMNS[at] in ("value", "target")


async def test_only_a_pact_has_figures(tmp_path: Path) -> None:
    pact = Pact()
    async with node_with(tmp_path, pact.records) as client:
        await read_page(client, f"/thing/{id_text(pact.people.id)}/figures", 404)
        await read_page(client, "/thing/x/figures", 404)
        page = await read_page(client, thing_path(pact.proposal, "/figures?lang=en"))
        assert "No report that counts gives a figure yet." in text_of(page)


async def test_pacts_that_measure_very_much_make_a_page_that_can_be_read(tmp_path: Path) -> None:
    pacts = [Pact(title={"es": f"Pacto {n}"}) for n in range(3)]
    for pact in pacts:
        for month in range(70):
            day = f"{1990 + month // 12}-{month % 12 + 1:02}-28"
            figures = [
                {"name": {"es": f"Indicador {n}"}, "code": f"i{n}", "value": month * n, "unit": "u"}
                for n in range(SERIES_SHOWN_MAX + 2)
            ]
            pact.act(pact.people, "report", {"end": day, "indicators": figures})
    async with node_with(tmp_path, [record for pact in pacts for record in pact.records]) as client:
        answer = await client.get(
            thing_path(pacts[0].proposal, "/figures?lang=en"), headers={"Accept": "text/html"}
        )
        text = await answer.text()
        assert len(text.encode()) < 250_000
        page = ET.fromstring(text.removeprefix("<!doctype html>\n"))
        assert len(classed(page, "wide-chart")) == COMPARED_SHOWN_MAX
        assert "and 2 others" in text_of(page)
        lines = (
            await (await client.get(thing_path(pacts[0].proposal, "/figures?format=csv"))).text()
        ).splitlines()
        assert len(lines) == 1 + 3 * 70 * (SERIES_SHOWN_MAX + 2)
