"""32 secret bytes on paper: 60 symbols that a person can write down, read over the phone and type back.

    M1Q3-7XKD-…  fifteen groups of four, in three lines of five

Two symbols say what follows (`M1`: a recovery key, `N1`: the key of a network), 52 carry the 256 bits, 6 are
a BCH checksum.  The alphabet is Crockford's base 32, which has no I, L, O or U: whoever writes I or L is
understood as 1, O as 0.  The checksum is that of bech32m (BIP 173 and BIP 350): it detects any four wrong
symbols, so also any two neighbours exchanged.
"""

import re

from node.errors import ConfigError

SEED_SIZE_BYTES = 32
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECOVERY_KEY = "M1"
NETWORK_KEY = "N1"
GROUP_LENGTH = 4
GROUPS_PER_LINE = 5

# 52 symbols of 5 bits hold 256 bits and 4 zero bits.
_BODY_LENGTH = 52
_CHECK_LENGTH = 6
_LENGTH = len(RECOVERY_KEY) + _BODY_LENGTH + _CHECK_LENGTH

# What people type: groups, lines, blanks.  Anything longer is not a key, and is not worked on.
TYPED_LENGTH_MAX_CHARACTERS = 1_000

_VALUE = {symbol: value for value, symbol in enumerate(SYMBOLS)} | {"I": 1, "L": 1, "O": 0}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)  # BIP 173
_CHECK_CONSTANT = 0x2BC830A3  # BIP 350


class PaperMistake(ConfigError):
    """What was typed is not a key written on paper; the message says where to look again."""


def paper_from_seed(seed: bytes, head: str = RECOVERY_KEY) -> str:
    """Return the text of a 32-byte seed: three lines of five groups of four symbols."""
    if len(seed) != SEED_SIZE_BYTES:
        raise ValueError(f"a seed is {SEED_SIZE_BYTES} bytes, not {len(seed)}")
    number = int.from_bytes(seed, "big") << 4
    first = [_VALUE[symbol] for symbol in head]
    body = [number >> (5 * place) & 31 for place in reversed(range(_BODY_LENGTH))]
    check = _remainder([*first, *body, *[0] * _CHECK_LENGTH]) ^ _CHECK_CONSTANT
    tail = [check >> (5 * place) & 31 for place in reversed(range(_CHECK_LENGTH))]
    text = "".join(SYMBOLS[value] for value in [*first, *body, *tail])
    groups = [text[start : start + GROUP_LENGTH] for start in range(0, _LENGTH, GROUP_LENGTH)]
    lines = [groups[start : start + GROUPS_PER_LINE] for start in range(0, len(groups), GROUPS_PER_LINE)]
    return "\n".join("-".join(line) for line in lines)


def seed_from_paper(typed: str, head: str = RECOVERY_KEY) -> bytes:
    """Return the seed that was typed from paper, in any case, with any blanks and hyphens.

    Raises `PaperMistake`, which names the group to look at where one wrong symbol would explain the mistake.
    """
    if len(typed) > TYPED_LENGTH_MAX_CHARACTERS:
        raise PaperMistake(f"a key on paper has {_LENGTH} letters and digits; this is something else")
    symbols = re.sub(r"[\s–—-]", "", typed).upper()
    values = []
    for place, symbol in enumerate(symbols):
        if symbol not in _VALUE:
            raise PaperMistake(f"group {_group(place)} holds {symbol!a}, which no key on paper has")
        values.append(_VALUE[symbol])
    if len(values) != _LENGTH:
        missing = "some are missing" if len(values) < _LENGTH else "there are too many"
        raise PaperMistake(
            f"a key on paper has {_LENGTH} letters and digits, this has {len(values)}: {missing}"
        )
    if _remainder(values) != _CHECK_CONSTANT:
        raise PaperMistake(_where_to_look(values))
    if values[: len(head)] != [_VALUE[symbol] for symbol in head]:
        raise PaperMistake(
            f"this begins with {symbols[:2]} and is another kind of key; what is asked for begins with {head}"
        )
    number = 0
    for value in values[len(head) : -_CHECK_LENGTH]:
        number = number << 5 | value
    if number & 0b1111:
        raise PaperMistake(
            "the last symbol before the check cannot stand there; compare the whole text again"
        )
    return (number >> 4).to_bytes(SEED_SIZE_BYTES, "big")


def _remainder(values: list[int]) -> int:
    """Return the remainder of the symbols by bech32's generator polynomial (BIP 173), 30 bits."""
    remainder = 1
    for value in values:
        remainder = _shifted(remainder) ^ value
    return remainder


def _shifted(remainder: int) -> int:
    """Multiply by x, modulo the generator polynomial over GF(32)."""
    top = remainder >> 25
    remainder = (remainder & 0x1FFFFFF) << 5
    for bit, term in enumerate(_GENERATOR):
        if top >> bit & 1:
            remainder ^= term
    return remainder


def _where_to_look(values: list[int]) -> str:
    """Say which group is wrong if one symbol is.  Nothing is corrected: the paper is right, not a guess.

    The code is linear: a symbol that is off by `error`, at a distance of n from the end, leaves error · xⁿ.
    """
    off_by = _remainder(values) ^ _CHECK_CONSTANT
    for error in range(1, 32):
        left = error
        for place in reversed(range(len(values))):
            if left == off_by:
                return f"something is mistyped: compare group {_group(place)} with the paper"
            left = _shifted(left)
    return "more than one symbol is mistyped: compare every group with the paper"


def _group(place: int) -> int:
    return place // GROUP_LENGTH + 1
