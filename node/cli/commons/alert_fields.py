"""The options that describe an alert, and the fields they fill."""

import hashlib
import re
from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from node.cli.arguments import Point, texts
from node.cli.commons.commons_fields import geometry_of
from node.cli.faults import NotHere
from node.cli.naming import find_thing
from node.cli.personal_fields import personal_fields, personal_options
from node.cli.plain_form import composed
from node.cli.restricted_fields import restricted_options
from node.cli.workplace import Workplace
from node.errors import ConfigError
from protocol.identifiers import SubjectId
from protocol.kinds.alert import ALERTS
from protocol.kinds.geometry import from_geojson
from protocol.limits import UNCERTAINTY_MAX_M

_PARTIAL_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")

_OPTIONS = (
    click.option("--title", multiple=True, metavar="TEXT[@LANG]", help="What happens, in a few words."),
    click.option(
        "--type",
        "kind",
        metavar="WORD",
        help=f"What it is: {', '.join(ALERTS)}; or another word.",
    ),
    click.option("--text", multiple=True, metavar="TEXT[@LANG]", help="What happens, in some sentences."),
    click.option(
        "--commons",
        multiple=True,
        metavar="COMMONS|NAME",
        help="A commons it is about: one held here, or the name of one that has no record; may be repeated.",
    ),
    click.option(
        "--point",
        type=Point(),
        metavar="LON,LAT",
        help="Where it happens, as a point in degrees: -78.5,-0.2.",
    ),
    click.option(
        "--geometry",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Where it happens, from a GeoJSON file with one geometry or feature.",
    ),
    click.option(
        "--uncertainty-m",
        type=click.IntRange(0, UNCERTAINTY_MAX_M),
        metavar="METRES",
        help="How far the place given may be off.",
    ),
    click.option("--since", metavar="DATE", help="Since when: 2026, 2026-05 or 2026-05-31."),
    click.option(
        "--evidence",
        multiple=True,
        metavar="TEXT[=URL]",
        help="A paper or a picture that shows it, and where it can be seen; may be repeated.",
    ),
    click.option(
        "--evidence-copy",
        "copies",
        multiple=True,
        metavar="[TITLE=]FILE",
        help="A file that shows it; its fingerprint is written down, with a title if you give one. The file "
        "and its name stay here.",
    ),
    click.option("--source", metavar="TEXT", help="Who says so, where you pass it on."),
    click.option("--source-url", metavar="URL", help="Where that can be read."),
    click.option(
        "--licence", metavar="SPDX", help="Under which licence it is published; otherwise CC-BY-4.0."
    ),
)


def alert_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command with the options that describe an alert."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return restricted_options(personal_options(command))


async def alert_fields(place: Workplace, given: dict[str, Any]) -> dict[str, Any]:
    """Return the payload fields that were given.  Raises `ConfigError` or the geometry's `ProtocolError`."""
    language = place.operator.language
    fields: dict[str, Any] = {name: texts(given[name], language) for name in ("title", "text") if given[name]}
    fields |= {name: given[name] for name in ("licence", "uncertainty_m") if given[name] is not None}
    if given["kind"]:
        fields["type"] = given["kind"].strip().casefold().replace("-", "_").replace(" ", "_")
    if given["commons"]:
        fields["commons"] = [await _commons(place, one) for one in given["commons"]]
    if given["point"] is not None and given["geometry"] is not None:
        raise ConfigError("an alert has one place: give --point or --geometry, not both")
    if given["point"] is not None:
        fields["geometry"] = from_geojson(given["point"])
    elif given["geometry"] is not None:
        fields["geometry"] = geometry_of(given["geometry"])
    if given["sensitivity"] is not None:
        fields["sensitivity"] = given["sensitivity"]
    if given["since"]:
        if not _PARTIAL_DATE.fullmatch(given["since"]):
            raise ConfigError(f"{given['since'][:40]!r}: a date is written 2026, 2026-05 or 2026-05-31")
        fields["since"] = given["since"]
    if given["evidence"] or given["copies"]:
        shown = [*map(_evidence, given["evidence"])]
        shown += [_copy(typed, number) for number, typed in enumerate(given["copies"], 1)]
        fields["evidence"] = composed(shown)
    if given["source"]:
        fields["source"] = composed({"name": given["source"]})
        if given["source_url"]:
            fields["source"]["url"] = given["source_url"]
    elif given["source_url"]:
        raise ConfigError("--source-url belongs to a --source; name it too")
    return fields | personal_fields(place.operator, given)


async def _commons(place: Workplace, typed: str) -> dict[str, Any]:
    """Return a commons that an alert is about: one that is held here, or one that is only named."""
    try:
        thing = await find_thing(place, typed, "commons")
    except NotHere:
        return {"name": texts((typed,), place.operator.language)}
    return {"subject": SubjectId(thing.subject), **({"name": dict(thing.title)} if thing.title else {})}


def _evidence(typed: str) -> dict[str, Any]:
    title, equals, url = typed.partition("=")
    if not title.strip() or (equals and "://" not in url):
        raise ConfigError(f"{typed[:40]!r}: evidence is a title, or TITLE=URL, as in 'Photo 3=https://…'")
    return {"title": title.strip(), **({"url": url.strip()} if equals else {})}


def _copy(typed: str, number: int) -> dict[str, Any]:
    """Return the fingerprint of a file; not its name, into which cameras and people put places."""
    title, equals, name = typed.partition("=")
    if not equals or Path(typed).is_file():
        title, name = "", typed
    try:
        with Path(name).open("rb") as copy:
            digest = hashlib.file_digest(copy, "sha256").digest()
    except OSError as fault:
        raise ConfigError(f"{name} cannot be read ({fault.strerror})") from None
    return {"title": title.strip() or _("File {number}").format(number=number), "sha256": digest}
