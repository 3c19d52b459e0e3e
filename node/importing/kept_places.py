"""What an import must not tell in words: places that somebody keeps back.

Whatever is written one by one passes the same checks as it is signed (`node.authoring.restricted`).  Imports
sign thousands at once, elsewhere; here what they draft is looked at before.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from node.authoring.restricted import TellsPlace, is_kept, names_kept, require_kept, require_silence
from node.importing.drafts import Drafted, Skipped, SourceKey
from node.importing.event_history import History
from node.store.interface import Store
from protocol.identifiers import SubjectId
from protocol.kinds import KINDS


class KeptPlaces:
    """Leaves out of one import what would tell a place that is kept back here, or by the import itself."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: set[SourceKey] = set()
        self._subjects: set[SubjectId] = set()

    async def sift(self, outcomes: Iterable[Drafted | Skipped]) -> list[Drafted | Skipped]:
        """Return outcomes of a plan, in their order, those that would tell such a place as left out."""
        return [await self._sifted(one) if isinstance(one, Drafted) else one for one in outcomes]

    async def sift_history(self, history: History, subject: SubjectId | None) -> None:
        """Leave out of a history of one pact what would tell the place of a commons that it is about."""
        faults = {at: fault for at, one in enumerate(history.drafts) if (fault := _told(one.payload))}
        if not faults or not await self._is_about_kept(history.drafts, subject):
            return
        history.left_out += [
            Skipped(history.thing, history.drafts[at].row, fault) for at, fault in faults.items()
        ]
        history.drafts = [one for at, one in enumerate(history.drafts) if at not in faults]
        if not history.drafts:
            history.root = None  # it would say nothing but that there is a pact

    async def _is_about_kept(self, drafts: Sequence[Drafted], subject: SubjectId | None) -> bool:
        if subject is not None and await is_kept(self._store, subject):
            return True
        for one in drafts:
            if one.kind == "pact" and await names_kept(self._store, one.payload):
                return True
        return False

    async def _sifted(self, draft: Drafted) -> Drafted | Skipped:
        if draft.payload.get("sensitivity", "public") != "public":
            self._keys.add(draft.key)
            if draft.subject is not None:
                self._subjects.add(draft.subject)
        fields = KINDS[draft.kind].content_type.__struct_fields__
        if "commons" not in fields or _told(draft.payload) is None:
            return draft
        named = {entry.get("subject") for entry in draft.payload.get("commons", ())}
        try:
            if named & self._subjects or any(link.target in self._keys for link in draft.links):
                require_silence(draft.payload)
            await require_kept(self._store, draft.kind, draft.payload, draft.subject)
        except TellsPlace as fault:
            return Skipped(draft.label, draft.row, str(fault), draft.notes, key=draft.key)
        return draft


def _told(payload: Mapping[str, Any]) -> str | None:
    """Return why a payload may not be written of a place that is kept back; None where it tells none."""
    try:
        require_silence(payload)
    except TellsPlace as fault:
        return str(fault)
    return None
