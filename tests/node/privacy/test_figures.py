"""The register says how many and nothing of whom; small numbers are not published; holdings are counted."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import ConfigError, UnsafePermissions
from node.privacy.figures import PUBLISHED_FROM, Holdings, count_holdings, published
from node.privacy.publishing import Transparency
from node.privacy.register import FILE_NAME, OUTCOMES, REQUESTS, Request, note_request, requests_noted
from node.store.sqlite import SqliteStore
from protocol.record.envelope import erased_envelope
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person, point
from tests.node.web.readers import node_with, read_page, text_of

YEAR_MS = 31_557_600_000
requests = st.builds(
    Request,
    st.sampled_from(["2025-01-01", "2026-12-31"]),
    st.sampled_from(REQUESTS),
    st.sampled_from(OUTCOMES),
)


def test_what_is_noted_is_read_again(tmp_path: Path) -> None:
    noted = [Request("2026-01-02", "access", "done", 3, 4), Request("2026-01-03", "erase", "refused")]
    assert list(requests_noted(tmp_path)) == []
    for one in noted:
        note_request(tmp_path, one)
    assert list(requests_noted(tmp_path)) == noted
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    os.chmod(tmp_path / FILE_NAME, 0o644)
    with pytest.raises(UnsafePermissions):
        requests_noted(tmp_path)
    note_request(tmp_path, noted[0])
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", range(1, 90, 7))
def test_a_line_that_a_power_cut_left_unfinished_costs_that_line(tmp_path: Path, cut: int) -> None:
    note_request(tmp_path, Request("2026-01-02", "access", "done"))
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes()[:-cut])
    note_request(tmp_path, Request("2026-02-02", "erase", "done"))
    assert Request("2026-02-02", "erase", "done") in requests_noted(tmp_path)
    assert len(requests_noted(tmp_path)) <= 2


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["on", "request", "outcome", "own", "x"]), inner)
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_line_is_a_request_or_left_out(tmp_path_factory: pytest.TempPathFactory, line: bytes) -> None:
    home = tmp_path_factory.mktemp("home")
    path = home / FILE_NAME
    path.write_bytes(line + b"\n")
    path.chmod(0o600)
    for one in requests_noted(home):
        assert one.request in REQUESTS


def test_a_register_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(ConfigError, match="could not be noted"):
        note_request(tmp_path, Request("2026-01-02", "access", "done"))


@given(st.lists(requests, max_size=40))
def test_no_published_number_is_small_nor_can_one_be_worked_out(noted: list[Request]) -> None:
    for one in published(Holdings(), noted)["requests"]:
        number, refused = one["number"], one["refused"]
        assert number is None or number >= PUBLISHED_FROM
        if refused is not None:
            assert refused == 0 or refused >= PUBLISHED_FROM
            assert number - refused == 0 or number - refused >= PUBLISHED_FROM
        asked = [r for r in noted if (int(r.on[:4]), r.request) == (one["year"], one["request"])]
        assert number in (None, len(asked))
    exact = published(Holdings(), noted, exact=True)["requests"]
    assert sum(one["number"] for one in exact) == len(noted)


@pytest.mark.parametrize("number", [PUBLISHED_FROM - 1, PUBLISHED_FROM])
def test_the_least_number_that_is_published(number: int) -> None:
    (told,) = published(Holdings(), [Request("2026-01-01", "access", "done")] * number)["requests"]
    assert told["number"] == (number if number == PUBLISHED_FROM else None)


def signed(person: Person, kind: str, payload: dict[str, Any], time_ms: int) -> VerifiedRecord:
    return sign_record(person.author(), kind, payload, time_ms)


def samples() -> list[VerifiedRecord]:
    ana = Person("ana")
    base = {"name": {"es": "x"}, "resources": ["water"], "licence": "CC0-1.0"}
    coarse = {"geometry": point(0, 0), "uncertainty_m": 80}
    made = [
        signed(ana, "commons", base, NOW_MS),
        signed(ana, "commons", {**base, **coarse, "sensitivity": "generalised"}, NOW_MS),
        signed(ana, "commons", {**base, "sensitivity": "withheld"}, NOW_MS - YEAR_MS),
        signed(ana, "commons", {**base, "sensitivity": "withheld", "description": {"es": "y"}}, NOW_MS),
        signed(
            ana, "commons", {**base, "sensitivity": "sealed", "sealed": {"commitment": bytes(32)}}, NOW_MS
        ),
        # What only looks so: another kind's field, a word in a text, a value that ends like an erased record.
        signed(ana, "org.example.thing", {"sensitivity": "withheld"}, NOW_MS),
        signed(ana, "commons", {**base, "description": {"es": "sensitivity sealed"}}, NOW_MS),
        signed(ana, "org.example.other", {"zz": None}, NOW_MS),
    ]
    return [ana.founding, *made]


async def test_what_is_held_is_counted_by_its_own_year(tmp_path: Path) -> None:
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(samples())
        holdings = await count_holdings(store)
    told = published(holdings, [], ["2020-01-01"])["held"]
    assert [row["year"] for row in told] == sorted({row["year"] for row in told}, reverse=True)
    assert [{k: v for k, v in row.items() if k != "year"} for row in told] == [
        {"generalised": 1, "sealed": 1, "withheld": 1, "erased": 0, "blocked_here": 0},
        {"generalised": 0, "sealed": 0, "withheld": 1, "erased": 0, "blocked_here": 0},
        {"generalised": 0, "sealed": 0, "withheld": 0, "erased": 0, "blocked_here": 1},
    ]
    erased = Holdings()
    for record in samples():
        erased.count(erased_envelope(record.envelope))
    assert sum(year["erased"] for year in erased.by_year.values()) == len(samples())


async def test_a_running_node_counts_anew_when_records_come(tmp_path: Path) -> None:
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        transparency = Transparency(store, tmp_path)
        assert (await transparency.figures())["held"] == []
        await store.add(samples())
        assert (await transparency.figures())["held"]
        note_request(tmp_path, Request("2026-01-02", "access", "done"))
        assert len((await transparency.figures())["requests"]) == 1


async def test_the_page_says_how_many_in_both_languages(tmp_path: Path) -> None:
    for _ in range(PUBLISHED_FROM):
        note_request(tmp_path, Request("2026-01-02", "access", "done"))
    note_request(tmp_path, Request("2026-01-03", "erase", "refused"))
    async with node_with(tmp_path, samples(), home=tmp_path) as client:
        english = text_of(await read_page(client, "/transparency?lang=en"))
        assert "to see what is held of them5" in english
        assert "to have it taken outfewer than 5" in english
        assert "refused" not in english.partition("Records")[0].replace("Requests by year", "")
        spanish = text_of(await read_page(client, "/transparency?lang=es"))
        assert "Transparencia" in spanish
        assert "menos de 5" in spanish
        data = await (await client.get("/transparency.json")).json()
        assert data["published_from"] == PUBLISHED_FROM
        assert [one["number"] for one in data["requests"]] == [5, None]
        assert set(data) == {"requests", "held", "published_from"}
        assert 'href="/transparency' in await (await client.get("/?lang=en")).text()


async def test_an_empty_page_says_so(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        page = text_of(await read_page(client, "/transparency?lang=en"))
        assert "No request has been noted here." in page
        assert "Nothing held here is kept back or erased." in page


async def test_a_register_that_others_can_read_is_not_published_as_empty(tmp_path: Path) -> None:
    note_request(tmp_path, Request("2026-01-03", "erase", "refused"))
    (tmp_path / FILE_NAME).chmod(0o644)
    async with node_with(tmp_path, [], home=tmp_path) as client:
        assert (await client.get("/transparency")).status == 503
