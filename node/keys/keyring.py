"""Keys at rest: one file per key, readable by its owner alone, encrypted where a passphrase is given.

A file is a JSON object: `version`, `kind`, `label`, `public` (did:key), and either `seed` (base64) or
`sealed`: the seed encrypted with XChaCha20-Poly1305 under a key that argon2id makes from the passphrase, with
its `salt`, `opslimit`, `memlimit`, `nonce` and `ciphertext`.  The encryption also authenticates the other
fields, so that a file's label or kind cannot be exchanged unnoticed.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from node.durable_files import (
    make_private_folder,
    read_private,
    remove_unfinished,
    require_private_folder,
    write_durably,
)
from node.errors import ConfigError, DamagedKey, UnknownKey, WrongPassphrase
from node.keys.key_file import (
    Cost,
    KeyFile,
    KeyKind,
    decode_key_file,
    encode_key_file,
    open_key_file,
    seal_seed,
)
from node.keys.secret_seed import SecretSeed
from node.log import shown
from protocol.keys import SEED_SIZE_BYTES, PublicKey, did_key, parse_did_key

# One encrypted key is 600 bytes; a label of the longest kind adds 400.
KEY_FILE_SIZE_MAX_BYTES = 4_096

# A council of many, over decades of rotation; listing reads them all.
KEYS_MAX = 1_000

# A label is shown in lists and typed on command lines.
LABEL_LENGTH_MAX_CHARACTERS = 100

# Characters of a did:key after `did:key:z6Mk` that a prefix must have to be taken for one, and not for a
# label.
PREFIX_LENGTH_MIN = 4

# How the node's own key is called.
NODE_LABEL = "node"

_SUFFIX = ".json"
_DID = "did:key:"
_ED25519_TEXT = "z6Mk"  # how the did:key text of every Ed25519 key begins

PassphraseProvider = Callable[["KeyInfo"], str]
"""Asks for, or finds, the passphrase of a key."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What can be known of a stored key without its passphrase."""

    kind: KeyKind
    label: str
    public: PublicKey
    encrypted: bool
    path: Path

    @property
    def did(self) -> str:
        """The did:key text."""
        return did_key(self.public)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key that has just been stored, with its secret."""

    info: KeyInfo
    seed: SecretSeed

    @property
    def public(self) -> PublicKey:
        """The public key."""
        return self.info.public


@dataclass(frozen=True, slots=True)
class NodeKey:
    """Who this node is to its peers: an Ed25519 identity and the X25519 static key of its handshakes."""

    seed: SecretSeed

    @property
    def public(self) -> PublicKey:
        """The identity's public key."""
        return self.seed.public

    @property
    def static_secret(self) -> bytes:
        """The 32-byte secret of the Noise static key, derived from the identity: one file holds both."""
        return self.seed.derive("noise-static-key")


class _Stored(NamedTuple):
    info: KeyInfo
    content: KeyFile


class _Unusable(NamedTuple):
    path: Path
    fault: ConfigError


class Keyring:
    """The keys in one folder.  Several processes may use it at once."""

    def __init__(self, path: Path, cost: Cost | None = None) -> None:
        """Use the folder at `path`; nothing is touched yet.  `cost` is what encrypting a new key takes."""
        self.path = path
        self._cost = cost or Cost()

    def create(
        self, kind: KeyKind, label: str, passphrase: str | None = None, seed: bytes | None = None
    ) -> StoredKey:
        """Store a new key (from `seed`, or from fresh random bytes), durably, before returning it.

        Raises `ConfigError` where the label or the key is already there, or the label or passphrase is unfit.
        """
        _require_label(label)
        secret = SecretSeed(secrets.token_bytes(SEED_SIZE_BYTES) if seed is None else seed)
        content = seal_seed(kind, label, secret, passphrase, self._cost)
        path = self.path / f"{kind}-{secret.did.removeprefix(_DID)}{_SUFFIX}"
        with self._writing():
            self._require_new(kind, label, secret.public)
            write_durably(path, encode_key_file(content))
        return StoredKey(KeyInfo(kind, label, secret.public, content.encrypted, path), secret)

    def list(self) -> tuple[KeyInfo, ...]:
        """Return every key that can be read, by kind and label; `faults` says which cannot.

        Raises `ConfigError` for the folder itself.
        """
        stored, _ = self._read_all()
        return tuple(
            sorted((info for info, _ in stored), key=lambda info: (info.kind, info.label, info.public))
        )

    def faults(self) -> tuple[ConfigError, ...]:
        """Return what is wrong with single key files: permissions, damage."""
        _, unusable = self._read_all()
        return tuple(fault for _, fault in unusable)

    def find(self, name: str | PublicKey) -> KeyInfo:
        """Return the one key called `name`: a public key, a did:key or the beginning of one, or a label.

        Raises `UnknownKey`; `DamagedKey` or `UnsafePermissions` where an unreadable file may be the one.
        """
        return self._find(name).info

    def unlock(
        self, name: str | PublicKey, passphrase_provider: PassphraseProvider | None = None
    ) -> SecretSeed:
        """Return the secret of the key called `name`, asking for the passphrase where it has one.

        Raises what `find` raises, and `WrongPassphrase`.
        """
        info, content = self._find(name)
        if not info.encrypted:
            return open_key_file(content, None, info.path)
        if passphrase_provider is None:
            raise WrongPassphrase(
                f"the key '{shown(info.label)}' has a passphrase, and there is nobody to ask; "
                "give it in the environment variable MINGA_PASSPHRASE"
            )
        return open_key_file(content, passphrase_provider(info), info.path)

    def change_passphrase(
        self, name: str | PublicKey, passphrase_provider: PassphraseProvider | None, passphrase: str | None
    ) -> KeyInfo:
        """Store the key again under a new passphrase, or none.  Raises what `unlock` raises."""
        info = self.find(name)
        seed = self.unlock(info.public, passphrase_provider)
        content = seal_seed(info.kind, info.label, seed, passphrase, self._cost)
        with self._writing():
            write_durably(info.path, encode_key_file(content))
        return replace(info, encrypted=content.encrypted)

    def node_key(
        self, passphrase_provider: PassphraseProvider | None = None, *, create: bool = False
    ) -> NodeKey:
        """Return the node's own key; with `create`, make it where there is none (open: a node starts alone).

        Raises `UnknownKey` where there is none, and what `unlock` raises.
        """
        stored, unusable = self._read_all() if self.path.is_dir() or not create else ((), ())
        for path, fault in unusable:
            if path.name.startswith("node-"):
                raise fault
        found = [info for info, _ in stored if info.kind == "node"]
        if not found and create:
            return NodeKey(self.create("node", NODE_LABEL).seed)
        if not found:
            raise UnknownKey(f"{self.path} holds no key of this node; run: minga init")
        if len(found) > 1:
            paths = ", ".join(str(info.path) for info in found)
            raise UnknownKey(f"a node has one key of its own, here are {len(found)}: keep one of {paths}")
        return NodeKey(self.unlock(found[0].public, passphrase_provider))

    def _find(self, name: str | PublicKey) -> _Stored:
        text = name if isinstance(name, str) else did_key(name)
        stored, unusable = self._read_all()
        named = [key for key in stored if _is_called(key.info, text)]
        if len(named) == 1:
            return named[0]
        if named:
            keys = ", ".join(sorted(key.info.did for key in named))
            raise UnknownKey(f"'{shown(text)}' means more than one key; write more of one of these: {keys}")
        if unusable:
            raise unusable[0].fault  # the name may be in that file: do not say that there is none
        labels = ", ".join(sorted(f"'{shown(key.info.label)}'" for key in stored))
        there_are = f"there are {labels}" if labels else "there is none yet"
        raise UnknownKey(f"no key is called '{shown(text)}'; {there_are}")

    def _read_all(self) -> tuple[tuple[_Stored, ...], tuple[_Unusable, ...]]:
        """Read every key file; those that cannot be used come with their faults."""
        if not self.path.is_dir():
            raise UnknownKey(f"there are no keys in {self.path}; run: minga init")
        require_private_folder(self.path)
        paths = sorted(path for path in self.path.glob(f"*{_SUFFIX}") if not path.name.startswith("."))
        if len(paths) > KEYS_MAX:
            raise ConfigError(f"{self.path} holds more than {KEYS_MAX} keys; move old ones elsewhere")
        stored, unusable = [], []
        for path in paths:
            try:
                content = _read(path)
            except ConfigError as fault:
                unusable.append(_Unusable(path, fault))
            else:
                public = parse_did_key(content.public)
                info = KeyInfo(content.kind, content.label, public, content.encrypted, path)
                stored.append(_Stored(info, content))
        return tuple(stored), tuple(unusable)

    def _require_new(self, kind: KeyKind, label: str, public: PublicKey) -> None:
        present = self.list()
        if len(present) >= KEYS_MAX:
            raise ConfigError(
                f"{self.path} holds {KEYS_MAX} keys, and takes no more; move old ones elsewhere"
            )
        for info in present:
            if info.public == public:
                raise ConfigError(f"this key is already here, under the label '{shown(info.label)}'")
            if info.label == label:
                raise ConfigError(f"there is already a key called '{shown(label)}'; choose another label")
            if info.kind == kind == "node":
                raise ConfigError(
                    f"this node already has a key of its own, in {info.path}; it needs no other"
                )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keep other writers out of the folder, and clear away what one that was killed left behind."""
        try:
            make_private_folder(self.path)
            require_private_folder(self.path)
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as fault:
            raise ConfigError(
                f"{self.path} cannot be used ({fault.strerror}); make it yours to write"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            remove_unfinished(self.path)
            yield
        except OSError as fault:
            raise ConfigError(
                f"the key could not be stored in {self.path} ({fault.strerror}); nothing was changed"
            ) from None
        finally:
            os.close(descriptor)


def _read(path: Path) -> KeyFile:
    try:
        data = read_private(path, KEY_FILE_SIZE_MAX_BYTES)
    except OSError as fault:
        raise DamagedKey(f"{path} cannot be read ({fault.strerror}); make it yours to read") from None
    if len(data) > KEY_FILE_SIZE_MAX_BYTES:
        raise DamagedKey(f"{path} is larger than a key file; restore it from a backup, or move it away")
    return decode_key_file(data, path)


def _is_called(info: KeyInfo, name: str) -> bool:
    if name in (info.label, info.did):
        return True
    bare = name.removeprefix(_DID)
    long_enough = len(bare) >= len(_ED25519_TEXT) + PREFIX_LENGTH_MIN
    return long_enough and info.did.removeprefix(_DID).startswith(bare)


def _require_label(label: str) -> None:
    if not label or label != label.strip():
        raise ConfigError(
            "a key's label is not empty and has no blank at an end; say whose it is, such as 'Ana, laptop'"
        )
    if len(label) > LABEL_LENGTH_MAX_CHARACTERS:
        raise ConfigError(f"a key's label has at most {LABEL_LENGTH_MAX_CHARACTERS} characters; shorten it")
    if not label.isprintable() or label.removeprefix(_DID).startswith(_ED25519_TEXT):
        raise ConfigError("a key's label is one line of plain text, and not itself a key; choose another")
