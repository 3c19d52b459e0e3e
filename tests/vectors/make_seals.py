"""Make `seals.json`: contents sealed for keys, what each reads, and seals that hold not what was published.

    python -m tests.vectors.make_seals

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from nacl.bindings import crypto_aead_chacha20poly1305_ietf_encrypt as encrypt
from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519 as to_x25519

from protocol.canonical import encode
from protocol.channel.noise import diffie_hellman, public_key
from protocol.identifiers import tagged_hash
from protocol.keys import PublicKey, SigningKey, did_key
from protocol.kinds import examine
from protocol.kinds.seal import Seal
from protocol.sealing import (
    SUITE,
    NotAsPublished,
    NotForThisKey,
    commitment_of,
    open_seal,
    plaintext_of,
    seal_for,
    unsealed,
)
from tests.protocol.people import Person, commons, key
from tests.vectors.make_records import json_form

FILE = Path(__file__).with_name("seals.json")
Payload = dict[str, Any]

A = Person("Comuna", [key("vector seal a1"), key("vector seal a2")])
B = Person("Guardianes", [key("vector seal b"), key("vector seal a2")])
THIEF = key("vector seal nobody")
SPRING = {"type": "Point", "coordinates": [-785_123_457, -2_345_679]}
CONTENT: Payload = {
    "geometry": SPRING,
    "description": {"es": "El ojo de agua está bajo la peña grande", "qu": "ñawi yaku 🌱"},
    "facts": {"es": "caudal"},
    "zz": [None, True, {"deep": b"x"}],
}


def random_bytes(name: str) -> bytes:
    """Bytes that nobody would guess, if this file were not public."""
    return blake2b(name.encode(), digest_size=32).digest()


def version(commitment: bytes, **more: Any) -> Payload:
    """A public version that commits to something, on the grid of 0.01 degrees."""
    place = {"type": "Point", "coordinates": [-785_100_000, -2_300_000]}
    public = commons(A, geometry=place, uncertainty_m=790, salt=bytes(16), **more)
    return public | {"sensitivity": "sealed", "sealed": {"commitment": commitment}}


def sealed(
    content: Any = CONTENT,
    *,
    name: str = "",
    plaintext: bytes | None = None,
    people: tuple[Person, ...] = (A, B),
) -> tuple[Payload, Payload]:
    """A version and a seal of it for all keys of `people`."""
    text = plaintext_of(content, random_bytes("blind" + name)) if plaintext is None else plaintext
    recipients = [(person.id, one.public) for person in people for one in person.keys]
    seal = seal_for(text, recipients, random_bytes("content key" + name), random_bytes("ephemeral" + name))
    return version(commitment_of(text)), seal


def typed(seal: Payload) -> Seal:
    """A seal as a receiver has it; it keeps the rules of its kind."""
    content, _ = examine("seal", seal)
    assert isinstance(content, Seal)
    return content


def by_hand(
    plaintext: bytes, commitment: bytes, to: PublicKey, secret: bytes = random_bytes("by hand")
) -> Payload:
    """A seal of anything under any commitment, rightly encrypted, by whoever keeps no rules."""
    point = public_key(secret)
    kek = tagged_hash("seal-key", diffie_hellman(secret, to_x25519(to[2:])) + point + to + commitment)
    return {
        "suite": SUITE,
        "commitment": commitment,
        "ephemeral": point,
        "recipients": [
            {"actor": A.id, "key": to, "box": encrypt(bytes(range(32)), commitment, bytes(12), kek)}
        ],
        "sealed": encrypt(plaintext, commitment, bytes(12), bytes(range(32))),
    }


def _made() -> Iterator[tuple[str, Payload, tuple[Person, ...]]]:
    yield "a spring, for two actors that share a key", CONTENT, (A, B)
    yield "nothing at all, for one key", {}, (Person("Sola", [key("vector seal alone")]),)
    parts = [
        [
            -785_100_001,
            -2_300_001,
            -785_000_003,
            -2_300_001,
            -785_000_003,
            -2_200_007,
            -785_100_001,
            -2_300_001,
        ]
    ]
    yield "a boundary", {"geometry": {"type": "Polygon", "coordinates": parts}, "uncertainty_m": 5}, (A,)


def _made_case(name: str, content: Payload, people: tuple[Person, ...]) -> dict[str, Any]:
    public, seal = sealed(content, name=name, people=people)
    opened = open_seal(people[0].keys[0], typed(seal), "commons", public)
    return {
        "name": name,
        "kind": "commons",
        "version": json_form(public),
        "content": json_form(content),
        "blind": random_bytes("blind" + name).hex(),
        "content_key": random_bytes("content key" + name).hex(),
        "ephemeral_key": random_bytes("ephemeral" + name).hex(),
        "recipients": [[p.id.hex(), did_key(k.public)] for p in people for k in p.keys],
        "seeds": [k.reveal_seed().hex() for p in people for k in p.keys],
        "plaintext": opened.plaintext.hex(),
        "seal": json_form(seal),
        "reads": json_form(unsealed(public, content)),
    }


# Points of Ed25519 of small order, one of mixed order, and what is no point at all.
NO_POINTS = {
    "the neutral point": "0100000000000000000000000000000000000000000000000000000000000000",
    "order 2": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "order 4": "0000000000000000000000000000000000000000000000000000000000000000",
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "the base point plus one of order 8": "da99e28ba529cdde35a25fba9059e78ecaee239f99755b9b1aa4f65df00803e2",
    "no point of the curve": "0200000000000000000000000000000000000000000000000000000000000000",
}


def _opened() -> Iterator[tuple[str, SigningKey, Payload, Payload, Payload]]:
    public, seal = sealed()
    yield "each recipient's key: an actor's second", A.keys[1], public, seal, CONTENT
    text = plaintext_of(CONTENT, random_bytes("blind"))
    others = seal_for(text, [(B.id, B.keys[0].public)], random_bytes("k"), random_bytes("e"))
    yield "a seal made anew for others", B.keys[0], public, others, CONTENT
    twice = seal | {"recipients": [*seal["recipients"][:2], seal["recipients"][3] | {"box": bytes(48)}]}
    yield "of two boxes for one key the first is taken", A.keys[1], public, twice, CONTENT
    yield "the highest bit of the ephemeral key means nothing", A.keys[0], *_high_bit(), CONTENT
    yield (
        "a commitment kept by a later version",
        A.keys[0],
        public | {"rules": {"es": "Otras"}},
        seal,
        CONTENT,
    )
    named = {"sealed": 1, "sensitivity": "withheld"}
    yield "sealed and sensitivity inside mean nothing", A.keys[0], *sealed(named), named


def _high_bit() -> tuple[Payload, Payload]:
    """A seal whose ephemeral key has its highest bit set; the box is bound to it as written."""
    plaintext = plaintext_of(CONTENT, random_bytes("blind"))
    commitment, to, secret = commitment_of(plaintext), A.keys[0].public, random_bytes("by hand")
    point = public_key(secret)
    point = point[:31] + bytes([point[31] | 0x80])
    kek = tagged_hash("seal-key", diffie_hellman(secret, to_x25519(to[2:])) + point + to + commitment)
    seal = by_hand(plaintext, commitment, to) | {"ephemeral": point}
    seal["recipients"][0]["box"] = encrypt(bytes(range(32)), commitment, bytes(12), kek)
    return version(commitment), seal


def _refused() -> Iterator[tuple[str, int, SigningKey, Payload, Payload]]:
    public, seal = sealed()
    us = A.keys[0]
    yield "a key that is not named", 0, THIEF, public, seal
    yield "a version that names another content", 0, us, version(bytes(32)), seal
    yield "a version that seals nothing", 0, us, commons(A), seal
    own = seal["recipients"][0]
    for name, changed in (
        ("a bit of the box is flipped", {"recipients": [own | {"box": _flipped(own["box"], 0)}]}),
        ("a bit of the box's tag is flipped", {"recipients": [own | {"box": _flipped(own["box"], 47)}]}),
        ("another's box", {"recipients": [own | {"box": seal["recipients"][1]["box"]}]}),
        ("a bit of what is sealed is flipped", {"sealed": _flipped(seal["sealed"], 5)}),
        ("a bit of its tag is flipped", {"sealed": _flipped(seal["sealed"], -1)}),
        ("what is sealed is cut short", {"sealed": seal["sealed"][:-1]}),
        ("what is sealed is only a tag and a byte", {"sealed": seal["sealed"][:17]}),
        ("what is sealed goes on", {"sealed": seal["sealed"] + b"\0"}),
        ("another ephemeral key", {"ephemeral": public_key(random_bytes("other"))}),
    ):
        yield name, 1, us, public, seal | changed
    for name, point in (
        ("zero", bytes(32)),
        ("one", b"\1" + bytes(31)),
        ("of order 8", bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")),
        ("p - 1", bytes.fromhex("ec" + "ff" * 30 + "7f")),
        ("p, which is zero", bytes.fromhex("ed" + "ff" * 30 + "7f")),
        ("p + 1, which is one", bytes.fromhex("ee" + "ff" * 30 + "7f")),
    ):
        # Whoever takes the shared secret of 32 zero bytes for one opens this.
        low = by_hand(plaintext_of(CONTENT, random_bytes("blind")), seal["commitment"], us.public)
        kek = tagged_hash("seal-key", bytes(32) + point + us.public + seal["commitment"])
        low["recipients"][0]["box"] = encrypt(bytes(range(32)), seal["commitment"], bytes(12), kek)
        yield f"an ephemeral key of low order: {name}", 1, us, public, low | {"ephemeral": point}
    other = plaintext_of({"facts": {"es": "otra cosa"}}, random_bytes("blind"))
    yield "another content under the commitment", 2, us, public, by_hand(other, seal["commitment"], us.public)
    for name, plaintext in _bad_plaintexts():
        commitment = commitment_of(plaintext)
        step = 4 if name.startswith("content") else 3
        yield name, step, us, version(commitment), by_hand(plaintext, commitment, us.public)


def _flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 0x40
    return bytes(changed)


def _bad_plaintexts() -> Iterator[tuple[str, bytes]]:
    blind = random_bytes("blind")
    yield "one byte that is no msgpack", b"\xc1"
    yield "a list", encode([blind, CONTENT])
    yield "no blind", encode({"content": CONTENT})
    yield "no content", encode({"blind": blind})
    yield "a blind of 31 bytes", encode({"blind": blind[:31], "content": {}})
    yield "a blind that is text", encode({"blind": "b" * 32, "content": {}})
    yield "a nil for content", encode({"blind": blind, "content": None})
    yield "another member", encode({"blind": blind, "content": {}, "more": 0})
    good = encode({"blind": blind, "content": {}})
    yield "keys out of order", b"\x82\xa7content\x80\xa5blind\xc4\x20" + blind
    yield "a longer form than needed", b"\xde\x00\x02" + good[1:]
    yield "bytes after the value", good + b"\0"
    yield "a float", b"\x82\xa5blind\xc4\x20" + blind + b"\xa7content\x81\xa1x\xcb" + bytes(8)
    for name, content in (
        (
            "a ring that is not closed",
            {"geometry": {"type": "Polygon", "coordinates": [[0, 0, 9, 0, 9, 9, 0, 9]]}},
        ),
        (
            "a ring wound the wrong way",
            {"geometry": {"type": "Polygon", "coordinates": [[0, 0, 9, 9, 9, 0, 0, 0]]}},
        ),
        ("a point off the globe", {"geometry": {"type": "Point", "coordinates": [1_800_000_001, 0]}}),
        ("a text where texts by language stand", {"description": "texto"}),
        ("a name that is nil", {"name": None}),
        ("an owner", {"owner": "alguien"}),
        ("a steward twice", {"stewards": [{"name": {"es": "x"}, "actor": bytes(32)}] * 2}),
        ("a negative uncertainty", {"uncertainty_m": -1}),
    ):
        yield f"content: {name}", encode({"blind": blind, "content": content})


def _with_error(name: str, step: int, by: SigningKey, public: Payload, seal: Payload) -> dict[str, Any]:
    try:
        open_seal(by, typed(seal), "commons", public)
    except NotForThisKey:
        error = "not-for-this-key"
    except NotAsPublished:
        error = "not-as-published"
    else:
        raise AssertionError(f"{name}: opened")
    return _case(name, by, public, seal) | {"error": error, "step": step}


def _case(name: str, by: SigningKey, public: Payload, seal: Payload) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "commons",
        "seed": by.reveal_seed().hex(),
        "version": json_form(public),
        "seal": json_form(seal),
    }


def _opened_case(
    name: str, by: SigningKey, public: Payload, seal: Payload, content: Payload
) -> dict[str, Any]:
    assert open_seal(by, typed(seal), "commons", public).content == content, name
    return _case(name, by, public, seal) | {"content": json_form(content)}


def made() -> str:
    """The content of the file."""
    vectors = {
        "made": [_made_case(*case) for case in _made()],
        "cannot_be_sealed_to": [
            {"name": name, "key": did_key(PublicKey(b"\xed\x01" + bytes.fromhex(raw)))}
            for name, raw in NO_POINTS.items()
        ],
        "opened": [_opened_case(*case) for case in _opened()],
        "refused": [_with_error(*case) for case in _refused()],
    }
    return json.dumps(vectors, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
