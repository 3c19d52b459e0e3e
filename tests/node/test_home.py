"""The home directory: private, made once, one daemon at a time, files whole or absent."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from node.durable_files import UNFINISHED_SUFFIX, read_private, remove_unfinished, write_durably
from node.errors import ConfigError, HomeInUse, HomeMissing, UnsafePermissions
from node.home import Home
from node.settings import Settings, load_settings
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[2]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "deep" / "home")
    home.create()
    return home


def test_a_new_home_is_private_and_complete(home: Home) -> None:
    home.require()
    assert [mode(path) for path in (home.path, home.keys_path, home.bundles_path)] == [0o700] * 3
    assert mode(home.config_path) == 0o600
    assert load_settings(home.path, {}) == Settings()


def test_creating_again_keeps_what_is_there(home: Home) -> None:
    home.config_path.write_text('[node]\nname = "ours"\n')
    home.create()
    assert load_settings(home.path, {}).node_name == "ours"


def test_the_umask_does_not_matter(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home.at(tmp_path / "home")
        home.create()
    finally:
        os.umask(before)
    assert (mode(home.path), mode(home.keys_path), mode(home.config_path)) == (0o700, 0o700, 0o600)


def test_a_missing_home_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(HomeMissing, match=r"there is no node in .*; run: minga --home .* init"):
        Home.at(tmp_path / "nowhere").require()
    with pytest.raises(HomeMissing, match=r"is not a node's home yet; run: minga --home .* init"):
        Home.at(tmp_path).require()


def test_a_home_open_to_others_is_refused_with_the_chmod(home: Home) -> None:
    for folder in (home.keys_path, home.path):
        folder.chmod(0o750)
        with pytest.raises(UnsafePermissions, match=rf"chmod 700 {folder}"):
            home.require()
        folder.chmod(0o700)
    home.require()


def test_a_file_in_the_way_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose another directory with --home"):
        Home.at(tmp_path / "file" / "home").create()


def test_a_relative_home_and_the_tilde_become_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Home.at().path == tmp_path / ".minga"
    assert Home.at("~/x").path == tmp_path / "x"
    monkeypatch.chdir(tmp_path)
    assert Home.at("x").path == tmp_path / "x"


# --- one daemon ------------------------------------------------------------------------

HOLD = """
import sys
from node.home import Home
with Home.at(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(home: Home) -> "subprocess.Popen[str]":
    """Start a process that holds the home until its input ends; returns once it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.path)],
        cwd=TOP,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_two_daemons_do_not_run_on_one_home(home: Home) -> None:
    with hold(home) as process:
        assert home.holder() == process.pid
        with (
            pytest.raises(HomeInUse, match=rf"another minga \(process {process.pid}\) already works in"),
            home.lock(),
        ):
            pass
        process.communicate(timeout=PATIENCE_S)
    assert home.holder() is None
    with home.lock():
        assert home.holder() == os.getpid()


def test_a_killed_daemon_leaves_no_lock(home: Home) -> None:
    with hold(home) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE_S)
        assert home.lock_path.exists()
        assert home.holder() is None
        with home.lock():
            pass


def test_nobody_holds_a_home_that_is_not_there(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "nowhere")
    assert home.holder() is None
    with pytest.raises(ConfigError, match="cannot be opened"), home.lock():
        pass


# --- files whole or absent -------------------------------------------------------------


def test_a_write_replaces_the_whole_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"long old content")
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]
    assert mode(path) == 0o600


def test_a_write_that_fails_keeps_the_old_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "folder"
    place.mkdir()
    with pytest.raises(IsADirectoryError):
        write_durably(place, b"data")
    assert os.listdir(tmp_path) == ["folder"]


# What a full disk does to a write, wherever the tests run: the system stops it part-way.
FULL = """
import resource, signal, sys
from pathlib import Path
from node.durable_files import write_durably
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_durably(Path(sys.argv[1]), bytes(5000))
except OSError as fault:
    print(fault.strerror)
"""


def test_a_write_that_stops_part_way_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert done.stdout == "File too large\n"
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_leftovers_are_cleared_and_nothing_else(tmp_path: Path) -> None:
    for name in (f".a.json.0123{UNFINISHED_SUFFIX}", "a.json", ".hidden", f"own{UNFINISHED_SUFFIX}"):
        (tmp_path / name).write_text("")
    remove_unfinished(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".hidden", "a.json", f"own{UNFINISHED_SUFFIX}"]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o620, 0o610])
def test_a_secret_that_others_can_touch_is_refused_with_the_chmod(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(bits)
    with pytest.raises(UnsafePermissions, match=rf"chmod 600 {path}"):
        read_private(path, 10)


def test_a_pipe_in_the_place_of_a_secret_does_not_stop_the_node(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    os.mkfifo(path, 0o600)
    with pytest.raises(UnsafePermissions, match="not a plain file"):
        read_private(path, 10)


def test_reading_stops_one_past_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_durably(path, bytes(100))
    assert len(read_private(path, 100)) == 100
    assert len(read_private(path, 98)) == 99


def test_what_was_being_made_for_readers_goes_when_somebody_works_here_next(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    left = home.downloads_path / "0123" / "commons.gpkg"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half of a file")
    with home.lock():
        assert not home.downloads_path.exists()
