"""Blocking at the terminal: by name or id, with a reason, and taken back."""

from pathlib import Path

from tests.node.cli.terminal import Terminal, exchange
from tests.node.cli.test_endorsing import neighbours


def test_what_an_actor_wrote_is_out_of_lists_and_back(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    eva.does("commons", "add", "--name", "Ejido@es", "--resource", "forest")
    ana.does("commons", "add", "--name", "Río@es", "--resource", "water")
    exchange(ana, eva, over=tmp_path)
    assert "Blocked here: Eva." in ana.does("block", "add", "Eva", "--reason", "sells what is nobody's")
    [one] = ana.asks("block", "list")
    assert (one["target"], one["reason"]) == ("actor", "sells what is nobody's")
    assert "sells what is nobody's" in ana.does("block", "list")
    listing = ana.run("commons", "list")
    assert "Ejido" not in listing.stdout
    assert "block list" in listing.stderr
    assert [row["title"] for row in ana.asks("commons", "list")] == [{"es": "Río"}]
    assert "Blocked here since" in ana.does("record", "show", "Ejido")
    assert "Blocked here since" in ana.does("actor", "show", "Eva")
    assert "1 actor" in ana.does("status")
    ana.does("block", "remove", "Eva")
    assert "Ejido" in ana.does("commons", "list")
    assert ana.asks("block", "list") == []
    assert "nothing of that is blocked" in ana.fails("block", "remove", "Eva", code=1)


def test_a_thing_a_record_a_node_and_what_is_not_held_can_be_blocked(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    thing = eva.asks("commons", "add", "--name", "Ejido@es", "--resource", "forest")["id"]
    exchange(ana, eva, over=tmp_path)
    node = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    unknown, elsewhere = "a" * 51 + "q", "b" * 51 + "q"
    ana.does("block", "add", "Ejido")
    ana.does("block", "add", node)
    ana.does("block", "add", unknown)
    ana.does("block", "add", elsewhere, "--actor")
    blocked = {one["id"]: one["target"] for one in ana.asks("block", "list")}
    assert blocked == {thing: "record", node: "node", unknown: "record", elsewhere: "actor"}
    for one in (thing[:8], node, unknown, elsewhere):
        ana.does("block", "remove", one)
    assert ana.asks("block", "list") == []


def test_nobody_blocks_themselves_or_what_makes_no_sense(tmp_path: Path) -> None:
    ana, _eva = neighbours(tmp_path, "Ana", "Eva")
    assert "one of ours" in ana.fails("block", "add", "Ana")
    ana.fails("block", "add", "did:key:zNo")
    ana.fails("block", "add", "nobody of this name", code=1)
    assert "one sentence" in ana.fails("block", "add", "Eva", "--reason", "x" * 201)
    reason = "sells what is nobody's, " * 8 + "says Ana"
    ana.does("block", "add", "Eva", "--reason", reason)
    assert reason in " ".join(ana.does("block", "list").split())
    (ana.home / "blocks.txt").write_text("nonsense\n")
    assert "line 1" in Terminal(ana.home).fails("block", "list")


def test_votes_and_councils_of_whom_is_blocked_are_out_of_their_lists(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    eva.does("body", "add", "--name", "Consejo ajeno@es", "--type", "council", "--seat", "civil")
    eva.does(
        *("vote", "open", "--title", "¿Vender el agua?@es", "--option", "Sí@es", "--option", "No@es"),
        *("--voter", "Eva", "--closes", "2099-01-31"),
    )
    exchange(ana, eva, over=tmp_path)
    lists = {("body", "list"): "Consejo ajeno", ("vote", "list"): "Vender el agua"}
    for listed, words in lists.items():
        assert words in ana.does(*listed)
    ana.does("block", "add", "Eva")
    for listed, words in lists.items():
        said = ana.run(*listed)
        assert words not in said.stdout
        assert "block list" in said.stderr
        assert ana.asks(*listed) == []


def test_a_pact_of_whom_is_blocked_is_not_told_with_a_commons(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    ana.does("commons", "add", "--name", "Río@es", "--resource", "water")
    exchange(ana, eva, over=tmp_path)
    sides = ("--party", "administration=Eva", "--party", "community=Ana")
    eva.does("pact", "propose", "--title", "Represa@es", "--commons", "Río", *sides)
    exchange(ana, eva, over=tmp_path)
    assert "Represa" in ana.does("commons", "show", "Río")
    ana.does("block", "add", "Eva")
    assert "Represa" not in ana.does("commons", "show", "Río")
    assert "Represa" not in ana.run("commons", "show", "Río", "--json").stdout


def test_what_stands_beside_a_thing_is_told_without_whom_is_blocked(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    at = ("--point", "-78.5,-0.2", "--territory", "municipality=Quito")
    ana.does("commons", "add", "--name", "Río@es", "--resource", "water", *at)
    exchange(ana, eva, over=tmp_path)
    sides = ("--party", "administration=Eva", "--party", "community=Ana")
    ana.does("pact", "propose", "--title", "Cuidado@es", "--commons", "Río", *sides)
    exchange(ana, eva, over=tmp_path)
    eva.does("pact", "propose", "--title", "Represa@es", "--commons", "Río", *sides)
    eva.does(
        *("vote", "open", "--title", "¿Vender el agua?@es", "--option", "Sí@es", "--proposals-for", "Río"),
        *("--voter", "Eva", "--closes", "2099-01-31"),
    )
    eva.does("alert", "add", "--title", "Invadido@es", "--commons", "Río")
    eva.does("challenge", "Río", "--text", "Mentira es@es")
    eva.does("challenge", "Cuidado", "--text", "Mentira es@es")
    eva.does("commons", "add", "--name", "Río de Eva@es", "--resource", "water", *at)
    exchange(ana, eva, over=tmp_path)
    told = {
        ("pact", "show", "Cuidado"): ("Represa", "Vender el agua", "Mentira"),
        ("commons", "show", "Río"): ("Represa", "Invadido", "Mentira", "Río de Eva"),
        ("commons", "overlaps", "Río"): ("Río de Eva",),
        ("commons", "overlaps"): ("Río de Eva",),
        ("commons", "search", "Río"): ("Río de Eva",),
        ("alert", "list", "--about", "Río"): ("Invadido",),
        ("territory", "show", "Quito"): ("Río de Eva",),
        ("actor", "show", "Ana"): (),
    }
    for asked, words in told.items():
        for as_json in ((), ("--json",)):
            said = ana.run(*asked, *as_json).stdout
            assert all(word in said for word in words), asked
    ana.does("block", "add", "Eva", "--reason", "sells what is nobody's")
    for asked, words in told.items():
        for as_json in ((), ("--json",)):
            said = ana.does(*asked, *as_json)
            assert not [word for word in words if word in said], (asked, said)
    # Who asks for it by its name sees it, and is told.
    for asked, words in {
        ("pact", "show", "Represa"): "Represa",
        ("pact", "timeline", "Represa"): "Represa",
        ("vote", "show", "¿Vender el agua?"): "Vender el agua",
        ("commons", "show", "Río de Eva"): "Río de Eva",
        ("alert", "show", "Invadido"): "Invadido",
    }.items():
        run = ana.run(*asked)
        assert words in run.stdout
        assert "sells what is nobody's" in " ".join(run.stderr.split())


def test_what_is_written_is_whole_although_it_is_shown_without_whom_is_blocked(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    sides = ("--party", "administration=Eva", "--party", "community=Ana")
    eva.does("pact", "propose", "--title", "Cuidado@es", "--clause", "objectives=Limpiar@es", *sides)
    exchange(ana, eva, over=tmp_path)
    ana.does("block", "add", "Eva")
    ana.does("pact", "propose", "--amend", "Cuidado", "--title", "Cuidado de todos@es")
    newest = ana.asks("pact", "show", "Cuidado de todos")
    assert newest["content"]["clauses"]["objectives"] == {"es": "Limpiar"}
    assert "blocked" not in str(newest["versions"][-1])
