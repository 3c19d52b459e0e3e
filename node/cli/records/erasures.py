"""What erasures have done to a record, in words: by whom, when, on what ground, with what effect."""

from gettext import gettext as _
from typing import Any

from node.cli.actors.people import actor_name
from node.cli.render import day, moment, plain
from node.cli.workplace import Workplace
from protocol.identifiers import id_text
from protocol.kinds.text import preferred
from protocol.state.effect import Effect
from protocol.state.erasures import ErasureOf


def basis_words(basis: str) -> str:
    """Return the ground of an erasure in words."""
    words = {
        "author": _("its author wished it"),
        "habeas_data": _("a person it told of asked for it (habeas data)"),
        "court_order": _("a court ordered it"),
        "mistake": _("it was recorded by mistake"),
    }
    return words.get(basis, plain(basis))


async def erasure_sentence(place: Workplace, erasure: ErasureOf) -> str:
    """Return what an erasure has done, or waits for, in one sentence."""
    values = {
        "who": await actor_name(place, erasure.actor),
        "day": day(erasure.time_ms),
        "ground": basis_words(erasure.basis),
        "given": erasure.given,
        "needed": erasure.needed,
    }
    if erasure.erases:
        return _("Taken out on {day} by {who}: {ground}.").format(**values)
    if erasure.effect is Effect.AWAITING:
        return _(
            "{who} asked on {day} for it to be taken out ({ground}): signed by {given} of the {needed} keys "
            "needed."
        ).format(**values)
    return _("{who} asked on {day} for it to be taken out ({ground}): without effect.").format(**values)


def erasure_json(erasure: ErasureOf) -> dict[str, Any]:
    """Return an erasure as data."""
    return {
        "erasure": id_text(erasure.erasure),
        "actor": id_text(erasure.actor),
        "time": erasure.time_ms,
        "basis": erasure.basis,
        "reason": dict(erasure.reason),
        "effect": erasure.effect.value,
        "in_effect": erasure.erases,
        "signatures": {"given": erasure.given, "needed": erasure.needed},
    }


def erasure_fields(erasure: ErasureOf, who: str, language: str) -> list[tuple[str, str]]:
    """Return an erasure as labels and values."""
    return [
        (_("By"), who),
        (_("On"), moment(erasure.time_ms)),
        (_("Ground"), basis_words(erasure.basis)),
        (_("Reason"), plain(preferred(dict(erasure.reason), language)) if erasure.reason else ""),
        (_("Erasure"), id_text(erasure.erasure)),
        (
            _("Signatures"),
            _("{given} of the {needed} needed").format(given=erasure.given, needed=erasure.needed),
        ),
    ]
