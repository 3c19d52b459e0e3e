"""Sealed contents: kept among named actors, carried by everybody (docs/protocol.md §17).

Who seals builds a plaintext, publishes its commitment, and gives each recipient's key a box; who opens
learns the content, or that the seal holds not what was published.  No error and no repr here shows a content.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha512
from typing import Any

from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt,
    crypto_sign_ed25519_pk_to_curve25519,
)
from nacl.exceptions import CryptoError

from protocol.canonical import decode, encode
from protocol.channel.noise import diffie_hellman, public_key
from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, tagged_hash
from protocol.keys import PublicKey, SigningKey
from protocol.kinds import KINDS, examine
from protocol.kinds.seal import Seal
from protocol.limits import SEAL_RECIPIENTS_MAX, SEALED_SIZE_MAX_BYTES

SUITE = "x25519-chacha20poly1305"
BLIND_SIZE_BYTES = 32
TAG_SIZE_BYTES = 16  # of ChaCha20-Poly1305 (RFC 8439 §2.8)

# Each key encrypts one text, so a fixed nonce is never used twice with one.
_NONCE = bytes(12)


class CannotSeal(Exception):
    """What is to be sealed, or for whom, is not such that it can be; the message says why, and no content."""


class NotForThisKey(Exception):
    """The key is not among those that a seal names: nothing is wrong, and nothing can be read."""


class NotAsPublished(Exception):
    """A seal that names the key does not hold what its version committed to, whatever the reason."""


class Opened:
    """What a recipient reads: the sealed `content` by itself, and the `whole` version with it, typed.

    `plaintext` is what a new seal of the same version holds.
    """

    __slots__ = ("content", "plaintext", "whole")

    def __init__(self, content: Mapping[str, Any], whole: Any, plaintext: bytes) -> None:
        self.content = content
        self.whole = whole
        self.plaintext = plaintext

    def __repr__(self) -> str:
        return "Opened(…)"


def plaintext_of(content: Mapping[str, Any], blind: bytes) -> bytes:
    """Return the bytes that are sealed: `content` (fields of a version) and 32 random bytes.

    Raises `CannotSeal` where they are no canonical value or larger than a seal holds.
    """
    _require_random(blind)
    try:
        plaintext = encode({"blind": blind, "content": dict(content)})
    except ProtocolError as fault:
        raise CannotSeal(f"this cannot be sealed: {fault}") from None
    if len(plaintext) + TAG_SIZE_BYTES > SEALED_SIZE_MAX_BYTES:
        raise CannotSeal(f"a seal holds at most {SEALED_SIZE_MAX_BYTES} bytes, and this is larger")
    return plaintext


def commitment_of(plaintext: bytes) -> bytes:
    """Return the digest by which a version names what was sealed; without the blind it tells nothing."""
    return tagged_hash("sealed", plaintext)


def seal_for(
    plaintext: bytes, recipients: Iterable[tuple[ActorId, PublicKey]], content_key: bytes, ephemeral: bytes
) -> dict[str, Any]:
    """Return the payload of a `seal` of `plaintext` for keys of actors.

    `content_key` and `ephemeral` are 32 random bytes each, of this seal alone.  Raises `CannotSeal`.
    """
    _require_random(content_key)
    _require_random(ephemeral)
    named = list(dict.fromkeys(recipients))
    if not named:
        raise CannotSeal("a seal is for somebody: name an actor")
    if len(named) > SEAL_RECIPIENTS_MAX:
        raise CannotSeal(f"a seal is for at most {SEAL_RECIPIENTS_MAX} keys, and this one for {len(named)}")
    commitment, point = commitment_of(plaintext), public_key(ephemeral)
    boxes = []
    for actor, key in named:
        kek = _key_of_box(_agreed(ephemeral, _point_of(key)), point, key, commitment)
        boxes.append({"actor": actor, "key": key, "box": _encrypt(content_key, kek, commitment)})
    return {
        "suite": SUITE,
        "commitment": commitment,
        "ephemeral": point,
        "recipients": boxes,
        "sealed": _encrypt(plaintext, content_key, commitment),
    }


def open_seal(key: SigningKey, seal: Seal, kind: str, payload: Mapping[str, Any]) -> Opened:
    """Return what a seal holds for the version of `kind` with this payload, opened with a recipient's key.

    Raises `NotForThisKey`, or `NotAsPublished` for everything else that can be wrong, whatever the bytes.
    """
    box = next((one.box for one in seal.recipients if one.key == key.public), None)
    if box is None:
        raise NotForThisKey("this key is not among those that the seal is for")
    committed = payload.get("sealed")
    commitment = committed.get("commitment") if isinstance(committed, dict) else None
    if commitment != seal.commitment:
        raise NotAsPublished("the seal is of another content than the version names")
    try:
        shared = diffie_hellman(sha512(key.reveal_seed()).digest()[:32], seal.ephemeral)
        kek = _key_of_box(shared, seal.ephemeral, key.public, commitment)
        plaintext = _decrypt(seal.sealed, _decrypt(box, kek, commitment), commitment)
    except (ProtocolError, CryptoError):
        raise NotAsPublished("the seal does not open with a key that it is for") from None
    if commitment_of(plaintext) != commitment:
        raise NotAsPublished("the seal holds another content than the version names")
    return _read(plaintext, kind, payload)


def _read(plaintext: bytes, kind: str, payload: Mapping[str, Any]) -> Opened:
    """Read a plaintext that is what the version committed to: its author may still have sealed anything."""
    try:
        value = decode(plaintext, SEALED_SIZE_MAX_BYTES)
    except ProtocolError:
        value = None
    if type(value) is not dict or value.keys() != {"blind", "content"}:
        raise NotAsPublished("what was sealed is not of the form that a sealed content has")
    blind, content = value["blind"], value["content"]
    if type(blind) is not bytes or len(blind) != BLIND_SIZE_BYTES or type(content) is not dict:
        raise NotAsPublished("what was sealed is not of the form that a sealed content has")
    try:
        whole, _ = examine(kind, unsealed(payload, content))
    except ProtocolError:
        raise NotAsPublished("what was sealed is no content of such a record") from None
    return Opened(content, whole, plaintext)


def unsealed(payload: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sealed version's payload as a recipient reads it: sealed fields in place of its own."""
    whole = {name: value for name, value in payload.items() if name not in ("sealed", "sensitivity")}
    if content.get("geometry") is not None:
        whole.pop("uncertainty_m", None)  # it was that of the coarse place
    return whole | {name: value for name, value in content.items() if name not in ("sealed", "sensitivity")}


def check_sealable(kind: str, payload: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Check before sealing that a recipient would find `content` to be what a version of `kind` may hold.

    Raises `CannotSeal`, or `Malformed` or `OverLimit` with the field at fault.
    """
    if "sealed" not in KINDS[kind].content_type.__struct_fields__:
        raise CannotSeal(f"a {kind} has nothing that could be sealed")
    examine(kind, unsealed(payload, content))


def _point_of(key: PublicKey) -> bytes:
    """Return the X25519 public key of an Ed25519 key (RFC 7748 §4.1)."""
    try:
        return crypto_sign_ed25519_pk_to_curve25519(key[2:])
    except CryptoError:
        raise CannotSeal("one of the keys is no point that could be sealed to") from None


def _agreed(ephemeral: bytes, point: bytes) -> bytes:
    try:
        return diffie_hellman(ephemeral, point)
    except ProtocolError:
        raise CannotSeal("one of the keys is no point that could be sealed to") from None


def _key_of_box(shared: bytes, ephemeral: bytes, key: PublicKey, commitment: bytes) -> bytes:
    return tagged_hash("seal-key", shared + ephemeral + key + commitment)


def _encrypt(text: bytes, key: bytes, commitment: bytes) -> bytes:
    return crypto_aead_chacha20poly1305_ietf_encrypt(text, commitment, _NONCE, key)


def _decrypt(text: bytes, key: bytes, commitment: bytes) -> bytes:
    return crypto_aead_chacha20poly1305_ietf_decrypt(text, commitment, _NONCE, key)


def _require_random(value: bytes) -> None:
    if len(value) != BLIND_SIZE_BYTES:
        raise ValueError(f"random bytes are {BLIND_SIZE_BYTES}, not {len(value)}")
