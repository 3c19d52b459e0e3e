"""Contested on the pages: every side is there, nothing is hidden, and strangers' words stay words."""

import os
from pathlib import Path
from typing import Any

import pytest

from node.claims import telling
from node.trust.blocks import Target
from protocol.identifiers import RecordId, SubjectId, id_text
from protocol.kinds.contesting import PRINCIPLES
from protocol.kinds.geometry import from_geojson
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.claims.outlines import box
from tests.node.store.samples import NOW_MS, Person
from tests.node.test_job_process import children
from tests.node.trust.test_blocks import listed
from tests.node.web.readers import classed, node_with, read_page, signed, text_of, thing_path

ANA, BEA, EVA = Person("Ana"), Person("Bea"), Person("Eva")
PEOPLE = [ANA.founding, BEA.founding, EVA.founding]
WEST = from_geojson(box(-78.5, -0.2, -78.4, -0.1))
EAST = from_geojson(box(-78.43, -0.2, -78.3, -0.1))
LAND = ANA.commons("Páramo", geometry=WEST)
WOOD = BEA.commons("Bosque", geometry=EAST)
NOWHERE = bytes(range(32))

# Of each sort in data, for the tests: five records of half a megabyte are enough to be too many.
LISTED_MAX = 5


def says(
    who: Person, kind: str, content: dict[str, Any], about: VerifiedRecord, *parents: VerifiedRecord
) -> VerifiedRecord:
    """An act about a record, or about `parents` where they are given."""
    named = sorted(record.id for record in parents or (about,))
    return signed(who, kind, content, subject=about.subject, parents=named)


def link(who: Person, relation: str, this: VerifiedRecord, other: bytes) -> VerifiedRecord:
    return says(who, "link", {"relation": relation, "other": other}, this)


def alert(who: Person, title: str, **more: Any) -> VerifiedRecord:
    content = {"title": {"es": title}, "type": "enclosure", "licence": "CC-BY-4.0", **more}
    return sign_record(who.author(), "alert", content, NOW_MS + 300)


async def test_a_challenge_and_its_answers_are_on_the_page_with_who_says_what(tmp_path: Path) -> None:
    challenge = says(
        BEA,
        "challenge",
        {"text": {"es": "La quebrada es de los dos."}, "ground": "boundary", "until": "2099-01-31"},
        LAND,
    )
    answer = says(ANA, "reply", {"text": {"es": "Lo vemos el domingo."}}, LAND, challenge)
    remark = says(EVA, "reply", {"text": {"es": "Hay un acta."}}, LAND, challenge)
    async with node_with(tmp_path, [*PEOPLE, LAND, challenge, remark]) as client:
        page = await read_page(client, thing_path(LAND) + "?lang=en")
        words = text_of(page.find(".//main"))
        assert "1 challenge to it is not answered." in words
        assert "Comunidad Bea challenged this on" in words
        assert "To be answered until 31 January 2099." in words
        assert "Comunidad Eva had something to say of it" in words
        assert "Comunidad Ana speaks here for itself" in words  # as if nobody had said anything
    answered = tmp_path / "answered"
    answered.mkdir()
    async with node_with(answered, [*PEOPLE, LAND, challenge, remark, answer]) as client:
        words = text_of((await read_page(client, thing_path(LAND) + "?lang=en")).find(".//main"))
        assert "It is challenged, and the challenge is answered." in words
        assert "Comunidad Ana, whom it concerns, answered" in words
        data = await (await client.get(thing_path(LAND) + "?format=json")).json()
        (found,) = data["voices"]["challenges"]
        assert found["state"] == "answered"
        assert sorted(one["of_the_challenged"] for one in found["answers"]) == [False, True]


@pytest.mark.parametrize("kind", ["actor", "pact", "place", "alert", "commons of an unknown kind"])
async def test_whatever_is_challenged_says_so_on_its_page(tmp_path: Path, kind: str) -> None:
    things = {
        "actor": ANA.founding,
        "pact": ANA.pact(BEA, "Pacto"),
        "place": signed(ANA, "place", {"name": {"es": "Olmedo"}, "level": "parish", "licence": "CC-BY-4.0"}),
        "alert": alert(ANA, "Cercan"),
        "commons of an unknown kind": signed(ANA, "well", {"text": "x"}),
    }
    thing = things[kind]
    challenge = says(EVA, "challenge", {"text": {"es": "No es así."}}, thing)
    async with node_with(tmp_path, [*PEOPLE, thing, challenge]) as client:
        words = text_of(await read_page(client, thing_path(thing) + "?lang=en"))
        assert "1 challenge to it is not answered." in words
        assert "No es así." in words


async def test_links_are_shown_at_both_ends_and_a_chain_step_by_step(tmp_path: Path) -> None:
    basin = EVA.commons("Cuenca")
    records = [
        *PEOPLE,
        *(LAND, WOOD, basin),
        link(ANA, "overlaps", LAND, WOOD.id),
        link(BEA, "overlaps", WOOD, LAND.id),
        link(ANA, "part_of", LAND, basin.id),
        link(EVA, "part_of", basin, NOWHERE),
        link(EVA, "grew_out_of", LAND, WOOD.id),
        link(ANA, "same_as", LAND, LAND.id),
    ]
    async with node_with(tmp_path, records) as client:
        words = text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        assert "It is part ofCuenca → " in words
        assert words.count("Both say so of each other.") == 2
        assert "Comunidad Bea says that Bosque overlaps this." in words
        assert "Comunidad Eva says of this and Bosque: grew out of." in words
        assert "the same as" not in words  # of itself
        back = text_of(await read_page(client, thing_path(WOOD) + "?lang=en"))
        assert "Comunidad Ana says that Páramo overlaps this." in back
        data = await (await client.get(thing_path(LAND) + "?format=json")).json()
        assert [end["id"] for end in data["voices"]["within"]] == [id_text(basin.id), id_text(NOWHERE)]


async def test_a_cycle_is_shown_and_counts_for_nothing(tmp_path: Path) -> None:
    links = [link(ANA, "part_of", LAND, WOOD.id), link(BEA, "part_of", WOOD, LAND.id)]
    async with node_with(tmp_path, [*PEOPLE, LAND, WOOD, *links]) as client:
        words = text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        assert "part of itself, through Bosque and Páramo" in words
        assert "It is part of" not in words


async def test_assessments_stand_beside_each_other_in_a_table(tmp_path: Path) -> None:
    findings = {name: {"finding": "present"} for name in PRINCIPLES}
    one = says(BEA, "assessment", {"principles": findings, "on": "2024-02-02"}, LAND)
    other = says(
        EVA,
        "assessment",
        {"principles": {"monitoring": {"finding": "absent", "text": {"es": "Nadie sube."}}}},
        LAND,
    )
    async with node_with(tmp_path, [*PEOPLE, LAND, one, other]) as client:
        page = await read_page(client, thing_path(LAND) + "?lang=en")
        (table,) = classed(page, "principles")
        rows = [[text_of(cell) for cell in row] for row in table.iter("tr")]
        assert len(rows) == 1 + len(PRINCIPLES)
        assert "2 February 2024" in rows[0][2]
        assert ["Use is watched over", "absent", "present"] in rows
        assert ["Clear boundaries", "–", "present"] in rows
        assert "Nadie sube." in text_of(page)


async def test_an_alert_has_a_page_a_place_in_lists_and_a_mark_at_its_commons(tmp_path: Path) -> None:
    raised = alert(
        BEA,
        "Cercan la laguna",
        commons=[{"subject": LAND.id, "name": {"es": "Páramo"}}],
        since="2026-03",
        geometry={"type": "Point", "coordinates": [-784_500_000, -1_500_000]},
        evidence=[
            {"title": "Foto", "url": "https://example.org/3.jpg", "sha256": bytes(32)},
            {"title": "Trampa", "url": "javascript:alert(1)", "held_by": "La comuna"},
        ],
    )
    over = alert(EVA, "Basura", commons=[{"subject": LAND.id}], state="resolved")
    async with node_with(tmp_path, [*PEOPLE, LAND, raised, over]) as client:
        page = await read_page(client, thing_path(raised) + "?lang=en")
        words = text_of(page)
        for part in ("Enclosure: taken for private", "going on", "SinceMarch 2026", "held by La comuna"):
            assert part in words
        assert [text_of(one) for one in classed(page, "status")] == ["going on"]
        assert not [a for a in page.iter("a") if "javascript" in a.attrib["href"]]
        at_commons = await read_page(client, thing_path(LAND) + "?lang=en")
        assert "1 alert about it goes on." in text_of(at_commons)
        assert [
            text_of(one).split()[0] for one in classed(at_commons, "thing") if "alert" in one.attrib["class"]
        ]
        listed = await read_page(client, "/?kind=alert&lang=en")
        assert "Alerts 2" in text_of(listed)
        assert len(classed(listed, "thing")) == 2
        going_on = await read_page(client, "/?kind=alert&status=open&lang=en")
        assert [text_of(a) for a in classed(going_on, "name")] == ["Cercan la laguna"]
        found = await read_page(client, "/?q=cercan+laguna&lang=en")
        assert len(classed(found, "thing")) == 1
        about = await read_page(client, "/?q=paramo&kind=alert&lang=en")  # by the commons it names
        assert [text_of(a) for a in classed(about, "name")] == ["Cercan la laguna"]


async def test_claims_to_one_place_are_on_the_page_with_figures_and_who_says_so(tmp_path: Path) -> None:
    before = children()
    namesake = EVA.commons("PARAMO", geometry=from_geojson(box(-78.52, -0.2, -78.51, -0.19)))
    async with node_with(tmp_path, [*PEOPLE, LAND, WOOD, namesake]) as client:
        page = await read_page(client, thing_path(LAND) + "?lang=en")
        claims = [text_of(one) for one in classed(page, "claim")]
        assert len(claims) == 2
        assert "Hatched: claims of others overlap with it: Bosque." in text_of(page)
        assert classed(page.find(".//figure"), "contested")
        assert claims[0].startswith("Bosquethey overlap · 3,693 hectares · 30 % of this · 23 % of that one")
        assert "Says Comunidad Bea" in claims[0]
        assert "the same name" in claims[1]
        data = await (await client.get(thing_path(LAND) + "?format=json")).json()
        assert [one["relation"] for one in data["voices"]["claims"]["found"]] == ["overlaps", None]
        assert children() > before
    assert children() == before, "what measures ends with the pages"


async def test_a_claim_that_is_blocked_here_is_there_without_its_words(tmp_path: Path) -> None:
    wood = BEA.commons("Vendo el bosque barato", geometry=EAST)
    challenge = says(BEA, "challenge", {"text": {"es": "Vendo barato"}}, LAND)
    blocks = listed(tmp_path, (Target.ACTOR, BEA.id), reason="Vende lo que no es de nadie")
    async with node_with(tmp_path, [*PEOPLE, LAND, wood, challenge], blocks=blocks) as client:
        words = text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        assert "they overlap · 3,693 hectares" in words
        assert "1 challenge to it is not answered." in words
        assert "blocked by this node" in words
        data = await (await client.get(thing_path(LAND) + "?format=json")).text()
        assert "barato" not in words + data


async def test_a_commons_without_other_claims_starts_no_process(tmp_path: Path) -> None:
    before = children()
    async with node_with(tmp_path, [*PEOPLE, LAND]) as client:
        words = text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        assert "Other claims" not in words
        assert children() == before


async def test_claims_that_are_still_compared_are_there_when_the_page_is_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.web.contest.hearing.CLAIMS_WAIT_MAX_S", 0.0)
    async with node_with(tmp_path, [*PEOPLE, LAND, WOOD]) as client:
        words = text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        assert "still being compared" in words
        data = await (await client.get(thing_path(LAND) + "?format=json")).json()
        assert data["voices"]["claims"] is None
        monkeypatch.setattr("node.web.contest.hearing.CLAIMS_WAIT_MAX_S", 60.0)
        assert "they overlap" in text_of(await read_page(client, thing_path(LAND) + "?lang=en"))


async def test_a_crowd_of_voices_stays_a_page(tmp_path: Path) -> None:
    crowd: list[VerifiedRecord] = []
    for n in range(60):
        text = {"text": {"es": f"{n} <script>alert(1)</script>\u202e" + "x" * 3_000}, "salt": os.urandom(16)}
        crowd.append(says(EVA, "challenge", text, LAND))
        crowd.append(says(EVA, "reply", text, LAND, crowd[-1]))
        crowd.append(link(EVA, "part_of", LAND, bytes([n]) * 32))
        crowd.append(says(EVA, "assessment", text, LAND))
        crowd.append(alert(EVA, "W" * 400 + str(n), commons=[{"subject": LAND.id}]))
        crowd.append(EVA.commons(f"Páramo {n}", geometry=WEST))
    async with node_with(tmp_path, [*PEOPLE, LAND, *crowd]) as client:
        words = text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        assert "48 more, in the data of this page." in words
        assert "Show all that were found" in words
        data = await (await client.get(thing_path(LAND) + "?format=json")).json()
        assert len(data["voices"]["challenges"]) == 60
        whole = await client.get(thing_path(LAND) + "?lang=en&whole=yes")
        assert whole.status == 200


async def test_data_of_what_a_stranger_says_at_length_is_bounded_and_names_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "LISTED_MAX", LISTED_MAX)
    long = {f"x{chr(97 + n)}": "ñ" * 39_999 for n in range(6)}
    flood = [
        says(EVA, "challenge", {"text": long, "salt": os.urandom(16)}, LAND) for _ in range(LISTED_MAX + 1)
    ]
    flood += [
        says(EVA, "challenge", {"text": {"es": "x"}, "on": day}, LAND) for day in ("0001-01-01", "9999-12-31")
    ]
    async with node_with(tmp_path, [*PEOPLE, LAND, *flood]) as client:
        await read_page(client, thing_path(LAND) + "?lang=en")
        answer = await client.get(thing_path(LAND) + "?format=json")
        assert len(await answer.read()) < 2_000_000
        found = (await answer.json())["voices"]
        assert len(found["challenges"]) == LISTED_MAX
        assert found["challenges_total"] == LISTED_MAX + 2  # what is of the year 9999 has not been said yet
        told = [one["content"] for one in found["challenges"]]
        assert told[0] is not None
        assert told[-1] is None
        assert all(one["record"] for one in found["challenges"])


async def test_what_was_said_in_the_year_one_is_shown(tmp_path: Path) -> None:
    old = says(EVA, "challenge", {"text": {"es": "x"}, "on": "0001-01-01", "until": "0001-01-02"}, LAND)
    async with node_with(tmp_path, [*PEOPLE, LAND, old]) as client:
        words = text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        assert "Not answered by 2 January 0001." in words


async def test_what_names_nothing_that_is_held_does_no_harm(tmp_path: Path) -> None:
    """Records about things nobody has, parents nobody has, and an alert about a commons that never came."""
    lost = RecordId(NOWHERE)
    stray = [
        signed(EVA, "challenge", {"text": {"es": "x"}}, subject=SubjectId(lost), parents=[lost]),
        signed(EVA, "reply", {"text": {"es": "x"}}, subject=LAND.subject, parents=[lost]),
        signed(
            EVA, "link", {"relation": "part_of", "other": NOWHERE}, subject=SubjectId(lost), parents=[lost]
        ),
        alert(EVA, "Lejos", commons=[{"subject": NOWHERE}]),
    ]
    async with node_with(tmp_path, [*PEOPLE, LAND, *stray]) as client:
        assert "Challenged" not in text_of(await read_page(client, thing_path(LAND) + "?lang=en"))
        await read_page(client, thing_path(stray[3]) + "?lang=en")
        page = await read_page(client, f"/thing/{id_text(NOWHERE)}?lang=en")
        assert "1 challenge to it is not answered." in text_of(page)
