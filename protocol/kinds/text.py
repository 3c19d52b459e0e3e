"""Types that the payloads of several kinds share: texts by language, dates, ids, parties, sources."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, get_args, get_type_hints

from msgspec import Meta, Struct

from protocol.errors import Malformed
from protocol.identifiers import ID_SIZE_BYTES
from protocol.keys import PUBLIC_KEY_SIZE_BYTES
from protocol.limits import (
    LABEL_LENGTH_MAX_CHARS,
    LANGUAGES_MAX,
    NAME_LENGTH_MAX_CHARS,
    TEXT_LENGTH_MAX_CHARS,
)

# BCP 47 (RFC 5646) in its common shape: language, then script, region and variants; `und` where unknown.
# `\Z`, for `$` would let a line feed follow; [0-9], for \d means the digits of every script.
LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}\Z"
SLUG = r"^[a-z][a-z0-9_]{0,47}\Z"

Names = Annotated[
    dict[str, Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX_CHARS)]],
    Meta(min_length=1, max_length=LANGUAGES_MAX),
]
"""One name in one or more languages, each under its BCP 47 tag (see `Part`)."""

Texts = Annotated[
    dict[str, Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH_MAX_CHARS)]],
    Meta(min_length=1, max_length=LANGUAGES_MAX),
]
"""One text in one or more languages."""

Identifier = Annotated[bytes, Meta(min_length=ID_SIZE_BYTES, max_length=ID_SIZE_BYTES)]
KeyBytes = Annotated[bytes, Meta(min_length=PUBLIC_KEY_SIZE_BYTES, max_length=PUBLIC_KEY_SIZE_BYTES)]
Short = Annotated[str, Meta(min_length=1, max_length=LABEL_LENGTH_MAX_CHARS)]
Slug = Annotated[str, Meta(extra={"checked": "slug"}, extra_json_schema={"pattern": SLUG})]
"""A word of a vocabulary: a lower-case letter, then up to 47 letters, digits and underscores (see `Part`)."""

Link = Annotated[str, Meta(min_length=1, max_length=2_000)]
Salt = Annotated[bytes, Meta(min_length=16, max_length=16)]
"""Random bytes that keep an erased payload from being guessed from its digest."""

# Years alone and months are how archives date things: 1483, 1483-02, 1483-02-01.
PARTIAL_DATE = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?\Z"
DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"
PartialDate = Annotated[str, Meta(pattern=PARTIAL_DATE)]
Date = Annotated[str, Meta(pattern=DATE)]

_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class Part(Struct, frozen=True, omit_defaults=True):
    """Base of contents and their parts: checks the language tags and slugs of its fields.

    As patterns of their types they took three quarters of the time that typing a content does: the same few
    words are met in every record, and looked at once here.
    """

    def __post_init__(self) -> None:
        texts, slugs, lists = _worded_fields(self.__class__)
        for field in texts:
            value = getattr(self, field)
            if type(value) is dict and not value.keys() <= _tags_met:
                _meet(value, _TAG, _tags_met, "a language tag is written as in es, qu-EC or zh-Hant")
        for field in slugs:
            value = getattr(self, field)
            if value is not None and value not in _slugs_met:
                _meet((value,), _SLUG, _slugs_met, _SLUG_RULE)
        for field in lists:
            for value in getattr(self, field):
                if value not in _slugs_met:
                    _meet((value,), _SLUG, _slugs_met, _SLUG_RULE)


_TAG = re.compile(LANGUAGE_TAG)
_SLUG = re.compile(SLUG)
_SLUG_RULE = "a word of a vocabulary is of lower-case letters, digits and underscores"

# Words found good.  Peers may send as many others as they like: those are looked at each time.
WORDS_REMEMBERED_MAX = 1_024
_tags_met: set[str] = set()
_slugs_met: set[str] = set()


def _meet(words: Iterable[str], pattern: re.Pattern[str], met: set[str], rule: str) -> None:
    for word in words:
        if pattern.search(word) is None:
            raise ValueError(rule)
        if len(met) < WORDS_REMEMBERED_MAX:
            met.add(word)


@cache
def _worded_fields(part: Any) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return which fields of a part hold texts by language, a slug, and a list of slugs."""
    texts, slugs, lists = [], [], []
    for field, hint in get_type_hints(part, include_extras=True).items():
        if _is_one_of(hint, Names, Texts):
            texts.append(field)
        elif _is_one_of(hint, Slug):
            slugs.append(field)
        elif _is_one_of(hint, list[Slug]):
            lists.append(field)
    return tuple(texts), tuple(slugs), tuple(lists)


def _is_one_of(hint: Any, *wanted: Any) -> bool:
    """Whether a field is of a wanted type, perhaps with bounds, or beside other types."""
    return hint in wanted or any(arg in wanted for arg in get_args(hint))


class Party(Part, frozen=True, omit_defaults=True):
    """Somebody named: a steward or a party to a pact.  `actor` is filled once they have keys."""

    name: Names
    actor: Identifier | None = None
    side: Slug | None = None  # "administration" or "community" in a pact
    code: Short | None = None  # an official register's code for them


class Source(Part, frozen=True, omit_defaults=True):
    """Where a record's author has it from, when it is not from themselves."""

    name: Short | Names
    url: Link | None = None
    licence: Short | None = None
    identifier: Short | None = None  # the source's own id of the thing
    retrieved: PartialDate | None = None
    note: Texts | None = None


def require_calendar_date(text: str) -> None:
    """Raise `Malformed` unless a `Date` is a day of the Gregorian calendar (ISO 8601)."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise Malformed("a date is written YYYY-MM-DD")
    year, month, day = (int(part) for part in match.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (
        year == 0
        or not 1 <= month <= 12
        or not 1 <= day <= _DAYS_OF_MONTH[month - 1]
        or (month == 2 and day == 29 and not leap)
    ):
        raise Malformed(f"{text} is not a day of the calendar")


def preferred(texts: dict[str, str] | str, *languages: str) -> str:
    """Return the text in the first of `languages` there is, by prefix; otherwise the first by tag."""
    if isinstance(texts, str):
        return texts
    for wanted in languages:
        for language, text in texts.items():
            if language == wanted or language.split("-")[0] == wanted:
                return text
    return texts[min(texts)]
