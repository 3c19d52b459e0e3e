"""Records for the tests of the store: actors, commons, pacts, and what people do about them."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.record.envelope import erased_envelope
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord, verify_record

NOW_MS = 1_760_000_000_000

# What every search could come to: it counts for ever.
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

_TEXT = """
agua páramo bosque comunidad riego acequia monte vecinal manejo común pastos río valle asamblea junta turno
ladera minga cosecha sendero laguna humedal frailejón ganado leña quebrada vertiente cuenca cabildo linderos
"""


_WORDS = _TEXT.split()


def key_of(name: str) -> SigningKey:
    """The key that goes by a name, always the same."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


class Person:
    """An actor, the keys it signs with, and what it has signed last."""

    def __init__(self, name: str, threshold: int = 1, keys: int = 1) -> None:
        self.name = name
        self.keys = [key_of(f"{name}/{n}") for n in range(keys)]
        self.founding = sign_record(
            Author(self.keys[0], None, None),
            "actor",
            self._content(threshold),
            NOW_MS,
        )
        self.id = ActorId(self.founding.id)
        self.auth = RecordId(self.founding.id)

    def _content(self, threshold: int, **more: Any) -> dict[str, Any]:
        return {
            "name": {"es": f"Comunidad {self.name}"},
            "type": "community",
            "keys": [{"key": key.public} for key in self.keys],
            "threshold": threshold,
            **more,
        }

    def author(self, key: int = 0) -> Author:
        """Who signs, with which of the keys."""
        return Author(self.keys[key], self.id, self.auth)

    def rotate(
        self, name: str, *, upholds_everything: bool = False, upholds_only: Sequence[RecordId] = ()
    ) -> VerifiedRecord:
        """A version with one new key in place of all; later records are signed under it."""
        old = self.keys
        self.keys = [key_of(name)]
        upholds: list[dict[str, Any]] = []
        if upholds_everything:
            upholds = [{"key": key.public, "everything": True} for key in old]
        elif upholds_only:
            upholds = [{"key": key.public, "records": list(upholds_only)} for key in old]
        content = self._content(1, upholds=upholds) if upholds else self._content(1)
        record = sign_record(
            Author(old[0], self.id, self.auth),
            "actor",
            content,
            NOW_MS + 5_000,
            subject=SubjectId(self.id),
            parents=[self.auth],
        )
        self.auth = record.id
        return record

    def cosign(self, target: VerifiedRecord, key: int) -> VerifiedRecord:
        """A further signature."""
        return sign_record(
            self.author(key), "cosign", {}, NOW_MS + 9_000, subject=target.subject, parents=[target.id]
        )

    def commons(
        self,
        name: str,
        text: str = "",
        *,
        after: VerifiedRecord | None = None,
        time_ms: int = NOW_MS,
        **more: Any,
    ) -> VerifiedRecord:
        """A commons, or the version that follows `after`."""
        content: dict[str, Any] = {
            "name": {"es": name},
            "resources": ["paramo"],
            "licence": "CC-BY-4.0",
            "stewards": [{"name": {"es": self.name}, "actor": self.id}],
            **more,
        }
        if text:
            content["description"] = {"es": text}
        place: dict[str, Any] = {}
        if after is not None:
            place = {"subject": after.subject, "parents": [after.id]}
        return sign_record(self.author(), "commons", content, time_ms, **place)

    def erase(self, target: VerifiedRecord) -> VerifiedRecord:
        """An erasure of a record's content."""
        return sign_record(
            self.author(),
            "erasure",
            {"basis": "mistake"},
            NOW_MS + 7_000,
            subject=target.subject,
            parents=[target.id],
        )

    def pact(
        self,
        other: "Person",
        title: str,
        *,
        about: Sequence[VerifiedRecord] = (),
        time_ms: int = NOW_MS + 1_000,
        after: VerifiedRecord | None = None,
    ) -> VerifiedRecord:
        """A pact proposed to another, or the version that follows `after`."""
        parties = [{"name": {"es": p.name}, "actor": p.id} for p in (self, other)]
        content: dict[str, Any] = {"title": {"es": title}, "parties": parties, "licence": "CC-BY-4.0"}
        if about:
            content["commons"] = [{"subject": record.subject} for record in about]
        if after is None:
            return sign_record(self.author(), "pact", content, time_ms)
        return sign_record(self.author(), "pact", content, time_ms, subject=after.subject, parents=[after.id])

    def says(
        self, kind: str, content: dict[str, Any], about: VerifiedRecord, *replaced: VerifiedRecord
    ) -> VerifiedRecord:
        """An act about a record, and about earlier ones that it replaces."""
        parents = sorted([about.id, *(record.id for record in replaced)])
        return sign_record(
            self.author(), kind, content, NOW_MS + 3_000, subject=about.subject, parents=parents
        )

    def consent(self, pact: VerifiedRecord) -> VerifiedRecord:
        """Consent to a version of a pact."""
        return sign_record(
            self.author(),
            "consent",
            {"decision": "consent"},
            NOW_MS + 2_000,
            subject=pact.subject,
            parents=[pact.id],
        )


def point(lon: float, lat: float) -> dict[str, Any]:
    """A point, from degrees."""
    return {"type": "Point", "coordinates": [round(lon * 1e7), round(lat * 1e7)]}


def bare(record: VerifiedRecord) -> VerifiedRecord:
    """The record as a peer sends it that has erased its content."""
    return verify_record(erased_envelope(record.envelope), NOW_MS)


def received(record: VerifiedRecord) -> VerifiedRecord:
    """The record as it comes out of verification."""
    return verify_record(record.envelope, NOW_MS)


def kilobyte_commons(authors: int, count: int, seed: int = 1) -> Iterator[VerifiedRecord]:
    """Founding records of `authors`, then `count` commons of about 1 KB with a boundary of 13 points."""
    dice = random.Random(seed)
    people = [Person(f"autora {n}") for n in range(authors)]
    yield from (person.founding for person in people)
    for number in range(count):
        person = people[number % authors]
        lon, lat = dice.randint(-810_000_000, -750_000_000), dice.randint(-50_000_000, 15_000_000)
        ring = [lon, lat]
        for east, north in (
            (1, 0),
            (2, 0),
            (3, 0),
            (3, 1),
            (3, 2),
            (3, 3),
            (2, 3),
            (1, 3),
            (0, 3),
            (0, 2),
            (0, 1),
        ):
            ring += [lon + east * 9_973, lat + north * 9_967]
        ring += [lon, lat]
        text = " ".join(dice.choice(_WORDS) for _ in range(60))
        yield person.commons(
            f"Páramo de {dice.choice(_WORDS)} {number}",
            text,
            time_ms=NOW_MS - dice.randint(0, 10**11),
            geometry={"type": "Polygon", "coordinates": [ring]},
        )
