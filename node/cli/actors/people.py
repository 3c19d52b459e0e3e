"""How actors are shown: who they are, who can sign for them, what waits for signatures."""

from dataclasses import dataclass
from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.cli.actors.actor_words import actor_words
from node.cli.personal_fields import personal_words
from node.cli.plain_form import to_plain
from node.cli.render import Column, day, plain, say, short_id, show_fields, show_table, wrapped
from node.cli.workplace import Workplace
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.keys import PublicKey, did_key
from protocol.kinds.actor import Actor
from protocol.kinds.text import preferred
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState


@dataclass(frozen=True, slots=True)
class ActorView:
    """An actor as it is shown: its state, and its versions' records by id."""

    state: ActorState
    records: dict[RecordId, VerifiedRecord]
    here: frozenset[PublicKey]

    @property
    def status(self) -> str:
        """`founded`, `contested`, or `awaiting` further signatures."""
        return "contested" if self.state.contested else "founded" if self.state.founded else "awaiting"

    @property
    def content(self) -> Actor | None:
        """The version shown."""
        return self.state.current or self.state.contents.get(RecordId(self.state.actor))


async def view_actor(place: Workplace, state: ActorState) -> ActorView:
    """Return what is shown of an actor."""
    records = {}
    for version in state.contents:
        record = await place.store.record(version)
        if record is not None:
            records[version] = record
    here = frozenset(info.public for info in place.keyring.list())
    return ActorView(state, records, here)


async def actor_name(place: Workplace, actor: ActorId) -> str:
    """Return an actor's name in the operator's language, or the beginning of its id."""
    state = await place.store.actor(actor)
    content = None if state is None else state.current or state.contents.get(RecordId(actor))
    if content is None:
        return short_id(id_text(actor))
    return plain(preferred(content.name, place.operator.language))


def actor_status(status: str) -> str:
    """Return an actor's status in words."""
    match status:
        case "founded":
            return _("can sign")
        case "contested":
            return _("contested")
        case _:
            return _("awaits signatures")


def actor_json(view: ActorView) -> dict[str, Any]:
    """Return an actor as JSON."""
    state, content = view.state, view.content
    return {
        "id": id_text(state.actor),
        "status": view.status,
        "head": None if state.head is None else id_text(state.head),
        "content": None if content is None else to_plain(content),
        "keys_here": sorted(did_key(e_key) for e_key in view.here & _keys(content)),
        "rivals": [id_text(rival) for rival in state.rivals],
        "versions": [
            {
                "id": id_text(version),
                "standing": state.standing_of(version).value,
                "parents": [id_text(parent) for parent in state.parents[version]],
                "signed_by": sorted(did_key(key) for key in state.signers[version]),
                "time": view.records[version].header.time_ms if version in view.records else None,
            }
            for version in _oldest_first(view)
        ],
    }


def show_actor(view: ActorView, language: str) -> None:
    """Show an actor: what it is, its keys, its versions."""
    state, content = view.state, view.content
    if content is None:
        say(_("The first record of this actor has not come yet."))
        show_fields([(_("Id"), id_text(state.actor))])
        return
    say(wrapped(plain(preferred(content.name, language))))
    recovery = content.recovery
    show_fields(
        [
            (_("Id"), id_text(state.actor)),
            (_("Other names"), _other_names(content, language)),
            (_("What it is"), plain(actor_words(content.type))),
            (_("Standing"), actor_status(view.status)),
            (
                _("Description"),
                plain(preferred(content.description, language)) if content.description else "",
            ),
            (_("Website"), plain(content.website or "")),
            (_("Why people are named"), personal_words(content, language)),
            (
                _("Signatures needed"),
                _("{needed} of {keys}").format(needed=content.threshold, keys=len(content.keys)),
            ),
            (
                _("Recovery"),
                _("{needed} of {keys} keys on paper").format(
                    needed=recovery.threshold, keys=len(recovery.digests)
                )
                if recovery
                else _("none: a lost or stolen key cannot be put right"),
            ),
        ]
    )
    say()
    _show_keys(view, content)
    say()
    _show_versions(view)
    if view.status == "awaiting":
        _show_awaited(view, content)


def _show_keys(view: ActorView, content: Actor) -> None:
    columns = [Column(_("Key of"), flexible=True), Column(_("Here")), Column(_("Key"))]
    rows = [
        (
            entry.label or "–",
            _("yes") if PublicKey(entry.key) in view.here else "",
            did_key(PublicKey(entry.key)),
        )
        for entry in content.keys
    ]
    show_table(columns, rows)


def _show_versions(view: ActorView) -> None:
    columns = [Column(_("Version")), Column(_("Day")), Column(_("Signed")), Column(_("Worth"), flexible=True)]
    rows = []
    for version in _oldest_first(view):
        signed = len(view.state.signers[version])
        time_ms = view.records[version].header.time_ms if version in view.records else 0
        rows.append((short_id(id_text(version)), day(time_ms), str(signed), _standing(view.state, version)))
    show_table(columns, rows)


def _standing(state: ActorState, version: RecordId) -> str:
    if version == state.head:
        return _("present version")
    if version in state.rivals:
        return _("rival of another version")
    if version in state.standing:
        return _("stood, replaced since")
    return _("awaits signatures, or was not authorised") if state.founded else _("awaits signatures")


def _show_awaited(view: ActorView, content: Actor) -> None:
    signed = view.state.signers[RecordId(view.state.actor)] & _keys(content)
    missing = content.threshold - len(signed)
    say()
    say(
        ngettext(
            "It waits for the signature of {count} more of its keys.",
            "It waits for the signatures of {count} more of its keys.",
            missing,
        ).format(count=missing)
    )


def _keys(content: Actor | None) -> frozenset[PublicKey]:
    return frozenset() if content is None else frozenset(PublicKey(entry.key) for entry in content.keys)


def _other_names(content: Actor, language: str) -> str:
    shown = preferred(content.name, language)
    return ", ".join(f"{plain(name)} ({tag})" for tag, name in content.name.items() if name != shown)


def _oldest_first(view: ActorView) -> list[RecordId]:
    order = {version: at for at, version in enumerate(view.state.standing)}
    return sorted(
        view.state.contents,
        key=lambda v: (
            order.get(v, len(order)),
            view.records[v].header.time_ms if v in view.records else 0,
            v,
        ),
    )
