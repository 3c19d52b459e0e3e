"""What the node asks of the process that draws, and what that answers."""

from msgspec import Struct, msgpack


class Follow(Struct, array_like=True, tag="follow"):
    """Go one step on: the atlas of a home, drawn from the store that bears this token, by this clock."""

    home: str
    token: str
    now_ms: int


class Clear(Struct, array_like=True, tag="clear"):
    """Write the file anew, so that nothing of what was erased is left in unused parts of it."""

    home: str
    token: str
    now_ms: int


Job = Follow | Clear


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


Answer = Followed | NotNow

encode = msgpack.Encoder().encode
decode_job = msgpack.Decoder(Job).decode
decode_answer = msgpack.Decoder(Answer).decode
