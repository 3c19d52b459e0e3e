"""The pages that say who vouches for whom."""

from pathlib import Path

from tests.node.store.samples import NOW_MS, Person
from tests.node.trust.test_circle import vouch
from tests.node.web.readers import node_with, read_page, text_of, thing_path

ANA, BETO, CARLA, EVA = (Person(name) for name in ("Ana", "Beto", "Carla", "Eva"))
PEOPLE = [person.founding for person in (ANA, BETO, CARLA, EVA)]
WATER = CARLA.commons("Acequia")


def said() -> list:  # type: ignore[type-arg]
    first = vouch(EVA, CARLA)
    return [
        vouch(ANA, BETO),
        vouch(
            BETO,
            CARLA,
            text={"es": "Nos <b>conocemos</b> \u202e del agua."},
            speaks_for=[{"subject": WATER.id}, {"name": {"es": "La cuenca alta"}}],
        ),
        first,
        vouch(EVA, CARLA, NOW_MS + 1, [first.id], withdrawn=True),
        vouch(ANA, CARLA, until="2025-10-10"),
        vouch(CARLA, CARLA),
    ]


async def test_an_actor_is_shown_with_who_vouches_for_it_and_how_far_that_is(tmp_path: Path) -> None:
    async with node_with(tmp_path, [*PEOPLE, WATER, *said()], keys=[ANA.keys[0].public]) as client:
        page = await read_page(client, thing_path(CARLA.founding) + "?lang=en")
        words = text_of(page.find(".//main"))
        assert "2 endorsements away from those who run this node: Comunidad Ana → Comunidad Beto" in words
        assert "Nos <b>conocemos</b> \ufffd del agua." in words
        assert "Speaks for Acequia and La cuenca alta." in words
        _, _, gone = words.partition("No longer counted")
        for reason in ("taken back", "lapsed after 10 October 2025", "its own word for itself"):
            assert reason in gone
        spanish = text_of((await read_page(client, thing_path(ANA.founding) + "?lang=es")).find(".//main"))
        assert "Firman por él quienes llevan este nodo." in spanish
        assert "Por quién responde" in spanish
        trust = (await (await client.get(thing_path(CARLA.founding, "?format=json"))).json())["trust"]
        assert trust["distance"] == 2
        assert [one["counts"] for one in trust["vouched_for_by"]].count(True) == 1


async def test_the_proof_of_a_record_says_who_vouches_for_its_author(tmp_path: Path) -> None:
    ours = ANA.commons("Bosque")
    async with node_with(tmp_path, [*PEOPLE, WATER, ours, *said()], keys=[ANA.keys[0].public]) as client:
        words = text_of((await read_page(client, thing_path(WATER) + "?lang=en")).find(".//main"))
        assert "1 actor vouches for its author. It is 2 endorsements away" in words
        words = text_of((await read_page(client, thing_path(ours) + "?lang=en")).find(".//main"))
        assert "Those who run this node sign for its author." in words
        assert "Nobody vouches" not in words


async def test_a_node_on_which_nobody_signs_counts_from_nobody(tmp_path: Path) -> None:
    async with node_with(tmp_path, [*PEOPLE, WATER, *said()]) as client:
        words = text_of((await read_page(client, thing_path(CARLA.founding) + "?lang=en")).find(".//main"))
        assert "Nobody signs on this node" in words
        assert "endorsement away" not in words
        words = text_of((await read_page(client, thing_path(EVA.founding) + "?lang=en")).find(".//main"))
        assert "Nobody vouches for it." in words


async def test_a_page_stays_small_however_many_vouch(tmp_path: Path) -> None:
    crowd = [Person(f"Vecina {number}") for number in range(150)]
    records = [one.founding for one in crowd] + [vouch(one, BETO, text={"es": "x" * 2_000}) for one in crowd]
    async with node_with(tmp_path, [*PEOPLE, *records], keys=[ANA.keys[0].public]) as client:
        words = text_of((await read_page(client, thing_path(BETO.founding) + "?lang=en")).find(".//main"))
        assert "No chain of endorsements leads to it" in words
        assert "And 138 more." in words
