"""`minga backup` and `minga rebuild`: looking after what a node holds."""

import asyncio
from dataclasses import asdict
from gettext import gettext as _
from pathlib import Path

import click

from node.backups import back_up
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import progress_bar
from node.cli.render import in_figures, note, say, show_fields, show_json, size
from node.cli.workplace import Workplace, open_workplace, run_in
from node.errors import ConfigError


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--without-keys", is_flag=True, help="Leave the keys out: whoever has the file cannot sign.")
@json_option
@pass_operator
def backup_command(operator: Operator, file: Path, without_keys: bool) -> None:
    """Write a whole copy of this home into a new file, while the node goes on working.

    The file is a tar archive; unpacked into an empty directory it is a home again. It holds the keys as
    they are kept here, so keep it as safe as them.
    """
    target = file.absolute()

    async def work(place: Workplace) -> None:
        made = await back_up(place.home, place.store, target, keys=not without_keys)
        if operator.json:
            show_json(asdict(made) | {"file": str(made.file), "keys": not without_keys})
            return
        say(_("The backup is complete."))
        show_fields(
            [
                (_("File"), str(made.file)),
                (_("Records"), in_figures(made.records)),
                (_("Size"), size(made.size_bytes)),
            ]
        )
        if not without_keys:
            note(_("It holds this home's keys: keep it where only you can read it."))

    run_in(work, operator)


@click.command("rebuild")
@json_option
@pass_operator
def rebuild_command(operator: Operator) -> None:
    """Work out again, from the records alone, all that lists, searches and pages show.

    The node must not be running.
    """

    async def rebuild() -> None:
        if operator.home.holder() is not None:
            raise ConfigError("a node runs in this home: stop it, rebuild, and start it again")
        async with open_workplace(operator, writing=True) as place:
            held = (await place.store.counts()).records
            with progress_bar(_("Rebuilding")) as tell:
                await place.store.rebuild(tell)
            things = (await place.store.counts()).things_by_kind
        if operator.json:
            show_json({"records": held, "things_by_kind": dict(things)})
            return
        say(_("Rebuilt from {count} records.").format(count=in_figures(held)))

    asyncio.run(rebuild())
