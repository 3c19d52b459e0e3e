"""Real registers, imported on one node as documented from their sources, are whole on another.

Then one of the communities founds an actor of its own and speaks for its commons.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.node.end_to_end.nodes import NodeProcess, nodes, same_records
from tests.shared_inputs import shared_path

# Each file, and what its rows document; the pacts name 38 commons that are documented with them.
REGISTERS: dict[str, dict[str, int]] = {
    "es_comunales.geojson": {"commons": 81},
    "es_municipios_vecinos.geojson": {"place": 237},
    "commons_facts.csv": {"commons": 33},
    "palermo_patti.csv": {"pact": 62, "commons": 38},
}
COUNTS = {"commons": 81 + 33 + 38, "place": 237, "pact": 62}
# Words in names and places, with and without accents, and one that nothing holds.
SEARCHES = ("aralar", "bardenas", "sierra", "parzoneria", "huerta", "páramo", "xyzzy")

# One commons of the register, held by fourteen municipalities, and one of those.
COMMONS, STEWARD, STEWARDS = "Mancomunidad de Amezketa y Ordizia", "Ordizia", 14


def listed(node: NodeProcess, kind: str) -> dict[str, tuple[str, str, dict[str, str]]]:
    """Return status, voice and title of each thing that a node lists."""
    rows = node.minga(kind, "list", "--all")
    return {row["id"]: (row["status"], row["voice"], row["title"]) for row in rows}


def found(node: NodeProcess, words: str) -> list[dict[str, Any]]:
    """Return the commons that a search finds; each node lists them in the order in which they came to it."""
    rows: list[dict[str, Any]] = node.minga("commons", "search", words)
    return sorted(rows, key=lambda row: str(row["id"]))


def found_actor(node: NodeProcess, name: str, kind: str) -> str:
    node.minga("key", "new", "--label", name, "--no-passphrase")
    founded: dict[str, Any] = node.minga(
        "actor", "new", "--name", f"{name}@es", "--type", kind, "--key", name
    )
    assert founded["status"] == "founded"
    return str(founded["id"])


@pytest.mark.slow
async def test_registers_arrive_whole_and_a_community_comes_to_speak_for_itself(tmp_path: Path) -> None:
    files = {shared_path("data", name): new for name, new in REGISTERS.items()}
    async with nodes(tmp_path, "--no-lan", "--listen", "127.0.0.1:0") as start:
        first = await start("first")
        documenter = found_actor(first, "Observatorio de los comunes", "association")
        for path, new in files.items():
            summary = first.minga("commons", "import", str(path))
            assert summary["new"] == new, summary
            assert not summary["skipped"], summary
        again = first.minga("commons", "import", str(next(iter(files))))
        assert (again["new"], again["unchanged"]) == ({}, 81)

        second = await start("second", "--peer", await first.address())
        held = await same_records(first, second, at_least=1 + sum(COUNTS.values()))
        assert len(held) == 1 + sum(COUNTS.values())
        for kind, count in COUNTS.items():
            here, there = listed(first, kind), listed(second, kind)
            assert here == there
            assert len(here) == count
            assert {status for status, _, _ in here.values()} == {
                "reported" if kind == "pact" else "documented"
            }
        for words in SEARCHES:
            assert found(first, words) == found(second, words)
        assert found(first, "aralar")
        assert not found(first, "xyzzy")
        one = second.minga("commons", "show", COMMONS)
        assert one["versions"][0]["author"] == documenter
        assert one["versions"][0]["content"]["source"]
        named = one["versions"][0]["content"]["stewards"]
        assert len(named) == STEWARDS
        assert not any("actor" in steward for steward in named)

        community = found_actor(second, STEWARD, "municipality")
        own = second.minga(
            "commons", "speak", one["id"], "--rules", "Se abre el 18 de septiembre.@es", "--as", community
        )
        await same_records(first, second, at_least=len(held) + 2)
        for node in (first, second):
            shown = node.minga("commons", "show", one["id"])
            assert shown["status"] == "own"
            assert shown["display"] == own["record"]
            by = {version["id"]: version for version in shown["versions"]}
            assert by[own["record"]]["author"] == community
            stewards = by[own["record"]]["content"]["stewards"]
            assert len(stewards) == STEWARDS
            assert [s["name"]["es"] for s in stewards if s.get("actor") == community] == [STEWARD]
            assert by[own["record"]]["content"]["rules"]["es"].startswith("Se abre")
            [documented] = [v for v in shown["versions"] if v["author"] == documenter]
            assert documented["content"] == one["versions"][0]["content"]
