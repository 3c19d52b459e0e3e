"""The fields of a council or board that options give, and what becomes of its seats when they change."""

from datetime import date
from typing import Any

from node.cli.arguments import texts
from node.cli.commons.commons_fields import steward
from node.cli.naming import find_actor
from node.cli.plain_form import composed
from node.cli.render import plain
from node.cli.workplace import Workplace
from node.errors import ConfigError
from protocol.kinds.text import preferred

_DAYS = ("since", "until", "act_on", "mandate_end")
_WORDS = ("role", "category")
_TEXTS = ("act", "office")
FIELDS = (*_WORDS, "since", "until", "act", "act_on", "office", "mandate_end")

Seat = dict[str, Any]


async def body_fields(place: Workplace, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a body that options gave, but for its seats.  Raises `ConfigError`, `NotHere`."""
    language = place.operator.language
    fields: dict[str, Any] = {name: texts(given[name], language) for name in ("name", "text") if given[name]}
    if given["kind"]:
        fields["type"] = slug(given["kind"])
    if given["signs_as"]:
        fields["actor"] = await find_actor(place, given["signs_as"])
    if given["rules"]:
        fields["rules"] = list(dict.fromkeys(slug(rule) for rule in given["rules"]))
    if given["share_percent"] is not None:
        fields["share_percent"] = given["share_percent"]
    if given["licence"]:
        fields["licence"] = given["licence"]
    if given["source"]:
        fields["source"] = composed({"name": given["source"]})
    return fields


async def with_changed_seats(
    place: Workplace, before: dict[str, Any], payload: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any]:
    """Return `payload` with its seats: those of a file, else those of `before`, as the options change them.

    Somebody new takes a seat that was vacant, of the same side, role and category, where there is one.
    Raises `ConfigError`.
    """
    if not given["seats"] and not given["leaves"]:
        return payload
    seats: list[Seat] = [dict(seat) for seat in payload.get("seats", before.get("seats", []))]
    for typed in given["leaves"]:
        _end_mandate(seats, typed, place.operator.language)
    new = [await _seat(place, typed) for typed in given["seats"]]
    for seat in new:
        vacant = next((one for one in seats if "holder" in seat and _fits(one, seat)), None)
        if vacant is not None:
            seats.remove(vacant)
    return payload | {"seats": [*seats, *new]}


def _fits(vacant: Seat, seat: Seat) -> bool:
    """Whether a seat without a holder is the one that somebody new sits down on."""
    alike = ("side", *_WORDS)
    return "holder" not in vacant and all(vacant.get(name) == seat.get(name) for name in alike)


def _end_mandate(seats: list[Seat], typed: str, language: str) -> None:
    name, equals, day = typed.rpartition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{typed[:80]!r}: who leaves is HOLDER=DAY, as in 'Ana=2026-05-31'")
    last = _day(day, typed)
    wanted = " ".join(name.split()).casefold()
    found = [
        seat
        for seat in seats
        if seat.get("until") is None or seat["until"] > last
        if wanted
        in {" ".join(text.split()).casefold() for text in seat.get("holder", {}).get("name", {}).values()}
    ]
    if len(found) != 1:
        sitting = ", ".join(
            plain(preferred(seat["holder"]["name"], language)) for seat in seats if "holder" in seat
        )
        raise ConfigError(
            f"{name[:80]!r} does not sit on one seat after {last}; on the seats of this body are: {sitting}"
        )
    [seat] = found
    if last < seat.get("since", last):
        raise ConfigError(f"{last} is before {seat['since']}: the last day cannot come before the first")
    seat["until"] = last


async def _seat(place: Workplace, typed: str) -> Seat:
    first, *rest = [part.strip() for part in typed.split(";")]
    side, _equals, holder = (part.strip() for part in first.partition("="))
    if not side:
        raise ConfigError(
            f"{typed[:80]!r}: a seat is SIDE=HOLDER, as in 'civil=Ana; role=chair'; SIDE alone is vacant"
        )
    seat: Seat = {"side": slug(side)}
    if holder:
        seat["holder"] = await steward(place, holder)
    act: dict[str, str] = {}
    for part in rest:
        if not part:
            continue
        name, equals, value = (one.strip() for one in part.partition("="))
        field = name.replace("-", "_")
        if not equals or not value or field not in FIELDS:
            raise ConfigError(
                f"{part[:80]!r}: what follows the holder is FIELD=…, with one of {', '.join(FIELDS)}"
            )
        if field in _WORDS:
            seat[field] = slug(value)
        elif field in ("since", "until"):
            seat[field] = _day(value, typed)
        else:
            act["on" if field == "act_on" else field] = _day(value, typed) if field in _DAYS else value
    if act and "act" not in act:
        raise ConfigError(
            f"{typed[:80]!r}: act_on, office and mandate_end describe an act; name it with act=…"
        )
    if act:
        seat["authorised_by"] = composed(act)
    if "since" in seat and "until" in seat and seat["until"] < seat["since"]:
        raise ConfigError(
            f"{seat['until']} is before {seat['since']}: the last day cannot come before the first"
        )
    return seat


def slug(word: str) -> str:
    """Return a word of a vocabulary as records have it: `Vice-chair` is `vice_chair`."""
    return "_".join(word.replace("-", " ").split()).casefold()


def _day(text: str, typed: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise ConfigError(f"{typed[:80]!r}: a day is written YYYY-MM-DD, as in 2026-05-31") from None
