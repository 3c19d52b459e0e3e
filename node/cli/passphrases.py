"""Passphrases: from a file, from the environment, or asked for without showing them; never as an argument."""

import os
import sys
from gettext import gettext as _
from pathlib import Path

import click

from node.durable_files import read_private
from node.errors import ConfigError, WrongPassphrase
from node.keys.keyring import KeyInfo, Keyring
from node.keys.secret_seed import SecretSeed
from protocol.keys import PublicKey, SigningKey

# A thousand characters of four bytes, and the line's end.
PASSPHRASE_FILE_SIZE_MAX_BYTES = 4_096


class Passphrases:
    """Answers for the passphrases of one command; what opened one key is tried on the next."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    @property
    def given(self) -> str | None:
        """The passphrase of the file or the environment, None where there is neither."""
        if self._file is not None:
            return read_passphrase(self._file)
        return os.environ.get("MINGA_PASSPHRASE") or None

    def of(self, key: KeyInfo) -> str:
        """Return the passphrase of a stored key.  Raises `WrongPassphrase` where nobody can be asked."""
        if (given := self.given) is not None:
            return given
        if not sys.stdin.isatty():
            raise WrongPassphrase(
                f"the key {key.label!r} has a passphrase: give it with --passphrase-file, before the command"
            )
        asked: str = click.prompt(
            _("Passphrase of the key {label}").format(label=key.label), hide_input=True, err=True
        )
        return asked

    def new(self, label: str, wanted: bool | None) -> str | None:
        """Return a passphrase for a new key, None for none.

        `wanted` is what was said of it: True, False, or None for nothing.
        """
        if wanted is False:
            return None
        if (given := self.given) is not None:
            return given
        if not sys.stdin.isatty():
            raise ConfigError(
                "a new key gets a passphrase: give one with --passphrase-file, before the command, "
                "or say --no-passphrase"
            )
        asked: str = click.prompt(
            _("New passphrase for {label} (nothing for none)").format(label=label),
            hide_input=True,
            confirmation_prompt=True,
            default="",
            show_default=False,
            err=True,
        )
        if wanted and not asked:
            raise ConfigError("no passphrase was typed, so no key was made")
        return asked or None


def read_passphrase(path: Path) -> str:
    """Return the first line of a file that only its owner can read.  Raises `ConfigError`."""
    try:
        data = read_private(path, PASSPHRASE_FILE_SIZE_MAX_BYTES)
    except OSError as fault:
        raise ConfigError(f"the passphrase file {path} cannot be read ({fault.strerror})") from None
    try:
        line = data.decode("utf-8").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError:
        raise ConfigError(f"the passphrase file {path} is not UTF-8 text") from None
    if not line or len(data) > PASSPHRASE_FILE_SIZE_MAX_BYTES:
        raise ConfigError(f"the passphrase file {path} does not hold one passphrase on its first line")
    return line


class Unlocker:
    """Opens stored keys, each once for a command."""

    def __init__(self, keyring: Keyring, passphrases: Passphrases) -> None:
        self._keyring = keyring
        self._passphrases = passphrases
        self._open: dict[PublicKey, SigningKey] = {}

    def __call__(self, public: PublicKey) -> SigningKey:
        """Return the signing key of a stored public key.  Raises `UnknownKey`, `WrongPassphrase`."""
        if public not in self._open:
            seed: SecretSeed = self._keyring.unlock(public, self._passphrases.of)
            self._open[public] = SigningKey(seed.reveal())
        return self._open[public]
