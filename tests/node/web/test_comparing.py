"""Versions beside each other: what changed, in which words, on which ground; bounded for any two texts."""

import itertools
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from node.web.records.compare_page import CHANGES_SHOWN_MAX, compared
from node.web.records.content_fields import FIELDS_SHOWN_MAX, Field, fields_of, is_texts
from node.web.records.versions import Changes, Written
from node.web.records.word_changes import (
    COST_OF_A_PAGE_MAX,
    SENTENCES_PRODUCT_MAX,
    WORDS_PRODUCT_MAX,
    Budget,
    Change,
    changes,
)
from protocol.identifiers import id_text
from protocol.record.signing import sign_record
from tests.node.store.samples import NOW_MS, Person, point
from tests.node.web.readers import classed, founded, node_with, read_page, signed, text_of, thing_path
from tests.node.web.test_hostile import HOSTILE, nfc

# Of few letters, so that much is alike; with what ends words and sentences.
TEXTS = st.text(alphabet="ab .\n", max_size=200) | st.text(max_size=60)


@given(TEXTS, TEXTS)
def test_what_was_kept_and_taken_out_makes_up_the_one_and_what_was_put_in_the_other(
    before: str, after: str
) -> None:
    found = changes(before, after, Budget())
    assert "".join(s.text for s in found if s.change is not Change.ADDED) == before
    assert "".join(s.text for s in found if s.change is not Change.REMOVED) == after
    assert all(s.text for s in found)
    assert all(one.change is not other.change for one, other in itertools.pairwise(found))
    if before == after:
        assert all(s.change is Change.KEPT for s in found)


def test_what_changed_is_told_word_by_word() -> None:
    found = changes("Se cuida cada mes. Nadie quema.", "Se cuida cada semana. Nadie quema.", Budget())
    assert [(s.change.value, s.text) for s in found] == [
        ("kept", "Se cuida cada "),
        ("removed", "mes"),
        ("added", "semana"),
        ("kept", ". Nadie quema."),
    ]


def test_texts_too_long_to_compare_are_shown_whole() -> None:
    words = int(WORDS_PRODUCT_MAX**0.5)
    for unit, most in (("a ", words), ("a. ", int(SENTENCES_PRODUCT_MAX**0.5))):
        as_long, longer = unit * most, unit * (most + 1)
        assert Change.KEPT in {s.change for s in changes("b" + as_long[1:], "c" + as_long[1:], Budget())}
        found = changes("b" + longer[1:], "c" + longer[1:], Budget())
        assert [s.change for s in found] == [Change.REMOVED, Change.ADDED]


def test_a_page_compares_no_more_than_it_may() -> None:
    budget = Budget()
    texts = ["a " * 300, "b " * 300]
    fields = [[Field((f"f{n}",), {"es": text}) for n in range(FIELDS_SHOWN_MAX)] for text in texts]
    assert len(compared(*fields)) == FIELDS_SHOWN_MAX
    allowed = 0
    while budget.allows(["a"] * 300, ["b"] * 300, WORDS_PRODUCT_MAX):
        allowed += 1
    assert allowed == COST_OF_A_PAGE_MAX // 90_000


def test_what_is_a_text_by_language_and_what_is_not() -> None:
    for texts in ({"es": "x"}, {"qu-EC": "x", "und": "y"}, {"zh-Hant": "x"}):
        assert is_texts(texts)
    for other in (
        {},
        {"end": "2026"},
        {"on": "2026", "url": "x"},
        {"name": "x"},
        {"es": 1},
        "es",
        ["es"],
        None,
    ):
        assert not is_texts(other), other


def test_a_content_of_an_unknown_kind_has_bounded_fields() -> None:
    deep: Any = {"es": 1}
    for _ in range(20):
        deep = {"más": deep}
    content = {f"f{n}": n for n in range(500)} | {"deep": deep}
    assert len(fields_of(content)) == FIELDS_SHOWN_MAX
    [one] = fields_of({"deep": deep})
    assert len(one.path) == 4
    assert fields_of(None) == []


def square(west: float, size: float) -> dict[str, Any]:
    """A square, from degrees."""
    w, e, s, n = (round(at * 1e7) for at in (west, west + size, -1.0, -1.0 + size))
    return {"type": "Polygon", "coordinates": [[w, s, e, s, e, n, w, n, w, s]]}


async def test_two_versions_are_shown_field_by_field(tmp_path: Path) -> None:
    ana = Person("Ana")
    first = ana.commons("Laguna", "Se cuida cada mes.", geometry=square(-78, 0.1), rules={"es": "Ninguna."})
    second = ana.commons(
        "Laguna",
        "Se cuida cada semana.",
        after=first,
        time_ms=NOW_MS + 1_000,
        geometry=square(-78, 0.2),
        users={"es": "Todos", "qu": "Tukuy"},
        resources=["paramo", "water"],
    )
    async with node_with(tmp_path, [ana.founding, first, second]) as client:
        page = await read_page(client, thing_path(first, "/compare?lang=en"))
        sections = {text_of(s.find("h2")): s for s in classed(page, "change")}
        assert list(sections) == ["Resources", "Description", "Place", "Who uses it", "Rules"]
        description = sections["Description"]
        assert [text_of(mark) for mark in (*description.iter("del"), *description.iter("ins"))] == [
            "taken out: mes end of what was taken out",
            "put in: semana end of what was put in",
        ]
        assert "1 entry is the same" in text_of(sections["Resources"])
        assert "wetland" not in text_of(sections["Resources"])
        assert next(text_of(mark) for mark in sections["Resources"].iter("ins")).split()[2] == "water"
        place = sections["Place"]
        assert len(classed(place, "before")) == len(classed(place, "after")) == 1
        assert "12,3" in text_of(place)
        assert "49," in text_of(place)
        assert "nothing" in text_of(sections["Who uses it"])
        assert text_of(page.find(".//details/summary")) == "3 fields are the same"
        spanish = text_of(await read_page(client, thing_path(first, "/compare?lang=es")))
        assert "Lo que se quitó va tachado" in spanish
        data = await (await client.get(thing_path(first, "/compare?format=json"))).json()
        assert (data["from"], data["to"]) == (id_text(first.id), id_text(second.id))
        assert [one["field"] for one in data["changed"]][1] == ["description"]
        assert data["changed"][1]["words"]["es"][1] == ["removed", "mes"]
        same = f"/compare?lang=en&from={id_text(first.id)}&to={id_text(first.id)}"
        assert "Nothing differs" in text_of(await read_page(client, thing_path(first, same)))


async def test_places_far_apart_are_not_drawn_as_two_dots(tmp_path: Path) -> None:
    ana = Person("Ana")
    first = ana.commons("Laguna", geometry=square(-78, 0.01))
    second = ana.commons("Laguna", after=first, time_ms=NOW_MS + 1_000, geometry=point(100, 10))
    async with node_with(tmp_path, [ana.founding, first, second]) as client:
        page = await read_page(client, thing_path(first, "/compare?lang=en"))
        assert not classed(page, "outline")
        assert "a point" in text_of(page)


async def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    ana = Person("Ana")
    first = ana.commons("Laguna")
    gone = ana.commons("Laguna de nadie", after=first, time_ms=NOW_MS + 1_000)
    other = ana.commons("Otra cosa")
    async with node_with(tmp_path, [ana.founding, first, gone, other, ana.erase(gone)]) as client:
        erased = await read_page(client, thing_path(first, f"/compare?lang=en&to={id_text(gone.id)}"), 404)
        assert "Its content was erased" in text_of(erased)
        for wrong in (f"?to={id_text(other.id)}", f"?from={id_text(other.id)}", f"?to={'b' * 51}a"):
            await read_page(client, thing_path(first, "/compare" + wrong), 404)
        await read_page(client, thing_path(first, "/compare?to=x"), 400)
        for path in ("/thing/x/compare", f"/thing/{'b' * 51}a/compare", "/thing/x/versions"):
            await read_page(client, path, 404)


async def test_versions_are_listed_with_what_each_changed(tmp_path: Path) -> None:
    ana, luz = Person("Ana"), Person("Luz")
    first = ana.commons("Laguna")
    second = ana.commons("Laguna grande", after=first, time_ms=NOW_MS + 1_000)
    beside = luz.commons("Laguna de todas", after=first, time_ms=NOW_MS + 2_000)
    async with node_with(tmp_path, [ana.founding, luz.founding, first, second, beside]) as client:
        page = await read_page(client, thing_path(first, "/versions?lang=en"))
        listed = [text_of(one) for one in page.find(".//ol")]  # type: ignore[union-attr]
        assert [one.split(" · ")[1] for one in listed] == ["Comunidad Luz", "Comunidad Ana", "Comunidad Ana"]
        assert "Changed: Name and Who cares for it" in listed[0]
        assert "Changed: Name" in listed[1]
        assert "Changed" not in listed[2]
        assert "2 versions stand side by side" in text_of(page)
        on_page = await read_page(client, thing_path(first, "?lang=en"))
        assert "All 3 versions, and what each changed" in text_of(on_page)
        data = await (await client.get(thing_path(first, "/versions?format=json"))).json()
        assert [one["changed"] for one in data["versions"]][1:] == [[["name"]], None]


def test_what_versions_changed_is_read_until_it_is_too_much() -> None:
    ana = Person("Ana")
    first = ana.commons("Laguna")
    second = ana.commons("Laguna grande", after=first, time_ms=NOW_MS + 1_000)
    written = {
        one.id: Written(one.id, ana.id, one.header.time_ms, one.content, one.header.parents, 1_000)
        for one in (first, second)
    }
    assert Changes(written, 2_000).of(written[second.id]) == [("name",)]
    assert Changes(written, 1_999).of(written[second.id]) is None
    assert Changes(written).of(written[first.id]) is None


async def test_an_actor_s_keys_have_a_history(tmp_path: Path) -> None:
    ana = Person("Ana")
    rotated = ana.rotate("nueva", upholds_everything=True)
    async with node_with(tmp_path, [ana.founding, rotated]) as client:
        page = text_of(await read_page(client, f"/thing/{id_text(ana.id)}/versions?lang=en"))
        assert "shown here" in page
        assert "replaced by a later one" in page
        assert "Changed: Keys" in page
        compare = await read_page(client, f"/thing/{id_text(ana.id)}/compare?lang=en")
        assert "Earlier signatures that it upholds" in text_of(compare)


async def test_a_record_says_who_signed_what_it_is_worth_and_what_it_says(tmp_path: Path) -> None:
    council = Person("Cabildo", threshold=2, keys=3)
    land = council.commons("Páramo", "Pajonal.", area={"square_metres": 41_000_000})
    further = council.cosign(land, 1)
    async with node_with(tmp_path, [*founded(council), land, further]) as client:
        page = text_of(await read_page(client, f"/record/{id_text(land.id)}?lang=en"))
        assert (
            "signed by 2 of the 3 keys of Comunidad Cabildo, which asks for 2; dated 9 October 2025" in page
        )
        assert "This is the version that stands" in page
        assert "Pajonal." in page
        assert "Area › Stated4,100 hectares" in page
        assert "1 of the 1 nodes" not in page
        assert "This node does not note who holds which record." in page
        assert f"minga record verify {id_text(land.id)}" in page
        page = text_of(await read_page(client, f"/record/{id_text(further.id)}?lang=en"))
        assert "A further signature" in page
        assert "Signed with one key of Comunidad Cabildo" in page
        page = text_of(await read_page(client, f"/record/{id_text(council.id)}?lang=en"))
        assert "Signed by 3 keys; 2 of its keys are asked for." in page


async def test_an_erased_record_says_nothing_of_what_it_said(tmp_path: Path) -> None:
    ana = Person("Ana")
    gone = ana.commons("Por error", "Un secreto.")
    async with node_with(tmp_path, [ana.founding, gone, ana.erase(gone)]) as client:
        page = text_of(await read_page(client, f"/record/{id_text(gone.id)}?lang=en"))
        assert "Its content was erased" in page
        assert "secreto" not in page
        assert "What it says" not in page


async def test_records_of_strangers_are_shown_as_words(tmp_path: Path) -> None:
    ana = Person("Ana")
    things = []
    for number, words in enumerate(HOSTILE):
        text = nfc(words)[:500]
        content = {
            "name": {"es": text},
            "resources": ["forest"],
            "licence": text[:200],
            "users": {"es": text},
        }
        first = signed(ana, "commons", content)
        second = ana.commons(f"otra {number}", after=first, time_ms=NOW_MS + 1_000)
        odd = signed(ana, "zz.odd", {"weird": [{"a": text, "b": [text] * 9}] * 9, text[:20]: text})
        things += [first, second, odd]
    async with node_with(tmp_path, [ana.founding, *things]) as client:
        for record in things:
            for path in (
                f"/record/{id_text(record.id)}",
                thing_path(record, "/versions"),
                f"/check/{id_text(record.id)}",
            ):
                await read_page(client, path)
        for record in things[::3]:
            await read_page(client, thing_path(record, "/compare"))


async def test_the_longest_contents_make_pages_that_can_be_read(tmp_path: Path) -> None:
    ana = Person("Ana")
    long = {f"clause {n}": "palabra " * 400 for n in range(100)}
    odd = signed(ana, "zz.odd", {name: {"es": text} for name, text in long.items()})
    later = sign_record(
        ana.author(),
        "zz.odd",
        {name: {"es": text + "nueva"} for name, text in long.items()},
        NOW_MS + 5_000,
        subject=odd.subject,
        parents=[odd.id],
    )
    async with node_with(tmp_path, [ana.founding, odd, later]) as client:
        page = await read_page(client, f"/record/{id_text(odd.id)}?lang=en")
        assert "There is more, in the data of this page." in text_of(page)
        compare = await read_page(client, thing_path(odd, "/compare?lang=en"))
        assert len(classed(compare, "change")) == CHANGES_SHOWN_MAX + 1
        assert "Changed too; the data of this page says how" in text_of(compare)
        data = await (await client.get(thing_path(odd, "/compare?format=json"))).json()
        assert len(data["changed"]) == 100
