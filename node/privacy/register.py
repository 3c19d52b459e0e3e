"""The register of requests: a file in the home that says how many people asked for what, and nothing of whom.

One line of JSON for each: the day, what was asked, what came of it, and how many records it was about.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from node.durable_files import PRIVATE_FILE_MODE, read_private, sync_folder
from node.errors import ConfigError
from protocol.errors import Malformed
from protocol.kinds.text import require_calendar_date

FILE_NAME = "privacy-requests.jsonl"

REQUESTS = ("access", "rectify", "erase")
OUTCOMES = ("done", "partly", "nothing_held", "refused")

# A line is 120 bytes: 100,000 requests, more than a node will ever have.
REGISTER_SIZE_MAX_BYTES = 12_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its day (`on`, UTC), what was asked, what came of it; counts of records.

    `own` and `others`: records that had to do with the person, by whether this home's actors wrote them.
    `changed`: those of which the content was taken out or put right.
    """

    on: str
    request: str
    outcome: str
    own: int = 0
    others: int = 0
    changed: int = 0


def note_request(home: Path, request: Request) -> None:
    """Add a request to the register, on disk before returning.  Raises `ConfigError`."""
    path = home / FILE_NAME
    line = json.dumps(asdict(request)) + "\n"
    try:
        is_new = not path.exists()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(path, flags, PRIVATE_FILE_MODE)
        try:
            os.fchmod(descriptor, PRIVATE_FILE_MODE)
            # A line that a power cut left unfinished must not run into this one.
            if os.lseek(descriptor, 0, os.SEEK_END) and _last_byte(path) != b"\n":
                line = "\n" + line
            os.write(descriptor, line.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(home)
    except OSError as fault:
        raise ConfigError(
            f"the request could not be noted in {path} ({fault.strerror}); make it yours to write"
        ) from None


def requests_noted(home: Path) -> Sequence[Request]:
    """Return every request in the register, in the order noted; lines that are none are left out.

    Raises `ConfigError` where the file cannot be read.
    """
    path = home / FILE_NAME
    try:
        data = read_private(path, REGISTER_SIZE_MAX_BYTES)
    except FileNotFoundError:
        return ()
    except OSError as fault:
        raise ConfigError(f"{path} cannot be read ({fault.strerror}); make it yours to read") from None
    found = (_request(line) for line in data[:REGISTER_SIZE_MAX_BYTES].split(b"\n"))
    return [one for one in found if one is not None]


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def _request(line: bytes) -> Request | None:
    try:
        told = Request(**json.loads(line))
        require_calendar_date(told.on)
    except (ValueError, TypeError, Malformed):
        return None
    counts = (told.own, told.others, told.changed)
    sound = told.request in REQUESTS and told.outcome in OUTCOMES
    return told if sound and all(type(count) is int and count >= 0 for count in counts) else None
