"""The samples are what every node accepts: signed, verified, complete in two languages."""

from node.importing.drafts import Drafted
from node.importing.mapping import choose_mapping
from node.importing.plan import plan
from node.importing.readers import open_input
from node.samples import world_commons_path
from node.samples.parish import parish
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.kinds.pact import CLAUSE_LETTERS
from protocol.record.signing import Author, sign_record
from protocol.record.verification import verify_record

NOW_MS = 1_772_323_200_000


def test_the_parish_can_be_signed_as_it_stands() -> None:
    actors: dict[str, ActorId] = {}
    authors: dict[str, Author] = {}
    for number, actor in enumerate(parish().actors):
        keys = [SigningKey(bytes([number, place]) * 16) for place in range(len(actor.people))]
        payload = actor.payload([key.public for key in keys])
        record = sign_record(Author(keys[0], None, None), "actor", payload, NOW_MS)
        actors[actor.slug] = ActorId(record.id)
        authors[actor.slug] = Author(keys[0], ActorId(record.id), RecordId(record.id))
    commons: dict[str, SubjectId] = {}
    for one in parish().commons:
        author = authors[one.steward.slug]
        record = sign_record(author, "commons", one.payload(actors[one.steward.slug]), NOW_MS)
        assert verify_record(record.envelope, NOW_MS).content.territory[0].level == "parish"
        commons[one.slug] = record.subject
    payload = parish().pact.payload(actors, commons)
    record = sign_record(authors["municipality"], "pact", payload, NOW_MS)
    assert [party.side for party in record.content.parties] == ["administration", "community", "community"]


def test_the_pact_says_all_that_the_regulation_asks_in_both_languages() -> None:
    clauses = parish().pact.fields["clauses"]
    assert list(clauses) == list(CLAUSE_LETTERS)
    assert all(
        text.keys() == {"es", "en"} and min(map(len, text.values())) > 150 for text in clauses.values()
    )


def test_the_parish_says_that_it_is_invented_and_two_claims_overlap() -> None:
    assert all("invent" in text for text in parish().about.values())
    assert all(one.fields["facts"] == parish().about for one in parish().commons)
    boxes = {one.slug: one.fields["geometry"]["coordinates"] for one in parish().commons}
    west = [min(boxes[slug][0][0::2]) for slug in ("paramo", "pasture")]
    east = [max(boxes[slug][0][0::2]) for slug in ("paramo", "pasture")]
    assert max(west) < min(east)


def test_the_commons_of_the_world_import_like_anybodys_file() -> None:
    file = open_input(world_commons_path())
    mapping = choose_mapping(None, file.columns)
    assert mapping.name == "commons-facts"
    drafts = [outcome for outcome in plan(file, mapping) if isinstance(outcome, Drafted)]
    assert len(drafts) == 13
    for draft in drafts:
        assert draft.payload["geometry"]["type"] == "Point"
        assert "Checked against the page cited" in draft.payload["source"]["note"]["en"]
        assert draft.payload["resources"] != ["other"]
