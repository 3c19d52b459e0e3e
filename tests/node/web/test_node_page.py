"""The page of a node: what is not well and what to do; nothing of where other nodes are."""

from pathlib import Path
from typing import Any

import pytest

from node.examining import BACKUP_AGE_MAX_MS, PEER_SILENCE_MAX_MS
from node.web.about.node_troubles import troubles
from tests.node.store.samples import NOW_MS, Person
from tests.node.web.readers import READ_MS, View, classed, node_with, read_page, text_of

WELL: dict[str, Any] = {
    "peers": [{"connected_since_ms": NOW_MS - 1, "synced_at_ms": NOW_MS}],
    "last_backup_ms": NOW_MS - BACKUP_AGE_MAX_MS,
    "trust": {"set_aside_full": False},
    "lan": {"enabled": True, "warning": None},
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"storage_fault": "the disk is full"}, ["storage"]),
        ({"clock_doubt": "1970"}, ["clock"]),
        ({"clearing_fault": "no room"}, ["clearing"]),
        ({"lan": {"enabled": True, "warning": "no interface"}}, ["lan"]),
        ({"peers": []}, ["alone"]),
        ({"peers": 0}, []),
        ({"trust": {"set_aside_full": True}}, ["aside"]),
        ({"last_backup_ms": None}, ["backup"]),
        ({"last_backup_ms": NOW_MS - BACKUP_AGE_MAX_MS - 1}, ["backup"]),
        ({"peers": [{"connected_since_ms": NOW_MS - PEER_SILENCE_MAX_MS, "synced_at_ms": None}]}, []),
        ({"peers": [{"connected_since_ms": NOW_MS - PEER_SILENCE_MAX_MS - 1}]}, ["silence"]),
        ({"peers": [{"connected_since_ms": 1, "synced_at_ms": NOW_MS}]}, []),
        ({"storage_fault": "x", "peers": [], "last_backup_ms": None}, ["storage", "alone", "backup"]),
    ],
)
def test_each_trouble_is_told_with_its_remedy(change: dict[str, Any], expected: list[str]) -> None:
    found = troubles(WELL | change, False, NOW_MS)
    assert [one.code for one in found] == expected
    assert all(one.says and one.remedy for one in found)


def test_a_node_that_makes_its_lists_anew_says_so() -> None:
    assert [one.code for one in troubles(WELL, True, NOW_MS)] == ["rebuilding"]


async def test_a_node_tells_how_it_is_and_not_where_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = {
        "node": "did:key:z6MkSomebody",
        "address": "ws://10.9.8.7:7447",
        "software": "minga/<b>1",
        "connected_since_ms": READ_MS - 1_000,
        "synced_at_ms": READ_MS - 500,
        "lacking": 3,
    }
    status = {
        **WELL,
        "peers": [peer],
        "last_backup_ms": READ_MS,
        "store_bytes": 1_300_000,
        "network": "commons",
    }

    async def told(_: View) -> dict[str, Any]:
        return status | {"listening": ["10.9.8.6:7447"]}

    monkeypatch.setattr(View, "status", told)
    ana = Person("Ana")
    async with node_with(tmp_path, [ana.founding, ana.commons("Laguna")]) as client:
        page = await read_page(client, "/node?lang=en")
        text = text_of(page)
        assert "This node is well" in text
        assert "2 signed records." in text
        assert "They take 1.3 MB." in text
        assert "minga/<b>1" in text
        assert "3 records" in text
        assert "Last backup8 November 2025" in text
        data = await (await client.get("/node?format=json")).json()
        assert data["well"] is True
        assert data["peers"][0]["lacking"] == 3
        for private in ("10.9.8", "z6MkSomebody"):
            assert private not in text
            assert private not in str(data)
        status["peers"] = []
        page = await read_page(client, "/node?lang=es")
        [trouble] = classed(page, "verdict")
        assert "Hay 1 cosa que atender" in text_of(trouble)
        assert "minga peer add" in text_of(trouble)
