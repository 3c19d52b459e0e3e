"""Progress of long work, on standard error and only where a person watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from node.store.interface import Progress


@contextmanager
def progress_bar(label: str) -> "Iterator[Progress]":
    """Yield what long work calls with how many are done and how many there are."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, width=24) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = max(total, done, 1)
            bar.update(done - bar.pos)

        yield tell
        bar.update(max((bar.length or 1) - bar.pos, 0))


@contextmanager
def counter(label: str) -> Iterator[Callable[[int], None]]:
    """Yield what long work of unknown length calls with how many are done."""
    watched = sys.stderr.isatty()

    def tell(done: int) -> None:
        if watched:
            click.echo(f"\r{label} {done:,}", nl=False, err=True)

    yield tell
    if watched:
        click.echo(err=True)
