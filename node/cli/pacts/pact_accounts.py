"""`minga pact observe|reply|support|report|dispute`: what people say of a pact, give it, and make of it."""

import re
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from node.authoring.figures import scaled
from node.authoring.procedure import write_act
from node.authoring.stating import challenge_meant
from node.cli.act_fields import TEXT, act_fields, act_options, text_fields
from node.cli.arguments import Day, texts
from node.cli.commons.commons_fields import steward
from node.cli.naming import find_actor, find_record, find_thing
from node.cli.operator import Operator
from node.cli.pacts.pact_writing import find_act, write_act_of
from node.cli.plain_form import from_plain
from node.cli.render import note
from node.cli.typed_documents import read_document
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from protocol.identifiers import id_text
from protocol.kinds.procedure import DECIMALS_MAX, SUPPORTS

STANCES = ("supports", "opposes", "asks", "suggests")
REPLIES = ("taken_up", "taken_up_in_part", "not_taken_up", "noted")
SIDES = ("community", "administration", "agreed", "third_party")

_TEXT_NEEDED = click.option("--text", multiple=True, required=True, metavar=TEXT, help="What is said.")


@click.command("observe")
@click.argument("pact")
@_TEXT_NEEDED
@click.option("--stance", type=click.Choice(STANCES), help="In favour, against, a question, a suggestion.")
@click.option("--about", metavar="RECORD", help="The record it is about; otherwise the version shown.")
@act_options
def observe_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Say something of a pact, as anybody may."""
    payload = {**act_fields(operator, given), **text_fields(operator, given, "text")}
    if given["stance"]:
        payload["stance"] = given["stance"]
    _write(operator, pact, "observation", payload, given)


@click.command("reply")
@click.argument("record")
@_TEXT_NEEDED
@click.option("--outcome", type=click.Choice(REPLIES), help="What became of what was said.")
@act_options
def reply_command(operator: Operator, /, record: str, **given: Any) -> None:
    """Answer an observation, a challenge, an alert, or any other RECORD.

    The name of a commons, a pact or an actor means the challenge to it that waits for an answer.
    """
    payload = {**act_fields(operator, given), **text_fields(operator, given, "text")}
    if given["outcome"]:
        payload["outcome"] = given["outcome"]

    async def work(place: Workplace) -> None:
        who = await find_actor(place, given["actor"])
        about, thing = await find_act(place, record)
        target = about.id
        if not id_text(target).startswith(record.strip().casefold()):
            target = challenge_meant(thing) or target
        records = await write_act(place.signer, who, thing, "reply", payload, [target])
        await write_act_of(place, thing, records, yes=given["yes"])

    run_in(work, operator, writing=True)


@click.command("support")
@click.argument("pact")
@click.argument("form")
@click.option("--text", multiple=True, metavar=TEXT, help="What is given, in words.")
@click.option("--amount", metavar="AMOUNT", help="How much, with its currency: '1200.50 USD'.")
@click.option(
    "--share", "share_percent", type=click.IntRange(0, 100), metavar="PERCENT", help="Of what it costs."
)
@click.option(
    "--professional-fees", is_flag=True, help="For fees of professionals: at most half, so with --share."
)
@click.option("--conditions", multiple=True, metavar=TEXT, help="On what conditions.")
@click.option("--until", type=Day(), help="The last day of it.")
@act_options
def support_command(operator: Operator, /, pact: str, form: str, **given: Any) -> None:
    """Record support granted to a pact.

    FORM is one of: fee_relief, tax_relief, use_of_spaces, loan_of_tools, protective_equipment, materials,
    design_help, reimbursement, self_financing, recognition, easing, training, insurance; or another word.
    """
    kind = form.strip().casefold().replace("-", "_").replace(" ", "_")
    payload = {
        "type": kind,
        **act_fields(operator, given),
        **text_fields(operator, given, "text", "conditions"),
    }
    if given["amount"]:
        payload |= _amount(given["amount"])
    if given["share_percent"] is not None:
        payload["share_percent"] = given["share_percent"]
    if given["professional_fees"]:
        if given["share_percent"] is None:
            raise ConfigError(
                "of professional fees at most half is paid (Reg. art. 24): say how much with --share"
            )
        payload["professional_fees"] = True
    if given["until"]:
        payload["until"] = given["until"]
    if kind not in SUPPORTS:
        note(
            _("{word} is none of the regulation's forms of support: it is kept and shown.").format(word=kind)
        )
    _write(operator, pact, "support", payload, given)


@click.command("report")
@click.argument("pact")
@click.option(
    "--from",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML or JSON file with the fields of a report, indicators above all.",
)
@click.option("--start", type=Day(), help="The first day of the period.")
@click.option("--end", type=Day(), help="The last day of the period.")
@click.option("--objectives", multiple=True, metavar=TEXT, help="Objectives and priorities.")
@click.option("--actions", multiple=True, metavar=TEXT, help="What was done.")
@click.option("--results", multiple=True, metavar=TEXT, help="What came of it.")
@click.option("--resources", multiple=True, metavar=TEXT, help="Resources available and used.")
@click.option(
    "--indicator",
    "indicators",
    multiple=True,
    metavar="NAME=NUMBER[ UNIT]",
    help="A figure, as in 'Canal cleaned=12.5 km'; may be repeated.",
)
@act_options
def report_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Report what came of a pact in a period: open books.

    In the file an indicator has a name, a value (12.5), a unit, perhaps a target, and a code that is the same
    in every report.
    """
    payload: dict[str, Any] = {}
    if given["file"] is not None:
        payload = from_plain(_with_figures(read_document(given["file"])), "report", operator.language)
    payload |= act_fields(operator, given)
    payload |= text_fields(operator, given, "objectives", "actions", "results", "resources")
    payload |= {name: given[name] for name in ("start", "end") if given[name]}
    typed = [_indicator(one, operator.language) for one in given["indicators"]]
    if typed:
        payload["indicators"] = [*payload.get("indicators", []), *typed]
    if not payload:
        raise ConfigError(
            "a report says what came of the pact; give --results, --indicator or a file with --from"
        )
    _write(operator, pact, "report", payload, given)


@click.command("dispute")
@click.argument("pact")
@_TEXT_NEEDED
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="SIDE=ACTOR|NAME",
    help="Who conciliates, named by whom: community=…, administration=…, agreed=… or third_party=….",
)
@act_options
def dispute_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Bring a conflict about a pact before a committee of three, which has thirty days for a settlement."""
    payload = {**act_fields(operator, given), **text_fields(operator, given, "text")}

    async def work(place: Workplace) -> None:
        if given["members"]:
            payload["committee"] = [await _member(place, one) for one in given["members"]]
        await _written(place, pact, "dispute", payload, given)

    run_in(work, operator, writing=True)


def _write(operator: Operator, pact: str, kind: str, payload: dict[str, Any], given: dict[str, Any]) -> None:
    async def work(place: Workplace) -> None:
        await _written(place, pact, kind, payload, given)

    run_in(work, operator, writing=True)


async def _written(
    place: Workplace, pact: str, kind: str, payload: dict[str, Any], given: dict[str, Any]
) -> None:
    who = await find_actor(place, given["actor"])
    thing = await find_thing(place, pact, "pact")
    about = [(await find_record(place, given["about"])).id] if given.get("about") else []
    records = await write_act(place.signer, who, thing, kind, payload, about)
    await write_act_of(place, thing, records, yes=given["yes"])


async def _member(place: Workplace, typed: str) -> dict[str, Any]:
    side, equals, name = typed.partition("=")
    if not equals or side not in SIDES:
        raise ConfigError(f"{typed[:40]!r}: a member is SIDE=NAME, with {', '.join(SIDES)}")
    return await steward(place, name) | {"named_by": side}


def _amount(typed: str) -> dict[str, Any]:
    number, _blank, currency = typed.strip().rpartition(" ")
    try:
        value, decimals = scaled(number)
    except ValueError:
        value, decimals = 0, 3
    if decimals > 2 or value < 0 or not re.fullmatch(r"[A-Z]{3}", currency):
        raise ConfigError(
            f"{typed[:40]!r}: an amount is a number and a currency of three letters, as in 1200.50 USD"
        )
    return {"amount": value * 10 ** (2 - decimals), "currency": currency}


def _indicator(typed: str, language: str) -> dict[str, Any]:
    name, _equals, figure = typed.rpartition("=")
    number, _blank, unit = figure.strip().partition(" ")
    try:
        value, decimals = scaled(number)
    except ValueError:
        value, decimals = 0, DECIMALS_MAX + 1
    if not name or decimals > DECIMALS_MAX:
        raise ConfigError(f"{typed[:40]!r}: an indicator is NAME=NUMBER UNIT, as in 'Canal cleaned=12.5 km'")
    fields = {"name": texts((name,), language), "value": value, "decimals": decimals, "unit": unit.strip()}
    return {field: content for field, content in fields.items() if content or field == "value"}


def _with_figures(document: Any) -> Any:
    """Return a report's document with the numbers of its indicators as records have them: integers."""
    indicators = document.get("indicators") if isinstance(document, dict) else None
    if not isinstance(indicators, list):
        return document
    return document | {"indicators": [_scaled_indicator(one) for one in indicators]}


def _scaled_indicator(one: Any) -> Any:
    if not isinstance(one, dict) or "decimals" in one:
        return one
    written: dict[str, tuple[int, int]] = {}
    for field in ("value", "target"):
        if isinstance(one.get(field), int | float | str):
            try:
                written[field] = scaled(
                    format(one[field], ".9f") if isinstance(one[field], float) else str(one[field])
                )
            except ValueError:
                raise ConfigError(f"{one[field]!r} is not a number, as in 12.5") from None
    decimals = max((places for _value, places in written.values()), default=0)
    figures = {field: value * 10 ** (decimals - places) for field, (value, places) in written.items()}
    return one | figures | ({"decimals": decimals} if decimals else {})
