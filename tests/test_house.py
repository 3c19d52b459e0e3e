"""Rules of the house that no linter knows: names, sizes, the top level, the lock files."""

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]

NAMES_THAT_SAY_NOTHING = re.compile(r"(utils?|helpers?|common|misc|managers?)")
FILE_LENGTH_MAX_LINES = 400  # past it a file has more than one job

TOP_LEVEL = {
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "config.example.toml",
    "docs",
    "node",
    "protocol",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
    "tests",
}

# One pinned requirement: its name, version, marker if any, then nothing but hashes.
PINNED = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9][a-z0-9.]*)(?: ; (?P<marker>[^\\]+?))?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)


def tracked(*patterns: str) -> list[str]:
    """The files that belong to the project: known to git, or new and not ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=TOP,
        capture_output=True,
        text=True,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout: the list of the project's files is unknown")
    return [name for name in listing.stdout.splitlines() if (TOP / name).is_file()]


def pinned(lock: str) -> dict[str, str]:
    """The requirements of a lock file, name to version and hashes; fails where anything else stands in it."""
    text = (TOP / lock).read_text(encoding="utf-8")
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    found = {match["name"]: match["version"] + match["hashes"] for match in PINNED.finditer(body)}
    assert PINNED.sub("", body) == "", f"{lock} holds something other than pinned, hashed requirements"
    return found


def test_text_from_outside_is_escaped_in_one_way() -> None:
    """`node.log.shown` does it; another escaping would show the same text in two forms.  A terminal's whole
    texts, with their line breaks, are the exception."""
    escaping = {
        name
        for name in tracked("node/*.py")
        if re.search(r"(?<![.\w])ascii\(", (TOP / name).read_text(encoding="utf-8"))
    }
    assert escaping <= {"node/log.py", "node/cli/render.py"}


def test_a_file_is_named_for_its_job() -> None:
    silent = [
        name
        for name in tracked("node", "protocol", "tests")
        if NAMES_THAT_SAY_NOTHING.fullmatch(Path(name).stem)
    ]
    folders = {
        part
        for name in tracked("node", "protocol", "tests")
        for part in Path(name).parts[:-1]
        if NAMES_THAT_SAY_NOTHING.fullmatch(part)
    }
    assert silent == []
    assert folders == set()


def test_no_file_has_grown_past_one_job() -> None:
    lengths = {
        name: len((TOP / name).read_text(encoding="utf-8").splitlines())
        for name in tracked("node/*.py", "protocol/*.py")
    }
    assert lengths, "no source file was found: the test looks in the wrong place"
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LENGTH_MAX_LINES} == {}


def test_the_top_level_holds_what_was_agreed() -> None:
    top = {name.split("/", 1)[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_lock_files_name_versions_and_hashes_and_no_place(lock: str) -> None:
    assert pinned(lock)
    text = (TOP / lock).read_text(encoding="utf-8")
    assert re.search(r"://|@ |--(?:extra-)?index|--find-links|--trusted|/home|/root|/tmp|file:", text) is None


def test_a_node_is_tested_with_the_versions_it_runs_on() -> None:
    runtime, development = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert runtime.items() <= development.items()


def test_every_dependency_of_the_project_is_pinned_and_has_its_reason() -> None:
    text = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    names = {name.lower() for name in re.findall(r'^    "([A-Za-z0-9-]+)', block[1], re.MULTILINE)}
    assert len(names) >= 7
    assert names <= pinned("requirements.txt").keys()
    reasons = (TOP / "docs/decisions/0001-dependencies.md").read_text(encoding="utf-8").lower()
    assert {name for name in names if f"| {name} (" not in reasons} == set()
