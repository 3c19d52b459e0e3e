"""`minga commons import`: its options, and what they say of a file."""

from gettext import gettext as _
from pathlib import Path

import click

from node.cli.operator import Operator, json_option, pass_operator
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--mapping", metavar="NAME|FILE", help="How columns fill fields; otherwise the one that fits the columns."
)
@click.option(
    "--column",
    "columns",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="Which column fills a field, such as name=TOPONYM; may be given several times.",
)
@click.option("--resource", metavar="WORDS", help="What all of it is: forest, or forest;water.")
@click.option("--source", metavar="TEXT", help="Where the data are from, where the file does not say.")
@click.option("--licence", metavar="LICENCE", help="Under which licence, where the file does not say.")
@click.option("--text-language", metavar="TAG", help="The language of its texts; otherwise that spoken here.")
@click.option("--format", "file_format", metavar="FORMAT", help="Its format, where its name misleads.")
@click.option("--layer", metavar="NAME", help="Which layer or sheet, where there are several.")
@click.option("--crs", metavar="NAME", help="What its coordinates are in, where it does not say: EPSG:32717.")
@click.option("--encoding", metavar="NAME", help="How its letters are written: utf-8 or latin-1.")
@click.option("--delimiter", metavar="CHARACTER", help="What stands between the cells of a table.")
@click.option("--areas", is_flag=True, help="Make areas of lines whose ends meet: somebody walked around.")
@click.option("--as", "actor", metavar="ACTOR", help="Who documents; otherwise the only actor of this home.")
@click.option("--retrieved", metavar="DATE", help="When the source was read, 2026 or 2026-05 or 2026-05-31.")
@click.option("--as-of", metavar="DATE", help="The date of the state that the source describes.")
@click.option(
    "--preview", "--dry-run", "dry_run", is_flag=True, help="Say what would be imported, and write nothing."
)
@click.option("--leave-doubtful", is_flag=True, help="Leave out every row that the preview finds doubtful.")
@click.option("--yes", "-y", is_flag=True, help="Import without asking.")
@click.option(
    "--all", "show_all", is_flag=True, help="List every row that is doubtful or left out, not only the first."
)
@click.option("--erased-too", is_flag=True, help="Record again what was erased on purpose.")
@json_option
@pass_operator
def import_command(
    operator: Operator,
    file: Path,
    mapping: str | None,
    columns: tuple[str, ...],
    resource: str | None,
    source: str | None,
    licence: str | None,
    text_language: str | None,
    file_format: str | None,
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    delimiter: str | None,
    areas: bool,
    actor: str | None,
    retrieved: str | None,
    as_of: str | None,
    dry_run: bool,
    leave_doubtful: bool,
    yes: bool,
    show_all: bool,
    erased_too: bool,
) -> None:
    """Document the commons, places or pacts of a map or a table, as from its source.

    GeoJSON, GPX, KML, KMZ, GeoPackage, shapefiles, CSV and workbooks. At a terminal it shows what would be
    written and asks first. Importing again adds only what is new or changed, and nothing that was erased.
    """
    from node.cli.commons.importing import Asked, import_into
    from node.importing.headings import Chosen

    asked = Asked(
        file=file,
        mapping=mapping,
        chosen=Chosen(_named(columns), resource, source, licence, text_language or operator.language),
        file_format=file_format,
        layer=layer,
        crs=crs,
        encoding=encoding,
        delimiter=delimiter,
        areas=areas,
        actor=actor,
        given={name: text for name, text in (("retrieved", retrieved), ("as_of", as_of)) if text},
        dry_run=dry_run,
        leave_doubtful=leave_doubtful,
        ask=not yes,
        show_all=show_all,
        erased_too=erased_too,
    )

    async def work(place: Workplace) -> None:
        await import_into(place, asked)

    run_in(work, operator, writing=not dry_run)


def _named(columns: tuple[str, ...]) -> dict[str, str]:
    """Return fields with their columns.  Raises `ConfigError`."""
    named: dict[str, str] = {}
    for text in columns:
        field, equals, column = text.partition("=")
        if not equals:
            raise ConfigError(_("a column is said as FIELD=COLUMN, such as name=TOPONYM"))
        named[field.strip()] = column.strip()
    return named
