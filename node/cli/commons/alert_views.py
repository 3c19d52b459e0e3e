"""How an alert is shown."""

from gettext import gettext as _

from node.cli.actors.people import actor_name
from node.cli.contest.contest_words import alert_words
from node.cli.personal_fields import personal_words
from node.cli.render import plain, say, short_id, show_fields, wrapped
from node.cli.things import other_texts, show_versions, source_words, status_of, status_words, where
from node.cli.workplace import Workplace
from protocol.identifiers import id_text
from protocol.kinds.alert import Alert
from protocol.kinds.evidence import Evidence
from protocol.kinds.text import preferred
from protocol.state.fold import ThingState


async def show_alert(place: Workplace, thing: ThingState) -> None:
    """Show an alert: what happens, where, since when, who says so, what shows it, what came of it."""
    language = place.operator.language
    shown = thing.versions.all[thing.display] if thing.display is not None else None
    content = shown.content if shown is not None else None
    if shown is None or not isinstance(content, Alert):
        say(_("Alert {id}").format(id=short_id(id_text(thing.subject))))
        show_fields([(_("Standing"), status_words(status_of(thing)))])
        return
    say(wrapped(plain(preferred(content.title, language))))
    commons = [
        plain(preferred(entry.name, language)) if entry.name else short_id(id_text(entry.subject or b""))
        for entry in content.commons
    ]
    show_fields(
        [
            (_("Id"), id_text(thing.subject)),
            (_("Other names"), other_texts(content.title, language)),
            (_("What it is"), alert_words(content.type)),
            (_("Standing"), status_words(status_of(thing))),
            (_("Raised by"), await actor_name(place, shown.author)),
            (_("Since"), content.since or ""),
            (_("What happens"), plain(preferred(content.text, language)) if content.text else ""),
            (_("Commons"), "\n".join(commons)),
            (_("Where"), where(thing, content)),
            (_("Evidence"), "\n".join(_evidence(one, language) for one in content.evidence)),
            (_("What came of it"), plain(preferred(content.outcome, language)) if content.outcome else ""),
            (_("Source"), source_words(content.source, language)),
            (_("Why people are named"), personal_words(content, language)),
            (_("Licence"), content.licence),
        ]
    )
    await show_versions(place, thing)


def _evidence(one: Evidence, language: str) -> str:
    parts = [
        preferred(one.title, language),
        "" if one.held_by is None else _("held by {who}").format(who=one.held_by),
        one.url,
        None if one.sha256 is None else f"SHA-256 {one.sha256.hex()}",
    ]
    return " · ".join(plain(part) for part in parts if part)
