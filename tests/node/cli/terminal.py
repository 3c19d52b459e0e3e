"""A person at a terminal: runs the real command line in a home of its own."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from node.bundles import write_bundle
from node.cli.root import minga
from protocol.bundle import BundleHeader
from protocol.record.verification import VerifiedRecord


@dataclass(frozen=True)
class Terminal:
    """A home, and whoever types there."""

    home: Path
    language: str = "en"

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        """Run a command and return what came of it; a traceback fails the test."""
        with _language_kept():
            result = CliRunner().invoke(
                minga,
                ["--home", str(self.home), "--lang", self.language, *arguments],
                input=typed,
                prog_name="minga",
            )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def does(self, *arguments: str, typed: str | None = None) -> str:
        """Run a command that has to succeed and return its answer."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == 0, f"minga {' '.join(arguments)}: {result.exit_code} {result.stderr}"
        return result.stdout

    def asks(self, *arguments: str) -> Any:
        """Run a command with --json that has to succeed and return what it answers."""
        return json.loads(self.does("--json", *arguments))

    def fails(self, *arguments: str, typed: str | None = None, code: int = 2) -> str:
        """Run a command that has to end with an exit code, and return its one sentence."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == code, f"{result.exit_code}: {result.stdout}{result.stderr}"
        assert "Traceback" not in result.stderr
        return " ".join(result.stderr.split())

    def settled_down(self, label: str = "key 1") -> str:
        """Make the home and a key of a person in it; return its did:key."""
        self.does("init")
        key: str = self.asks("key", "new", "--label", label, "--no-passphrase")["key"]
        return key

    def takes(self, bundle: Path) -> None:
        """Import a bundle."""
        self.does("import", str(bundle))

    def hears(self, records: Iterable[VerifiedRecord]) -> None:
        """Import records that others have signed, with software of their own."""
        bundle = self.home.parent / f"{self.home.name}-hears.bundle"
        write_bundle(bundle, [record.envelope for record in records], BundleHeader(0, None, None))
        self.takes(bundle)
        bundle.unlink()


def exchange(*people: Terminal, over: Path) -> None:
    """Carry everything that each holds to all the others, on a stick."""
    for number, giver in enumerate(people):
        bundle = over / f"stick-{number}.bundle"
        giver.does("export", str(bundle))
        for taker in people:
            if taker is not giver:
                taker.takes(bundle)


@contextmanager
def _language_kept() -> Iterator[None]:
    before = os.environ.get("LANGUAGE")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("LANGUAGE", None)
        else:
            os.environ["LANGUAGE"] = before
