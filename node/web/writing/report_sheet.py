"""The form of a report on a pact: what was done and what came of it, with figures that compare (Reg. art.
30)."""

from typing import Any

from node.authoring.figures import scaled
from node.authoring.procedure import write_act
from node.authoring.signer import Signer
from node.web.exchange.problem import not_held
from node.web.frame.markup import Node, e
from node.web.words.speech import N_, Speech
from node.web.writing.acting import acting, likely_actor, name_field
from node.web.writing.day_answers import OFFICE_PLAIN, day_from, day_line, office_from, office_questions
from node.web.writing.fields import Faults, passage
from node.web.writing.filled import Filled
from node.web.writing.personal_answers import (
    PERSONAL_PLAIN,
    PERSONAL_WORDED,
    personal_details,
    personal_from,
)
from node.web.writing.rows import cell_id, name_rows, rows_shown, table
from node.web.writing.sheet import About, Intent, Unfit
from node.web.writing.versions import before_of
from node.web.writing.visit import Visit
from protocol.identifiers import id_text
from protocol.kinds.procedure import DECIMALS_MAX
from protocol.limits import INTEGER_MAX
from protocol.record.verification import VerifiedRecord

_TEXTS = {
    "objectives": N_("Objectives and priorities"),
    "actions": N_("What was done"),
    "results": N_("What came of it"),
    "resources": N_("Resources available and used"),
}


class ReportSheet:
    """Reports on a pact (`thing`)."""

    name = "report"
    newest = False
    plain = ("as", "start", "end", "figure", "value", "unit", "aim", *OFFICE_PLAIN, *PERSONAL_PLAIN)
    worded = (*_TEXTS, *PERSONAL_WORDED)

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""
        return say("Report on a pact")

    def called(self, filled: Filled) -> str:
        """Return what its draft is called."""
        return filled.text("called")

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Return what it is about and what stands in it at first.  Raises `Problem`."""
        if "thing" not in about:
            raise not_held()
        thing, _, _ = await before_of(visit, about, "pact")
        actor = await likely_actor(visit, frozenset(thing.linked))
        called = visit.here.plain_name(thing.title) if thing.title else ""
        return {"thing": id_text(thing.subject)}, Filled({"as": (actor,), "called": (called,)})

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""
        say = visit.say
        thing, _, _ = await before_of(visit, about, "pact")
        name = e("b", e("bdi", visit.here.plain_name(thing.title)))
        link = e("a", name, href=visit.asked.link(f"/thing/{id_text(thing.subject)}"))
        return [
            e("p", say.rich(N_("About {pact}."), pact=link)),
            await name_field(visit, filled, faults),
            day_line("start", say("The first day of the period"), filled, faults),
            day_line("end", say("The last day of the period"), filled, faults),
            [
                passage(name, say(label), filled.worded(name), fault=faults.get(name), rows=4)
                for name, label in _TEXTS.items()
            ],
            _figures(say, filled, faults),
            office_questions(say, filled, faults),
            personal_details(say, filled, faults),
        ]

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Unfit`, `Problem`, `ConfigError`, `ProtocolError`."""
        say = visit.say
        actor, _ = await acting(visit, filled)
        thing, _, _ = await before_of(visit, about, "pact")
        faults: dict[str, str] = {}
        fields: dict[str, Any] = {name: filled.texts(name) for name in _TEXTS}
        fields |= {name: day_from(say, filled, name, faults) for name in ("start", "end")}
        if fields["start"] and fields["end"] and fields["end"] < fields["start"]:
            faults["end"] = say("The last day cannot come before the first")
        fields["indicators"] = _indicators(say, filled, faults)
        fields["authorised_by"] = office_from(say, filled, faults)
        fields["personal_data"] = personal_from(say, filled, faults)
        if not any(fields[name] for name in (*_TEXTS, "indicators")) and not faults:
            faults["results"] = say("Say what came of it, in words or in figures")
        if faults:
            raise Unfit(faults)
        payload = {name: value for name, value in fields.items() if value}

        async def reports(signer: Signer) -> list[VerifiedRecord]:
            return await write_act(signer, actor, thing, "report", payload)

        return Intent(actor, thing, reports)


def _figures(say: Speech, filled: Filled, faults: Faults) -> Node:
    label = say("Figures")
    written = filled.rows("figure", "value", "unit", "aim")
    count = rows_shown(filled, "figure", len(written), 3)
    columns = []
    for at in range(count):
        row = written[at] if at < len(written) else ("", "", "", "")
        cells = (("value", say("Value"), row[1]), ("unit", say("Unit"), row[2]), ("aim", say("Aim"), row[3]))
        columns.append(
            [
                e(
                    "input",
                    id=cell_id(name, at),
                    name=name,
                    value=value,
                    placeholder=text,
                    aria_label=f"{text} {at + 1}",
                    inputmode=None if name == "unit" else "decimal",
                    autocomplete="off",
                    class_="w5",
                )
                for name, text, value in cells
            ]
        )
    rows = name_rows("figure", label, [row[0] for row in written], count, None, columns)
    hint = say(
        "What was measured, how much, in which unit, and how much was aimed at: Canal cleaned, 12.5, km, 20"
    )
    wrong = faults.get("figure") or faults.get("value") or faults.get("aim")
    return table("figure", label, rows, say, faults, hint=hint, fault=wrong)


def _indicators(say: Speech, filled: Filled, faults: dict[str, str]) -> list[dict[str, Any]]:
    found = []
    for name, value, unit, aim in filled.rows("figure", "value", "unit", "aim"):
        numbers: dict[str, tuple[int, int]] = {}
        for field, text in (("value", value), ("aim", aim)):
            if not text and field == "aim":
                continue
            try:
                number, decimals = scaled(text.replace(" ", "").replace("\u00a0", "").replace("−", "-"))
            except ValueError:
                number, decimals = 0, DECIMALS_MAX + 1
            if decimals > DECIMALS_MAX or abs(number) > INTEGER_MAX // 10**DECIMALS_MAX:
                faults[field] = say("{text}: write a number, such as 12.5", text=text[:40] or name[:40])
                continue
            numbers[field] = (number, decimals)
        if "value" not in numbers:
            continue
        places = max(decimals for _, decimals in numbers.values())
        figures = {field: number * 10 ** (places - own) for field, (number, own) in numbers.items()}
        one: dict[str, Any] = {"name": {filled.tag: name}, "value": figures["value"]}
        if places:
            one["decimals"] = places
        if unit:
            one["unit"] = unit
        if "aim" in figures:
            one["target"] = figures["aim"]
        found.append(one)
    return found
