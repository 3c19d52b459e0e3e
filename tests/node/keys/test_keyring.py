"""Keys at rest: private, whole, encrypted where asked, and silent about their secrets."""

import base64
import json
import logging
import os
import pickle
import signal
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey

from node.durable_files import UNFINISHED_SUFFIX
from node.errors import ConfigError, DamagedKey, UnknownKey, UnsafePermissions, WrongPassphrase
from node.keys.key_file import MEMLIMIT_MAX_BYTES, OPSLIMIT_MAX, PASSPHRASE_LENGTH_MAX_CHARACTERS, Cost
from node.keys.keyring import KEY_FILE_SIZE_MAX_BYTES, LABEL_LENGTH_MAX_CHARACTERS, KeyInfo, Keyring
from node.keys.network_key import create_network_key, read_network_key
from node.keys.paper_key import paper_from_seed
from node.keys.secret_seed import SecretSeed
from protocol.keys import public_key_of, verify_signature
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]

# argon2id at its cheapest, so that the tests open many keys; the default is exercised once.
CHEAP = Cost(opslimit=1, memlimit_bytes=8 * 1024)

SEED = bytes(range(32))


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys", CHEAP)


def test_a_key_comes_back_by_every_name(ring: Keyring) -> None:
    stored = ring.create("actor", "Ana, laptop")
    ring.create("actor", "Rosa, teléfono")
    did = stored.info.did
    for name in ("Ana, laptop", did, did.removeprefix("did:key:"), did[:20], did[8:18], stored.public):
        assert ring.unlock(name) == stored.seed
        assert ring.find(name) == stored.info
    message = b"a pact"
    verify_signature(stored.public, message, ring.unlock("Ana, laptop").sign(message))


def test_files_are_private_and_named_for_what_they_are(ring: Keyring) -> None:
    info = ring.create("recovery", "paper", seed=SEED).info
    assert info.path.name == "recovery-" + info.did.removeprefix("did:key:") + ".json"
    assert stat.S_IMODE(info.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o700
    assert json.loads(info.path.read_bytes()) == {
        "version": 1,
        "kind": "recovery",
        "label": "paper",
        "public": info.did,
        "seed": base64.b64encode(SEED).decode(),
    }


def test_listing_is_ordered_and_tells_what_is_encrypted(ring: Keyring) -> None:
    ring.create("recovery", "z")
    ring.create("actor", "b", "secret")
    ring.create("actor", "a")
    assert [(key.kind, key.label, key.encrypted) for key in ring.list()] == [
        ("actor", "a", False),
        ("actor", "b", True),
        ("recovery", "z", False),
    ]
    assert ring.faults() == ()


# --- passphrases -----------------------------------------------------------------------


def test_an_encrypted_key_opens_with_its_passphrase_alone(ring: Keyring) -> None:
    stored = ring.create("actor", "Ana", "niño del páramo", seed=SEED)
    asked: list[KeyInfo] = []

    def passphrase(info: KeyInfo) -> str:
        asked.append(info)
        return "nin\u0303o del pa\u0301ramo"  # the same, as another keyboard writes it

    assert ring.unlock("Ana", passphrase).reveal() == SEED
    assert asked == [stored.info]
    for wrong in (
        "nino del paramo",
        "",
        "niño del páramo ",
        "x" * (PASSPHRASE_LENGTH_MAX_CHARACTERS + 1),
        "\ud800",
    ):
        with pytest.raises(WrongPassphrase, match="does not open the key 'Ana'"):
            ring.unlock("Ana", lambda _, wrong=wrong: wrong)  # type: ignore[misc]
    with pytest.raises(WrongPassphrase, match="MINGA_PASSPHRASE"):
        ring.unlock("Ana")


def test_the_file_of_an_encrypted_key_does_not_hold_the_secret(ring: Keyring) -> None:
    path = ring.create("actor", "Ana", "a passphrase", seed=SEED).info.path
    data = path.read_bytes()
    assert SEED not in data
    assert base64.b64encode(SEED)[:20] not in data
    assert SEED.hex().encode() not in data
    assert b"a passphrase" not in data


def test_the_default_cost_is_that_of_rfc_9106_for_little_memory(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    sealed = json.loads(ring.create("actor", "Ana", "x").info.path.read_bytes())["sealed"]
    assert (sealed["opslimit"], sealed["memlimit"]) == (4, 64 * 2**20)
    assert ring.unlock("Ana", lambda _: "x").public == ring.find("Ana").public


def test_a_passphrase_has_limits(ring: Keyring) -> None:
    longest = "x" * PASSPHRASE_LENGTH_MAX_CHARACTERS
    ring.create("actor", "longest", longest)
    assert ring.unlock("longest", lambda _: longest)
    for unfit in ("", longest + "x"):
        with pytest.raises(ConfigError, match="a passphrase has 1 to"):
            ring.create("actor", "unfit", unfit)
    assert [key.label for key in ring.list()] == ["longest"]


def test_a_passphrase_is_changed_added_and_taken_away(ring: Keyring) -> None:
    ring.create("actor", "Ana", "old", seed=SEED)
    assert ring.change_passphrase("Ana", lambda _: "old", "new").encrypted
    with pytest.raises(WrongPassphrase):
        ring.unlock("Ana", lambda _: "old")
    with pytest.raises(WrongPassphrase):
        ring.change_passphrase("Ana", lambda _: "old", None)
    assert not ring.change_passphrase("Ana", lambda _: "new", None).encrypted
    assert ring.unlock("Ana").reveal() == SEED
    ring.change_passphrase("Ana", None, "again")
    assert ring.unlock("Ana", lambda _: "again").reveal() == SEED
    assert len(ring.list()) == 1


# --- what is refused -------------------------------------------------------------------


def test_names_that_mean_none_or_several_are_refused_with_the_choice(ring: Keyring) -> None:
    with pytest.raises(UnknownKey, match="minga init"):
        ring.find("Ana")
    ring.create("actor", "Ana")
    ring.create("actor", "Rosa")
    with pytest.raises(UnknownKey, match="no key is called 'ana'; there are 'Ana', 'Rosa'"):
        ring.find("ana")
    for too_short in ("", "z6Mk", "did:key:", "did:key:z6Mk", ring.find("Ana").did[:15]):
        with pytest.raises(UnknownKey):
            ring.find(too_short)
    with pytest.raises(UnknownKey, match=r"no key is called '\\x1b\[2J'"):
        ring.find("\x1b[2J")


def test_a_label_or_a_key_is_there_once(ring: Keyring) -> None:
    ring.create("actor", "Ana", seed=SEED)
    with pytest.raises(ConfigError, match="already a key called 'Ana'; choose another label"):
        ring.create("recovery", "Ana")
    with pytest.raises(ConfigError, match="already here, under the label 'Ana'"):
        ring.create("recovery", "another", seed=SEED)
    assert len(ring.list()) == 1


@pytest.mark.parametrize(
    "label",
    ["", " Ana", "Ana\n", "A\u202ena", "did:key:z6MkAna", "z6MkAna", "x" * (LABEL_LENGTH_MAX_CHARACTERS + 1)],
)
def test_labels_that_mislead_are_refused(ring: Keyring, label: str) -> None:
    with pytest.raises(ConfigError, match="a key's label"):
        ring.create("actor", label)


def test_the_longest_label_fits(ring: Keyring) -> None:
    label = "\U00013000" * LABEL_LENGTH_MAX_CHARACTERS  # four bytes each
    path = ring.create("actor", label, "x").info.path
    assert path.stat().st_size <= KEY_FILE_SIZE_MAX_BYTES
    assert ring.unlock(label, lambda _: "x")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_has_32_bytes(ring: Keyring, size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        ring.create("actor", "Ana", seed=bytes(size))


def test_a_key_file_that_others_can_read_is_refused_and_the_rest_still_opens(ring: Keyring) -> None:
    ana, _ = ring.create("actor", "Ana").info, ring.create("actor", "Rosa")
    ana.path.chmod(0o644)
    with pytest.raises(UnsafePermissions, match=rf"chmod 600 {ana.path}"):
        ring.unlock("Ana")
    assert [key.label for key in ring.list()] == ["Rosa"]
    assert len(ring.faults()) == 1
    assert ring.unlock("Rosa")
    ring.path.chmod(0o755)
    with pytest.raises(UnsafePermissions, match=rf"chmod 700 {ring.path}"):
        ring.unlock("Rosa")


def rewrite(path: Path, **changes: object) -> None:
    """Change fields of a key file (of its sealed part where they are there)."""
    content = json.loads(path.read_bytes())
    for name, value in changes.items():
        part = content["sealed"] if name in content.get("sealed", {}) else content
        part[name] = value
    path.write_text(json.dumps(content))


def test_every_truncation_of_a_key_file_is_told(ring: Keyring) -> None:
    path = ring.create("actor", "Ana", "x").info.path
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedKey, match="restore it from a backup"):
            ring.unlock("Ana", lambda _: "x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_never_gives_another_secret(ring: Keyring, place: int, bit: int) -> None:
    if not ring.path.exists():
        ring.create("actor", "Ana", "x", seed=SEED)
        (ring.path / "whole").write_bytes(next(ring.path.glob("*.json")).read_bytes())
    path, whole = next(ring.path.glob("*.json")), bytearray((ring.path / "whole").read_bytes())
    whole[place % len(whole)] ^= 1 << bit
    path.write_bytes(whole)
    try:
        found = ring.list()
        seed = ring.unlock(found[0].public, lambda _: "x") if found else None
    except ConfigError:
        return
    assert seed is None or seed.reveal() == SEED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_key_or_a_named_fault(ring: Keyring, data: bytes) -> None:
    ring.path.mkdir(mode=0o700, exist_ok=True)
    path = ring.path / "actor-x.json"
    path.write_bytes(data)
    path.chmod(0o600)
    assert len(ring.list()) + len(ring.faults()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"kind": "admin"},
        {"public": "did:key:z6Mk"},
        {"public": 7},
        {"surplus": 1},
        {"seed": base64.b64encode(SEED).decode()},
        {"sealed": None},
        {"salt": ""},
        {"nonce": base64.b64encode(bytes(23)).decode()},
        {"ciphertext": base64.b64encode(bytes(47)).decode()},
        {"opslimit": 0},
        {"opslimit": OPSLIMIT_MAX + 1},
        {"memlimit": MEMLIMIT_MAX_BYTES + 1},
        {"memlimit": 8 * 1024 - 1},
        {"memlimit": 2**70},
        {"label": "two\nlines"},
    ],
)
def test_a_file_that_is_not_a_key_file_is_told_as_damaged(ring: Keyring, changes: dict[str, object]) -> None:
    path = ring.create("actor", "Ana", "x").info.path
    rewrite(path, **changes)
    with pytest.raises(DamagedKey):
        ring.unlock("Ana", lambda _: "x")


def test_label_kind_and_key_cannot_be_exchanged_under_an_encrypted_secret(ring: Keyring) -> None:
    path = ring.create("actor", "Ana", "x").info.path
    whole = path.read_bytes()
    changes: list[dict[str, object]] = [
        {"label": "Rosa"},
        {"kind": "recovery"},
        {"public": SecretSeed(SEED).did},
        {"opslimit": 2},
    ]
    for change in changes:
        rewrite(path, **change)
        with pytest.raises(WrongPassphrase, match="was altered"):
            ring.unlock(ring.list()[0].public, lambda _: "x")
        path.write_bytes(whole)


def test_an_open_key_under_another_name_is_damaged(ring: Keyring) -> None:
    path = ring.create("actor", "Ana").info.path
    rewrite(path, public=SecretSeed(SEED).did)
    with pytest.raises(DamagedKey, match="another key than it says"):
        ring.unlock("Ana")


def test_what_is_too_large_is_not_read(ring: Keyring) -> None:
    path = ring.create("actor", "Ana").info.path
    path.write_bytes(path.read_bytes().ljust(KEY_FILE_SIZE_MAX_BYTES))
    assert ring.unlock("Ana")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DamagedKey, match="larger than a key file"):
        ring.unlock("Ana")


# --- the node's own key ----------------------------------------------------------------


def test_the_node_has_one_key_from_which_the_handshake_key_follows(ring: Keyring) -> None:
    with pytest.raises(UnknownKey, match="minga init"):
        ring.node_key()
    made = ring.node_key(create=True)
    again = Keyring(ring.path).node_key(create=True)
    assert made.public == again.public == public_key_of(made.seed.reveal())
    assert made.static_secret == again.static_secret != made.seed.reveal()
    assert len(PrivateKey(made.static_secret).public_key.encode()) == 32
    with pytest.raises(ConfigError, match="already has a key of its own"):
        ring.create("node", "a second")


def test_a_node_starts_beside_a_damaged_key_but_not_with_its_own_damaged(ring: Keyring) -> None:
    public = ring.node_key(create=True).public
    ring.create("actor", "Ana").info.path.write_bytes(b"")
    assert ring.node_key().public == public
    ring.find(public).path.write_bytes(b"{")
    for create in (False, True):  # and is not given another identity in its place
        with pytest.raises(DamagedKey):
            ring.node_key(create=create)


def test_the_derived_key_is_fixed() -> None:
    """Peers may remember a node by it."""
    expected = "d1eb554e988db9c002c8ecd72fb5d0b254629e9a48a2460b58e3726ee339038c"
    assert SecretSeed(SEED).derive("noise-static-key").hex() == expected
    assert SecretSeed(SEED).derive("another").hex() != expected


# --- silence ---------------------------------------------------------------------------


def test_a_secret_does_not_show_itself(ring: Keyring, caplog: pytest.LogCaptureFixture) -> None:
    stored = ring.create("actor", "Ana", seed=SEED)
    seed = ring.unlock("Ana")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("node").warning("%s %r %s", seed, stored, ring.node_key(create=True))
    try:
        raise RuntimeError(seed)
    except RuntimeError:
        trace = traceback.format_exc()
    for text in (repr(seed), str(seed), f"{seed}", repr(stored), caplog.text, trace):
        assert SEED.hex() not in text
        assert base64.b64encode(SEED).decode() not in text
        assert repr(SEED)[2:40] not in text
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(seed)
    with pytest.raises(TypeError):
        hash(seed)
    assert seed != SEED


# --- kill -9 ---------------------------------------------------------------------------

CREATE_MANY = """
import sys
from pathlib import Path
from node.keys.key_file import Cost
from node.keys.keyring import Keyring
ring = Keyring(Path(sys.argv[1]), Cost(1, 8192))
print("started", flush=True)
for number in range(100_000):
    key = ring.create("actor", f"{sys.argv[2]} {number}", "x" if number % 2 else None)
    print(key.info.did, flush=True)
"""


def test_kill_9_during_creation_leaves_whole_keys_and_every_one_that_was_announced(ring: Keyring) -> None:
    announced: list[str] = []
    for attempt in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", CREATE_MANY, str(ring.path), str(attempt)],
            cwd=TOP,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            announced.extend(process.stdout.readline().strip() for _ in range(1 + attempt))
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read()
            announced.extend(line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n"))
        assert process.returncode == -signal.SIGKILL
    require_whole(ring)
    assert set(announced) <= {key.did for key in ring.list()}


# Kills itself just before the n-th thing that it asks of the file system once it begins to write the key:
# opening, changing the mode, renaming, opening the folder.
KILLED_AT = """
import os, signal, sys
from pathlib import Path
from node.keys.key_file import Cost
from node.keys.keyring import Keyring
ring, left = Keyring(Path(sys.argv[1]), Cost(1, 8192)), int(sys.argv[2])
writing = False
def step(event, details):
    global left, writing
    writing = writing or event == "open" and "unfinished" in str(details[0])
    if not writing:
        return
    if event == "open" or event.startswith(("os.", "fcntl.")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
ring.create("actor", sys.argv[2], "x")
print("announced")
"""


def test_a_kill_before_any_step_of_a_creation_leaves_the_key_whole_or_absent(ring: Keyring) -> None:
    ring.create("actor", "the first")
    for step in range(1, 30):
        before = len(ring.list())
        done = subprocess.run(
            [sys.executable, "-c", KILLED_AT, str(ring.path), str(step)],
            cwd=TOP,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        assert ring.faults() == ()
        if done.stdout == "announced\n":
            assert len(ring.list()) == before + 1
            if done.returncode == 0:
                break
    else:
        pytest.fail("the creation takes more steps than the test tries")
    assert step > 3, "the test kills at no step that matters"
    require_whole(ring)


def require_whole(ring: Keyring) -> None:
    """Every key opens, and the next creation clears away what the killed ones left."""
    assert ring.faults() == ()
    for key in ring.list():
        assert ring.unlock(key.public, lambda _: "x").did == key.did
    ring.create("actor", "the next")
    assert [name for name in os.listdir(ring.path) if name.endswith(UNFINISHED_SUFFIX)] == []


def test_several_processes_create_at_once_without_losing_a_key(ring: Keyring) -> None:
    create = CREATE_MANY.replace("100_000", "10")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", create, str(ring.path), who], cwd=TOP, stdout=subprocess.DEVNULL
        )
        for who in ("a", "b")
    ]
    assert [process.wait(timeout=PATIENCE_S) for process in processes] == [0, 0]
    assert len(ring.list()) == 20
    assert ring.faults() == ()


# --- the key of a private network ------------------------------------------------------


def test_a_network_key_is_carried_as_text_and_read_back(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "federation.key", tmp_path / "copied.key"
    text = create_network_key(path)
    elsewhere.write_text(text.lower().replace("-", " ") + "\n\n")
    elsewhere.chmod(0o600)
    assert read_network_key(path) == read_network_key(elsewhere)
    assert len(read_network_key(path)) == 32
    with pytest.raises(ConfigError, match="is there already"):
        create_network_key(path)


def test_a_network_key_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    path = tmp_path / "federation.key"
    with pytest.raises(ConfigError, match=r"correct network\.key_file"):
        read_network_key(path)
    path.write_text("N1AB-CDEF")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="does not hold the key of a network"):
        read_network_key(path)
    path.write_text(paper_from_seed(SEED))
    with pytest.raises(ConfigError, match="begins with M1"):
        read_network_key(path)
    path.write_bytes(b"\xff" * 10_000)
    with pytest.raises(ConfigError):
        read_network_key(path)
    path.chmod(0o644)
    with pytest.raises(UnsafePermissions):
        read_network_key(path)
