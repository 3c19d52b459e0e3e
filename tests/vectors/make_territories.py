"""Make `territories.json`: which territories contents name, their areas, and what sets of records come to.

    python -m tests.vectors.make_territories

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from protocol.canonical import encode
from protocol.identifiers import RecordId, SubjectId
from protocol.kinds import open_payload
from protocol.kinds.area import AREA_COUNTED_MAX_M2
from protocol.kinds.placing import TerritoryId, folded, placing_of, territory_text
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS
from protocol.state.territories import Figures, Sum, territories_of
from tests.protocol.people import T0, Held, Person, key

FILE = Path(__file__).with_name("territories.json")
NOW_MS = T0 + 400 * DAY_MS
AREA_TOLERANCE = 1e-5

ANA = Person("Ana", [key("vector land a")])
BETO = Person("Beto", [key("vector land b")])
NOBODY = Person("Nadie", [key("vector land n")])
EVERYBODY = [*ANA.records, *BETO.records]

NAMES = (
    *(
        "San José de Minas",
        "SAN-JOSÉ  DE MINAS",
        "Ñuñoa",
        "ﬁnca Ⅷ",
        "कि",
        "が",
        "Straße",
        "🌋",
        " 🌋 ",
        "Łódź",
    ),
    *("İstanbul", "Ἀθῆναι", "\u202eolmedo", "Lund/Malmö", "10 de Agosto"),
)
SQUARE = [0, 0, 90_000, 0, 90_000, 90_000, 0, 90_000, 0, 0]
HOLE = [30_000, 30_000, 30_000, 60_000, 60_000, 60_000, 60_000, 30_000, 30_000, 30_000]
SLANTED = [
    -785_000_000,
    -2_000_000,
    -760_000_000,
    3_000_000,
    -784_000_000,
    14_000_000,
    -785_000_000,
    -2_000_000,
]


def level(word: str, name: str, code: str | None = None, **more: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"level": word, "name": {"es": name, **more}}
    return entry if code is None else {**entry, "code": code}


OLMEDO, CAYAMBE = level("parish", "Olmedo"), level("canton", "Cayambe")
PICHINCHA, LOJA = level("province", "Pichincha"), level("province", "Loja")
ECUADOR = level("nation", "Ecuador", "EC")
CHAIN = [OLMEDO, CAYAMBE, PICHINCHA, ECUADOR]


def commons(*territory: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = {"name": {"es": "Tierra"}, "resources": ["water"], "licence": "CC0-1.0"}
    return {**base, **({"territory": list(territory)} if territory else {}), **more}


def place(name: str, word: str, *territory: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": {"es": name}, "level": word, "licence": "CC0-1.0", "territory": list(territory), **more}


def content(name: str, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A case of the file: a payload, the territories it names and its area."""
    data = encode(payload)
    placing = placing_of(open_payload(kind, data)[0])
    assert placing is not None
    case: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "payload": data.hex(),
        "territories": [[territory_text(naming.id), *naming.step] for naming in placing.namings],
        "documents": None if placing.documents is None else territory_text(placing.documents),
    }
    return case | ({"area_m2": placing.area_m2} if kind == "commons" else {})


def content_cases() -> Iterator[dict[str, Any]]:
    yield content("none", "commons", commons())
    yield content("a chain", "commons", commons(*CHAIN))
    yield content("the same, written from the largest", "commons", commons(*reversed(CHAIN)))
    yield content("the same, in no order", "commons", commons(CAYAMBE, OLMEDO, ECUADOR, PICHINCHA))
    yield content("a parish alone", "commons", commons(OLMEDO))
    yield content("a parish with its code", "commons", commons(level("parish", "Olmedo", " 17 02  54 ")))
    yield content("a code of blanks", "commons", commons(level("parish", "Olmedo", " ")))
    yield content("a name in capitals", "commons", commons(level("parish", "ÓLMEDO"), CAYAMBE))
    yield content("several languages", "commons", commons(level("region", "Sápmi", en="Lapland", se="Sápmi")))
    yield content("two provinces of a nation", "commons", commons(OLMEDO, PICHINCHA, LOJA, ECUADOR))
    yield content("one named twice", "commons", commons(PICHINCHA, level("province", "PICHINCHA"), ECUADOR))
    yield content(
        "words of another register", "commons", commons(OLMEDO, level("comarca", "Alta"), PICHINCHA)
    )
    yield content(
        "the same from the largest", "commons", commons(PICHINCHA, level("comarca", "Alta"), OLMEDO)
    )
    yield content(
        "nothing but such words", "commons", commons(level("comarca", "Alta"), level("valle", "Chota"))
    )
    district, town = level("district", "I"), level("municipality", "Palermo")
    yield content("a district of a town", "commons", commons(district, town, level("region", "Sicilia")))
    yield content("a town of a district", "commons", commons(town, district, level("region", "Sicilia")))
    yield content("a place", "place", place("Olmedo", "parish", *CHAIN[1:]))
    yield content("a place that lies in itself", "place", place("Olmedo", "parish", *CHAIN))
    yield content("a place beside another", "place", place("Ayora", "parish", *CHAIN))
    yield content("a place with a code", "place", place("Ecuador", "nation", code="EC"))
    polygon = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
    yield content("a square with a hole", "commons", commons(geometry=polygon))
    yield content("long lines", "commons", commons(geometry={"type": "Polygon", "coordinates": [SLANTED]}))
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE], [SLANTED]]}
    yield content("two parts", "commons", commons(geometry=parts))
    yield content("a point", "commons", commons(geometry={"type": "Point", "coordinates": [0, 0]}))
    coarse = {
        "sensitivity": "generalised",
        "uncertainty_m": 100,
        "geometry": {**polygon, "coordinates": [SQUARE]},
    }
    yield content("a coarse place", "commons", commons(**coarse))
    stated = {"square_metres": AREA_COUNTED_MAX_M2}
    yield content("stated, and drawn", "commons", commons(geometry=polygon, area={"square_metres": 5}))
    yield content("stated of a coarse place", "commons", commons(**coarse, area={"square_metres": 5}))
    yield content("as large as can be", "commons", commons(area=stated))
    yield content("larger than that", "commons", commons(area={"square_metres": AREA_COUNTED_MAX_M2 + 1}))


def one(person: Person, kind: str, payload: dict[str, Any], at: int = 0, **where: Any) -> VerifiedRecord:
    return person.sign(kind, payload, time_ms=T0 + at, **where)[0]


def pact(*about: VerifiedRecord, **more: Any) -> dict[str, Any]:
    parties = [{"name": {"es": p.name}, "actor": p.id} for p in (ANA, BETO)]
    named = [{"subject": record.id} for record in about]
    return {"title": {"es": "Pacto"}, "parties": parties, "licence": "CC0-1.0", "commons": named, **more}


def signed_by_both(version: VerifiedRecord) -> list[VerifiedRecord]:
    about = {"subject": version.subject, "parents": [version.id]}
    return [one(person, "consent", {"decision": "consent"}, 1_000, **about) for person in (ANA, BETO)]


def figure_cases() -> Iterator[dict[str, Any]]:
    lake = one(
        ANA, "commons", commons(*CHAIN, area={"square_metres": 40_000}, resources=["water", "fishery"])
    )
    both = one(ANA, "commons", commons(PICHINCHA, LOJA, ECUADOR, area={"square_metres": 7}), 1)
    lost = one(BETO, "commons", commons(), 2)
    unknown = one(NOBODY, "commons", commons(*CHAIN), 3)
    documented = one(BETO, "place", place("Olmedo", "parish", *CHAIN[1:]), 4)
    yield figures("commons, places and what is not known", [lake, both, lost, unknown, documented], [0])
    moved = one(
        ANA,
        "commons",
        commons(LOJA, ECUADOR, resources=["forest"]),
        5,
        subject=SubjectId(lake.id),
        parents=[lake.id],
    )
    yield figures("a commons that says something else now", [lake, moved, both], [0])
    erasure = one(ANA, "erasure", {"basis": "author"}, 6, subject=lake.subject, parents=[lake.id])
    yield figures("a content that was erased", [lake, erasure, both], [0])
    term = {"start": "2025-07-01", "end": "2025-12-31"}
    agreed = one(ANA, "pact", pact(lake, both, term=term), 7)
    proposed = one(BETO, "pact", pact(lost), 8)
    adrift = one(BETO, "pact", pact(), 9)
    records = [lake, both, lost, agreed, *signed_by_both(agreed), proposed, adrift]
    yield figures("pacts, before, in and after their term", records, [0, 60, 300])


def figures(name: str, records: Iterable[VerifiedRecord], days: Iterable[int]) -> dict[str, Any]:
    """A case of the file: records, and what all territories come to on some days after the first."""
    held = Held(EVERYBODY, records)
    things = [held.thing(RecordId(subject)) for subject in {r.subject for r in held.records.values()}]
    moments = []
    for day in days:
        at_ms = T0 + day * DAY_MS + 10_000
        found = territories_of(things, at_ms)
        for territory in found.around:
            found.of(territory)
        told = {_name(territory): _told(found.of(territory)) for territory in sorted(found.figures)}
        moments.append({"at_ms": at_ms, "figures": told})
    envelopes = sorted(record.envelope.hex() for record in held.records.values())
    return {"name": name, "records": envelopes, "moments": moments}


def _name(territory: TerritoryId) -> str:
    return str(territory) if territory < 2 else territory_text(territory)


def _told(found: Figures) -> dict[str, Any]:
    return {
        "commons": _sum(found.commons),
        "by_status": {status: _sum(one) for status, one in sorted(found.by_status.items())},
        "by_resource": {slug: _sum(one) for slug, one in sorted(found.by_resource.items())},
        "pacts": dict(sorted(found.pacts.items())),
        "in_force": dict(sorted(found.in_force.items())),
        "documented_by": sorted(subject.hex() for subject in found.documented_by),
    }


def _sum(one: Sum) -> list[int]:
    return [one.number, one.measured, one.area_m2]


def make() -> str:
    """Return the file."""
    vectors = {
        "specification": "docs/protocol.md §8.12",
        "now_ms": NOW_MS,
        "area_tolerance": AREA_TOLERANCE,
        "folds": {name: folded(name) for name in NAMES},
        "contents": list(content_cases()),
        "figures": list(figure_cases()),
    }
    return json.dumps(vectors, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
