"""The records of the benchmarks: 50 authors, about 1 KB each, a small polygon, all signed for real."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from protocol.identifiers import ActorId
from protocol.keys import SigningKey
from protocol.kinds.geometry import from_geojson
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord

AUTHORS = 50
CORNERS = 12
START_MS = 1_700_000_000_000
# One record a minute: two years for a million.
STEP_MS = 60_000

_PLACES = ("Chimborazo", "Saraguro", "Nabón", "Pucará", "Cotacachi", "Guamote", "Zumbahua", "Sigchos")
_WORDS = (
    *("páramo", "bosque", "acequia", "vertiente", "pastizal", "manglar", "laguna", "quebrada", "minga"),
    *("turno", "riego", "cuidado", "asamblea", "comuna", "lindero", "sendero", "semilla", "cosecha", "veda"),
    *("concha", "ladera", "molino", "pozo", "ronda", "faena", "reserva", "cabildo", "sombra", "loma"),
)
_RESOURCES = ("water", "forest", "pasture", "paramo", "fishery", "mangrove", "irrigation", "seeds")


@dataclass(frozen=True)
class Community:
    """An author: its first record and what it signs with."""

    first: VerifiedRecord
    author: Author


def communities(count: int = AUTHORS) -> list[Community]:
    """Return the authors, the same in every run."""
    made = []
    for number in range(count):
        key = SigningKey(number.to_bytes(32))
        payload = {
            "name": {"es": f"Comuna {_PLACES[number % len(_PLACES)]} {number}"},
            "type": "comuna",
            "keys": [{"key": key.public, "label": "secretaría"}],
            "threshold": 1,
        }
        first = sign_record(Author(key, None, None), "actor", payload, START_MS)
        made.append(Community(first, Author(key, ActorId(first.id), first.id)))
    return made


def drafts(count: int, seed: int = 1, authors: int = AUTHORS) -> Iterator[tuple[int, dict[str, Any], int]]:
    """Yield (author's index, payload of a commons, time in ms); payloads differ, sizes are alike."""
    dice = random.Random(seed)
    for number in range(count):
        lon, lat = dice.uniform(-81, -75), dice.uniform(-5, 1.4)
        ring = [
            [
                round(lon + 0.01 * math.cos(k * math.tau / CORNERS), 6),
                round(lat + 0.01 * math.sin(k * math.tau / CORNERS), 6),
            ]
            for k in range(CORNERS)
        ]
        name = " ".join(dice.choices(_WORDS, k=3)).capitalize()
        yield (
            number % authors,
            {
                "name": {"es": f"{name} {number}"},
                "description": {"es": " ".join(dice.choices(_WORDS, k=45))},
                "resources": [dice.choice(_RESOURCES)],
                "licence": "CC-BY-4.0",
                "geometry": from_geojson({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}),
                "territory": [
                    {"level": "parish", "name": {"es": dice.choice(_PLACES)}},
                    {"level": "nation", "name": {"es": "Ecuador"}},
                ],
                "salt": dice.randbytes(16),
            },
            START_MS + number * STEP_MS + dice.randrange(STEP_MS),
        )


def signed(count: int, seed: int = 1) -> Iterator[VerifiedRecord]:
    """Yield the authors' first records, then `count` commons."""
    people = communities()
    yield from (community.first for community in people)
    for who, payload, time_ms in drafts(count, seed):
        yield sign_record(people[who].author, "commons", payload, time_ms)
