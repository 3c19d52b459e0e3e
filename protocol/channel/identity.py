"""Who is at the other end: the handshake payload of the libp2p-noise specification.

A node's long-term Ed25519 key signs the X25519 static key that it uses in the handshake.  Bytes as in
<https://github.com/libp2p/specs/blob/master/noise/README.md>: protobuf `NoiseHandshakePayload`
{ identity_key = 1, identity_sig = 2 }, the key itself being protobuf `PublicKey` { Type = 1, Data = 2 }
in the one encoding that the libp2p peer-id specification allows.
"""

from typing import NewType

from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import CryptoError

from protocol.errors import BadSignature, Malformed, OverLimit, Unsupported
from protocol.limits import IDENTITY_PAYLOAD_SIZE_MAX_BYTES

NodeId = NewType("NodeId", bytes)
"""A node's raw Ed25519 public key, 32 bytes."""

SIGNATURE_SIZE_BYTES = 64
_KEY_SIZE_BYTES = 32
_SIGNED_PREFIX = b"noise-libp2p-static-key:"

# PublicKey: Type (field 1, varint) = 1 Ed25519, Data (field 2, bytes) of length 32.
_KEY_TYPE_TAG = b"\x08"
_ED25519_HEAD = b"\x08\x01\x12\x20"

_FIELD_IDENTITY_KEY = 1
_FIELD_IDENTITY_SIGNATURE = 2
_WIRE_VARINT, _WIRE_64_BIT, _WIRE_BYTES, _WIRE_32_BIT = 0, 1, 2, 5
_VARINT_SIZE_MAX_BYTES = 10  # 64 bits, seven to a byte


def node_id_of(identity_seed: bytes) -> NodeId:
    """Return the node id of a 32-byte Ed25519 seed.  Raises `ValueError` for a seed of another size."""
    return NodeId(_key_pair(identity_seed)[0])


def encode_identity(identity_seed: bytes, static_public: bytes) -> bytes:
    """Return the handshake payload (104 bytes) that binds `static_public` (32 bytes) to an identity."""
    public, secret = _key_pair(identity_seed)
    key = _ED25519_HEAD + public
    signature = crypto_sign(_SIGNED_PREFIX + static_public, secret)[:SIGNATURE_SIZE_BYTES]
    return b"\x0a" + bytes([len(key)]) + key + b"\x12" + bytes([len(signature)]) + signature


def decode_identity(payload: bytes, static_public: bytes) -> NodeId:
    """Return the identity that signed `static_public`, the key the peer used in this handshake.

    Raises `OverLimit`, `Malformed`, `Unsupported` (a key type other than Ed25519), `BadSignature`.
    """
    if len(payload) > IDENTITY_PAYLOAD_SIZE_MAX_BYTES:
        raise OverLimit(f"an identity of {len(payload)} bytes exceeds {IDENTITY_PAYLOAD_SIZE_MAX_BYTES}")
    fields = _read_fields(payload)
    key = fields.get(_FIELD_IDENTITY_KEY)
    signature = fields.get(_FIELD_IDENTITY_SIGNATURE)
    if key is None or signature is None:
        raise Malformed("an identity payload carries a key and a signature")
    node_id = _decode_public_key(key)
    if len(signature) != SIGNATURE_SIZE_BYTES:
        raise Malformed(f"an identity signature has {SIGNATURE_SIZE_BYTES} bytes, not {len(signature)}")
    try:
        crypto_sign_open(signature + _SIGNED_PREFIX + static_public, node_id)
    except CryptoError:
        raise BadSignature("the identity key did not sign the key used in the handshake") from None
    return node_id


def _decode_public_key(key: bytes) -> NodeId:
    if key[:1] == _KEY_TYPE_TAG and key[1:2] in (b"\x00", b"\x02", b"\x03"):  # RSA, Secp256k1, ECDSA
        raise Unsupported("node identities are Ed25519 keys; this peer's is of another type")
    if not key.startswith(_ED25519_HEAD) or len(key) != len(_ED25519_HEAD) + _KEY_SIZE_BYTES:
        raise Malformed("the identity key is not an Ed25519 key in its one encoding")
    return NodeId(key[len(_ED25519_HEAD) :])


def _read_fields(payload: bytes) -> dict[int, bytes]:
    """Return the known fields of a `NoiseHandshakePayload`; skip the others, whole."""
    known: dict[int, bytes] = {}
    at = 0
    while at < len(payload):
        tag, at = _read_varint(payload, at)
        field, wire = tag >> 3, tag & 7
        if not 1 <= field < 2**29:
            raise Malformed(f"protobuf has no field number {field}")
        is_known = field in (_FIELD_IDENTITY_KEY, _FIELD_IDENTITY_SIGNATURE)
        if is_known and (wire != _WIRE_BYTES or field in known):
            raise Malformed(f"field {field} of the identity payload is repeated or of the wrong type")
        start, at = _read_value(payload, at, wire)
        if at > len(payload):
            raise Malformed("an identity payload ends inside a field")
        if is_known:
            known[field] = payload[start:at]
    return known


def _read_value(payload: bytes, at: int, wire: int) -> tuple[int, int]:
    """Return where the content of a field begins and ends (the end is not yet checked)."""
    if wire == _WIRE_BYTES:
        length, start = _read_varint(payload, at)
        return start, start + length
    if wire == _WIRE_VARINT:
        return at, _read_varint(payload, at)[1]
    if wire == _WIRE_64_BIT:
        return at, at + 8
    if wire == _WIRE_32_BIT:
        return at, at + 4
    raise Malformed(f"protobuf wire type {wire} is not in use")


def _read_varint(payload: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned varint and the position after it; only the shortest encoding passes."""
    value = 0
    for index in range(_VARINT_SIZE_MAX_BYTES):
        if at + index >= len(payload):
            raise Malformed("an identity payload ends inside a number")
        byte = payload[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if byte == 0 and index > 0:
                raise Malformed("a number in an identity payload is not in its shortest form")
            if value >= 2**64:
                break
            return value, at + index + 1
    raise Malformed("a number in an identity payload is longer than 64 bits")


def _key_pair(identity_seed: bytes) -> tuple[bytes, bytes]:
    if len(identity_seed) != _KEY_SIZE_BYTES:
        raise ValueError(f"an identity seed has {_KEY_SIZE_BYTES} bytes, not {len(identity_seed)}")
    return crypto_sign_seed_keypair(identity_seed)
