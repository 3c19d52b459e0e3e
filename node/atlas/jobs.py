"""What the node asks of the process that draws, and what that answers."""

from msgspec import Struct, msgpack

from node.atlas.tile_filters import TileFilters

# Things looked at in one step: a tenth of a second on an ordinary machine.
STEP_LENGTH_MAX = 256


class Follow(Struct, array_like=True, tag="follow"):
    """Go one step on: the atlas of a home, drawn from the store that bears this token, by this clock.

    `length` is how many things are looked at; `passing_over`, that nothing is drawn of them: the process has
    ended over the one that is next.
    """

    home: str
    token: str
    now_ms: int
    length: int = STEP_LENGTH_MAX
    passing_over: bool = False


class Clear(Struct, array_like=True, tag="clear"):
    """Write the file anew, so that nothing of what was erased is left in unused parts of it."""

    home: str
    token: str
    now_ms: int


class DrawTile(Struct, array_like=True, tag="tile"):
    """Draw a tile, and keep it."""

    home: str
    token: str
    now_ms: int
    zoom: int
    x: int
    y: int
    filters: TileFilters


Job = Follow | Clear | DrawTile


class Followed(Struct, array_like=True, tag="followed"):
    """How far a step has come.

    `version` is that of the atlas; `more`, whether there is something left to do, and of about how many
    records; `due_ms`, when the clock will change something; `to_clear`, whether something was erased since
    the file was cleared.
    """

    version: int
    more: bool
    left: int
    due_ms: int | None
    to_clear: bool


class NotNow(Struct, array_like=True, tag="not_now"):
    """The store is not in order for now, or a file cannot be written; its owner hears why."""

    why: str


class DrawnTile(Struct, array_like=True, tag="drawn"):
    """A tile, gzipped (RFC 1952) unless it is empty, and the version of the atlas that it shows."""

    version: int
    data: bytes


Answer = Followed | NotNow | DrawnTile

encode = msgpack.Encoder().encode
decode_job = msgpack.Decoder(Job).decode
decode_answer = msgpack.Decoder(Answer).decode
