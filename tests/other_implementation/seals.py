"""Sealed contents, from the seed of an Ed25519 key to what its holder reads: §17.

X25519 and ChaCha20-Poly1305 are written out from RFC 7748 §5 and RFC 8439 §2, the way from an Ed25519 point
to its X25519 key from RFC 7748 §4.1: nothing of the library that the node uses.
"""

import hashlib
import struct
from collections.abc import Mapping
from typing import Any

from .kinds import PAYLOADS, check_commons
from .values import Fault, binary, decode, digest, encode, need

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
# The order of the base point (RFC 8032 §5.1).
L = 2**252 + 27742317777372353535851937790883648493


def x25519(scalar: bytes, u: bytes) -> bytes:
    k = int.from_bytes(scalar, "little") & ~7 & ~(1 << 255) | 1 << 254
    x1 = (int.from_bytes(u, "little") & (2**255 - 1)) % P
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def secret_of(seed: bytes) -> bytes:
    return hashlib.sha512(seed).digest()[:32]


def _times(n: int, point: tuple[int, int]) -> tuple[int, int]:
    x, y = 0, 1
    for bit in f"{n:b}":
        x, y = _sum((x, y), (x, y))
        if bit == "1":
            x, y = _sum((x, y), point)
    return x, y


def _sum(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    cross = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + cross, -1, P) % P
    return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - cross, -1, P) % P


def montgomery(key: bytes) -> bytes:
    """The X25519 public key of a point of the prime-order subgroup."""
    raw = int.from_bytes(key[2:], "little")
    y, sign = raw & (2**255 - 1), raw >> 255
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if x * x % P != xx:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == xx and not (x == 0 and sign), "no point")
    if x & 1 != sign:
        x = P - x
    need((x, y) != (0, 1) and _times(L, (x, y)) == (0, 1), "no point of the prime-order subgroup")
    return ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(32, "little")


def _block(key: bytes, counter: int) -> bytes:
    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + bytes(12)))
    s = start[:]

    def quarter(a: int, b: int, c: int, d: int) -> None:
        for left, right, other, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[left] = s[left] + s[right] & 0xFFFFFFFF
            s[other] ^= s[left]
            s[other] = (s[other] << turn | s[other] >> 32 - turn) & 0xFFFFFFFF

    for _ in range(10):
        for n in range(4):
            quarter(n, n + 4, n + 8, n + 12)
        for n in range(4):
            quarter(n, (n + 1) % 4 + 4, (n + 2) % 4 + 8, (n + 3) % 4 + 12)
    return struct.pack("<16I", *(x + y & 0xFFFFFFFF for x, y in zip(s, start, strict=True)))


def _stream(key: bytes, data: bytes) -> bytes:
    blocks = b"".join(_block(key, n + 1) for n in range((len(data) + 63) // 64))
    return bytes(a ^ b for a, b in zip(data, blocks, strict=False))


def _tag(key: bytes, text: bytes, associated: bytes) -> bytes:
    one_time = _block(key, 0)[:32]
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    message = b"".join(part + bytes(-len(part) % 16) for part in (associated, text))
    message += struct.pack("<QQ", len(associated), len(text))
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(one_time[16:], "little")) % 2**128).to_bytes(16, "little")


def encrypt(key: bytes, text: bytes, associated: bytes) -> bytes:
    hidden = _stream(key, text)
    return hidden + _tag(key, hidden, associated)


def decrypt(key: bytes, text: bytes, associated: bytes) -> bytes:
    hidden, tag = text[:-16], text[-16:]
    need(tag == _tag(key, hidden, associated), "does not open")
    return _stream(key, hidden)


def plaintext_of(content: Mapping[str, Any], blind: bytes) -> bytes:
    return encode({"blind": blind, "content": dict(content)})


def make(
    plaintext: bytes, recipients: list[tuple[bytes, bytes]], content_key: bytes, ephemeral: bytes
) -> dict[str, Any]:
    commitment, point = digest("sealed", plaintext), x25519(ephemeral, (9).to_bytes(32, "little"))
    boxes = []
    for actor, key in recipients:
        kek = _kek(x25519(ephemeral, montgomery(key)), point, key, commitment)
        boxes.append({"actor": actor, "key": key, "box": encrypt(kek, content_key, commitment)})
    return {
        "suite": "x25519-chacha20poly1305",
        "commitment": commitment,
        "ephemeral": point,
        "recipients": boxes,
        "sealed": encrypt(content_key, plaintext, commitment),
    }


def _kek(shared: bytes, point: bytes, key: bytes, commitment: bytes) -> bytes:
    return digest("seal-key", shared + point + key + commitment)


def reads(version: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(version)
    if content.get("geometry") is not None:
        whole.pop("uncertainty_m", None)
    whole |= content
    return {name: value for name, value in whole.items() if name not in ("sealed", "sensitivity")}


def open_seal(
    seed: bytes, public: bytes, seal: Mapping[str, Any], version: Mapping[str, Any]
) -> tuple[str, int, Any]:
    """What became of it: '' with the content, or an error with the step of §17 that fails."""
    boxes = [one["box"] for one in seal["recipients"] if one["key"] == public]
    if not boxes:
        return "not-for-this-key", 0, None
    step = 0
    try:
        need((version.get("sealed") or {}).get("commitment") == seal["commitment"], "of another version")
        step = 1
        shared = x25519(secret_of(seed), seal["ephemeral"])
        need(shared != bytes(32), "low order")
        kek = _kek(shared, seal["ephemeral"], public, seal["commitment"])
        plaintext = decrypt(decrypt(kek, boxes[0], seal["commitment"]), seal["sealed"], seal["commitment"])
        step = 2
        need(digest("sealed", plaintext) == seal["commitment"], "another content")
        step = 3
        value = decode(plaintext)
        need(type(value) is dict and set(value) == {"blind", "content"}, "form")
        binary(value["blind"], 32, "blind")
        need(type(value["content"]) is dict, "content")
        step = 4
        whole = reads(version, value["content"])
        PAYLOADS["commons"](whole)
        check_commons(whole)
    except Fault:
        return "not-as-published", step, None
    return "", 0, value["content"]
