"""The key that a private federation shares, in a file: the text that its members also carry on paper."""

import secrets
from pathlib import Path

from node.durable_files import read_private, write_durably
from node.errors import ConfigError
from node.keys.paper_key import NETWORK_KEY, SEED_SIZE_BYTES, PaperMistake, paper_from_seed, seed_from_paper

# The text has 74 characters; room for blanks and line ends.
NETWORK_KEY_FILE_SIZE_MAX_BYTES = 1_024


def create_network_key(path: Path) -> str:
    """Make the key of a private federation, store it at `path`, return its text.  Raises `ConfigError`."""
    if path.exists():
        raise ConfigError(f"{path} is there already; choose another file, so that no key is lost")
    text = paper_from_seed(secrets.token_bytes(SEED_SIZE_BYTES), NETWORK_KEY)
    try:
        write_durably(path, f"{text}\n".encode("ascii"))
    except OSError as fault:
        raise ConfigError(f"{path} cannot be written ({fault.strerror}); choose another file") from None
    return text


def read_network_key(path: Path) -> bytes:
    """Return the 32 bytes (the psk of Noise XXpsk3) of the key stored at `path`.  Raises `ConfigError`."""
    try:
        data = read_private(path, NETWORK_KEY_FILE_SIZE_MAX_BYTES)
    except OSError as fault:
        raise ConfigError(
            f"the network's key {path} cannot be read ({fault.strerror}); correct network.key_file"
        ) from None
    try:
        return seed_from_paper(data.decode("ascii", "replace"), NETWORK_KEY)
    except PaperMistake as mistake:
        raise ConfigError(f"{path} does not hold the key of a network: {mistake}") from None
