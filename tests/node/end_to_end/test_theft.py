"""All keys of a community are stolen, the thief is first on half of the nodes, and the community recovers.

Whatever arrived first, every node agrees in the end that the community holds its actor.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.node.end_to_end.nodes import NodeHome, NodeProcess, eventually, nodes, same_records

OFFLINE = ("--no-lan", "--no-web", "--listen", "127.0.0.1:0")
PEOPLE = ("Rosa", "Manuel")


class Community:
    """A council of two keys, both of which sign, with recovery keys on paper: any two of three."""

    def __init__(self, home: NodeHome, folder: Path) -> None:
        self.home = home
        for person in PEOPLE:
            home.minga("key", "new", "--label", person, "--no-passphrase")
        founded = home.minga(
            *("actor", "new", "--name", "Ichu Pamba@es", "--type", "community", "--threshold", "2"),
            *("--key", "Rosa", "--key", "Manuel", "--recovery-keys", "3", "--recovery-threshold", "2"),
        )
        self.actor: str = founded["id"]
        self.papers: list[str] = []
        for number, sheet in enumerate(founded["recovery_papers"]):
            paper = folder / f"sheet-{number}"
            paper.write_text(sheet["paper"])
            self.papers += ["--paper", str(paper)]
        self.commons: str = home.minga("commons", "add", "--name", "Páramo@es", "--resource", "paramo")["id"]

    def recover(self, home: NodeHome, *more: str) -> str:
        """Take the actor back on a node, with two of the three sheets; return the new version's id."""
        for person in PEOPLE:
            home.minga("key", "new", "--label", f"{person}, anew", "--no-passphrase")
        keys = [word for person in PEOPLE for word in ("--key", f"{person}, anew")]
        recovered = home.minga(
            "actor", "recover", self.actor, *self.papers[:4], *keys, "--threshold", "2", *more
        )
        return str(recovered["head"])


def carried(giver: NodeHome, taker: NodeHome, folder: Path) -> None:
    """Carry all that one node holds to another, as a file."""
    bundle = folder / f"{giver.path.name}-{taker.path.name}.bundle"
    giver.minga("export", str(bundle))
    taker.minga("import", str(bundle))


def rob(community: Community, thief: NodeHome, folder: Path) -> dict[str, str]:
    """Copy every key, shut the community out of its actor, and sell its commons; return the records' ids."""
    thief.minga("init")
    carried(community.home, thief, folder)
    for person in PEOPLE:
        copy = folder / f"{person}.copy"
        community.home.minga("key", "export", person, str(copy))
        thief.minga("key", "import", str(copy))
    before = thief.minga("commons", "change", community.commons, "--name", "Finca privada@es")
    thief.minga("key", "new", "--label", "thief", "--no-passphrase")
    rotated = thief.minga(
        *("actor", "rotate", community.actor, "--add", "thief", "--threshold", "1"),
        *("--remove", "Rosa", "--remove", "Manuel"),
    )
    after = thief.minga("commons", "change", community.commons, "--name", "Lotes en venta@es")
    return {"before": before["record"], "rotation": rotated["head"], "after": after["record"]}


def standing(node: NodeProcess, community: Community) -> dict[str, Any]:
    """What a node shows of the actor and its commons."""
    actor = node.minga("actor", "show", community.actor)
    commons = node.minga("commons", "show", community.commons)
    return {
        "status": actor["status"],
        "head": actor["head"],
        "labels": sorted(key["label"] for key in actor["content"]["keys"]),
        "name": commons["title"]["es"],
        "effects": {version["id"]: version["effect"] for version in commons["versions"]},
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "aware", [False, True], ids=["recovers before it knows", "recovers where the thief was first"]
)
async def test_every_node_agrees_that_the_community_holds_its_actor(tmp_path: Path, aware: bool) -> None:
    async with nodes(tmp_path, *OFFLINE) as start:
        own, neighbour, far = [await start(name) for name in ("own", "neighbour", "far")]
        community = Community(own, tmp_path)
        for node in (neighbour, far):
            carried(own, node, tmp_path)
        thief = NodeHome(tmp_path / "thief")
        deeds = rob(community, thief, tmp_path)
        carried(thief, far, tmp_path)
        assert standing(far, community)["head"] == deeds["rotation"]
        assert standing(far, community)["name"] == "Lotes en venta"
        assert standing(neighbour, community)["name"] == "Páramo"

        if aware:
            head = community.recover(far, "--after", community.actor, "--uphold", community.commons)
        else:
            head = community.recover(own)
        # The thief goes on, with the stolen keys and on the stolen version.
        thief.minga("commons", "change", community.commons, "--name", "Vendido@es")
        carried(thief, neighbour, tmp_path)

        for here, there in ((own, neighbour), (neighbour, far)):
            here.minga("peer", "add", await there.address())
        held = await same_records(own, neighbour, far, at_least=len(await thief.records()) + 1)
        assert await thief.records() < held
        shown = [standing(node, community) for node in (own, neighbour, far)]
        assert shown[0] == shown[1] == shown[2]
        assert shown[0]["status"] == "founded"
        assert shown[0]["head"] == head
        assert shown[0]["labels"] == ["Manuel, anew", "Rosa, anew"]
        assert shown[0]["name"] == "Páramo"
        effective = [version for version, effect in shown[0]["effects"].items() if effect == "effective"]
        assert effective == [community.commons]

        signs = far if aware else own
        signs.minga("commons", "change", community.commons, "--name", "Páramo de Ichu Pamba@es")

        async def told_everywhere() -> bool:
            everywhere = [standing(node, community)["name"] for node in (own, neighbour, far)]
            return everywhere == ["Páramo de Ichu Pamba"] * 3

        await eventually(told_everywhere)
