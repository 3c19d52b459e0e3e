"""Documents that people write for a command: TOML or JSON, from a file or from standard input."""

import json
import sys
from pathlib import Path
from typing import Any

from node.errors import ConfigError
from protocol.limits import PAYLOAD_SIZE_MAX_BYTES

# A geometry as GeoJSON text is some three times its size in a record.
GEOMETRY_FILE_SIZE_MAX_BYTES = 4 * PAYLOAD_SIZE_MAX_BYTES

# What stands for standard input: so that nothing of it is in the shell's history or in a file.
STANDARD_INPUT = Path("-")


def read_document(file: Path) -> Any:
    """Return the content of a TOML or JSON file; of standard input, JSON where it begins so.

    Raises `ConfigError`, in which nothing of the content stands.
    """
    import tomllib

    try:
        if file == STANDARD_INPUT:
            data = sys.stdin.buffer.read(GEOMETRY_FILE_SIZE_MAX_BYTES + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(GEOMETRY_FILE_SIZE_MAX_BYTES + 1)
    except OSError as fault:
        raise ConfigError(f"{file} cannot be read ({fault.strerror})") from None
    if len(data) > GEOMETRY_FILE_SIZE_MAX_BYTES:
        raise ConfigError(f"{file} is larger than {GEOMETRY_FILE_SIZE_MAX_BYTES} bytes; a record holds less")
    is_toml = file.suffix.lower() == ".toml" or (
        file == STANDARD_INPUT and data.lstrip()[:1] not in (b"{", b"[")
    )
    try:
        text = data.decode("utf-8-sig")
        return tomllib.loads(text) if is_toml else json.loads(text)
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except (ValueError, RecursionError) as fault:
        raise ConfigError(f"{file} is not valid {'TOML' if is_toml else 'JSON'}: {fault}") from None
