"""Moments as people's programs write them (RFC 3339), in milliseconds since 1970 UTC."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)

_DAY_MS = 86_400_000


def day_ms(text: str) -> tuple[int, int] | None:
    """Return the first and the last millisecond of a day, `YYYY-MM-DD`; None for any other text."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        start = _ms(datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC))
    except ValueError:
        return None
    return start, start + _DAY_MS - 1


def moment_ms(text: str) -> int | None:
    """Return a moment with its zone, what is finer than a millisecond cut off; None for any other text."""
    day, found = day_ms(text[:10]), _TIME.fullmatch(text, 10)
    if day is None or found is None:
        return None
    hours, minutes, seconds, fraction, sign, off_hours, off_minutes = found.groups()
    # 60 is a leap second: the moment after it.
    if int(hours) > 23 or int(minutes) > 59 or int(seconds) > 60:
        return None
    at = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    if sign is not None:
        if int(off_hours) > 23 or int(off_minutes) > 59:
            return None
        off = timedelta(hours=int(off_hours), minutes=int(off_minutes))
        at += off if sign == "-" else -off
    thousandths = int((fraction or "0")[:3].ljust(3, "0"))
    return day[0] + at // timedelta(milliseconds=1) + thousandths


def period_ms(text: str) -> tuple[int, int] | None:
    """Return the first and the last millisecond of a day or a moment; None for any other text."""
    moment = moment_ms(text)
    return day_ms(text) if moment is None else (moment, moment)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
