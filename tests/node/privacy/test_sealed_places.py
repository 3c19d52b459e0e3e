"""What is sealed, made coarse or kept back is nowhere but with those it is for: real nodes and stores."""

import asyncio
import json
import random
import re
import struct
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.bundles import write_bundle
from node.store.view import StoreView
from protocol.bundle import BundleHeader
from protocol.identifiers import ActorId, RecordId, SubjectId, parse_id
from protocol.keys import parse_did_key
from protocol.kinds.geometry import to_geojson
from protocol.limits import TIME_MAX_MS
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord, verify_record
from tests.node.cli.terminal import Terminal, exchange
from tests.node.end_to_end.nodes import NodeHome, NodeProcess, eventually, nodes, same_records
from tests.node.privacy.keeping import in_atlases, traces_kept
from tests.node.privacy.planted import Planted, plant
from tests.node.privacy.saying import OPEN_DATA
from tests.protocol.people import key
from tests.vectors.make_seals import by_hand

# Front, lists, each thing, its proof and its data, in both languages.
PAGES_MAX = 120
NOW_MS = TIME_MAX_MS  # whatever clock signed, it is not ahead of this one


def planted(seed: int) -> Planted:
    """A secret whose positions are looked for as floating-point numbers too."""
    dice = random.Random(seed)
    secret = plant(dice)
    others = {}
    for unit in secret.positions[2:-2]:
        for form, name in ((">d", "big-endian"), ("<d", "little-endian")):
            others[f"degrees {unit} as a float, {name}"] = struct.pack(form, unit / 1e7)
        others[f"unit {unit} as a float"] = struct.pack(">d", float(unit))
    return Planted(secret.words, secret.salt, secret.positions, others)


def in_file(folder: Path, secret: Planted) -> tuple[str, str]:
    """Write the precise place and the texts that only some may read; return both files' names."""
    place, fields = folder / "place.geojson", folder / "sealed.json"
    place.write_text(json.dumps(to_geojson(secret.geometry)), encoding="utf-8")
    fields.write_text(json.dumps({"description": {"es": secret.text}}), encoding="utf-8")
    return str(place), str(fields)


def founded(home: Terminal | NodeHome, name: str) -> str:
    """Make a home with one key and one actor; return the actor's id."""
    run = home.asks if isinstance(home, Terminal) else home.minga
    run("key", "new", "--label", name, "--no-passphrase")
    return str(run("actor", "new", "--name", f"{name}@es", "--type", "association", "--key", name)["id"])


def crawled(address: str) -> list[tuple[str, bytes]]:
    """Return every page that can be reached from a node's front page, and the data that each links to."""
    waiting, pages = ["/", "/?lang=es", "/?lang=en", *OPEN_DATA], {}
    while waiting and len(pages) < PAGES_MAX:
        path = waiting.pop()
        if path in pages:
            continue
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=60) as answer:
                pages[path] = answer.read()
        except urllib.error.HTTPError as fault:
            pages[path] = fault.read()
        found = re.findall(rb'(?:href|src)="(/[^"#]*)', pages[path])
        waiting += [one.decode().replace("&amp;", "&") for one in found]
    return list(pages.items())


@pytest.mark.slow
async def test_no_node_keeps_what_is_sealed_and_only_who_is_named_reads_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    sealed, coarse, withheld, told, harmed = (planted(seed) for seed in range(1, 6))
    running = tmp_path / "running"
    running.mkdir()
    async with nodes(running, "--no-lan", "--listen", "127.0.0.1:0") as start:
        eva = await start("eva")
        via = ("--peer", await eva.address())
        ana, luis = await start("ana", *via), await start("luis", *via)
        founded(ana, "Comuna")
        reader = founded(luis, "Guardianes")
        founded(eva, "Curiosos")
        everybody: Sequence[NodeProcess] = (ana, eva, luis)
        await same_records(*everybody, at_least=3)

        place, fields = in_file(outside, sealed)
        described = ("--resource", "water", "--grid", "0.01")
        thing = ana.minga(
            *("commons", "add", "--name", "Vertiente sellada@es", *described),
            *("--geometry", place, "--sealed", fields, "--seal-for", reader),
        )["id"]
        place, _ = in_file(outside, coarse)
        ana.minga(
            *("commons", "add", "--name", "Vertiente aproximada@es", *described),
            *("--geometry", place, "--sensitivity", "generalised"),
        )
        place, _ = in_file(outside, withheld)
        ana.minga(
            *("commons", "add", "--name", "Vertiente reservada@es", "--resource", "water"),
            *("--geometry", place, "--sensitivity", "withheld"),
        )
        place, _ = in_file(outside, told)
        ana.minga("commons", "add", "--name", "Plaza@es", "--resource", "urban", "--geometry", place)
        place, fields = in_file(outside, harmed)
        alarm = ana.minga(
            *("alert", "add", "--title", "Cercan la vertiente@es", "--commons", thing, "--grid", "0.01"),
            *("--geometry", place, "--seal-for", reader, "--evidence-copy", fields),
        )["id"]
        refused = ana.minga(
            *("commons", "change", "Vertiente reservada", "--description"),
            *(f"Está en {withheld.positions[3] / 1e7:.7f}, {withheld.positions[2] / 1e7:.7f}",),
            exit_code=2,
        )
        assert "the field description" in refused
        await same_records(*everybody, at_least=10)
        for home in everybody:  # else that the rest is not drawn would prove nothing
            await eventually(lambda home=home: in_atlases(told, home.path), lambda: "the atlas is not drawn")

        # Luis, whom only Eva passed it on to, reads it; Eva, who carried it, cannot.
        read = luis.minga("seal", "open", thing)
        assert read["content"]["geometry"] == to_geojson(sealed.geometry)
        assert read["content"]["description"] == {"es": sealed.text}
        assert luis.minga("seal", "open", alarm)["content"]["geometry"] == to_geojson(harmed.geometry)
        for one in (thing, alarm):
            assert "no key of this home" in eva.minga("seal", "open", one, exit_code=2)
        assert not eva.minga("seal", "show", thing)["ours"]

        said = [
            json.dumps(home.minga(*words)).encode()
            for home in (ana, eva)
            for words in (
                ("commons", "list"),
                ("commons", "show", thing),
                ("commons", "show", "Vertiente reservada"),
                ("commons", "search", "vertiente"),
                ("commons", "overlaps"),
                ("alert", "show", alarm),
                ("record", "show", thing, "--bytes"),
                ("seal", "show", thing),
                ("status",),
                ("export", str(running / f"{home.path.name}.minga")),
                ("backup", str(running / f"{home.path.name}.backup")),
            )
        ]
        assert eva.minga("commons", "search", sealed.words[1]) == []
        pages = await asyncio.to_thread(crawled, await eva.address())
        assert len(pages) > 20
        assert any(b"sellada" in page for _, page in pages)

    for secret in (sealed, coarse, withheld, harmed):
        assert traces_kept(secret, running) == []
        for name, page in [*pages, *((f"answer {n}", answer) for n, answer in enumerate(said))]:
            assert secret.traces(name, page) == []
    # The search finds what there is to find: a place that everybody may know.
    assert traces_kept(told, running / "eva")
    assert any(told.traces(name, page) for name, page in pages)


def test_who_has_left_cannot_read_what_is_sealed_later(tmp_path: Path) -> None:
    ana, luis, marta = (Terminal(tmp_path / name) for name in ("ana", "luis", "marta"))
    for home in (ana, luis, marta):
        home.does("init")
    founded(ana, "Comuna")
    guards = founded(luis, "Guardianes")
    exchange(ana, luis, over=tmp_path)
    thing = ana.asks(
        *("commons", "add", "--name", "Ojo@es", "--resource", "water", "--point", "-78.5,-0.2"),
        *("--seal-for", "Guardianes"),
    )["id"]
    exchange(ana, luis, over=tmp_path)
    assert luis.asks("seal", "open", thing)["content"]["geometry"]["coordinates"] == [-78.5, -0.2]

    # The guards take Luis off and Marta on.
    hers = marta.asks("key", "new", "--label", "Marta", "--no-passphrase")["key"]
    his = luis.asks("actor", "show", guards)["keys_here"][0]
    luis.does("actor", "rotate", guards, "--add", f"{hers}=Marta", "--remove", his)
    exchange(ana, luis, marta, over=tmp_path)
    seen = ana.asks("seal", "show", thing)
    assert [one["key"] for one in seen["seals"][0]["former"]] == [his]
    assert [one["key"] for one in seen["cannot_read_yet"]] == [hers]
    assert "1 key" not in ana.does("seal", "show", thing)
    assert marta.fails("seal", "open", thing).startswith("Error: no key of this home")

    # Sealed anew: Marta reads it.  Luis had it, and may have kept it.
    assert ana.asks("seal", "renew", thing)["written"] is True
    # Who has it done again writes nothing.
    held = ana.asks("status")["records"]
    assert ana.asks("seal", "renew", thing)["written"] is False
    said = ana.does("seal", "renew", thing)
    assert "sealed for these keys already; nothing was written" in said
    assert not said.endswith("\n\n")
    assert not ana.does("seal", "show", thing).endswith("\n\n")
    assert ana.asks("status")["records"] == held
    exchange(ana, luis, marta, over=tmp_path)
    assert marta.asks("seal", "open", thing)["content"]["geometry"]["coordinates"] == [-78.5, -0.2]
    assert luis.asks("seal", "open", thing)["content"]["geometry"]["coordinates"] == [-78.5, -0.2]
    assert ana.asks("seal", "show", thing)["cannot_read_yet"] == []

    # A later version is for those who remain: nothing that Luis holds opens it.
    ana.does("commons", "change", thing, "--point", "-78.4444444,-0.3333333")
    exchange(ana, luis, marta, over=tmp_path)
    assert marta.asks("seal", "open", thing)["content"]["geometry"]["coordinates"] == [
        -78.4444444,
        -0.3333333,
    ]
    assert luis.fails("seal", "open", thing).startswith("Error: no key of this home")
    # What else is said of it changes without a new seal.
    ana.does("commons", "change", thing, "--rules", "Se limpia en mayo")
    exchange(ana, marta, over=tmp_path)
    assert marta.asks("seal", "open", thing)["whole"]["rules"] == {"en": "Se limpia en mayo"}
    # And a stranger's key is left out where it is said so.
    assert ana.asks("seal", "renew", thing, "--without", "Guardianes")["written"] is True
    assert ana.asks("seal", "renew", thing, "--without", "Guardianes")["written"] is False
    assert ana.asks("seal", "renew", thing, "--for", "Guardianes")["written"] is True
    ana.does("seal", "renew", thing, "--without", "Guardianes")
    assert {one["actor"] for one in ana.asks("seal", "show", thing)["seals"][0]["current"]} != {guards}


def test_a_seal_of_something_else_is_told_apart(tmp_path: Path) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    for home in (ana, luis):
        home.does("init")
    founded(ana, "Comuna")
    guards = founded(luis, "Guardianes")
    exchange(ana, luis, over=tmp_path)
    thing = ana.asks(
        *("commons", "add", "--name", "Ojo@es", "--resource", "water", "--point", "-78.5,-0.2"),
        *("--seal-for", "Guardianes"),
    )["id"]
    exchange(ana, luis, over=tmp_path)
    shown = luis.asks("seal", "show", thing)
    his = parse_did_key(luis.asks("actor", "show", guards)["keys_here"][0])
    commitment = parse_id(shown["commitment"])

    # A stranger seals something else for Luis under the same commitment.
    stranger = key("a stranger who seals")
    payload = {"name": {"es": "X"}, "type": "person", "keys": [{"key": stranger.public}], "threshold": 1}
    now_ms = shown["seals"][0]["time_ms"]
    first = sign_record(Author(stranger, None, None), "actor", payload, now_ms)
    lie = by_hand(b"\x82\xa5blind\xc4\x20" + bytes(32) + b"\xa7content\x80", commitment, his)
    subject = SubjectId(parse_id(thing))
    false = sign_record(
        *(Author(stranger, ActorId(first.id), first.id), "seal", lie, now_ms + 1),
        subject=subject,
        parents=[RecordId(subject)],
    )
    brought_to(luis, tmp_path, [first.envelope, false.envelope])
    assert luis.asks("seal", "open", thing)["content"]["geometry"]["coordinates"] == [-78.5, -0.2]
    assert luis.asks("seal", "open", thing)["false_seals"] == []
    newer = sign_record(
        *(Author(stranger, ActorId(first.id), first.id), "seal", lie, now_ms + 2),
        subject=subject,
        parents=[RecordId(subject)],
    )
    # Where the lie is all there is, it is called that.
    alone = Terminal(tmp_path / "alone")
    alone.does("init")
    for file in (luis.home / "keys").glob("actor-*.json"):
        copy = alone.home / "keys" / file.name
        copy.write_bytes(file.read_bytes())
        copy.chmod(0o600)
    others = [record for record in held_by(luis) if record.header.kind != "seal"]
    brought_to(alone, tmp_path, [record.envelope for record in (*others, newer)])
    assert "is not what was published with it" in alone.fails("seal", "open", thing, code=1)
    assert "no es lo que se publicó" in replace(alone, language="es").fails("seal", "open", thing, code=1)


def held_by(home: Terminal) -> list[VerifiedRecord]:
    """Every record of a home."""

    async def read() -> list[VerifiedRecord]:
        view = await StoreView.open_view(home.home / "store.sqlite")
        assert view is not None
        try:
            return [verify_record(envelope, NOW_MS) async for _, envelope in view.all_records()]
        finally:
            await view.close()

    return asyncio.run(read())


def brought_to(home: Terminal, folder: Path, envelopes: list[bytes]) -> None:
    """Import records from a bundle."""
    bundle = folder / f"{len(list(folder.iterdir()))}.minga"
    write_bundle(bundle, envelopes, BundleHeader(0, None, None))
    home.takes(bundle)


def test_nothing_of_a_secret_is_in_what_a_failure_says(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down("Ana")
    ana.does("actor", "new", "--name", "Comuna@es", "--type", "comuna")
    base = ("commons", "add", "--name", "Ojo@es", "--resource", "water", "--seal-for", "Comuna")
    for wrong in (
        {"type": "Point", "coordinates": [-78.1234567, -98.7654321]},
        {"type": "Polygon", "coordinates": [[[-78.1234567, -8.7654321], [-78.2, -8.7654321]]]},
        {"type": "Point", "coordinates": ["-78.1234567", -8.7654321]},
        {"type": "LineString", "coordinates": [[-178.1234567, 8.7654321], [178.1234567, 8.7654321]]},
    ):
        file = tmp_path / "wrong.geojson"
        file.write_text(json.dumps(wrong))
        said = ana.fails(*base, "--geometry", str(file))
        assert "1234567" not in said
        assert "7654321" not in said
    typed = ana.fails(*base, "--point", "-78.1234567,-98.7654321")
    assert "1234567" not in typed
    odd: dict[str, Any] = {"owner": "nadie", "description": {"es": "-78.1234567"}}
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps(odd))
    assert "1234567" not in ana.fails(*base, "--point", "-78.5,-0.2", "--sealed", str(fields))
