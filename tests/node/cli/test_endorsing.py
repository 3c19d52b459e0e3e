"""Vouching for each other at the terminal: who is how far, what is taken back, what would not count."""

from pathlib import Path

from tests.node.cli.terminal import Terminal, exchange


def neighbours(folder: Path, *names: str) -> list[Terminal]:
    """Homes of an actor each, that know of each other."""
    homes = []
    for name in names:
        home = Terminal(folder / name)
        home.settled_down(name)
        home.does("actor", "new", "--name", f"{name}@es", "--type", "comuna")
        homes.append(home)
    exchange(*homes, over=folder)
    return homes


def test_a_chain_of_endorsements_leads_to_somebody_nobody_here_met(tmp_path: Path) -> None:
    ana, beto, carla = neighbours(tmp_path, "Ana", "Beto", "Carla")
    carla.does("commons", "add", "--name", "Acequia@es", "--resource", "water")
    assert "Nobody vouches for it." in ana.does("actor", "show", "Carla")
    said = ana.does("endorse", "Beto", "--until", "2999-12-31", "--text", "Vecinos")
    assert "Ana vouches for Beto." in said
    assert "until 2999-12-31" in said
    exchange(ana, beto, carla, over=tmp_path)
    beto.does("endorse", "Carla", "--speaks-for", "Acequia", "--speaks-for", "La cuenca alta", "--reach", "1")
    exchange(ana, beto, carla, over=tmp_path)
    shown = " ".join(ana.does("actor", "show", "Carla").split())
    assert "It is 2 endorsements away from us: Ana → Beto → Carla." in shown
    assert "Acequia, La cuenca alta" in " ".join(shown.split())
    shown = " ".join(ana.does("record", "show", "Acequia").split())
    assert "It is 2 endorsements away from us: Ana → Beto → Carla." in shown
    assert "Vouched for by Beto (1 step)" in shown
    trust = ana.asks("actor", "show", "Carla")["trust"]
    assert trust["distance"] == len(trust["chain"]) == 2
    assert [(one["distance"], one["counts"]) for one in trust["vouched_for_by"]] == [(1, True)]
    assert trust["counted_from"] == [ana.asks("actor", "show")["id"]]
    # Seen from Carla nobody is near: she vouches for nobody.
    assert carla.asks("actor", "show", "Ana")["trust"]["distance"] is None
    assert carla.asks("actor", "show")["trust"]["distance"] == 0


def test_an_endorsement_is_replaced_and_taken_back_and_still_shown(tmp_path: Path) -> None:
    ana, _beto = neighbours(tmp_path, "Ana", "Beto")
    ana.does("endorse", "Beto")
    ana.does("endorse", "Beto", "--reach", "0")
    assert "replaced by a later one" in ana.does("actor", "show", "Beto")
    assert "Ana vouches no longer for Beto." in ana.does("endorse", "Beto", "--withdraw")
    trust = ana.asks("actor", "show", "Beto")["trust"]
    assert trust["distance"] is None
    assert {one["why_not"] for one in trust["vouched_for_by"]} == {"replaced", "withdrawn"}
    assert "there is no endorsement" in ana.fails("endorse", "Beto", "--withdraw")


def test_what_would_not_count_is_not_written(tmp_path: Path) -> None:
    ana, _beto = neighbours(tmp_path, "Ana", "Beto")
    assert "nobody vouches for themselves" in ana.fails("endorse", "Ana")
    assert "is over" in ana.fails("endorse", "Beto", "--until", "2020-02-29")
    assert "cannot come before the first" in ana.fails(
        "endorse", "Beto", "--on", "2999-01-02", "--until", "2999-01-01"
    )
    assert "leave out" in ana.fails("endorse", "Beto", "--withdraw", "--reach", "1")
    ana.fails("endorse", "Beto", "--reach", "9")
    ana.fails("endorse", "Nadie", code=1)
    assert ana.asks("actor", "show", "Beto")["trust"]["vouched_for_by"] == []


def test_a_council_vouches_once_enough_of_its_keys_have_signed(tmp_path: Path) -> None:
    ana, beto = neighbours(tmp_path, "Ana", "Beto")
    other = beto.asks("key", "new", "--label", "otra", "--no-passphrase")["key"]
    ana.does(
        *("actor", "new", "--name", "Cabildo@es", "--type", "council", "--threshold", "2"),
        *("--key", "Ana", "--key", f"{other}=otra"),
    )
    exchange(ana, beto, over=tmp_path)
    beto.does("actor", "cosign", "Cabildo")
    exchange(ana, beto, over=tmp_path)
    answer = ana.asks("endorse", "Beto", "--as", "Cabildo")
    assert answer["awaiting"] is True
    assert answer["vouched_for_by"] == []
    exchange(ana, beto, over=tmp_path)
    beto.does("actor", "cosign", answer["record"])
    assert [one["counts"] for one in beto.asks("actor", "show", "Beto")["trust"]["vouched_for_by"]] == [True]


def test_a_home_without_an_actor_says_that_it_measures_from_nobody(tmp_path: Path) -> None:
    ana, beto = neighbours(tmp_path, "Ana", "Beto")
    ana.does("endorse", "Beto")
    exchange(ana, beto, over=tmp_path)
    reader = Terminal(tmp_path / "reader")
    reader.does("init")
    exchange(ana, reader, over=tmp_path)
    assert "trust.ours" in reader.does("actor", "show", "Beto")
    ours = ana.asks("actor", "show")["id"]
    (reader.home / "config.toml").write_text(f'[trust]\nours = ["{ours}"]\n', encoding="utf-8")
    assert "It is 1 endorsement away from us: Ana → Beto." in reader.does("actor", "show", "Beto")


def test_a_stranger_who_lists_a_key_of_ours_does_not_become_one_of_ours(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    key = ana.asks("key", "list")[0]["key"]
    eva.does(
        *("actor", "new", "--name", "Trampa@es", "--type", "comuna", "--threshold", "1"),
        *("--key", "Eva", "--key", f"{key}=Ana"),
    )
    exchange(ana, eva, over=tmp_path)
    assert ana.asks("actor", "show", "Trampa")["trust"]["distance"] is None
    eva.does("endorse", "Eva", "--as", "Trampa")
    exchange(ana, eva, over=tmp_path)
    assert ana.asks("actor", "show", "Eva")["trust"]["distance"] is None
    # Nor does Ana have to say from now on in whose name she signs.
    assert "Ana vouches for Eva." in ana.does("endorse", "Eva")
