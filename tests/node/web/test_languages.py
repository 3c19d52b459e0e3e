"""Every word of the pages exists in every language, and each reader gets theirs."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from node.atlas.collections import COLLECTIONS
from node.web.words.catalogue import FOLDER, Catalogue, catalogues, read_catalogue
from node.web.words.speech import Speech
from tests.node.store.samples import Person
from tests.node.web.readers import node_with, read_page, text_of

PAGES = Path(__file__).resolve().parents[3] / "node" / "web"

MARKS = {"say", "N_", "rich", "self"}
MARKS_OF_TWO = {"count", "NP_"}


def written() -> Iterator[tuple[str, ...]]:
    """Every message in the source: one form, or the two that go with a number."""
    for path in sorted(PAGES.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            forms = 2 if name in MARKS_OF_TWO else 1 if name in MARKS else 0
            texts = [
                a.value for a in call.args[:forms] if isinstance(a, ast.Constant) and isinstance(a.value, str)
            ]
            if forms and len(texts) == forms:
                yield tuple(texts)


def of_collections() -> Iterator[tuple[str, ...]]:
    """What collections of the atlas and their properties are called, which pages translate."""
    for collection in COLLECTIONS.values():
        for one in (collection, *collection.properties):
            yield (one.title,)
            yield (one.description,)


def fields(message: str) -> set[str]:
    """The names that a message leaves open."""
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


@pytest.mark.parametrize(
    "language", sorted(path.parents[1].name for path in FOLDER.glob("*/LC_MESSAGES/web.po"))
)
def test_a_catalogue_is_complete_and_leaves_nothing_over(language: str) -> None:
    messages = {*written(), *of_collections()}
    assert len(messages) > 250
    forms = catalogues()[language].forms
    assert {texts for texts in messages if texts[0] not in forms} == set()
    assert forms.keys() - {texts[0] for texts in messages} == set()
    for texts in messages:
        for form in forms[texts[0]]:
            # "One version", and not "1 version", may be said of one.
            assert (
                set().union(*map(fields, texts)) - {"n"} <= fields(form) <= set().union(*map(fields, texts))
            )


def test_spanish_is_there() -> None:
    assert {"en", "es"} <= catalogues().keys()


async def test_each_reader_gets_their_language(tmp_path: Path) -> None:
    async with node_with(tmp_path, [Person("Ana").founding]) as client:
        for accepted, expected in (
            ("es", "es"),
            ("es-EC,es;q=0.9,en;q=0.8", "es"),
            ("fr, en;q=0.5, es;q=0.7", "es"),
            ("en-GB", "en"),
            ("es;q=0, en;q=0.1", "en"),
            ("qu, fr", "en"),
            ("", "en"),
            ("*", "en"),
            (";;q=,,=", "en"),
        ):
            page = await read_page(client, "/", **{"Accept-Language": accepted})
            assert page.attrib["lang"] == expected, accepted
        chosen = await read_page(client, "/?lang=es", **{"Accept-Language": "en"})
        assert chosen.attrib["lang"] == "es"
        assert "Este nodo guarda 1 registro firmado." in text_of(chosen)
        # A choice goes along from page to page.
        ours = [a.attrib["href"] for a in chosen.iter("a") if a.attrib["href"].startswith(("/?", "/thing"))]
        assert len(ours) >= 5
        assert all("lang=" in address for address in ours)
        unknown = await read_page(client, "/?lang=tlh", **{"Accept-Language": "es"})
        assert unknown.attrib["lang"] == "es"


async def test_a_node_with_a_language_of_its_own_speaks_it(tmp_path: Path) -> None:
    async with node_with(tmp_path, [], language="es") as client:
        assert (await read_page(client, "/", **{"Accept-Language": "en"})).attrib["lang"] == "es"
        assert (await read_page(client, "/?lang=en")).attrib["lang"] == "en"


def test_numbers_dates_and_areas_are_written_as_people_write_them() -> None:
    spanish, english = (Speech(tag, catalogues()[tag]) for tag in ("es", "en"))
    assert (spanish.number(1_234_567), english.number(1_234_567)) == ("1\u00a0234\u00a0567", "1,234,567")
    assert (spanish.day("1483-02-01"), english.day("1483-02-01")) == (
        "1 de febrero de 1483",
        "1 February 1483",
    )
    assert (spanish.day("1483-02"), english.day("1483")) == ("febrero de 1483", "1483")
    assert (spanish.hectares(38_508_000), english.hectares(38_508_000)) == (
        "3\u00a0851 hectáreas",
        "3,851 hectares",
    )
    assert (spanish.hectares(25_500), spanish.hectares(99), english.hectares(100)) == (
        "2,55 hectáreas",
        "99 m²",
        "0.01 hectares",
    )
    assert (spanish.distance(1_500), spanish.distance(999)) == ("1,5 km", "999 m")
    assert "".join(_flat(spanish.joined(["a", "b", "c"]))) == "a, b y c"


def _flat(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for part in node:
            yield from _flat(part)


def test_a_catalogue_may_have_other_plurals_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "web.po"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=(n%10==1 ? 0 : n<5 ? 1 : 2);\\n"\n\n'
        '# remark\nmsgid "{n} other"\nmsgid_plural "{n} others"\n'
        'msgstr[0] "jeden {n}"\nmsgstr[1] "dwa {n}"\nmsgstr[2] "wiele {n}"\n'
        'msgid "a \\"quoted\\" "\n"word"\nmsgstr "jedno "\n"słowo"\n\nmsgid "empty"\nmsgstr ""\n',
        encoding="utf-8",
    )
    say = Speech("pl", read_catalogue(path))
    assert [say.count("{n} other", "{n} others", n) for n in (1, 2, 7, 21)] == [
        "jeden 1",
        "dwa 2",
        "wiele 7",
        "jeden 21",
    ]
    assert say('a "quoted" word') == "jedno słowo"
    assert say("empty") == "empty"
    assert Speech("en", Catalogue({})).count("{n} other", "{n} others", 2) == "2 others"
