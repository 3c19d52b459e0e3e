"""What strangers write is shown as text, all of it, and turns into nothing else."""

import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.frame.markup import e, escaped, render, showable
from protocol.identifiers import id_text
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person, key_of
from tests.node.web.readers import check_page, node_with, read_page, signed, text_of, thing_path

SCRIPT = "<script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    "</title></head><body onload=alert(1)>",
    "\"'><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; &#0; <!-- --> ]]> <![CDATA[",
    "\u202egnp.exe\u2066\u2069 \u200b\u0000\u0007\u009b",
    "{who} {0} %s %(name)s ${x} {{7*7}}",
    "W" * 500,
    "a\u0300\u0301\u0302\u0303" * 100,
    "مشاع القرية",
]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_any_text_comes_back_as_it_was_or_with_marks_in_its_place(text: str) -> None:
    root = e("html", e("p", text, title=text))
    parsed = ET.fromstring(render(root).removeprefix("<!doctype html>\n").encode("utf-8"))
    shown = showable(text)
    # XML folds line ends, in attributes blanks too (XML 1.0 §2.11, §3.3.3).
    folded = shown.replace("\r\n", "\n").replace("\r", "\n")
    assert ("".join(parsed.itertext())) == folded
    assert parsed[0].attrib["title"] == folded.replace("\n", " ").replace("\t", " ")
    assert not set(escaped(text)) & set("<>\"'")


def nfc(words: str) -> str:
    """The words in the form that records take."""
    return unicodedata.normalize("NFC", words)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_stay_words_in_every_field(tmp_path: Path, words: str) -> None:
    name, short = nfc(words)[:500], nfc(words)[:200]
    ana = Person("Ana")
    founding = signed_actor(name, short)
    land = signed(
        ana,
        "commons",
        {
            "name": {"es": name, "en": name},
            "resources": ["forest", "zzz_unheard_of"],
            "licence": short,
            "description": {"es": name},
            "users": {"es": name},
            "area": {"square_metres": 1, "local": short},
            "territory": [{"level": "aldea_x", "name": {"es": name}}],
            "stewards": [{"name": {"es": name}}],
            "legal": {"text": {"es": name}, "register": short},
            "publication": {"basis": "assembly", "text": {"es": name}},
            "labels": [{"code": "TK A", "community": {"es": name}, "text": {"es": name}}],
            "source": {
                "name": short,
                "url": "javascript:alert(1)//" + short,
                "licence": short,
                "identifier": short,
                "note": {"es": name},
            },
            "facts": {"es": name},
        },
    )
    pact = signed(
        ana,
        "pact",
        {
            "title": {"es": name},
            "parties": [{"name": {"es": name}, "side": "zzz"}],
            "licence": short,
            "commons": [{"name": {"es": name}}],
            "clauses": {"objectives": {"es": name}},
            "reported": {
                "status": short,
                "source": {"name": {"es": name}, "url": "data:text/html," + short},
                "note": {"es": name},
            },
        },
    )
    shown = " ".join(showable(name).split())
    async with node_with(tmp_path, [ana.founding, *founding, land, pact]) as client:
        for path in (thing_path(land), thing_path(pact), thing_path(founding[0])):
            page = await read_page(client, path)
            assert text_of(page.find(".//h1")) == shown
            assert text_of(page).count(shown[:100]) >= 2
        listed = text_of(await read_page(client, "/"))
        assert shown[:100] in listed
        answer = await client.get("/", params={"q": words, "lang": "es"})
        check_page(await answer.text())
        for path in (thing_path(land), thing_path(pact), f"/record/{id_text(land.id)}"):
            data = await (await client.get(path, params={"format": "json"})).json()
            content = data["content"]
            assert (content.get("name") or content["title"])["es"] == name


def signed_actor(name: str, short: str) -> list[VerifiedRecord]:
    """An actor whose every text is hostile."""

    key = key_of("hostil")
    payload = {
        "name": {"es": name},
        "type": "zzz_type",
        "keys": [{"key": key.public, "label": short}],
        "threshold": 1,
        "description": {"es": name},
        "website": "vbscript:" + short,
        "source": {"name": short, "url": "//evil.example/"},
    }
    return [sign_record(Author(key, None, None), "actor", payload, NOW_MS)]


async def test_only_ordinary_links_lead_away(tmp_path: Path) -> None:
    ana = Person("Ana")
    records = [ana.founding]
    addresses = (
        "https://example.org/a?b=1&c=\"d'",
        "HTTP://example.org",
        " https://example.org",
        "java\nscript:1",
        "//example.org",
    )
    for number, url in enumerate(addresses):
        payload = {
            "name": {"es": f"N{number}"},
            "resources": ["coast"],
            "licence": "CC0-1.0",
            "source": {"name": "F", "url": url},
        }
        records.append(signed(ana, "commons", payload))
    async with node_with(tmp_path, records) as client:
        away = []
        for record in records[1:]:
            page = await read_page(client, thing_path(record))
            away.append(
                {a.attrib["href"] for a in page.iter("a") if "nofollow external" in a.attrib.get("rel", "")}
            )
        assert away == [{addresses[0]}, {addresses[1]}, set(), set(), set()]
