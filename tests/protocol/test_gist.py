"""What lists keep of a content: of every kind, whatever of it is filled in."""

import pytest

from protocol.kinds import KINDS, examine
from protocol.kinds.gist import gist_of
from tests.vectors.deciding_payloads import GOOD as DECIDING
from tests.vectors.procedure_payloads import GOOD as PROCEDURE
from tests.vectors.said_payloads import GOOD as SAID

PAYLOADS = DECIDING | PROCEDURE | SAID

HOLDER = {"name": {"es": "Rosa Quishpe"}, "actor": b"r" * 32}
BODY = {"name": {"es": "Consejo"}, "type": "council", "licence": "CC0-1.0", "text": {"es": "De la cuenca"}}
MOTION = {
    "title": {"es": "¿Cuál?"},
    "options": [{"name": {"es": "Cercar"}}, {"name": {"es": "Sembrar"}}],
    "roll": [{"actor": bytes(32), "name": {"es": "Familia Toapanta"}}],
    "closes": "2026-01-31",
    "text": {"es": "Sobre la vertiente"},
    "licence": "CC0-1.0",
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_content_has_a_gist(name: str) -> None:
    kind, payload = PAYLOADS[name]
    content, _box = examine(kind, payload)
    title, words, _linked, placing = gist_of(content)
    assert (placing is not None) == (kind in ("commons", "place"))
    assert all(text in words for text in title.values())


def test_those_payloads_fill_every_field_that_a_gist_may_look_at() -> None:
    for kind in ("motion", "body", "call", "alert"):
        used = {field for of, payload in PAYLOADS.values() if of == kind for field in payload}
        assert set(KINDS[kind].content_type.__struct_fields__) - {"source", "salt"} <= used, kind


def test_a_vote_is_found_by_its_options_and_a_body_by_who_sits_on_it() -> None:
    motion = gist_of(examine("motion", MOTION)[0])
    assert motion.search_text.split("\n") == ["¿Cuál?", "Sobre la vertiente", "Cercar", "Sembrar"]
    seats = [{"side": "civil", "holder": HOLDER}, {"side": "state"}]
    body = gist_of(examine("body", {**BODY, "rules": ["parity"], "seats": seats, "actor": b"c" * 32})[0])
    assert body.search_text.split("\n") == ["Consejo", "De la cuenca", "Rosa Quishpe"]
    # Only the body itself speaks for it: a seat gives nobody a say about the next version.
    assert body.linked == {b"c" * 32}
