"""What a thing names, in which role: as kept by stores to find it from there."""

from typing import Any

from protocol.identifiers import ActorId, RecordId
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import resolve_actor
from protocol.state.fold import fold
from protocol.state.mentions import Mention, Role, mentions_of
from tests.node.store.samples import NOW_MS, Person, point

ANA, BETO = Person("Ana"), Person("Beto")
STATES = {p.id: resolve_actor(p.id, [p.founding]) for p in (ANA, BETO)}
RIVER = ANA.commons("Río")


def named(*records: VerifiedRecord) -> set[tuple[bytes, Role, RecordId]]:
    """What the thing of the first record names."""
    state = fold(records[0].subject, records, lambda actor: STATES.get(ActorId(actor)))
    return {(mention.of, mention.role, mention.record) for mention in mentions_of(state)}


def version(kind: str, content: dict[str, Any]) -> VerifiedRecord:
    return sign_record(ANA.author(), kind, {"licence": "CC0-1.0", **content}, NOW_MS)


def test_versions_name_what_they_are_about_and_who_takes_part() -> None:
    pact = ANA.pact(BETO, "Riberas", about=[RIVER])
    assert named(pact) == {(RIVER.id, Role.COMMONS, pact.id)}
    options = [{"name": {"es": "Riberas"}, "subject": pact.id}, {"name": {"es": "Nada"}}]
    roll = [{"actor": BETO.id}]
    motion = version(
        "motion", {"title": {"es": "?"}, "options": options, "roll": roll, "closes": "2026-01-31"}
    )
    assert named(motion) == {(pact.id, Role.OPTION, motion.id), (BETO.id, Role.VOTER, motion.id)}
    seats = [{"side": "civil", "holder": {"name": {"es": "B"}, "actor": BETO.id}}, {"side": "state"}]
    body = version("body", {"name": {"es": "Consejo"}, "type": "council", "seats": seats})
    assert named(body) == {(BETO.id, Role.SEAT, body.id)}
    alert = version(
        "alert", {"title": {"es": "Cerca"}, "type": "enclosure", "commons": [{"subject": RIVER.id}]}
    )
    assert named(alert) == {(RIVER.id, Role.COMMONS, alert.id)}
    assert named(RIVER) == named(ANA.commons("Otro", geometry=point(1, 1))) == set()


def test_statements_name_their_other_end_also_those_that_were_replaced() -> None:
    first = BETO.says("link", {"relation": "overlaps", "other": b"o" * 32}, RIVER)
    second = BETO.says("link", {"relation": "overlaps", "other": b"p" * 32, "withdrawn": True}, RIVER, first)
    # Whether one stands depends on the moment, which whoever asks knows.
    assert named(RIVER, first, second) == {
        (b"o" * 32, Role.LINK, first.id),
        (b"p" * 32, Role.LINK, second.id),
    }
    assert named(RIVER, first, BETO.erase(first)) == set()
    stranger = Person("Nadie")
    assert named(RIVER, stranger.says("link", {"relation": "overlaps", "other": b"o" * 32}, RIVER)) == set()


def test_an_endorsement_names_who_gives_it_and_the_places() -> None:
    places = [{"subject": RIVER.id}, {"name": {"es": "Valle"}}]
    given = BETO.says("endorsement", {"speaks_for": places}, ANA.founding)
    assert named(ANA.founding, given) == {
        (BETO.id, Role.ENDORSER, given.id),
        (RIVER.id, Role.PLACE, given.id),
    }
    assert Mention(BETO.id, Role.ENDORSER, given.id) != Mention(BETO.id, Role.SEAT, given.id)
