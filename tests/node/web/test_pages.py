"""What pages say: of commons, pacts, actors and places, and who says so."""

from pathlib import Path
from typing import Any

import pytest

from node.store import connection, queries
from node.web.commons.pacts_about import PACTS_SHOWN_MAX
from protocol.identifiers import id_text
from protocol.record.signing import sign_record
from tests.node.store.samples import ENDLESS, NOW_MS, Person, bare, point
from tests.node.web.readers import (
    check_page,
    classed,
    founded,
    node_with,
    read_page,
    signed,
    text_of,
    thing_path,
)


async def test_an_empty_node_says_how_to_begin(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        page = text_of(await read_page(client, "/?lang=en"))
        assert "Nothing is held here yet" in page
        for command in ("minga commons add", "minga commons import", "minga peer add"):
            assert command in page


async def test_the_list_names_what_is_held_and_who_says_so(tmp_path: Path) -> None:
    ana, archive = Person("Ana"), Person("Archivo")
    own = ana.commons("Laguna de Ozogoche", time_ms=NOW_MS + 1_000)
    told = signed(
        archive,
        "commons",
        {
            "name": {"es": "Monte de otros"},
            "resources": ["forest"],
            "licence": "CC0-1.0",
            "source": {"name": "Catastro de 1931"},
        },
    )
    async with node_with(tmp_path, [ana.founding, archive.founding, own, told]) as client:
        page = await read_page(client, "/?kind=commons&lang=en")
        assert [text_of(name) for name in classed(page, "name")] == ["Laguna de Ozogoche", "Monte de otros"]
        first, second = classed(page, "says")
        assert text_of(first) == "told by Comunidad Ana"
        assert text_of(second) == "documented by Comunidad Archivo from Catastro de 1931"
        assert [set(thing.attrib["class"].split()) for thing in classed(page, "thing")] == [
            {"thing", "own"},
            {"thing", "other"},
        ]
        front = text_of(await read_page(client, "/?lang=en"))
        assert "This node holds 4 signed records." in front
        assert "in touch with 1 other node." in front
        assert "10.9.8" not in front  # addresses are the operator's business


async def test_leafing_through_shows_everything_once(tmp_path: Path) -> None:
    ana = Person("Ana")
    things = [ana.commons(f"Potrero {n}", time_ms=NOW_MS + n * 1_000) for n in range(23)]
    async with node_with(tmp_path, [ana.founding, *things]) as client:
        seen: list[str] = []
        path: str | None = "/?kind=commons&limit=5"
        while path is not None:
            page = await read_page(client, path)
            seen += [text_of(name) for name in classed(page, "name")]
            following = [link.attrib["href"] for link in classed(page, "next")]
            path = following[0] if following else None
        assert seen == [f"Potrero {n}" for n in reversed(range(23))]


async def test_searching_finds_words_accents_aside_and_ids(tmp_path: Path) -> None:
    ana = Person("Ana")
    paramo = ana.commons("Páramo de Chimborazo")
    async with node_with(tmp_path, [ana.founding, paramo, ana.commons("Bosque")]) as client:
        page = await read_page(client, "/?q=PARAMO+chimb")
        assert [text_of(name) for name in classed(page, "name")] == ["Páramo de Chimborazo"]
        nothing = await read_page(client, "/?q=desierto&lang=es")
        assert "Nada aquí coincide con «desierto»" in text_of(nothing)
        answer = await client.get(f"/?q={id_text(paramo.id)}", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, thing_path(paramo))


async def test_a_council_s_commons_says_how_many_of_its_keys_signed(tmp_path: Path) -> None:
    council = Person("Cabildo", threshold=3, keys=5)
    land = council.commons("Tierra de la comuna", geometry=point(-78.9, -0.9), uncertainty_m=0)
    records = [*founded(council), land, council.cosign(land, 1)]
    async with node_with(tmp_path, records) as client:
        waiting = text_of(await read_page(client, thing_path(land, "?lang=en")))
        assert "signed by 2 of the 5 keys of Comunidad Cabildo, which asks for 3" in waiting
        assert "Not in effect yet: awaiting signatures." in waiting
    (tmp_path / "more").mkdir()
    async with node_with(tmp_path / "more", [*records, council.cosign(land, 4)]) as client:
        whole = text_of(await read_page(client, thing_path(land, "?lang=en")))
        assert "signed by 3 of the 5 keys" in whole
        assert "Comunidad Cabildo speaks here for itself" in whole
        assert "Not in effect" not in whole
        actor = text_of(await read_page(client, f"/thing/{id_text(council.id)}?lang=en"))
        assert "with 5 keys; 3 of them have to sign together" in actor
        assert "Tierra de la comuna" in actor


async def test_a_commons_names_the_pacts_about_it(tmp_path: Path) -> None:
    town, village = Person("Municipio"), Person("Anejo")
    river, wood = village.commons("Río"), village.commons("Bosque")
    pacts = [
        town.pact(village, f"Pacto {n}", about=[river], time_ms=NOW_MS + n * 1_000)
        for n in range(PACTS_SHOWN_MAX + 1)
    ]
    async with node_with(tmp_path, [town.founding, village.founding, river, wood, *pacts]) as client:
        page = await read_page(client, thing_path(river, "?lang=en"))
        listed = [text_of(name) for name in classed(page, "name")]
        assert listed == [f"Pacto {n}" for n in range(PACTS_SHOWN_MAX, 0, -1)]
        assert "There are more" in text_of(page)
        assert text_of(classed(page, "says")[-1]) == "proposed · Comunidad Municipio"
        data = await (await client.get(thing_path(river, "?format=json"))).json()
        assert [pact["id"] for pact in data["pacts"]] == [id_text(p.id) for p in pacts[:0:-1]]
        assert "Pacts about it" not in text_of(await read_page(client, thing_path(wood, "?lang=en")))
        data = await (await client.get(thing_path(wood, "?format=json"))).json()
        assert data["pacts"] == []
        data = await (await client.get(thing_path(pacts[0], "?format=json"))).json()
        assert "pacts" not in data


async def test_a_commons_is_shown_also_where_its_pacts_take_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, village = Person("Municipio"), Person("Anejo")
    river = village.commons("Río")
    pact = town.pact(village, "Pacto", about=[river])
    monkeypatch.setattr(connection, "SEARCH_MAX_S", 0.05)
    monkeypatch.setattr(queries, "THING_COLUMNS", f"({ENDLESS}), {queries.THING_COLUMNS}")
    async with node_with(tmp_path, [town.founding, village.founding, river, pact]) as client:
        assert "too many pacts" in text_of(await read_page(client, thing_path(river, "?lang=en")))
        assert (await (await client.get(thing_path(river, "?format=json"))).json())["pacts"] is None


async def test_a_pact_says_who_has_signed_and_who_is_awaited(tmp_path: Path) -> None:
    town, village = Person("Municipio"), Person("Aldea")
    pact = town.pact(village, "Pacto del río")
    act = {"act": "Resolución 7", "on": "2025-09-02", "office": "Concejo"}
    consent = signed(
        town,
        "consent",
        {"decision": "consent", "authorised_by": act},
        subject=pact.subject,
        parents=[pact.id],
    )
    people = [town.founding, village.founding]
    async with node_with(tmp_path, [*people, pact, consent]) as client:
        page = await read_page(client, thing_path(pact, "?lang=es"))
        assert "Han firmado 1 de 2" in text_of(page)
        assert [text_of(answer) for answer in classed(page, "answer")] == [
            "firmó el 9 de octubre de 2025",
            "se espera su firma",
        ]
        assert "Por Resolución 7, Concejo, de 2 de septiembre de 2025." in text_of(page)
        assert not classed(page, "seal")
    (tmp_path / "all").mkdir()
    async with node_with(tmp_path / "all", [*people, pact, consent, village.consent(pact)]) as client:
        page = await read_page(client, thing_path(pact, "?lang=en"))
        assert [text_of(seal) for seal in classed(page, "seal")] == ["in force"]
        assert "care together for" in text_of(page)
        assert "Signed by all 2" in text_of(page)


async def test_the_calendar_ends_a_pact_in_the_list_and_on_its_page(tmp_path: Path) -> None:
    town, village = Person("Municipio"), Person("Aldea")
    parties = [{"name": {"es": p.name}, "actor": p.id} for p in (town, village)]
    payload = {
        "title": {"es": "Pacto breve"},
        "parties": parties,
        "licence": "CC0-1.0",
        "term": {"start": "2025-10-10", "end": "2025-10-31"},
    }
    pact = signed(town, "pact", payload)
    records = [town.founding, village.founding, pact, town.consent(pact), village.consent(pact)]
    for day_ms, expected in (
        (0, "signed, not yet begun"),
        (86_400_000, "in force"),
        (40 * 86_400_000, "its term is over"),
    ):
        folder = tmp_path / str(day_ms)
        folder.mkdir()
        async with node_with(folder, records, now_ms=NOW_MS + day_ms) as client:
            listed = await read_page(client, "/?kind=pact&lang=en")
            assert text_of(classed(listed, "says")[0]).startswith(expected)
            page = await read_page(client, thing_path(pact, "?lang=en"))
            assert text_of(classed(page, "status")[0]) == expected


async def test_a_reported_pact_is_never_called_signed(tmp_path: Path) -> None:
    archive = Person("Archivo")
    payload = {
        "title": {"it": "Cura della piazza"},
        "parties": [{"name": {"it": "Comune di Palermo"}}, {"name": {"it": "Comitato"}}],
        "licence": "CC-BY-4.0",
        "reported": {"status": "Patto stipulato", "source": {"name": "Albo pretorio"}, "as_of": "2025-12"},
    }
    pact = signed(archive, "pact", payload)
    async with node_with(tmp_path, [archive.founding, pact]) as client:
        page = await read_page(client, thing_path(pact, "?lang=en"))
        said = text_of(page)
        assert (
            "Reported by Comunidad Archivo from Albo pretorio, where its status is “Patto stipulato”." in said
        )
        assert "As of December 2025." in said
        assert {text_of(a) for a in classed(page, "answer")} == {"named by the source, has not signed here"}
        assert "Nobody has signed it here." in said


async def test_two_versions_stand_side_by_side(tmp_path: Path) -> None:
    ana = Person("Ana")
    first = ana.commons("Laguna")
    one = ana.commons("Laguna grande", after=first, time_ms=NOW_MS + 1)
    two = ana.commons("Laguna honda", after=first, time_ms=NOW_MS + 2)
    async with node_with(tmp_path, [ana.founding, first, one, two]) as client:
        page = await read_page(client, thing_path(first, "?lang=en"))
        assert "2 versions stand side by side" in text_of(page)
        answer = await client.get(f"/thing/{id_text(two.id)}", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, thing_path(first))


async def test_contested_commons_are_hatched_and_nobody_wins(tmp_path: Path) -> None:
    ana, eva = Person("Ana"), Person("Eva")
    here: dict[str, Any] = {"type": "Polygon", "coordinates": [[0, 0, 90_000, 0, 90_000, 90_000, 0, 0]]}
    first = ana.commons("Vertiente", geometry=here)
    other = eva.commons("Vertiente de Eva", after=first, geometry=here)
    async with node_with(tmp_path, [ana.founding, eva.founding, first, other]) as client:
        page = await read_page(client, thing_path(first, "?lang=en"))
        assert classed(page, "contested")
        assert "Nothing here chooses between them." in text_of(page)


async def test_withdrawn_content_is_gone_and_the_record_still_shows(tmp_path: Path) -> None:
    ana = Person("Ana")
    secret = ana.commons("Sitio sagrado")
    async with node_with(tmp_path, [ana.founding, secret, ana.erase(secret)]) as client:
        page = text_of(await read_page(client, thing_path(secret, "?lang=en")))
        assert "Its author has withdrawn the content" in page
        assert "sagrado" not in page
        data = await (await client.get(f"/record/{id_text(secret.id)}?format=json")).json()
        assert data["content_withdrawn"]
        assert data["content"] is None
        assert data["content_bytes"] is None


async def test_what_is_not_known_yet_is_said(tmp_path: Path) -> None:
    ana = Person("Ana")
    orphan = ana.commons("Huérfana")
    foreign = signed(ana, "org.example.song", {"words": "la la"})
    async with node_with(tmp_path, [orphan]) as client:
        page = text_of(await read_page(client, thing_path(orphan, "?lang=en")))
        assert "its author’s own record has not" in page
    (tmp_path / "kinds").mkdir()
    async with node_with(
        tmp_path / "kinds", [ana.founding, foreign, bare(ana.commons("Sin cuerpo"))]
    ) as client:
        page = text_of(await read_page(client, thing_path(foreign, "?lang=en")))
        assert "does not know how to show" in page
        assert "org.example.song" in text_of(await read_page(client, "/"))


async def test_long_texts_and_lists_are_one_link_away(tmp_path: Path) -> None:
    ana = Person("Ana")
    stewards = [{"name": {"es": f"Vecindario {n} " + "ñ" * 480}} for n in range(256)]
    texts = {"es": "Una frase larga de verdad. " * 1_400}
    land = sign_record(
        ana.author(),
        "commons",
        {
            "name": {"es": "N" * 500},
            "resources": ["pasture"],
            "licence": "CC0-1.0",
            "stewards": stewards[:200],
            "description": texts,
            "users": texts,
            "rules": texts,
            "facts": texts,
        },
        NOW_MS,
    )
    async with node_with(tmp_path, [ana.founding, land]) as client:
        page = await read_page(client, thing_path(land, "?lang=en"))  # at most 100 KB
        assert "and 160 others" in text_of(page)
        more = [link.attrib["href"] for links in classed(page, "more") for link in links]
        assert len(more) == 4
        whole = check_page(await (await client.get(more[0])).text())
        assert "Vecindario 199" in text_of(whole)
        assert text_of(whole).count("Una frase") == 4 * 1_400


async def test_other_languages_of_a_text_are_one_link_away(tmp_path: Path) -> None:
    ana = Person("Ana")
    land = ana.commons("Urku", description={"es": "El cerro.", "qu": "Urkumi kan."})
    async with node_with(tmp_path, [ana.founding, land]) as client:
        page = await read_page(client, thing_path(land, "?lang=es"))
        assert "El cerro." in text_of(page)
        other = next(a.attrib["href"] for a in page.iter("a") if a.text == "Runa shimi")
        told = await read_page(client, other)
        assert "Urkumi kan." in text_of(told)
        assert any(p.attrib.get("lang") == "qu" for p in told.iter("p"))


async def test_pages_say_why_people_are_named(tmp_path: Path) -> None:
    ana = Person("Ana")
    said = {"purpose": {"es": "Saber a quién llamar"}, "basis": "public_office", "on": "2026-05"}
    named = signed(
        ana,
        "commons",
        {
            "name": {"es": "Laguna"},
            "resources": ["water"],
            "licence": "CC0-1.0",
            "personal_data": {**said, "held_by": "<secretaría>"},
        },
    )
    async with node_with(tmp_path, [ana.founding, named]) as client:
        english = text_of(await read_page(client, thing_path(named) + "?lang=en"))
        assert "Why people are namedSaber a quién llamar" in english
        assert "as holders of a public office, May 2026 · kept by <secretaría>" in english
        spanish = text_of(await read_page(client, thing_path(named) + "?lang=es"))
        assert "por su cargo público, mayo de 2026 · lo guarda <secretaría>" in spanish
        assert "Why people are named" not in text_of(await read_page(client, thing_path(ana.founding)))


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("pact", {"title": {"es": "X"}, "parties": [{"name": {"es": "Ana"}}, {"name": {"es": "Luis"}}]}),
        ("body", {"name": {"es": "X"}, "type": "council"}),
        ("alert", {"title": {"es": "X"}, "type": "threat"}),
        (
            "motion",
            {
                "title": {"es": "X"},
                "options": [{"name": {"es": "a"}}, {"name": {"es": "b"}}],
                "roll": [{"actor": bytes(32)}],
                "closes": "2026-12-31",
            },
        ),
    ],
)
async def test_every_page_says_why_people_are_named(
    tmp_path: Path, kind: str, payload: dict[str, Any]
) -> None:
    ana = Person("Ana")
    said = {"purpose": {"es": "Saber a quién llamar"}, "basis": "law"}
    record = signed(ana, kind, {**payload, "licence": "CC0-1.0", "personal_data": said})
    async with node_with(tmp_path, [ana.founding, record]) as client:
        page = text_of(await read_page(client, thing_path(record) + "?lang=en"))
        assert "Saber a quién llamar" in page
        assert "as a law asks" in page
