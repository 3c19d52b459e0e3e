"""`minga backup` and `minga rebuild`: looking after what a node holds."""

import asyncio
import json
import os
import tarfile
import time
from gettext import gettext as _
from pathlib import Path

import click

from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import progress_bar
from node.cli.render import note, say, show_fields, show_json, size
from node.cli.workplace import Workplace, open_workplace, run_in
from node.durable_files import PRIVATE_FILE_MODE, sync_folder, write_durably
from node.errors import ConfigError
from node.examining import LAST_BACKUP_NAME
from node.home import Home
from node.peers.chosen import CHOSEN_NAME
from node.settings.loading import CONFIG_NAME

# What a backup notes of itself in the home, for `status` and `doctor`.
BACKUP_NOTE_NAME = LAST_BACKUP_NAME


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
    if target.exists():
        raise ConfigError(f"{file} exists already; give the backup another name")

    async def work(place: Workplace) -> None:
        copy = target.with_name(f".{target.name}.store")
        copy.unlink(missing_ok=True)
        try:
            await place.store.backup(copy)
            held = (await place.store.counts()).records
            await asyncio.to_thread(_pack, place.home, copy, target, without_keys)
        finally:
            copy.unlink(missing_ok=True)
        noted = {"file": str(target), "time": time.time_ns() // 1_000_000, "records": held}
        write_durably(place.home.path / BACKUP_NOTE_NAME, json.dumps(noted).encode())
        if operator.json:
            show_json({**noted, "size_bytes": target.stat().st_size, "keys": not without_keys})
            return
        say(_("The backup is complete."))
        show_fields(
            [(_("File"), str(target)), (_("Records"), f"{held:,}"), (_("Size"), size(target.stat().st_size))]
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
        if operator.home.holder():
            raise ConfigError("a node runs in this home: stop it, rebuild, and start it again")
        async with open_workplace(operator, writing=True) as place:
            held = (await place.store.counts()).records
            with progress_bar(_("Rebuilding")) as tell:
                await place.store.rebuild(tell)
            things = (await place.store.counts()).things_by_kind
        if operator.json:
            show_json({"records": held, "things_by_kind": dict(things)})
            return
        say(_("Rebuilt from {count} records.").format(count=f"{held:,}"))

    asyncio.run(rebuild())


def last_backup(home: Home) -> dict[str, object] | None:
    """Return when the last backup was made (`time`, ms), of how many records and into which file."""
    try:
        noted = json.loads((home.path / BACKUP_NOTE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return noted if isinstance(noted, dict) and isinstance(noted.get("time"), int) else None


def _pack(home: Home, store: Path, target: Path, without_keys: bool) -> None:
    """Put a copy of the store, the settings and the keys into an archive that appears whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(store, home.store_path.name)
                for name in (CONFIG_NAME, CHOSEN_NAME):
                    if (home.path / name).is_file():
                        archive.add(home.path / name, name)
                if not without_keys:
                    archive.add(home.keys_path, home.keys_path.name, filter=_without_unfinished)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def _without_unfinished(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if Path(entry.name).name.startswith(".") else entry
