"""What a node asks of the process that packs files, and what that answers."""

from msgspec import Struct, msgpack

from node.atlas.reading import Period, Where
from node.opendata.about import About
from protocol.geometry_units import BoundingBox


class Wanted(Struct, array_like=True):
    """Which features of a collection: see `node.atlas.reading.Atlas.stream`."""

    collection: str
    bbox: tuple[int, int, int, int] | None = None
    when: tuple[int | None, int | None] | None = None
    where_sql: str | None = None
    where_values: tuple[int | float | str | None, ...] = ()

    @property
    def box(self) -> BoundingBox | None:
        """The box that they meet."""
        return None if self.bbox is None else BoundingBox(*self.bbox)

    @property
    def period(self) -> Period | None:
        """The time in which they were there."""
        return self.when

    @property
    def where(self) -> Where | None:
        """The condition that holds of them."""
        return None if self.where_sql is None else Where(self.where_sql, self.where_values)


class Begin(Struct, array_like=True, tag="begin"):
    """Begin a file in a folder that is there for it alone: from the atlas of a home, in a form."""

    home: str
    folder: str
    ending: str
    about: About
    wanted: Wanted
    size_max_bytes: int


class GoOn(Struct, array_like=True, tag="go on"):
    """Go on for a while."""


Job = Begin | GoOn


class Going(Struct, array_like=True, tag="going"):
    """There is more to do; so many features are in it by now."""

    features: int


class Done(Struct, array_like=True, tag="done"):
    """The file is ready under this path."""

    path: str


class NoRoom(Struct, array_like=True, tag="no room"):
    """It would be larger than it may be, or than the disk."""


class Failed(Struct, array_like=True, tag="failed"):
    """It cannot be made for now; its owner hears why."""

    why: str


Answer = Going | Done | NoRoom | Failed

encode = msgpack.Encoder().encode
decode_job = msgpack.Decoder(Job).decode
decode_answer = msgpack.Decoder(Answer).decode
