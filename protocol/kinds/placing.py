"""Where a content says that it lies: in which territories, with which area (docs/protocol.md §8.12).

A territory is what a record says it is: its level, its code or else its name, and the territories around it.
So nobody else's record moves a commons from one territory to another; two that are named alike, and are not
said to be the same, stand apart.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NewType

import msgspec

from protocol.canonical import encode_unchecked
from protocol.errors import Malformed
from protocol.identifiers import tagged_hash
from protocol.kinds.area import AREA_COUNTED_MAX_M2, area_of
from protocol.kinds.commons import TERRITORY_LEVELS, Commons, Territory
from protocol.kinds.place import Place

TerritoryId = NewType("TerritoryId", int)
"""The first 60 bits of a digest: twelve letters.  Who wants to be counted in a territory names it, so nobody
gains by making two that collide.
"""

SpotId = NewType("SpotId", int)
"""Stands for a set of territories, all those that some commons names."""

ID_BITS = 60
ID_TEXT_LENGTH = 12
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

# What all commons lie in that are held, and what those lie in that name no territory.
EVERYWHERE = TerritoryId(0)
NOWHERE = TerritoryId(1)

# Combining marks of these classes and above stand over or under a letter (UAX #44): accents, not vowels.
_ACCENT_CLASS_MIN = 200


class Step(NamedTuple):
    """How a territory is known among those of its level: by its `code`, or by its `name`, folded."""

    level: str
    by: str
    word: str


class Naming(NamedTuple):
    """A territory that a content names: `around` is the one it lies in, `EVERYWHERE` where none is named."""

    id: TerritoryId
    around: TerritoryId
    step: Step
    names: tuple[tuple[str, str], ...]  # language tags and names


class Placing(NamedTuple):
    """Where a commons or a place lies.

    `packed` are its `namings` as msgpack, alike for all that name the same territories alike, and `spot`
    stands for these territories; `documents` is the territory that a place is about, None for a commons;
    `area_m2` is None where it is not known.
    """

    packed: bytes
    spot: SpotId
    documents: TerritoryId | None
    resources: tuple[str, ...]
    area_m2: int | None

    @property
    def namings(self) -> tuple[Naming, ...]:
        """The territories named, those around before those within."""
        return unpacked(self.packed)


def placing_of(content: Any) -> Placing | None:
    """Return where a content says that it lies; None for kinds that lie nowhere."""
    match content:
        case Commons():
            packed, spot = _placed(_entries(content.territory))
            resources = tuple(content.resources)
            if len(resources) > 1:
                resources = tuple(sorted(set(resources)))
            return Placing(packed, spot, None, resources, _area(content))
        case Place():
            own = Territory(content.level, content.name, content.code)
            packed, spot = _placed(_entries([own, *content.territory]))
            step = _step(own.level, own.code, tuple(own.name.items()))
            documented = next(naming.id for naming in unpacked(packed) if naming.step == step)
            return Placing(packed, spot, documented, (), None)
    return None


def namings_of(territories: Sequence[Territory]) -> tuple[Naming, ...]:
    """Return the territories that a content names, each with the one it lies in.

    A territory lies in the one of the next larger level: of a level of which the content names several it
    does not say which.
    """
    return unpacked(_placed(_entries(territories))[0])


_Entry = tuple[str, str | None, tuple[tuple[str, str], ...]]


def _entries(territories: Sequence[Territory]) -> tuple[_Entry, ...]:
    return tuple([(one.level, one.code, tuple(one.name.items())) for one in territories])


# Neighbours name the same territories, and to name four takes 30 µs.
@lru_cache(maxsize=4_096)
def _placed(entries: tuple[_Entry, ...]) -> tuple[bytes, SpotId]:
    namings = _namings(entries)
    return msgspec.msgpack.encode(namings), _spot(namings)


# What a `Placing` packs.
unpacked = msgspec.msgpack.Decoder(tuple[Naming, ...]).decode


def _namings(entries: tuple[_Entry, ...]) -> tuple[Naming, ...]:
    steps: dict[str, dict[Step, dict[tuple[str, str], None]]] = {}
    for level, code, names in entries:
        alike = steps.setdefault(level, {})
        alike.setdefault(_step(level, code, names), {}).update(dict.fromkeys(names))
    found: list[Naming] = []
    around = EVERYWHERE
    for level in reversed(_by_size([level for level, _, _ in entries])):
        alike = steps[level]
        found += [
            Naming(territory_id(around, step), around, step, tuple(alike[step])) for step in sorted(alike)
        ]
        if len(alike) == 1:
            around = found[-1].id
    return tuple(found)


def ids_of(territories: Sequence[Territory]) -> list[TerritoryId]:
    """Return the territory that each entry of a content's list names."""
    ids = {naming.step: naming.id for naming in namings_of(territories)}
    return [ids[_step(entry.level, entry.code, tuple(entry.name.items()))] for entry in territories]


def territory_id(around: TerritoryId, step: Step) -> TerritoryId:
    """Return the id of a territory, the same on every node."""
    return TerritoryId(_number("territory", around.to_bytes(8) + encode_unchecked(list(step))))


def _spot(namings: tuple[Naming, ...]) -> SpotId:
    if not namings:
        return SpotId(NOWHERE)
    return SpotId(_number("spot", b"".join(sorted(naming.id.to_bytes(8) for naming in namings))))


def _number(purpose: str, data: bytes) -> int:
    # 0 and 1 stand for what is no territory.
    return max(int.from_bytes(tagged_hash(purpose, data)[:8]) >> (64 - ID_BITS), 2)


def territory_text(territory: TerritoryId) -> str:
    """Return the text of a territory's id: twelve letters of base32 (RFC 4648 §6), lower case."""
    return "".join(_LETTERS[territory >> at & 31] for at in range(ID_BITS - 5, -1, -5))


def territory_ids(text_prefix: str) -> tuple[int, int]:
    """Return the lowest and the highest id whose text starts so.  Raises `Malformed`."""
    text = text_prefix.strip().lower()
    if len(text) > ID_TEXT_LENGTH or any(letter not in _LETTERS for letter in text):
        raise Malformed("the id of a territory is written with the letters a–z and the digits 2–7")
    low = 0
    for letter in text:
        low = low << 5 | _LETTERS.index(letter)
    open_bits = ID_BITS - 5 * len(text)
    return low << open_bits, ((low + 1) << open_bits) - 1


@lru_cache(maxsize=4_096)
def folded(name: str) -> str:
    """Return a name without accents, capitals and what is no letter or digit; itself if nothing is left."""
    apart = unicodedata.normalize("NFKD", name)
    bare = "".join(c for c in apart if unicodedata.combining(c) < _ACCENT_CLASS_MIN)
    kept = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in bare.casefold())
    return unicodedata.normalize("NFC", " ".join(kept.split())) or name


def best_name(names: Iterable[tuple[str, str, int]]) -> Mapping[str, str]:
    """Return a name for each language from names given so often: the most frequent, then the least."""
    best: dict[str, tuple[int, str]] = {}
    for tag, name, number in names:
        if number > 0 and (tag not in best or (-number, name) < best[tag]):
            best[tag] = (-number, name)
    return {tag: name for tag, (_, name) in sorted(best.items())}


_SIZES = {level: at for at, level in enumerate(TERRITORY_LEVELS)}
# A town has districts, and a district may have several municipalities: the record says which by its order.
_SIZES["district"] = _SIZES["municipality"]


def _step(level: str, code: str | None, names: tuple[tuple[str, str], ...]) -> Step:
    if code is not None and code.strip():
        return Step(level, "code", " ".join(code.casefold().split()))
    return Step(level, "name", folded(min(names)[1]))


def _by_size(levels: Sequence[str]) -> list[str]:
    """Return each level once, the smallest first; a word that is not known stands where it was written."""
    known = [_SIZES[level] for level in levels if level in _SIZES]
    written: Iterable[str] = levels if not known or known[0] <= known[-1] else reversed(levels)
    sizes: dict[str, tuple[int, int]] = {}
    below = -1
    for at, level in enumerate(written):
        below = _SIZES.get(level, below)
        sizes.setdefault(level, (below, at))
    return sorted(sizes, key=lambda level: sizes[level])


def _area(content: Commons) -> int | None:
    """Return what is stated, else what is drawn where the place is neither coarse nor held back."""
    area: int | None = None
    if content.area is not None and content.area.square_metres is not None:
        area = content.area.square_metres
    elif content.geometry is not None and content.sensitivity == "public":
        area = area_of(content.geometry)
    return area if area is not None and area <= AREA_COUNTED_MAX_M2 else None
