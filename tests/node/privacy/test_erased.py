"""What was erased is in nothing that a node keeps, says or writes for others, nor those that it reached."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protocol.canonical import decode
from protocol.kinds.geometry import to_geojson
from protocol.record.envelope import split_envelope
from tests.node.end_to_end.nodes import NodeHome, NodeProcess, eventually, nodes, same_records
from tests.node.privacy.keeping import everything_a_node_keeps, in_atlases, traces_kept
from tests.node.privacy.planted import Planted, plant
from tests.node.privacy.saying import copies_of, everything_a_node_says_and_keeps, said_by, traces_among


def founded(home: NodeHome, name: str) -> str:
    """Make a key and an actor with it; return the actor's id."""
    home.minga("key", "new", "--label", name, "--no-passphrase")
    return str(home.minga("actor", "new", "--name", f"{name}@es", "--type", "comuna", "--key", name)["id"])


def told(home: NodeHome, secret: Planted, folder: Path) -> tuple[Planted, list[str]]:
    """Have everything said that can be: a commons and a pact with all their fields, and what is said around
    them.  Return the secret with the salts that were signed into it, and the ids of the records."""
    one, two, three, four = secret.words
    place = folder / "place.geojson"
    place.write_text(json.dumps(to_geojson(secret.geometry)))
    common = home.minga(
        *(
            "commons",
            "add",
            "--name",
            f"{secret.name}@es",
            "--name",
            f"Spring {one}@en",
            "--resource",
            "water",
        ),
        *("--description", secret.text, "--geometry", str(place), "--area-local", f"12 {two}"),
        *("--territory", f"parish=Parroquia {three}", "--territory", f"canton={four}"),
        *("--steward", f"Familia {one}", "--users", two, "--rules", three, "--legal", four),
        *("--source", f"Archivo de {two}", "--source-url", f"https://example.org/{two}", "--label", "TK A"),
    )["id"]
    pact = home.minga(
        *("pact", "propose", "--title", f"Pacto de {one}@es", "--commons", common),
        *(
            "--party",
            f"community={two}",
            "--party",
            f"administration={four}",
            "--clause",
            f"objectives={three}",
        ),
        *("--start", "2026-01-01", "--end", "2026-12-31"),
    )["id"]
    period = ("--start", "2026-01-01", "--end", "2026-06-30")
    acts = [
        home.minga(*words)
        for words in (
            ("pact", "observe", pact, "--text", secret.text),
            ("pact", "report", pact, *period, "--results", secret.text),
            ("alert", "add", "--title", two, "--type", "damage", "--text", secret.text, "--commons", common),
            ("challenge", common, "--ground", "not_so", "--text", secret.text),
        )
    ]
    ids = [common, pact, *(record_of(act) for act in acts)]
    return replace(secret, others={f"salt of {one}": salt_of(home, one) for one in ids}), ids


def record_of(answer: Any) -> str:
    """Return the id of what a command has written."""
    return str(answer.get("record") or answer.get("id"))


def salt_of(home: NodeHome, record: str) -> bytes:
    """Return the salt that was signed into a record, which nothing shows."""
    payload = split_envelope(bytes.fromhex(home.minga("record", "show", record)["envelope"])).payload
    assert payload is not None
    salt: bytes = decode(payload, len(payload))["salt"]
    return salt


def said_and_kept(
    node: NodeProcess, folder: Path, ids: Sequence[str], address: str
) -> list[tuple[str, bytes]]:
    """All that a node says, of the first two with every command and on every page, and all that it keeps."""
    rest = [said_by(node, ["record", "show", "--bytes", one]) for one in ids[2:]]
    return rest + list(everything_a_node_says_and_keeps(node, folder, ids[:2], address))


@pytest.mark.slow
async def test_erased_content_is_nowhere(tmp_path: Path) -> None:
    secret = plant(random.Random(11))
    outside = tmp_path / "outside"
    outside.mkdir()
    async with nodes(tmp_path, "--listen", "127.0.0.1:0", "--no-lan", "--log-level", "debug") as start:
        eva = await start("eva")
        ana = await start("ana", "--peer", await eva.address())
        founded(ana, "Comuna")
        secret, ids = told(ana, secret, outside)
        held = await same_records(ana, eva, at_least=7)
        await eventually(lambda: in_atlases(secret, ana.path, eva.path), lambda: "the atlas is not drawn")
        for node in (ana, eva):  # else what follows would prove nothing
            before = await asyncio.to_thread(
                said_and_kept, node, tmp_path / f"before-{node.path.name}", ids[:2], await node.address()
            )
            found = "\n".join(traces_among(secret, before))
            expected = (
                *secret.others,
                *secret.words,
                "/thing/",
                "commons show",
                "store.sqlite",
                "atlas.sqlite",
                "/tiles/0/",
                *("/download/commons.geojson", "/download/commons.csv", "/download/commons.gpkg"),
                *("/download/pacts.csv", "/download/alerts.gpkg", "/feed.atom"),
                "backup.tar",
            )
            assert [form for form in expected if form not in found] == []

        ana.minga("erase", "--yes", "--basis", "habeas_data", *ids)
        await same_records(ana, eva, at_least=len(held) + 1)

        async def cleared() -> bool:
            return not traces_kept(secret, ana.path, eva.path)

        await eventually(cleared, lambda: str(traces_kept(secret, ana.path, eva.path)))
        # Of the two the one that received it is asked everything; what they keep, and write, is of both.
        after = await asyncio.to_thread(said_and_kept, eva, tmp_path / "after", ids, await eva.address())
        assert len(after) > 100
        written = await asyncio.to_thread(lambda: list(copies_of(ana, tmp_path / "written", ids[:2])))
        kept = list(everything_a_node_keeps(tmp_path / "ana", tmp_path / "ana.log"))
        assert traces_among(secret, [*after, *written, *kept]) == []
