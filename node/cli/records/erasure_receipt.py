"""The receipt of an erasure: what it took out, what was looked through, where it went, what it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Any

from node.accounts.accounts_file import FILE_NAME as ACCOUNTS_FILE
from node.backups import Backup
from node.cli.records.erasures import erasure_fields, erasure_json
from node.cli.render import day, note, say, short_id, show_fields, size, wrapped
from node.cli.sentences import sentence
from node.leftovers import Looked, Mark
from protocol.identifiers import RecordId, id_text
from protocol.state.erasures import ErasureOf

# Files and records named on a receipt.
NAMED_MAX = 10


@dataclass
class Receipt:
    """What is known of an erasure once it was waited for.

    `cleared` is what the store says (None where it was not asked), `looked` what was found by looking, of
    which `said_by` other records say the same.  `passed_on` counts nodes that took it, and that have not yet;
    None where no node runs.
    """

    kind: str
    records: Sequence[RecordId]
    erasure: ErasureOf
    who: str
    cleared: bool | None = None
    why_not: str | None = None
    passed_on: tuple[int, int] | None = None
    marks: Sequence[Mark] = ()
    looked: Looked | None = None
    said_by: dict[Mark, list[RecordId]] = field(default_factory=dict)
    backups: Sequence[Backup] = ()
    store: Path = Path()

    def is_store(self, path: Path) -> bool:
        """Whether a file is of the store."""
        return path.parent == self.store.parent and path.name.startswith(self.store.name)

    def is_own(self, path: Path) -> bool:
        """Whether a file is one that the node keeps: its store, what is drawn from it, accounts, settings."""
        return path.parent == self.store.parent and (path.name == "config.toml" or ".sqlite" in path.name)

    @property
    def left_in(self) -> list[Path]:
        """The files in which something of it is left: what other records say too may be in the node's own."""
        found = {} if self.looked is None else self.looked.found
        return [
            path
            for path, marks in found.items()
            if not self.is_own(path) or any(not self.said_by.get(mark) for mark in marks)
        ]

    @property
    def others(self) -> list[RecordId]:
        """Other records that say some of the same."""
        return list(dict.fromkeys(one for found in self.said_by.values() for one in found))

    @property
    def is_done(self) -> bool:
        """Whether nothing of the content is left here, as far as can be seen."""
        return self.erasure.erases and self.cleared is not False and not self.left_in

    def data(self) -> dict[str, Any]:
        """Return the receipt as JSON has it."""
        looked = self.looked
        return {
            **erasure_json(self.erasure),
            "kind": self.kind,
            "records": [id_text(one) for one in self.records],
            "cleared": self.cleared,
            "why_not": self.why_not,
            "looked_through": looked
            and {"files": looked.files, "bytes": looked.size_bytes, "for": len(self.marks)},
            "left_in": [str(path) for path in self.left_in],
            "said_elsewhere": [id_text(one) for one in self.others],
            "passed_on": self.passed_on and {"nodes": self.passed_on[0], "not_yet": self.passed_on[1]},
            "backups_before": [{"file": str(b.file), "time": b.time_ms} for b in self.backups],
        }

    def show(self, language: str) -> None:
        """Write the receipt for people."""
        records = "\n".join(id_text(one) for one in self.records)
        rows = [(_("Taken out") if self.erasure.erases else _("To be taken out"), f"{self.kind}\n{records}")]
        rows += erasure_fields(self.erasure, self.who, language)
        show_fields(
            [*rows, (_("Looked through"), self._looked_words()), (_("Passed on"), self._passed_words())]
        )

    def warn(self) -> None:
        """Say what is left, and what the erasure cannot reach."""
        for path in self.left_in[:NAMED_MAX]:
            if self.is_store(path):
                note(_("Some of it is left in the store, and no record says it: run `minga rebuild`."))
                continue
            if path.name == ACCOUNTS_FILE:
                note(_("A draft or comment waiting in the browser still holds some of it: discard it there."))
                continue
            note(
                _("{file} still holds some of it: delete that file, if it is no longer needed.").format(
                    file=path
                )
            )
        if self.others:
            listed = ", ".join(short_id(id_text(one)) for one in self.others[:NAMED_MAX])
            note(
                _(
                    "Other records here say some of the same: {records}. Erase them too, if that has to go."
                ).format(records=listed)
            )
        for backup in self.backups[:NAMED_MAX]:
            note(
                _(
                    "The backup of {day}, {file}, holds it still, if it is there: make another and delete it."
                ).format(day=day(backup.time_ms), file=backup.file)
            )
        say()
        say(
            wrapped(
                _(
                    "It cannot reach what was carried away: bundles, exports and backups made before, copies "
                    "and prints, and nodes that never hear of it."
                )
            )
        )

    def _looked_words(self) -> str:
        if self.looked is None or not self.erasure.erases:
            return ""
        looked = ngettext("{count} file, {size}", "{count} files, {size}", self.looked.files).format(
            count=self.looked.files, size=size(self.looked.size_bytes)
        )
        if self.cleared is False:
            return (
                looked
                + "\n"
                + _("not all is cleared yet: {reason}").format(reason=sentence(self.why_not or ""))
            )
        if self.left_in:
            return looked + "\n" + _("some of it is left, see below")
        return looked + "\n" + _("nothing of it is left")

    def _passed_words(self) -> str:
        if self.passed_on is None:
            return _("with the next sync; no node runs here now")
        took, not_yet = self.passed_on
        if not took + not_yet:
            return _("with the next sync; no other node is connected now")
        return _("{count} of the {connected} nodes connected have taken it").format(
            count=took, connected=took + not_yet
        )
