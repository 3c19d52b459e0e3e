"""How a command ends when it cannot do what it was asked: one sentence, an exit code, never a traceback.

0    done
1    what was asked for is not here, or a check found trouble
2    the command, a setting, a key or a file has to be put right
3    the disk or the network failed; nothing was lost
130  interrupted
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from typing import IO, Any

import click

from node.cli.sentences import sentence
from node.errors import ConfigError
from protocol.errors import ProtocolError

NOT_HERE = 1
PUT_RIGHT = 2
OUTSIDE_FAILED = 3
INTERRUPTED = 130


class Stopped(click.ClickException):
    """A command that ends with a sentence on standard error, and the exit code of its class."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence."""
        from node.cli.render import wrapped

        click.echo(wrapped(_("Error: {message}").format(message=self.message)), file=file or sys.stderr)


class NotHere(Stopped):
    """What was asked for is not here, or does not hold."""

    exit_code = NOT_HERE


class ToPutRight(Stopped):
    """The operator has to put something right."""

    exit_code = PUT_RIGHT


class OutsideFailed(Stopped):
    """The disk or the network failed."""

    exit_code = OUTSIDE_FAILED


@contextmanager
def plain_endings() -> Iterator[None]:
    """Turn the faults that an operator can do something about into `Stopped`; let ours crash loudly."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
    except ConfigError as fault:
        raise ToPutRight(sentence(str(fault))) from None
    except ProtocolError as fault:
        raise ToPutRight(sentence(str(fault))) from None
    except ExceptionGroup as group:
        _stop_at_first(group)
        raise
    except BrokenPipeError:
        raise  # whoever read the answer has gone: click ends quietly
    except (OSError, sqlite3.Error) as fault:
        raise OutsideFailed(_outside(fault)) from None
    except Exception as fault:
        _stop_at(fault)
        raise


def _stop_at_first(group: ExceptionGroup[Exception]) -> None:
    """Raise `Stopped` for the first plain fault inside a group, as task groups wrap them."""
    for fault in group.exceptions:
        if isinstance(fault, ExceptionGroup):
            _stop_at_first(fault)
            continue
        with plain_endings():
            raise fault


def _stop_at(fault: Exception) -> None:
    """Raise `Stopped` for faults of modules that are imported only where they are used."""
    where = sys.modules.get
    readers, mapping = where("node.importing.readers"), where("node.importing.mapping")
    store, link = where("node.store.errors"), where("node.peers.link")
    refused = tuple(
        kind
        for module, name in ((readers, "Unreadable"), (mapping, "BadMapping"))
        if module is not None and (kind := getattr(module, name, None)) is not None
    )
    failed = tuple(
        kind
        for module, name in ((store, "StoreError"), (link, "LinkClosed"))
        if module is not None and (kind := getattr(module, name, None)) is not None
    )
    if isinstance(fault, refused):
        raise ToPutRight(sentence(str(fault))) from None
    if isinstance(fault, failed):
        raise OutsideFailed(sentence(str(fault))) from None
    if type(fault).__module__.partition(".")[0] == "aiohttp":
        raise OutsideFailed(
            _("the connection failed ({reason}); nothing was lost, try again").format(reason=fault)
        ) from None


def _outside(fault: OSError | sqlite3.Error) -> str:
    if isinstance(fault, sqlite3.Error):
        return _("the store cannot be used ({reason}); run `minga doctor`").format(reason=fault)
    if fault.filename:
        return _("{file}: {reason}; nothing was changed there").format(
            file=fault.filename, reason=fault.strerror
        )
    return _("the system refused: {reason}").format(reason=fault.strerror or fault)
