"""Two nodes that never share a network agree a pact: bundle files go back and forth."""

from pathlib import Path

import pytest

from tests.node.end_to_end.nodes import NodeHome


def founded(home: NodeHome, name: str, kind: str, people: tuple[str, ...]) -> str:
    """Make a home, keys for `people`, and an actor that all of them sign for; return its id."""
    home.minga("init", "--name", name)
    for person in people:
        home.minga("key", "new", "--label", person, "--no-passphrase")
    keys = [word for person in people for word in ("--key", person)]
    made = home.minga(
        "actor", "new", "--name", f"{name}@es", "--type", kind, *keys, "--threshold", str(len(people))
    )
    return str(made["id"])


def carry(giver: NodeHome, taker: NodeHome, stick: Path) -> int:
    """Carry everything over on a stick, which importing does not write to; return how many were new."""
    giver.minga("export", str(stick), "--note", f"from {giver.path.name}")
    stick.chmod(0o400)
    before = (stick.read_bytes(), stick.stat().st_mtime_ns, sorted(stick.parent.iterdir()))
    told = taker.minga("import", str(stick), "--dry-run")
    taken = taker.minga("import", str(stick))
    assert taken["new"] == told["new"]
    assert taken["complete"]
    assert not taken["refused"]
    assert taker.minga("import", str(stick))["new"] == 0
    assert (stick.read_bytes(), stick.stat().st_mtime_ns, sorted(stick.parent.iterdir())) == before
    return int(taken["new"])


def answers(home: NodeHome, pact: str) -> dict[str, str]:
    """What each party of a pact has answered, as a node shows it."""
    shown = home.minga("pact", "show", pact)
    [version] = shown["answers"].values()
    return {one["actor"]: one["answer"] for one in version}


@pytest.mark.slow
async def test_two_nodes_agree_a_pact_by_files_alone(tmp_path: Path) -> None:
    village, hall = NodeHome(tmp_path / "village"), NodeHome(tmp_path / "hall")
    stick = tmp_path / "stick"
    stick.mkdir()
    community = founded(village, "Comunidad Ichu Pamba", "community", ("Rosa", "Manuel"))
    town = founded(hall, "Municipio de Kuychi", "municipality", ("Alcaldía",))
    commons = village.minga("commons", "add", "--name", "Páramo@es", "--resource", "paramo")["id"]
    # The community with its cosign, and the commons with its own.
    assert carry(village, hall, stick / "1.minga") == 4

    pact = hall.minga(
        *("pact", "propose", "--title", "Cuidado del páramo@es", "--commons", commons),
        *("--party", f"administration={town}", "--party", f"community={community}"),
        *("--clause", "objectives=Que el páramo siga vivo@es"),
    )["id"]
    hall.minga("pact", "sign", pact, "--act", "Resolución 12-2026", "--office", "Alcaldía")
    assert carry(hall, village, stick / "2.minga") == 3
    assert answers(village, pact) == {town: "consent", community: "none"}
    assert village.minga("pact", "show", pact)["status"] == "partly_signed"

    village.minga("pact", "sign", pact)
    assert village.minga("pact", "show", pact)["status"] == "in_force"
    assert hall.minga("pact", "show", pact)["status"] == "partly_signed"
    assert carry(village, hall, stick / "3.minga") == 2
    assert answers(hall, pact) == {town: "consent", community: "consent"}
    # Each is asked at a moment of its own.
    in_hall, in_village = (home.minga("pact", "show", pact) | {"at": 0} for home in (hall, village))
    assert in_hall == in_village
    assert hall.minga("pact", "show", pact)["status"] == "in_force"
    assert await hall.records() == await village.records()
