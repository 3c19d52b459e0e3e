"""Canonical msgpack, tags, ids and keys: §2 and §3."""

import base64
import re
import unicodedata
from hashlib import blake2b
from typing import Any

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 16
LONGITUDE_MAX, LATITUDE_MAX = 1_800_000_000, 900_000_000  # 10^-7 degree
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Fault(Exception):
    """A fault by its code of §15; `step` is that of §5, for records."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.step = 0


def need(condition: object, why: str, code: str = "malformed") -> None:
    if not condition:
        raise Fault(code, why)


def within(value: Any, least: int, most: int, what: str) -> int:
    need(type(value) is int, f"{what} is not an integer")
    need(least <= value <= most, f"{what} is {value}", "over-limit")
    return value


def binary(value: Any, size: int, what: str) -> bytes:
    need(type(value) is bytes and len(value) == size, f"{what} is not {size} bytes")
    return value


# --- §2.1: first byte -> (what, bytes of length or number, least value that needs this form) ---
FORMS = {
    0xCC: ("uint", 1, 128), 0xCD: ("uint", 2, 2**8), 0xCE: ("uint", 4, 2**16), 0xCF: ("uint", 8, 2**32),
    0xD0: ("int", 1, -33), 0xD1: ("int", 2, -(2**7) - 1), 0xD2: ("int", 4, -(2**15) - 1),
    0xD3: ("int", 8, -(2**31) - 1),
    0xC4: ("bin", 1, 0), 0xC5: ("bin", 2, 2**8), 0xC6: ("bin", 4, 2**16),
    0xD9: ("str", 1, 32), 0xDA: ("str", 2, 2**8), 0xDB: ("str", 4, 2**16),
    0xDC: ("array", 2, 16), 0xDD: ("array", 4, 2**16), 0xDE: ("map", 2, 16), 0xDF: ("map", 4, 2**16),
}  # fmt: skip


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        need(size <= len(self.data) - self.at, "cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def head(self) -> tuple[str, Any]:
        """What comes, and its length or number."""
        first = self.take(1)[0]
        if first <= 0x7F or first >= 0xE0:
            return "int", first if first <= 0x7F else first - 256
        if first <= 0xBF:
            what = "map" if first <= 0x8F else "array" if first <= 0x9F else "str"
            return what, first & (0x1F if what == "str" else 0x0F)
        if first in (0xC0, 0xC2, 0xC3):
            return "constant", {0xC0: None, 0xC2: False, 0xC3: True}[first]
        need(first in FORMS, f"a value that begins with {first:02x}")
        what, size, least = FORMS[first]
        number = int.from_bytes(self.take(size), "big", signed=what == "int")
        need(number <= least if what == "int" else number >= least, "not the shortest form")
        return what.replace("uint", "int"), number

    def value(self, depth: int) -> Any:
        what, number = self.head()
        match what:
            case "constant":
                return number
            case "int":
                need(abs(number) <= INTEGER_MAX, "integer too large", "over-limit")
                return number
            case "bin":
                return self.take(number)
            case "str":
                try:
                    text = self.take(number).decode()
                except UnicodeDecodeError:
                    raise Fault("malformed", "not UTF-8") from None
                need(unicodedata.is_normalized("NFC", text), "not in form C")
                return text
        need(depth < DEPTH_MAX, "nested too deep", "over-limit")
        need(number * (2 if what == "map" else 1) <= len(self.data) - self.at, "cut off")
        if what == "array":
            return [self.value(depth + 1) for _ in range(number)]
        found: dict[str, Any] = {}
        before = None
        for _ in range(number):
            key = self.value(depth + 1)
            need(type(key) is str, "a key is not a string")
            need(before is None or before < key.encode(), "keys not in order")
            before = key.encode()
            found[key] = self.value(depth + 1)
        return found


def decode(data: bytes) -> Any:
    reader = _Reader(data)
    value = reader.value(0)
    need(reader.at == len(data), "bytes after the value")
    return value


def _head(what: str, number: int) -> bytes:
    for first, (form, size, least) in FORMS.items():
        if form == what and least <= number < 2 ** (8 * size):
            return bytes([first]) + number.to_bytes(size, "big")
    base, most = {"map": (0x80, 15), "array": (0x90, 15), "str": (0xA0, 31), "uint": (0, 127)}[what]
    assert 0 <= number <= most
    return bytes([base + number])


def encode(value: Any) -> bytes:
    match value:
        case None | bool():
            return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
        case int() if value >= 0:
            return _head("uint", value)
        case int() if value >= -32:
            return bytes([value + 256])
        case int():
            size = next(n for n in (1, 2, 4, 8) if value >= -(2 ** (8 * n - 1)))
            return bytes([{1: 0xD0, 2: 0xD1, 4: 0xD2, 8: 0xD3}[size]]) + value.to_bytes(
                size, "big", signed=True
            )
        case bytes():
            return _head("bin", len(value)) + value
        case str():
            return _head("str", len(value.encode())) + value.encode()
        case list():
            return _head("array", len(value)) + b"".join(map(encode, value))
        case dict():
            items = sorted(value.items(), key=lambda item: item[0].encode())
            return _head("map", len(value)) + b"".join(encode(k) + encode(v) for k, v in items)
    raise TypeError(type(value))


# --- §3 ---


def tag(purpose: str) -> bytes:
    return b"minga/1/" + purpose.encode() + b"\0"


def digest(purpose: str, data: bytes) -> bytes:
    return blake2b(tag(purpose) + data, digest_size=32).digest()


def signature_holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether raw Ed25519 `key` signed `message`: libsodium's verdict (§3.2)."""
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def public_key(value: Any, what: str) -> bytes:
    need(type(value) is bytes and len(value) > 2, f"{what} is no key")
    need(value[:2] == b"\xed\x01", f"{what} of another type", "unsupported")
    return binary(value, 34, what)


def key_text(key: bytes) -> str:
    number, text = int.from_bytes(key, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "did:key:z" + text


def key_from_text(text: str) -> bytes:
    need(re.fullmatch(f"did:key:z[{BASE58}]{{1,47}}", text), "not a did:key")
    number = 0
    for letter in text[9:]:
        number = number * 58 + BASE58.index(letter)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    key = public_key(raw, "key")
    need(key_text(key) == text, "written otherwise")
    return key


def id_text(value: bytes) -> str:
    return base64.b32encode(value).decode().lower().rstrip("=")


def id_from_text(text: str) -> bytes:
    need(re.fullmatch("[A-Za-z2-7]{52}", text.strip()), "not an id")
    value = base64.b32decode(text.strip().upper() + "====")
    need(id_text(value) == text.strip().lower(), "spare bits")
    return value
