"""Each kind of record, good and bad, at its limits and past them (docs/protocol.md §6)."""

from typing import Any

import pytest

from protocol.errors import Malformed, OverLimit, ProtocolError, Unsupported
from protocol.keys import ED25519_PREFIX
from protocol.kinds import KINDS
from protocol.kinds.actor import ACTOR_TYPES
from protocol.kinds.commons import REFUSED_FIELDS, RESOURCES, TERRITORY_LEVELS
from protocol.kinds.pact import CLAUSE_LETTERS
from protocol.kinds.text import preferred, require_calendar_date
from protocol.limits import (
    KEYS_MAX,
    LABEL_LENGTH_MAX_CHARS,
    LANGUAGES_MAX,
    LIST_LENGTH_MAX,
    NAME_LENGTH_MAX_CHARS,
    TEXT_LENGTH_MAX_CHARS,
    UPHELD_MAX,
)
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord, verify_record
from tests.protocol.people import T0, Person, actor_payload, commons, key, pact

US = Person("Pesillo", [key("one")])
THING = US.sign("commons", commons(US))[0]
ES = {"es": "texto"}
SOURCE = {"name": "Registro", "url": "https://example.org", "licence": "CC0-1.0", "retrieved": "2025-06"}
LANGUAGES = [f"{a}{b}" for a in "abcdefgh" for b in "mnopq"]


def made(kind: str, payload: dict[str, Any]) -> VerifiedRecord:
    """Sign a record of `kind` and verify it as a receiver would."""
    if kind == "actor":
        record = sign_record(Author(key("one"), None, None), kind, payload, T0)
    elif KINDS[kind].is_version:
        record = US.sign(kind, payload)[0]
    else:
        record = US.sign(kind, payload, subject=THING.subject, parents=[THING.id])[0]
    assert verify_record(record.envelope, T0) == record
    return record


def person(**changes: Any) -> dict[str, Any]:
    return {**actor_payload("Pesillo", [key("one"), key("two")], 2), **changes}


def place(**changes: Any) -> dict[str, Any]:
    return {"name": {"es": "Cayambe"}, "level": "canton", "licence": "CC-BY-4.0", **changes}


def digests(count: int) -> list[bytes]:
    return [n.to_bytes(32) for n in range(count)]


FULL_COMMONS = commons(
    US,
    "Comuna Zuleta",
    description=ES,
    geometry={"type": "Point", "coordinates": [0, 0]},
    uncertainty_m=500,
    area={"square_metres": 12, "local": "3 cuadras"},
    territory=[{"level": "parish", "name": {"es": "Olmedo"}, "code": "170254", "actor": bytes(32)}],
    users=ES,
    rules={"es": "x", "qu-EC": "y"},
    legal={"text": ES, "since": "1483", "register": "12"},
    publication={"basis": "assembly", "on": "2024-02-29", "text": ES},
    labels=[{"code": "TK A"}, {"code": "BC P", "community": ES, "text": ES}, {"code": "TK NC CV"}],
    sensitivity="generalised",
    source=SOURCE,
    facts=ES,
    salt=bytes(16),
)
FULL_PACT = pact(
    US,
    "Municipio",
    commons=[{"subject": bytes(32)}, {"name": ES}],
    clauses=dict.fromkeys(CLAUSE_LETTERS, ES),
    intensity="shared_management",
    term={"start": "2024-02-29", "end": "2033-02-27"},
    ending={"on": "2030-01-01", "cause": ES},
    salt=bytes(16),
)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("actor", person()),
        (
            "actor",
            person(
                recovery={"digests": digests(3), "threshold": 2}, description=ES, website="x", source=SOURCE
            ),
        ),
        (
            "actor",
            person(keys=[{"key": key("one").public, "label": "secretaría"}], threshold=1, salt=bytes(16)),
        ),
        ("actor", person(speaks_for=[{"subject": bytes(32)}, {"subject": bytes(32), "name": "Pesillo"}])),
        ("actor", person(upholds=[{"key": key("old").public, "records": digests(2)}])),
        ("actor", person(upholds=[{"key": key("old").public, "everything": True}])),
        ("cosign", {}),
        ("cosign", {"salt": bytes(16)}),
        ("commons", {"name": ES, "resources": ["water"], "licence": "CC0-1.0"}),
        ("commons", FULL_COMMONS),
        ("commons", commons(sensitivity="withheld")),
        ("pact", pact(US, "Municipio")),
        ("pact", FULL_PACT),
        ("pact", pact("uno", reported={"status": "firmado", "source": SOURCE, "as_of": "2020", "note": ES})),
        ("pact", pact("a", "b", term={"start": "2020-01-01", "end": "2040-01-01", "reasons": ES})),
        ("pact", pact("a", "b", term={"start": "2020-01-01", "end": "2028-12-31"})),
        ("consent", {"decision": "consent"}),
        ("consent", {"decision": "decline", "reasons": ES, "salt": bytes(16)}),
        (
            "consent",
            {
                "decision": "consent",
                "authorised_by": {
                    "act": "12/2025",
                    "on": "2025-01-02",
                    "office": "x",
                    "mandate_end": "2027-12-31",
                },
            },
        ),
        ("erasure", {"basis": "habeas_data", "reason": ES}),
        *(("erasure", {"basis": basis}) for basis in ("author", "court_order", "mistake")),
        ("place", place()),
        ("place", place(code="1702", type="municipality", geometry={"type": "Point", "coordinates": [1, 2]})),
        ("place", place(territory=[{"level": "province", "name": ES}], source={"name": ES}, facts=ES)),
        *(("commons", commons(resources=[resource])) for resource in RESOURCES),
        *(("place", place(level=level)) for level in TERRITORY_LEVELS),
        *(("actor", person(type=kind)) for kind in ACTOR_TYPES),
    ],
)
def test_good(kind: str, payload: dict[str, Any]) -> None:
    assert type(made(kind, payload).content) is KINDS[kind].content_type


OLD = key("old").public
BAD = [
    ("actor", person(name={})),
    ("actor", person(name={"es": ""})),
    ("actor", person(name={"ES": "x"})),
    ("actor", person(name={"es\n": "x"})),
    ("actor", person(name={"español": "x"})),
    ("actor", person(name="Pesillo")),
    ("actor", person(type="Comuna")),
    ("actor", person(type="comuna\n")),
    ("actor", person(keys=[])),
    ("actor", person(keys=[{"key": key("two").public}], threshold=1)),  # not signed by one of its own
    ("actor", person(keys=[{"key": key("one").public}] * 2)),
    ("actor", person(keys=[{"key": key("one").public[2:]}], threshold=1)),
    ("actor", person(threshold=0)),
    ("actor", person(threshold=3)),
    ("actor", person(threshold=True)),
    ("actor", person(threshold=None)),
    ("actor", person(recovery={"digests": [], "threshold": 1})),
    ("actor", person(recovery={"digests": digests(2), "threshold": 3})),
    ("actor", person(recovery={"digests": digests(2), "threshold": 0})),
    ("actor", person(recovery={"digests": digests(1) * 2, "threshold": 1})),
    ("actor", person(recovery={"digests": [bytes(31)], "threshold": 1})),
    ("actor", person(recovery={"digests": digests(1)})),
    ("actor", person(upholds=[{"key": OLD}, {"key": OLD}])),
    ("actor", person(upholds=[{"key": key("one").public, "everything": True}])),
    ("actor", person(upholds=[{"key": OLD, "everything": True, "records": digests(1)}])),
    ("actor", person(salt=bytes(15))),
    ("cosign", {"salt": "x"}),
    ("commons", {"resources": ["water"], "licence": "CC0-1.0"}),
    ("commons", commons(licence="")),
    ("commons", commons(resources=[])),
    ("commons", commons(resources=["Water"])),
    ("commons", commons(resources=["water\n"])),
    ("commons", commons(US, US)),
    ("commons", commons(sensitivity="secret")),
    ("commons", commons(sensitivity="length <= 3")),
    ("commons", commons(sensitivity="withheld", geometry={"type": "Point", "coordinates": [0, 0]})),
    ("commons", commons(sensitivity="generalised", geometry={"type": "Point", "coordinates": [0, 0]})),
    ("commons", commons(geometry={"type": "Point", "coordinates": [0]})),
    ("commons", commons(uncertainty_m=-1)),
    ("commons", commons(area={"square_metres": -1})),
    ("commons", commons(labels=[{"code": "tk a"}])),
    ("commons", commons(labels=[{"code": "TK A\n"}])),
    ("commons", commons(legal={"text": ES, "since": "1483-13"})),
    ("commons", commons(legal={"text": ES, "since": "١٤٨٣"})),  # the digits of another script
    ("commons", commons(legal={"text": ES, "since": "1483\n"})),
    ("commons", commons(publication={"basis": "nobody"})),
    ("commons", commons(territory=[{"level": "parish"}])),
    ("commons", commons(stewards=[{"actor": bytes(32)}])),
    ("commons", commons(stewards=None)),
    *(("commons", commons(**{field: None})) for field in sorted(REFUSED_FIELDS)),
    ("pact", {"title": ES, "licence": "x", "parties": []}),
    ("pact", pact("uno")),
    ("pact", pact(US, US)),
    ("pact", pact("a", "b", commons=[{}])),
    ("pact", pact("a", "b", intensity="rare")),
    ("pact", pact("a", "b", clauses={"objectives": "x"})),
    ("pact", pact("a", "b", term={"start": "2025-02-29"})),
    ("pact", pact("a", "b", term={"start": "2025-04-31"})),
    ("pact", pact("a", "b", term={"start": "0000-01-01"})),
    ("pact", pact("a", "b", term={"start": "2025-1-1"})),
    ("pact", pact("a", "b", term={"start": "٢٠٢٥-01-01"})),
    ("pact", pact("a", "b", term={"start": "2025-01-02", "end": "2025-01-01"})),
    ("pact", pact("a", "b", term={"start": "2020-01-01", "end": "2029-01-01"})),
    ("pact", pact("a", "b", ending={"on": "2025-02-30", "cause": ES})),
    ("pact", pact("a", "b", ending={"on": "2025-02-03"})),
    ("pact", pact("uno", reported={"status": "x"})),
    ("consent", {}),
    ("consent", {"decision": "perhaps"}),
    ("consent", {"decision": "consent", "authorised_by": {}}),
    ("consent", {"decision": "consent", "authorised_by": {"act": "1", "on": "2023-02-29"}}),
    ("erasure", {}),
    ("erasure", {"basis": "whim"}),
    ("place", {"name": ES, "level": "canton"}),
    ("place", place(level="Canton")),
    ("place", place(geometry={"type": "Polygon", "coordinates": [[0, 0, 1, 1]]})),
]


@pytest.mark.parametrize(("kind", "payload"), BAD)
def test_malformed(kind: str, payload: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        made(kind, payload)


def keys(count: int) -> list[dict[str, Any]]:
    return [{"key": key("one").public}] + [{"key": ED25519_PREFIX + n.to_bytes(32)} for n in range(count - 1)]


def names(count: int, length: int = 1) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES[:count], "ñ" * length)


@pytest.mark.parametrize(
    ("kind", "payload_of", "limit"),
    [
        ("actor", lambda n: person(name=names(1, n)), NAME_LENGTH_MAX_CHARS),
        ("actor", lambda n: person(name=names(n)), LANGUAGES_MAX),
        ("actor", lambda n: person(keys=keys(n)), KEYS_MAX),
        ("actor", lambda n: person(keys=keys(64), threshold=n), KEYS_MAX),
        ("actor", lambda n: person(recovery={"digests": digests(n), "threshold": 1}), KEYS_MAX),
        ("actor", lambda n: person(keys=[{"key": key("one").public, "label": "x" * n}], threshold=1), 200),
        ("actor", lambda n: person(upholds=[{"key": OLD, "records": digests(n)}]), UPHELD_MAX),
        ("actor", lambda n: person(speaks_for=[{"subject": d} for d in digests(n)]), LIST_LENGTH_MAX),
        ("actor", lambda n: person(website="x" * n), 2_000),
        ("commons", lambda n: commons(description=names(1, n)), TEXT_LENGTH_MAX_CHARS),
        ("commons", lambda n: commons(stewards=[{"name": ES}] * n), LIST_LENGTH_MAX),
        ("commons", lambda n: commons(territory=[{"level": "parish", "name": ES}] * n), LIST_LENGTH_MAX),
        ("commons", lambda n: commons(labels=[{"code": "TK A"}] * n), LIST_LENGTH_MAX),
        ("commons", lambda n: commons(resources=["water"] * n), 16),
        ("commons", lambda n: commons(uncertainty_m=n), 2_000_000),
        ("pact", lambda n: pact(*["x"] * n), LIST_LENGTH_MAX),
        ("pact", lambda n: pact("a", "b", commons=[{"name": ES}] * n), LIST_LENGTH_MAX),
        ("place", lambda n: place(code="ñ" * n), LABEL_LENGTH_MAX_CHARS),
    ],
)  # fmt: skip
def test_at_the_limit_and_past_it(kind: str, payload_of: Any, limit: int) -> None:
    made(kind, payload_of(limit))
    with pytest.raises(OverLimit):
        made(kind, payload_of(limit + 1))


def test_salt_and_ids_have_one_size() -> None:
    for salt in (bytes(15), bytes(17)):
        with pytest.raises(ProtocolError):
            made("cosign", {"salt": salt})


def test_an_actor_lists_keys_of_known_types_only() -> None:
    with pytest.raises(Unsupported):
        made("actor", person(keys=[{"key": key("one").public}, {"key": b"\xe7\x01" + bytes(32)}]))


def test_later_versions_may_be_signed_by_keys_they_do_not_list() -> None:
    version = US.version([key("anybody")], [key("somebody")])[0]
    assert verify_record(version.envelope, T0) == version


def test_all_clauses_of_the_regulation_have_their_letter() -> None:
    """Reg. art. 5.2 a–m, in the Italian alphabet, which has no j and no k."""
    assert "".join(CLAUSE_LETTERS.values()) == "abcdefghilm"


def test_calendar() -> None:
    for day in ("2000-02-29", "2024-02-29", "9999-12-31", "0001-01-01"):
        require_calendar_date(day)
    for day in ("1900-02-29", "2100-02-29", "2025-06-31", "0000-01-01", "2025-01-01\n", "20250101"):
        with pytest.raises(Malformed):
            require_calendar_date(day)


def test_preferred_language() -> None:
    texts = {"es-EC": "páramo", "en": "moor", "qu": "urku"}
    assert preferred(texts, "es") == "páramo"
    assert preferred(texts, "fr", "en") == "moor"
    assert preferred(texts, "fr") == "moor"
    assert preferred("plain", "es") == "plain"
