"""`minga pact step` and its friendlier verbs: what moves a pact through the regulation's procedure."""

from gettext import gettext as _
from typing import Any

import click

from node.authoring.procedure import take_step
from node.cli.act_fields import TEXT, act_fields, act_options, text_fields
from node.cli.arguments import Day
from node.cli.naming import find_actor, find_record, find_thing
from node.cli.operator import Operator
from node.cli.pacts.pact_writing import write_act_of
from node.cli.pacts.procedure_words import step_words
from node.cli.render import note
from node.cli.workplace import Workplace, run_in
from protocol.kinds.procedure import STEPS

OUTCOMES = ("favourable", "conditional", "unfavourable")

_UNTIL = click.option("--until", type=Day(), help="The last day of the term that it sets.")
_TEXT = click.option("--text", multiple=True, metavar=TEXT, help="What it says, or what follows from it.")
_REASONS = click.option("--reasons", multiple=True, metavar=TEXT, help="Why, for everybody to read.")


@click.command("step")
@click.argument("pact")
@click.argument("word")
@_UNTIL
@_TEXT
@_REASONS
@click.option("--outcome", type=click.Choice(OUTCOMES), help="What an evaluation came to.")
@click.option("--party", metavar="ACTOR", help="The party that a step is about.")
@click.option("--said", metavar="TEXT", help="The source's own word for it.")
@click.option("--about", metavar="RECORD", help="The record it is about; otherwise the version shown.")
@act_options
def step_command(operator: Operator, /, pact: str, word: str, **given: Any) -> None:
    """Record a step of the procedure of a pact, or where it stands.

    WORD is one of: received, observations_opened, evaluation_opened, information_requested,
    information_given, evaluated, accepted, refused, shelved, reopened, signed, published, review_opened,
    suspended, resumed, withdrawn, excluded, renewed, ended, preexisting, settlement_proposed, settled.
    Another word is kept and shown, and does not move the pact.
    """
    _step(operator, pact, _meant(word), given)


@click.command("accept")
@click.argument("pact")
@_TEXT
@_REASONS
@act_options
def accept_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Accept a proposal, as the administration; every party still has to sign it."""
    _step(operator, pact, "accepted", given)


@click.command("refuse")
@click.argument("pact")
@_TEXT
@_REASONS
@act_options
def refuse_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Refuse a proposal, as the administration, with --reasons: without them it is not valid."""
    _step(operator, pact, "refused", given)


@click.command("suspend")
@click.argument("pact")
@_UNTIL
@_TEXT
@_REASONS
@act_options
def suspend_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Suspend a pact in force."""
    _step(operator, pact, "suspended", given)


@click.command("resume")
@click.argument("pact")
@_TEXT
@_REASONS
@act_options
def resume_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Resume a pact that was suspended."""
    _step(operator, pact, "resumed", given)


@click.command("publish")
@click.argument("pact")
@_TEXT
@act_options
def publish_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Record that the administration has published the pact, and where."""
    _step(operator, pact, "published", given)


@click.command("end")
@click.argument("pact")
@_TEXT
@_REASONS
@act_options
def end_command(operator: Operator, /, pact: str, **given: Any) -> None:
    """Record that a pact has ended, why, and what follows: works, goods, authors' rights."""
    _step(operator, pact, "ended", given)


def _meant(word: str) -> str:
    """Return the step that a word means: as in the regulation's list, or as it is shown in this language."""
    typed = " ".join(word.split()).casefold()
    shown = {step_words(step).casefold(): step for step in STEPS}
    return shown.get(typed, typed.replace("-", "_").replace(" ", "_"))


def _step(operator: Operator, pact: str, word: str, given: dict[str, Any]) -> None:
    payload = {"step": word, **act_fields(operator, given), **text_fields(operator, given, "text", "reasons")}
    payload |= {name: given[name] for name in ("until", "outcome", "said") if given.get(name)}

    async def work(place: Workplace) -> None:
        who = await find_actor(place, given["actor"])
        thing = await find_thing(place, pact, "pact")
        if given.get("party"):
            payload["party"] = await find_actor(place, given["party"])
        elif word == "withdrawn":
            payload["party"] = who
        about = (await find_record(place, given["about"])).id if given.get("about") else None
        records = await take_step(place.signer, who, thing, payload, about)
        if word not in STEPS:
            note(
                _(
                    "{word} is none of the regulation's steps: it is kept and shown, and moves nothing."
                ).format(word=word)
            )
        await write_act_of(place, thing, records, yes=given["yes"])

    run_in(work, operator, writing=True)
