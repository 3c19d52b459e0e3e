"""What a reader of a file gives: rows, or the one error that says why it cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from node.errors import ConfigError

if TYPE_CHECKING:
    from node.importing.reference_systems import Turning


class Unreadable(ConfigError):
    """An operator's file that cannot be imported as it is; the text says where it fails and what to do."""


class NotGeoJson(Unreadable):
    """The file is JSON, but not GeoJSON."""


def remark(text: str) -> str:
    """Return `text`: marks a sentence of a row's `problem` or of notes, so that the catalogue is held to
    it.
    """
    return text


@dataclass(frozen=True, slots=True)
class Row:
    """One feature or one line of a table.

    `number` counts rows from 1, `line` is the line of the file on which it starts.  `geometry` is a GeoJSON
    geometry as parsed, unchecked, in degrees of WGS 84 unless `turning` makes such of it.  `problem` says
    why the row cannot be used.
    """

    number: int
    line: int
    properties: dict[str, Any]
    geometry: dict[str, Any] | None = None
    identifier: str | None = None
    problem: str | None = None
    notes: tuple[str, ...] = ()
    turning: "Turning | None" = None


class Reader(Protocol):
    """What reads one format: rows from the start each time, and notes on how the file was understood."""

    notes: list[str]

    def rows(self) -> Iterator[Row]:
        """Yield every row.  Raises `Unreadable`."""
        ...
