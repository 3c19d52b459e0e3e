"""What whoever runs a node asks of it by machine: figures, health, readiness."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from node.store.background import REBUILD_AFTER
from node.store.sqlite import SqliteStore
from node.web.application import web_application
from node.web.operation.traffic import BUCKETS_S, Traffic
from tests.node.store.samples import Person
from tests.node.web.readers import View, node_with


async def figures(client: TestClient[Any, Any]) -> dict[str, float]:
    """The figures by name and labels, read by Prometheus' own parser."""
    answer = await client.get("/metrics")
    assert answer.status == 200
    assert answer.content_type == "text/plain"
    families = text_string_to_metric_families(await answer.text())
    return {
        sample.name
        + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


async def test_requests_are_counted_by_the_pattern_of_their_address(tmp_path: Path) -> None:
    async with node_with(tmp_path, [Person("Ana").founding]) as client:
        for path in ("/", "/thing/" + "a" * 52, "/thing/" + "b" * 52, "/no/such/page", "/another"):
            await client.get(path)
        await client.request("PROPFIND", "/")
        counted = await figures(client)
    assert counted["minga_http_requests_total method=GET route=/ status=2xx"] == 1
    assert counted["minga_http_requests_total method=GET route=/thing/{id} status=4xx"] == 2
    # What is no page of ours is one row, whatever a stranger asks for, and by whichever method.
    assert counted["minga_http_requests_total method=GET route=/{elsewhere} status=4xx"] == 2
    assert counted["minga_http_requests_total method=other route=/{elsewhere} status=4xx"] == 1
    assert counted["minga_http_seconds_bucket le=+Inf route=/thing/{id}"] == 2
    assert counted["minga_peers direction=outbound"] == 1
    assert counted["process_resident_memory_bytes"] > 1_000_000


@pytest.mark.parametrize(
    ("readers", "headers", "status"),
    [
        ("local", {}, 200),
        ("local", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("local", {"Via": "1.1 proxy"}, 404),
        ("off", {}, 404),
        ("all", {"X-Forwarded-For": "203.0.113.9"}, 200),
    ],
)
async def test_figures_are_for_those_who_may_read_them(
    tmp_path: Path, readers: str, headers: dict[str, str], status: int
) -> None:
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        app = web_application(View(store), metrics=readers)
        async with TestClient(TestServer(app)) as client:
            answer = await client.get("/metrics", headers=headers)
            assert answer.status == status
            if status == 404:
                assert (await answer.json())["code"] == "not-here"


def test_a_request_falls_into_the_smallest_bucket_that_holds_it() -> None:
    traffic = Traffic()
    for seconds in (0.0, BUCKETS_S[0], BUCKETS_S[0] + 1e-9, BUCKETS_S[-1], 1_000.0):
        traffic.note("/", "GET", 200, seconds)
    counts = dict(traffic.buckets("/"))
    assert counts[str(BUCKETS_S[0])] == 2
    assert counts[str(BUCKETS_S[1])] == 3
    assert counts[str(BUCKETS_S[-1])] == 4
    assert counts["+Inf"] == 5


class Faulty(View):
    """A node that can store nothing."""

    async def status(self) -> dict[str, Any]:
        """Why."""
        return await super().status() | {"storage_fault": "the disk is full"}


async def test_a_node_is_ready_once_lists_show_all_that_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    async with await SqliteStore.open(path) as store:
        await store.add([Person("Ana").founding])
        await store.settled()
        async with TestClient(TestServer(web_application(View(store)))) as client:
            answer = await client.get("/readyz")
            assert (answer.status, await answer.json()) == (200, {"status": "ready"})
            # As a process leaves it that was killed while it made its lists anew.
            with closing(sqlite3.connect(path)) as db, db:
                db.execute("INSERT INTO meta VALUES (?, ?)", (REBUILD_AFTER, "0"))
            answer = await client.get("/readyz")
            assert answer.status == 503
            assert (await answer.json())["status"] == "waiting"
            assert (await client.get("/healthz")).status == 200


async def test_a_node_that_can_store_nothing_is_not_ready(tmp_path: Path) -> None:
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.settled()
        async with TestClient(TestServer(web_application(Faulty(store)))) as client:
            answer = await client.get("/readyz")
            assert answer.status == 503
            assert (await answer.json())["for"] == ["the disk is full"]
