"""The content of a key file: JSON in and out, sealed with a passphrase and opened again."""

import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.secret import Aead

from node.errors import ConfigError, DamagedKey, WrongPassphrase
from node.keys.secret_seed import SecretSeed
from node.log import shown
from protocol.errors import ProtocolError
from protocol.keys import SEED_SIZE_BYTES, parse_did_key

KeyKind = Literal["node", "actor", "recovery"]
"""`node`: this node's identity; `actor`: signs for an actor; `recovery`: takes an actor back."""

VERSION = 1

# RFC 9106 §4 recommends 64 MiB with three passes in four lanes where memory is short; libsodium has one lane:
# four passes make up for it.
OPSLIMIT = 4
MEMLIMIT_BYTES = 64 * 1024 * 1024

# A file may ask for more than we do, but not for all the memory or the day: somebody may have put it there.
OPSLIMIT_MAX = 64
MEMLIMIT_MAX_BYTES = 1024 * 1024 * 1024

# The least that libsodium takes (crypto_pwhash_argon2id_MEMLIMIT_MIN).
MEMLIMIT_MIN_BYTES = 8 * 1024

# Longer than any sentence a person remembers; bounds what is normalised and hashed.
PASSPHRASE_LENGTH_MAX_CHARACTERS = 1_000

_BACKUP = "restore it from a backup, or move it away"


@dataclass(frozen=True, slots=True)
class Cost:
    """What guessing one passphrase costs: argon2id passes and memory (RFC 9106)."""

    opslimit: int = OPSLIMIT
    memlimit_bytes: int = MEMLIMIT_BYTES


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seed under a passphrase; bytes are base64 in the JSON."""

    salt: bytes
    opslimit: Annotated[int, msgspec.Meta(ge=1, le=OPSLIMIT_MAX)]
    memlimit: Annotated[int, msgspec.Meta(ge=MEMLIMIT_MIN_BYTES, le=MEMLIMIT_MAX_BYTES)]
    nonce: bytes
    ciphertext: bytes


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A key file's fields: the secret is either `seed` (base64) or `sealed`."""

    version: int
    kind: KeyKind
    label: str
    public: str
    seed: bytes | None = None
    sealed: Sealed | None = None

    @property
    def encrypted(self) -> bool:
        """Whether a passphrase is needed."""
        return self.sealed is not None

    def __repr__(self) -> str:
        return f"KeyFile({self.kind} {self.label!r} {self.public})"


def encode_key_file(content: KeyFile) -> bytes:
    """Return the bytes of a key file."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def decode_key_file(data: bytes, path: Path) -> KeyFile:
    """Return the content of the key file at `path`, its form checked.  Raises `DamagedKey`."""
    try:
        content = msgspec.json.decode(data, type=KeyFile)
        parse_did_key(content.public)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ProtocolError):
        raise DamagedKey(f"{path} is not a whole key file; {_BACKUP}") from None
    if content.version != VERSION:
        raise DamagedKey(f"{path} was written by another version of Minga; open it with that one")
    if not content.label.isprintable():
        raise DamagedKey(f"{path} has a label that cannot be shown; {_BACKUP}")
    if not _holds_one_secret(content):
        raise DamagedKey(f"{path} does not hold one whole secret; {_BACKUP}")
    return content


def _holds_one_secret(content: KeyFile) -> bool:
    match content.seed, content.sealed:
        case bytes(seed), None:
            return len(seed) == SEED_SIZE_BYTES
        case None, Sealed(salt=salt, nonce=nonce, ciphertext=ciphertext):
            return (
                len(salt) == pwhash.argon2id.SALTBYTES
                and len(nonce) == Aead.NONCE_SIZE
                and len(ciphertext) == SEED_SIZE_BYTES + Aead.MACBYTES
            )
        case _:
            return False


def seal_seed(kind: KeyKind, label: str, seed: SecretSeed, passphrase: str | None, cost: Cost) -> KeyFile:
    """Return the file of a key, encrypted if there is a passphrase.  Raises `ConfigError` if it is empty."""
    if passphrase is None:
        return KeyFile(VERSION, kind, label, seed.did, seed=seed.reveal())
    if not passphrase or len(passphrase) > PASSPHRASE_LENGTH_MAX_CHARACTERS:
        raise ConfigError(
            f"a passphrase has 1 to {PASSPHRASE_LENGTH_MAX_CHARACTERS} characters; choose another"
        )
    bare = KeyFile(VERSION, kind, label, seed.did)
    salt, nonce = secrets.token_bytes(pwhash.argon2id.SALTBYTES), secrets.token_bytes(Aead.NONCE_SIZE)
    sealed = Sealed(salt, cost.opslimit, cost.memlimit_bytes, nonce, b"")
    box = Aead(_stretched(passphrase, sealed))
    ciphertext = box.encrypt(seed.reveal(), _authenticated(bare, sealed), nonce).ciphertext
    return msgspec.structs.replace(bare, sealed=msgspec.structs.replace(sealed, ciphertext=ciphertext))


def open_key_file(content: KeyFile, passphrase: str | None, path: Path) -> SecretSeed:
    """Return the secret of a decoded key file.  Raises `WrongPassphrase` or `DamagedKey`."""
    if content.sealed is not None:
        seed = SecretSeed(_decrypted(content, content.sealed, passphrase or "", path))
    else:
        seed = SecretSeed(content.seed or b"")
    if seed.did != content.public:
        raise DamagedKey(f"{path} holds the secret of another key than it says; {_BACKUP}")
    return seed


def _decrypted(content: KeyFile, sealed: Sealed, passphrase: str, path: Path) -> bytes:
    wrong = (
        f"that passphrase does not open the key '{shown(content.label)}' (or {path} was altered); try again"
    )
    if not passphrase or len(passphrase) > PASSPHRASE_LENGTH_MAX_CHARACTERS:
        raise WrongPassphrase(wrong)
    box = Aead(_stretched(passphrase, sealed))
    try:
        return box.decrypt(sealed.ciphertext, _authenticated(content, sealed), sealed.nonce)
    except CryptoError:
        raise WrongPassphrase(wrong) from None


def _stretched(passphrase: str, sealed: Sealed) -> bytes:
    """Return the 32-byte key that argon2id makes of a passphrase.

    The passphrase is normalised (NFKC, NIST SP 800-63B §5.1.1.2): keyboards write ñ and á in two ways.
    """
    password = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    try:
        return pwhash.argon2id.kdf(
            Aead.KEY_SIZE, password, sealed.salt, opslimit=sealed.opslimit, memlimit=sealed.memlimit
        )
    except MemoryError:
        raise ConfigError(
            f"opening a key with a passphrase takes {sealed.memlimit // 2**20} MB of memory, "
            "which this machine does not have free; close something"
        ) from None


def _authenticated(content: KeyFile, sealed: Sealed) -> bytes:
    """Return what the encryption vouches for besides the secret, as one JSON array."""
    names = [content.kind, content.label, content.public]
    return msgspec.json.encode(["minga/key-file", content.version, *names, sealed.opslimit, sealed.memlimit])
