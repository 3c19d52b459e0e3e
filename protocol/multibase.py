"""Multibase texts in base58btc: a `z`, then the digits of the number that the bytes are."""

from protocol.errors import Malformed, OverLimit

_DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
# A signature is 88 digits at most.  The time to read a text grows with the square of its length.
DIGITS_MAX = 128


def to_base58(data: bytes) -> str:
    """Return `data` as a multibase text in base58btc."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_DIGITS[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(digits))


def from_base58(text: str) -> bytes:
    """Return the bytes of a multibase text in base58btc.  Raises `Malformed` or `OverLimit`."""
    if not text.startswith("z"):
        raise Malformed("a multibase text in base58btc starts with z")
    digits = text[1:]
    if len(digits) > DIGITS_MAX:
        raise OverLimit(f"more than {DIGITS_MAX} digits of base58")
    number = 0
    for digit in digits:
        if digit not in _VALUES:
            raise Malformed("a text holds a symbol that is not base58")
        number = number * 58 + _VALUES[digit]
    zeros = len(digits) - len(digits.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
