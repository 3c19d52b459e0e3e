"""`minga map export`: a whole collection as a file for QGIS, a spreadsheet or a program."""

import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from gettext import gettext as _
from pathlib import Path

import click

from node.atlas.collections import COLLECTIONS
from node.atlas.keeping import kept
from node.atlas.reading import Atlas
from node.cli.faults import NotHere
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import counter
from node.cli.render import say, show_fields, show_json
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.opendata.about import About
from node.opendata.formats import CSV, FLATGEOBUF, FORMS, METADATA_ENDING, Form, has_flatgeobuf
from node.opendata.packing_jobs import Wanted
from node.opendata.survey import Surveyor
from node.store.sqlite import SqliteStore
from node.store.view import StoreView

# What is exported is published: anybody may read the file.
EXPORT_FILE_MODE = 0o644


@click.group("map", cls=Verbs)
def map_command() -> None:
    """Take what the map shows elsewhere."""


@map_command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--collection",
    type=click.Choice(list(COLLECTIONS)),
    default="commons",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--address",
    metavar="URL",
    default="",
    help="Where this node's pages are, such as https://node.example.org, so that each row leads to its page.",
)
@json_option
@pass_operator
def export_map(operator: Operator, file: Path, collection: str, address: str) -> None:
    """Write all commons, pacts, territories or alerts into FILE, as the pages show them.

    The ending of FILE says in which form: .gpkg (GeoPackage, for QGIS), .csv (for spreadsheets), .geojson, or
    .fgb (FlatGeobuf). Each row names its licence. What is blocked here is left out, and a place that is kept
    back is no more precise than in its record.
    """
    form, target = _form_of(file), file.absolute()
    if address and not address.startswith(("https://", "http://")):
        raise ConfigError("--address is a whole address; write https://node.example.org")

    async def work(place: Workplace) -> None:
        async with _drawn(place) as atlas:
            from node.web.opendata.datasets import about_dataset, read_dataset
            from node.web.words.catalogue import catalogues
            from node.web.words.speech import Speech

            speech = Speech(operator.language, catalogues()[operator.language])
            dataset = await read_dataset(Surveyor(atlas), collection)
            name = place.settings.node_name or "Minga"
            about = about_dataset(speech, address.rstrip("/"), name, dataset)
            await _write(target, form, about, atlas)
        if operator.json:
            show_json({"file": str(file), "collection": collection, "entries": dataset.survey.number})
            return
        say(_("The file is written."))
        show_fields(
            [
                (_("File"), str(file)),
                (_("Entries"), f"{dataset.survey.number:,}"),
                (_("Licences"), ", ".join(dataset.survey.licences)),
            ]
        )

    run_in(work, operator, writing=True)


def _form_of(file: Path) -> Form:
    form = FORMS.get(file.suffix.lower().lstrip("."))
    if form is None:
        known = ", ".join(f".{ending}" for ending in FORMS)
        raise ConfigError(f"the ending of {file.name} names no form; end it in one of {known}")
    if form is FLATGEOBUF and not has_flatgeobuf():
        raise ConfigError("the library that writes .fgb is not installed; run: pip install pyogrio")
    return form


@asynccontextmanager
async def _drawn(place: Workplace) -> AsyncIterator[Atlas]:
    """The atlas of the home: a running node's, or else drawn now."""
    atlas = Atlas(place.home.path)
    store = place.store
    if place.node is None and isinstance(store, SqliteStore) and not isinstance(store, StoreView):
        async with kept(atlas, store, asked=True):
            assert atlas.keeper is not None
            await atlas.keeper.caught_up()
            yield atlas
        if not place.settings.web_enabled:
            atlas.remove()  # nobody would take out of it what is erased
        return
    try:
        if not place.settings.web_enabled:
            raise ConfigError("a node without pages draws no map; stop it, and run this again")
        if not await atlas.is_complete():
            raise NotHere(_("The running node still draws its map; try again in a little."))
        yield atlas
    finally:
        await atlas.aclose()


async def _write(file: Path, form: Form, about: About, atlas: Atlas) -> None:
    """Write a file, whole or not at all; beside a table what describes it."""
    folder = Path(tempfile.mkdtemp(prefix=f".{file.name}.", dir=file.parent))
    try:
        if form.packed:
            made = await _packed(folder, form, about, atlas)
        else:
            from node.opendata.text_files import text_of

            made = folder / file.name
            with counter(_("Written (MB):")) as tell, made.open("wb") as written:
                async for piece in text_of(form, about, atlas, Wanted(about.collection)):
                    written.write(piece)
                    tell(written.tell() // 1_000_000)
        _put(made, file)
        if form is CSV:
            from node.opendata.csv_metadata import csv_metadata

            described = folder / "metadata"
            text = json.dumps(csv_metadata(about, file.name), ensure_ascii=False, indent=1)
            described.write_text(text, encoding="utf-8")
            _put(described, file.with_name(f"{file.stem}.{METADATA_ENDING}"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _packed(folder: Path, form: Form, about: About, atlas: Atlas) -> Path:
    from node.opendata.packing_jobs import Begin, Done, Going
    from node.opendata.packing_process import Packing

    room = shutil.disk_usage(folder).free
    wanted = Wanted(about.collection)
    packing = Packing(Begin(str(atlas.home), str(folder), form.ending, about, wanted, room))
    try:
        with counter(_("Entries:")) as tell:
            while isinstance(answer := await packing.go_on(), Going):
                tell(answer.features)
    finally:
        await packing.close()
    assert isinstance(answer, Done)
    return Path(answer.path)


def _put(made: Path, file: Path) -> None:
    made.chmod(EXPORT_FILE_MODE)
    with made.open("rb") as written:
        os.fsync(written.fileno())
    made.replace(file)
