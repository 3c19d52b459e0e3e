"""`protocol/` is pure: another program can use it with PyNaCl, msgpack and msgspec alone."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[1]
PROTOCOL = TOP / "protocol"
MODULES = sorted(PROTOCOL.rglob("*.py"))
LIBRARIES = {"nacl", "msgpack", "msgspec", "protocol"}

# Read from where the linter reads it, so that the two cannot differ.
BANNED = set(
    tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"][
        "flake8-tidy-imports"
    ]["banned-api"]
)


def module_name(path: Path) -> str:
    parts = path.relative_to(TOP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(source: str, package: str) -> set[str]:
    """Every dotted name that a source text imports: `from a.b import c` gives `a.b` and `a.b.c`."""
    names: set[str] = set()
    for part in ast.walk(ast.parse(source)):
        if isinstance(part, ast.Import):
            names |= {alias.name for alias in part.names}
        elif isinstance(part, ast.ImportFrom):
            base = part.module or ""
            if part.level:
                home = package.split(".")[: len(package.split(".")) - part.level + 1]
                base = ".".join([*home, *([base] if base else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in part.names}
    return names


def forbidden(names: set[str]) -> set[str]:
    """Those that are neither standard library nor one of the three libraries, or that are banned by name."""
    foreign = {
        name
        for name in names
        if (root := name.split(".")[0]) not in LIBRARIES and root not in sys.stdlib_module_names
    }
    banned = {name for name in names for ban in BANNED if name == ban or name.startswith(ban + ".")}
    return foreign | banned


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_protocol_module_imports_only_what_is_pure(path: Path) -> None:
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    assert forbidden(imported_names(path.read_text(encoding="utf-8"), package)) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from os import path",
        "import os.path",
        "def f():\n    import random",
        "from asyncio import sleep",
        "import aiohttp.web",
        "import requests",
        "from node import settings",
        "from ...node import settings",
        "from nacl.utils import random",
    ],
)
def test_the_check_sees_what_is_impure(source: str) -> None:
    assert forbidden(imported_names(source, "protocol.record"))


@pytest.mark.parametrize(
    "source", ["import nacl.bindings", "from . import keys", "from hashlib import blake2b"]
)
def test_the_check_lets_what_is_pure_pass(source: str) -> None:
    assert forbidden(imported_names(source, "protocol")) == set()


# Runs in a fresh interpreter.  Refuses a banned import where protocol code itself asks for it (the standard
# library and the three libraries may need a clock or a file to load), and any other package for everybody.
GUARD = """
import builtins, importlib, sys
protocol_folder, modules = sys.argv[1], sys.argv[4:]
banned, libraries = sys.argv[2].split(), sys.argv[3].split()

class OnlyThese:
    def find_spec(self, name, path=None, target=None):
        root = name.split(".")[0]
        if root not in sys.stdlib_module_names and root not in libraries:
            raise ImportError(f"{name} is neither standard library nor one of {libraries}")
        return None

plain_import = builtins.__import__
def watched_import(name, globals=None, locals=None, fromlist=(), level=0):
    asker = (globals or {}).get("__file__") or ""
    if asker.startswith(protocol_folder) and level == 0:
        for asked in [name, *(f"{name}.{part}" for part in fromlist or ())]:
            if any(asked == ban or asked.startswith(ban + ".") for ban in banned):
                raise ImportError(f"{asker} imports {asked}, which is banned")
    return plain_import(name, globals, locals, fromlist, level)

sys.meta_path.insert(0, OnlyThese())
builtins.__import__ = watched_import
for module in modules:
    importlib.import_module(module)
print(len(modules))
"""


def load_under_guard(folder: Path, modules: list[str]) -> subprocess.CompletedProcess[str]:
    # cffi is PyNaCl's own door to libsodium, compiled parts included
    libraries = " ".join(sorted(LIBRARIES | {"cffi", "_cffi_backend", "pycparser"}))
    return subprocess.run(
        [sys.executable, "-c", GUARD, f"{folder}/protocol/", " ".join(sorted(BANNED)), libraries, *modules],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def test_every_protocol_module_loads_without_the_rest() -> None:
    modules = [module_name(path) for path in MODULES]
    done = load_under_guard(TOP, modules)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(len(modules))


@pytest.mark.parametrize("line", ["import aiohttp", "import time", "from os import path", "import node"])
def test_the_guard_refuses_what_is_impure(tmp_path: Path, line: str) -> None:
    (tmp_path / "protocol").mkdir()
    (tmp_path / "protocol" / "__init__.py").write_text(line + "\n", encoding="utf-8")
    done = load_under_guard(tmp_path, ["protocol"])
    assert done.returncode != 0
    assert "ImportError" in done.stderr
