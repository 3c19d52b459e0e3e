"""`minga pact`: propose pacts of collaboration, answer them, see who has signed."""

from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from node.authoring.things import AlreadyAnswered, answer_pact, next_version
from node.cli.act_fields import note_ended_mandate
from node.cli.actors.people import actor_name
from node.cli.arguments import Day, texts
from node.cli.contest.contest_views import show_voices, voices_json
from node.cli.namesakes import ask_about_namesakes
from node.cli.naming import find_actor, find_record, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.pacts.pact_accounts import (
    dispute_command,
    observe_command,
    reply_command,
    report_command,
    support_command,
)
from node.cli.pacts.pact_competition import competition_json, show_competition
from node.cli.pacts.pact_course import course_json, timeline_command
from node.cli.pacts.pact_fields import pact_fields
from node.cli.pacts.pact_steps import (
    accept_command,
    end_command,
    publish_command,
    refuse_command,
    resume_command,
    step_command,
    suspend_command,
)
from node.cli.pacts.pact_views import pact_json, show_pact
from node.cli.personal_fields import personal_fields, personal_options
from node.cli.plain_form import composed, from_plain
from node.cli.reading import find_shown
from node.cli.records.exporting import export_pact
from node.cli.render import day, say, short_id, show_json, suggest, wrapped
from node.cli.things import show_list
from node.cli.typed_documents import read_document
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from protocol.identifiers import ActorId, SubjectId, id_text
from protocol.record.verification import VerifiedRecord
from protocol.state.course import STATUSES
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState

INTENSITIES = ("occasional", "constant", "shared_management", "regeneration")


@click.group("pact", cls=Verbs)
def pact_command() -> None:
    """Propose, sign, decline and follow pacts of collaboration."""


pact_command.add_command(export_pact)

for _command in (
    *(step_command, accept_command, refuse_command, suspend_command, resume_command, publish_command),
    *(end_command, observe_command, reply_command, support_command, report_command, dispute_command),
    timeline_command,
):
    pact_command.add_command(_command)


@pact_command.command("propose")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--title", multiple=True, metavar="TEXT[@LANG]", help="Its title; once for each language.")
@click.option(
    "--party",
    "parties",
    multiple=True,
    metavar="SIDE=ACTOR|NAME",
    help="A party, as administration=… or community=…; an actor known here, or a name.",
)
@click.option(
    "--commons", "commons", multiple=True, metavar="COMMONS", help="A commons it is about, by id or name."
)
@click.option(
    "--clause",
    "clauses",
    multiple=True,
    metavar="CLAUSE=TEXT[@LANG]",
    help="The text of a clause: objectives, duration, manner, enjoyment, damage, guarantees, support, "
    "publicity, supervision, conclusion, amendment.",
)
@click.option("--intensity", type=click.Choice(INTENSITIES), help="How intense the care is.")
@click.option("--start", type=Day(), help="The first day.")
@click.option("--end", type=Day(), help="The last day; more than nine years need --reason.")
@click.option(
    "--reason", "reasons", multiple=True, metavar="TEXT[@LANG]", help="Why it holds longer than nine years."
)
@click.option("--licence", metavar="SPDX", help="Under which licence it is published; otherwise CC-BY-4.0.")
@click.option("--amend", metavar="PACT", help="Propose this as the next version of a pact.")
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@personal_options
@json_option
@pass_operator
def propose(
    operator: Operator, /, file: Path | None, amend: str | None, actor: str | None, **given: Any
) -> None:
    """Propose a pact, from a TOML or JSON file with the fields of a pact, from options, or both.

    In a file, actors and commons are ids, and a text may be bare or by language. Proposing is not signing:
    each party, the proposer too, signs with `minga pact sign`.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        payload = {} if file is None else from_plain(read_document(file), "pact", operator.language)
        payload |= await pact_fields(place, given) | personal_fields(operator, given)
        if amend is not None:
            thing = await find_thing(place, amend, "pact")
            if not payload:
                raise ConfigError("say what to change in the pact, in a file or by options")
            records = await next_version(place.signer, who, thing, payload)
        else:
            for name, option in (("title", "--title"), ("parties", "--party")):
                if not payload.get(name):
                    raise ConfigError(f"a pact needs its {name}; give them in a file, or with {option}")
            payload.setdefault("licence", "CC-BY-4.0")
            await ask_about_namesakes(place, "pact", payload["title"])
            records = await place.signer.sign(who, "pact", payload)
        await _write(place, records, "pact sign {id}")

    run_in(work, operator, writing=True)


@pact_command.command("sign")
@click.argument("pact")
@click.option(
    "--act", metavar="TEXT", help="The act that authorises an office to sign: 'Resolución 12-2026'."
)
@click.option("--act-on", type=Day(), help="The day of that act.")
@click.option("--office", metavar="TEXT", help="Which office signs.")
@click.option("--mandate-end", type=Day(), help="When the mandate of that office ends.")
@click.option("--version", "version", metavar="RECORD", help="The exact version; otherwise the newest.")
@click.option("--as", "actor", metavar="ACTOR", help="Which party; otherwise the only actor of this home.")
@json_option
@pass_operator
def sign(
    operator: Operator,
    pact: str,
    act: str | None,
    act_on: str | None,
    office: str | None,
    mandate_end: str | None,
    version: str | None,
    actor: str | None,
) -> None:
    """Consent to a pact, as one of its parties. It is in force once every party has."""
    details: dict[str, Any] = {}
    if act is not None:
        act_fields = {"act": act, "on": act_on, "office": office, "mandate_end": mandate_end}
        details["authorised_by"] = composed({name: text for name, text in act_fields.items() if text})
        note_ended_mandate(mandate_end, None)
    elif act_on or office or mandate_end:
        raise ConfigError("--act-on, --office and --mandate-end describe an act; name it with --act")
    _answer(operator, pact, "consent", details, version, actor)


@pact_command.command("decline")
@click.argument("pact")
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    required=True,
    metavar="TEXT[@LANG]",
    help="Why, for everybody to read.",
)
@click.option("--version", "version", metavar="RECORD", help="The exact version; otherwise the newest.")
@click.option("--as", "actor", metavar="ACTOR", help="Which party; otherwise the only actor of this home.")
@json_option
@pass_operator
def decline(
    operator: Operator, pact: str, reasons: tuple[str, ...], version: str | None, actor: str | None
) -> None:
    """Refuse a pact, or withdraw a consent, with the reasons."""
    _answer(operator, pact, "decline", {"reasons": texts(reasons, operator.language)}, version, actor)


@pact_command.command("show")
@click.argument("pact")
@json_option
@pass_operator
def show(operator: Operator, pact: str) -> None:
    """Show a pact by its id, the beginning of it, or its title: who has signed it, and what it says."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, pact, "pact")
        if operator.json:
            voices = await voices_json(place, thing)
            show_json(pact_json(thing) | course_json(thing) | await competition_json(place, thing) | voices)
            return
        await show_pact(place, thing)
        await show_voices(place, thing)
        await show_competition(place, thing)
        suggest(operator, f"pact timeline {short_id(id_text(thing.subject))}")

    run_in(work, operator)


@pact_command.command("list")
@click.option("--of", "party", metavar="ACTOR", help="Only pacts that name this actor as a party.")
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    metavar="STATUS",
    help="Only pacts that stand there now: proposed, in_force, suspended, ended and so on.",
)
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def list_pacts(operator: Operator, party: str | None, status: str | None, show_all: bool) -> None:
    """List the pacts held here, and where each stands."""

    async def work(place: Workplace) -> None:
        which: dict[str, Any] = {"status": status}
        if party is not None:
            which["linked"] = await find_actor(place, party)
        if show_all:
            which["limit"] = None
        empty = _("No pact is held here yet; propose one with `minga pact propose`.")
        if status is not None:
            empty = _("No pact held here stands there now.")
        await show_list(place, "pact", empty, **which)

    run_in(work, operator)


def _answer(
    operator: Operator,
    pact: str,
    decision: str,
    details: dict[str, Any],
    version: str | None,
    actor: str | None,
) -> None:
    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        thing = await find_thing(place, pact, "pact")
        exact = None if version is None else (await find_record(place, version)).id
        try:
            records = await answer_pact(place.signer, who, thing, decision, details, exact)
        except AlreadyAnswered as fault:
            await _show_answered(place, thing, who, fault.answer)
        else:
            await _write(place, records, "pact show {id}")

    run_in(work, operator, writing=True)


async def _show_answered(place: Workplace, thing: ThingState, who: ActorId, answer: Judged) -> None:
    """Say that the same was signed before, and what is still missing of it; nothing is written."""
    operator, record = place.operator, id_text(answer.record.id)
    if operator.json:
        show_json({"record": record, "written": False, **pact_json(thing)})
        return
    waits = answer.effect is Effect.AWAITING
    message = (
        _("{who} has answered so on {day} already, and further keys of it have to; nothing was written.")
        if waits
        else _("{who} has answered so on {day} already; nothing was written.")
    )
    name = await actor_name(place, who)
    say(wrapped(message.format(who=name, day=day(answer.record.header.time_ms))))
    command = f"actor cosign {short_id(record)}" if waits else f"pact show {short_id(id_text(thing.subject))}"
    suggest(operator, command)


async def _write(place: Workplace, records: list[VerifiedRecord], next_command: str) -> None:
    """Submit a version or an answer, and show the pact as it stands now."""
    await place.submit(records)
    operator = place.operator
    thing = await place.store.thing(SubjectId(records[0].subject))
    assert thing is not None
    if operator.json:
        show_json({"record": id_text(records[0].id), **pact_json(thing)})
        return
    await show_pact(place, thing)
    if thing.judged[records[0].id].effect.value == "awaiting":
        suggest(operator, f"actor cosign {short_id(id_text(records[0].id))}")
    else:
        suggest(operator, next_command.format(id=short_id(id_text(thing.subject))))
