"""The home directory of a node: what lies where, who may read it, and that only one daemon works in it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from node.durable_files import (
    PRIVATE_FILE_MODE,
    make_private_folder,
    require_private_folder,
    write_durably,
)
from node.errors import ConfigError, HomeInUse, HomeMissing
from node.settings.documents import example_text
from node.settings.loading import CONFIG_NAME

DEFAULT_HOME = Path("~/.minga")


@dataclass(frozen=True, slots=True)
class Home:
    """The places in a node's home directory; building one touches nothing."""

    path: Path

    @property
    def config_path(self) -> Path:
        """Settings, TOML."""
        return self.path / CONFIG_NAME

    @property
    def keys_path(self) -> Path:
        """One file per key (`node.keys.keyring`)."""
        return self.path / "keys"

    @property
    def store_path(self) -> Path:
        """The records, SQLite."""
        return self.path / "store.sqlite"

    @property
    def bundles_path(self) -> Path:
        """Bundle files made here, to be carried elsewhere."""
        return self.path / "bundles"

    @property
    def downloads_path(self) -> Path:
        """Files that are being made for readers (`node.opendata.packer`); nothing that has to be kept."""
        return self.path / "downloads"

    @property
    def lock_path(self) -> Path:
        """Held by the one process that works here; its text is that process's number."""
        return self.path / "lock"

    @classmethod
    def at(cls, path: str | Path | None = None) -> "Home":
        """Return the home at `path`, or the default one, as an absolute path."""
        return cls(Path(path or DEFAULT_HOME).expanduser().absolute())

    @property
    def is_initialised(self) -> bool:
        """Whether `create` has finished here: the keys' folder is made last."""
        return self.keys_path.is_dir()

    def create(self) -> None:
        """Make the folders and a commented `config.toml`, keeping what is there.  Raises `ConfigError`."""
        try:
            make_private_folder(self.path)
            require_private_folder(self.path)
            make_private_folder(self.bundles_path)
            if not self.config_path.exists():
                write_durably(self.config_path, example_text().encode("utf-8"))
            make_private_folder(self.keys_path)
        except OSError as fault:
            raise ConfigError(
                f"{self.path} cannot be made a node's home ({fault.strerror}); "
                "choose another directory with --home, or make this one yours to write"
            ) from None

    def require(self) -> None:
        """Raise `HomeMissing` unless this is a node's home, `UnsafePermissions` where others may enter."""
        if not self.path.is_dir():
            raise HomeMissing(f"there is no node in {self.path}; run: minga --home {self.path} init")
        if not self.is_initialised:
            raise HomeMissing(f"{self.path} is not a node's home yet; run: minga --home {self.path} init")
        require_private_folder(self.path)
        require_private_folder(self.keys_path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process from working here.  Raises `HomeInUse`; `ConfigError` without locks.

        The lock (flock) belongs to the process: the system lets go of it however the process ends, and a lock
        file that was left behind means nothing.
        """
        try:
            descriptor = os.open(self.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE)
        except OSError as fault:
            raise ConfigError(
                f"{self.lock_path} cannot be opened ({fault.strerror}); make {self.path} yours to write"
            ) from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeInUse(
                    f"{_holder(descriptor)} already works in {self.path}; stop it, or choose another --home"
                ) from None
            except OSError as fault:
                raise ConfigError(
                    f"{self.lock_path} cannot be locked ({fault.strerror}); put the home on a local disk"
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
            # What a process left that was killed while it made a file for a reader.
            shutil.rmtree(self.downloads_path, ignore_errors=True)
            yield
        finally:
            os.close(descriptor)

    def holder(self) -> int | None:
        """Return the number of the process that works here, 0 for an unknown one, `None` for nobody."""
        try:
            descriptor = os.open(self.lock_path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder_number(descriptor)
        finally:
            os.close(descriptor)
        return None


def _holder_number(descriptor: int) -> int:
    text = os.pread(descriptor, 20, 0).strip()
    return int(text) if text.isdigit() else 0


def _holder(descriptor: int) -> str:
    number = _holder_number(descriptor)
    return f"another minga (process {number})" if number else "another minga"
