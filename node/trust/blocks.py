"""The block list: what this node's operator does not want to show or take in, in a file that people can read.

A block is a choice of this node alone, shown as such.  It decides what is displayed and what comes in, never
what the records that are held amount to (docs/decisions/0014-blocks-are-local.md).

    actor  5xq…  2026-11-28  sells what belongs to nobody
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from node.durable_files import write_durably
from node.errors import ConfigError
from protocol.channel.identity import NodeId
from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text, parse_id
from protocol.keys import ED25519_PREFIX, PublicKey, did_key, parse_did_key
from protocol.kinds.text import require_calendar_date
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

FILE_NAME = "blocks.txt"

# More than an operator will ever type; a line is 300 bytes at most.
BLOCKS_MAX = 10_000

# One sentence, shown on pages in place of what is blocked.
REASON_LENGTH_MAX_CHARACTERS = 200

# What decides about things of others and says nothing in words: without it they would come to something else
# here than everywhere.
DECIDING_KINDS = frozenset({"actor", "cosign", "consent", "erasure", "ballot", "step"})

_HEAD = "# What this node does not show or take in: minga block add, list, remove\n"


class Target(StrEnum):
    """What is blocked."""

    ACTOR = "actor"
    RECORD = "record"  # the first record of a thing stands for the thing
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of the list: since which day (UTC), and why, if the operator says."""

    target: Target
    identifier: bytes
    since: str
    reason: str

    @property
    def text(self) -> str:
        """What is blocked, as people copy it."""
        if self.target is Target.NODE:
            return did_key(PublicKey(ED25519_PREFIX + self.identifier))
        return id_text(self.identifier)


class Blocks:
    """The list of one home.  `load` reads it again; `change` writes it."""

    def __init__(self, home: Path | None = None) -> None:
        """Without a home nothing is ever blocked."""
        self._path = None if home is None else home / FILE_NAME
        self._blocks: dict[tuple[Target, bytes], Block] = {}

    @classmethod
    def of_home(cls, home: Path) -> Self:
        """Return the list of a home as it is now.  Raises `ConfigError`."""
        blocks = cls(home)
        blocks.load()
        return blocks

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks.values())

    def __len__(self) -> int:
        return len(self._blocks)

    def load(self) -> set[bytes]:
        """Read the file; return what was blocked before and is not any more.

        Raises `ConfigError` that names the line.
        """
        before = {block.identifier for block in self._blocks.values()}
        self._blocks = {} if self._path is None else _read(self._path)
        return before - {block.identifier for block in self._blocks.values()}

    def add(self, block: Block) -> None:
        """Add an entry, in place of one for the same, and write the file.  Raises `ConfigError`."""
        key = (block.target, block.identifier)
        if key not in self._blocks and len(self._blocks) >= BLOCKS_MAX:
            raise ConfigError(f"{BLOCKS_MAX} blocks are the most that can be kept; remove some first")
        self._blocks[key] = block
        self._write()

    def remove(self, target: Target, identifier: bytes) -> bool:
        """Take an entry out and write the file; return whether there was one."""
        if self._blocks.pop((target, identifier), None) is None:
            return False
        self._write()
        return True

    def actor(self, actor: ActorId | None) -> Block | None:
        """Return the block of an actor."""
        return None if actor is None else self._blocks.get((Target.ACTOR, actor))

    def node(self, node_id: NodeId) -> Block | None:
        """Return the block of a node."""
        return self._blocks.get((Target.NODE, node_id))

    def of_record(self, record: VerifiedRecord) -> Block | None:
        """Return why a record is not shown: its author, itself, or the whole thing it is about is blocked."""
        header = record.header
        author = ActorId(record.id) if header.actor is None else header.actor
        return self.actor(author) or self.of_id(record.id) or self.of_id(RecordId(record.subject))

    def of_thing(self, thing: ThingState) -> Block | None:
        """Return why a thing is not shown: itself, the version shown of it, or its author is blocked."""
        if not self._blocks:
            return None
        block = self.of_id(RecordId(thing.subject)) or self.actor(ActorId(thing.subject))
        if block is not None or thing.display is None or thing.actor is not None:
            return block
        return self.of_id(thing.display) or self.actor(thing.versions.all[thing.display].author)

    def of_row(self, subject: SubjectId, display: RecordId | None, author: ActorId | None) -> Block | None:
        """Return why a thing is not listed, by the version that lists show and its author."""
        block = self.of_id(RecordId(subject)) or self.actor(ActorId(subject)) or self.actor(author)
        return block if block is not None or display is None else self.of_id(display)

    def keeps_out(self, record: VerifiedRecord) -> bool:
        """Whether a record is not taken in from peers."""
        if not self._blocks:
            return False
        header = record.header
        author = ActorId(record.id) if header.actor is None else header.actor
        if self.actor(author) is not None and header.kind not in DECIDING_KINDS:
            return True
        if header.kind in ("actor", "cosign", "erasure"):
            return False
        return self.of_id(record.id) is not None or self.of_id(RecordId(record.subject)) is not None

    def counts(self) -> dict[str, int]:
        """Return how many actors, records and nodes are blocked, to be published."""
        found = Counter(block.target for block in self._blocks.values())
        return {f"{target}s": found[target] for target in Target}

    def of_id(self, record_id: RecordId) -> Block | None:
        """Return the block of a record, or of the thing that it begins."""
        return self._blocks.get((Target.RECORD, record_id))

    def _write(self) -> None:
        assert self._path is not None, "a list without a home is never written"
        lines = [
            f"{block.target} {block.text} {block.since} {block.reason}".rstrip()
            for block in self._blocks.values()
        ]
        write_durably(self._path, (_HEAD + "".join(f"{line}\n" for line in lines)).encode("utf-8"))


def _read(path: Path) -> dict[tuple[Target, bytes], Block]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); mend it, or remove it") from None
    found: dict[tuple[Target, bytes], Block] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            block = _parsed(line)
        except (ValueError, ProtocolError) as error:
            raise ConfigError(f"{path}, line {number}: {error}; mend it, or remove the line") from None
        found[block.target, block.identifier] = block
    if len(found) > BLOCKS_MAX:
        raise ConfigError(f"{path} has more than {BLOCKS_MAX} entries; remove some")
    return found


def _parsed(line: str) -> Block:
    parts = line.split(maxsplit=3)
    if len(parts) < 3:
        raise ValueError("an entry is what is blocked, its id, a day and perhaps a reason")
    if parts[0] not in set(Target):
        raise ValueError(f"{parts[0][:20]!r} is not one of {', '.join(Target)}")
    target = Target(parts[0])
    identifier = (
        parse_did_key(parts[1])[len(ED25519_PREFIX) :] if target is Target.NODE else parse_id(parts[1])
    )
    require_calendar_date(parts[2])
    return Block(target, identifier, parts[2], parts[3].strip() if len(parts) > 3 else "")
