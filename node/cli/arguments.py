"""What is typed after options: texts with a language, keys with a label, points, days."""

import re
from datetime import date
from typing import Any
from unicodedata import normalize

import click

from node.cli.sentences import sentence
from node.errors import ConfigError
from node.keys.keyring import Keyring
from protocol.errors import ProtocolError
from protocol.identifiers import ID_TEXT_LENGTH, SubjectId, parse_id
from protocol.keys import PublicKey, parse_did_key
from protocol.kinds.text import LANGUAGE_TAG

_TAGGED = re.compile(r"(?s)(?P<text>.*)@(?P<tag>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4})")


class Point(click.ParamType[dict[str, Any]]):
    """A longitude and a latitude in degrees, `-78.5,-0.2`, as a GeoJSON point."""

    name = "lon,lat"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        """Return the GeoJSON geometry."""
        if isinstance(value, dict):
            return value
        parts = str(value).split(",")
        try:
            lon, lat = (float(part) for part in parts)
        except ValueError:
            self.fail(
                # What was typed may be a place that nobody else should see on this screen.
                sentence("a point is a longitude and a latitude in degrees, as in -78.5,-0.2"),
                param,
                ctx,
            )
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            self.fail(
                sentence("longitudes go from -180 to 180 and latitudes from -90 to 90"),
                param,
                ctx,
            )
        return {"type": "Point", "coordinates": [lon, lat]}


class Day(click.ParamType[str]):
    """A day of the calendar, `2026-05-31`."""

    name = "yyyy-mm-dd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the day as text."""
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            self.fail(sentence(f"{value!r}: a day is written YYYY-MM-DD, as in 2026-05-31"), param, ctx)


def texts(typed: tuple[str, ...], language: str) -> dict[str, str]:
    """Return the texts by language of `TEXT@lang …`; without a tag, in the operator's language.

    Raises `ConfigError` where one language comes twice or a text is empty.
    """
    by_language: dict[str, str] = {}
    for one in typed:
        match = _TAGGED.fullmatch(one)
        text, tag = (match["text"], match["tag"]) if match else (one, language)
        text = normalize("NFC", text.strip())
        if not text:
            raise ConfigError(f"{one!r} has no text; write it as TEXT@lang, such as 'Páramo alto@es'")
        if tag in by_language:
            raise ConfigError(f"two texts are given for the language {tag}; write each as TEXT@lang")
        by_language[tag] = text
    return by_language


def require_tag(tag: str) -> str:
    """Return a language tag.  Raises `ConfigError` unless it is one (BCP 47)."""
    if not re.fullmatch(LANGUAGE_TAG, tag):
        raise ConfigError(f"{tag!r} is not a language tag, such as es, en or qu")
    return tag


def public_key(typed: str, keyring: Keyring) -> PublicKey:
    """Return the key that a did:key, or the label of a key of this home, means.  Raises `ConfigError`."""
    if typed.startswith("did:"):
        try:
            return parse_did_key(typed)
        except ProtocolError as fault:
            raise ConfigError(f"{typed[:80]!r}: {fault}") from None
    return keyring.find(typed).public


def labelled_key(typed: str, keyring: Keyring) -> tuple[PublicKey, str | None]:
    """Return key and label of `did:key:z6Mk…=Ana, laptop`; a key of this home brings its own label."""
    name, equals, label = typed.partition("=")
    key = public_key(name.strip(), keyring)
    if equals:
        return key, normalize("NFC", label.strip()) or None
    here = [info.label for info in keyring.list() if info.public == key]
    return key, here[0] if here else None


def subject_and_name(typed: str) -> tuple[SubjectId, str | None]:
    """Return id and name of `ID=Name`, as what an actor speaks for.  Raises `ConfigError`."""
    text, _, name = typed.partition("=")
    try:
        return SubjectId(parse_id(text)), normalize("NFC", name.strip()) or None
    except ProtocolError as fault:
        raise ConfigError(f"{typed[:80]!r}: {fault}") from None


def is_whole_id(text: str) -> bool:
    """Whether a text has the length of an id."""
    return len(text.strip()) == ID_TEXT_LENGTH
