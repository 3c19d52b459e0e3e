"""The peers that the operator chose by hand: one address a line in a file that people can read and edit."""

from pathlib import Path

from node.durable_files import write_durably
from node.errors import ConfigError
from node.peers.addresses import BadAddress, PeerAddress

CHOSEN_NAME = "peers.txt"

# More than an operator will ever type; each is dialled for as long as it stands here.
CHOSEN_MAX = 256


def load_chosen(home: Path) -> list[PeerAddress]:
    """Return the chosen peers of a home, in their order.  Raises `ConfigError` that names the line."""
    path = home / CHOSEN_NAME
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); mend it, or remove it") from None
    chosen: dict[str, PeerAddress] = {}
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            address = PeerAddress.parse(text)
        except BadAddress as error:
            raise ConfigError(f"{path}, line {number}: {error}") from None
        chosen[address.url] = address
    if len(chosen) > CHOSEN_MAX:
        raise ConfigError(f"{path} names more than {CHOSEN_MAX} peers; remove some")
    return list(chosen.values())


def change_chosen(home: Path, address: PeerAddress, present: bool) -> bool:
    """Add a peer to the file, or take it out; return whether that changed anything.  Raises `ConfigError`."""
    chosen = {known.url: known for known in load_chosen(home)}
    if (address.url in chosen) == present:
        return False
    if present:
        if len(chosen) >= CHOSEN_MAX:
            raise ConfigError(
                f"there are {CHOSEN_MAX} peers already; remove one first with: minga peer remove"
            )
        chosen[address.url] = address
    else:
        del chosen[address.url]
    text = "".join(f"{url}\n" for url in chosen)
    write_durably(home / CHOSEN_NAME, text.encode("utf-8"))
    return True
