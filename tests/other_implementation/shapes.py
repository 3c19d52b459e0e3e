"""The shapes that payloads are made of: §6.0, and what every act says, §6.8."""

import datetime
import re
from collections.abc import Callable
from typing import Any

from .values import INTEGER_MAX, binary, need, within

Check = Callable[[Any], Any]


def short(value: Any, most: int = 200) -> None:
    need(type(value) is str and value, "not a text")
    need(len(value) <= most, "text too long", "over-limit")


def pattern(expression: str) -> Check:
    return lambda value: need(type(value) is str and re.fullmatch(expression, value), f"not {expression}")


def word(*words: str) -> Check:
    return lambda value: need(type(value) is str and value in words, f"none of {words}")


def listed(check: Check, most: int, least: int = 0) -> Check:
    def checked(value: Any) -> None:
        need(type(value) is list and len(value) >= least, "not a list, or too short")
        need(len(value) <= most, "list too long", "over-limit")
        for item in value:
            check(item)

    return checked


def number(least: int, most: int) -> Check:
    def checked(value: Any) -> None:
        need(type(value) is int and value >= least, "not an integer, or too small")
        within(value, least, most, "number")

    return checked


def sized(size: int) -> Check:
    return lambda value: binary(value, size, "binary field")


def fields(**checks: Check) -> Check:
    """A map.  Names that end in `_` may be absent or nil, those in `__` only absent; others are required."""

    def checked(value: Any) -> None:
        need(type(value) is dict, "not a map")
        for name, check in checks.items():
            key = name.rstrip("_")
            if key not in value:
                need(name.endswith("_"), f"no {key}")
            elif value[key] is not None or not name.endswith("_") or name.endswith("__"):
                check(value[key])

    return checked


def in_languages(most: int) -> Check:
    language = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")

    def checked(value: Any) -> None:
        need(type(value) is dict and value, "not a text in languages")
        need(len(value) <= 32, "too many languages", "over-limit")
        for key, text in value.items():
            need(language.fullmatch(key), "language")
            short(text, most)

    return checked


def date(value: Any) -> None:
    pattern(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")(value)
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        need(False, "not a day")


def short_or_names(value: Any) -> None:
    (names if type(value) is dict else short)(value)


def boolean(value: Any) -> None:
    need(type(value) is bool, "not true or false")


def once(values: list[Any], what: str) -> None:
    need(len(values) == len(set(values)), f"{what} twice")


def link(value: Any) -> None:
    short(value, 2_000)


names, texts = in_languages(500), in_languages(40_000)
slug = pattern("[a-z][a-z0-9_]{0,47}")
partial_date = pattern(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
any_id, salt, to_64, metres = sized(32), sized(16), number(1, 64), number(0, 2_000_000)
party = fields(name=names, actor_=any_id, side_=slug, code_=short)
source = fields(
    name=short_or_names, url_=link, licence_=short, identifier_=short, retrieved_=partial_date, note_=texts
)
personal = fields(
    purpose=texts,
    basis=word("consent", "public_office", "public_source", "law"),
    on_=partial_date,
    held_by_=short,
)
level = fields(level=slug, name=names, code_=short, actor_=any_id)


def created(value: Any) -> None:
    pattern(r"[0-9-]{10}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")(value)
    date(value[:10])


proof = fields(created=created, value=sized(64))
whole = number(-INTEGER_MAX, INTEGER_MAX)
evidence = fields(title=short_or_names, held_by_=short, url_=link, sha256_=sized(32))
indicator = fields(name=names, value=whole, code_=slug, decimals__=number(0, 9), unit_=short, target_=whole)
member = fields(
    name=names, named_by=word("community", "administration", "agreed", "third_party"), actor_=any_id
)


def _named_thing(value: Any) -> None:
    fields(subject_=any_id, name_=names)(value)
    need(value.get("subject") or value.get("name"), "neither subject nor name")


named_things = listed(_named_thing, 256)


def act(**checks: Check) -> Check:
    """The payload of an act of §6.8."""
    return fields(
        on_=date,
        at_ms_=number(946_684_800_000, 4_102_444_800_000),
        authorised_by_=fields(act=short, on_=date, office_=short, mandate_end_=date),
        evidence__=listed(evidence, 256),
        source_=source,
        note_=texts,
        personal_data_=personal,
        salt_=salt,
        **checks,
    )


def in_order(first: str | None, last: str | None) -> None:
    need(not first or not last or first <= last, "a day before the one it follows")
