"""`minga vote cast|minutes`: a ballot that somebody signs, and what an assembly decided face to face."""

import unicodedata
from gettext import gettext as _
from typing import Any

import click

from node.authoring.deciding import cast_ballot, refusal, write_minutes
from node.authoring.signer import now_ms
from node.cli.act_fields import TEXT, act_fields, act_options, signing_options, text_fields
from node.cli.actors.people import actor_name
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator
from node.cli.pacts.vote_views import standing_sentence, vote_json
from node.cli.render import note, plain, say, short_id, show_json, suggest, wrapped
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.present import motion_of, present_status, present_tally
from protocol.identifiers import id_text
from protocol.kinds.deciding import Motion
from protocol.kinds.text import preferred
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect
from protocol.state.fold import ThingState


@click.command("cast")
@click.argument("vote")
@click.argument("option", required=False)
@click.option("--blank", is_flag=True, help="Vote for none of the options.")
@signing_options
def cast_command(operator: Operator, /, vote: str, option: str | None, **given: Any) -> None:
    """Cast a ballot in a vote: for the OPTION of this number or name, or a blank one.

    A ballot is signed, and everybody can see who voted for what. Whoever votes twice has not voted.
    """
    if (option is None) != given["blank"]:
        raise ConfigError("say which option, by its number or name, or --blank for none of them")
    payload = act_fields(operator, given)

    async def work(place: Workplace) -> None:
        who = await find_actor(place, given["actor"])
        thing = await find_thing(place, vote, "motion")
        name, motion = await actor_name(place, who), _motion_of(thing)
        if option is not None and motion is not None:
            payload["option"] = _option_meant(motion, option, operator.language)
        refused = refusal(thing, who, name)
        if refused is not None:
            if not given["yes"] or motion is None:
                raise refused
            note(_("It will be shown and will not count."))
        records = await cast_ballot(place.signer, who, thing, payload)
        chosen = _("blank")
        if "option" in payload and motion is not None:
            chosen = plain(preferred(motion.options[payload["option"]].name, operator.language))
        said = _("Voted, in the name of {who}: {option} ({record}).").format(
            who=name, option=chosen, record=short_id(id_text(records[0].id))
        )
        await _write(place, thing, records, said)

    run_in(work, operator, writing=True)


@click.command("minutes")
@click.argument("vote")
@click.option("--decided", metavar="OPTION", help="The option that was taken, by its number or name.")
@click.option(
    "--votes",
    "votes",
    multiple=True,
    metavar="OPTION=VOTES",
    help="How many voted for an option, as in '1=34'; once for each.",
)
@click.option("--attended", type=click.IntRange(0), metavar="PEOPLE", help="How many were there.")
@click.option("--text", multiple=True, metavar=TEXT, help="What was said and decided, in words.")
@act_options
def minutes_command(operator: Operator, /, vote: str, **given: Any) -> None:
    """Record what an assembly decided face to face, and on which paper.

    It stands beside the ballots and is added to nothing.
    """
    payload = {**act_fields(operator, given), **text_fields(operator, given, "text")}
    if given["attended"] is not None:
        payload["attended"] = given["attended"]

    async def work(place: Workplace) -> None:
        who = await find_actor(place, given["actor"])
        thing = await find_thing(place, vote, "motion")
        motion = _motion_of(thing)
        if motion is None:
            raise ConfigError(
                "the text of this motion is not in effect here, so there is nothing to have decided on; see "
                "`minga vote show`"
            )
        if given["decided"]:
            payload["decided"] = _option_meant(motion, given["decided"], operator.language)
        if given["votes"]:
            payload["votes"] = _votes_of(motion, given["votes"], operator.language)
            if payload.get("attended") is not None and sum(payload["votes"]) > payload["attended"]:
                raise ConfigError(
                    f"{sum(payload['votes'])} votes are more than the {payload['attended']} who attended; "
                    "put one of the two right"
                )
        if not {"decided", "votes", "text"} & payload.keys():
            raise ConfigError("minutes say what was decided: give --decided, --votes or --text")
        if "evidence" not in payload:
            note(_("No paper is named; minutes are believed for the paper behind them: --paper 'Acta 12'."))
        records = await write_minutes(place.signer, who, thing, payload)
        said = _("Minutes recorded, in the name of {who} ({record}).").format(
            who=await actor_name(place, who), record=short_id(id_text(records[0].id))
        )
        await _write(place, thing, records, said)

    run_in(work, operator, writing=True)


async def _write(place: Workplace, thing: ThingState, records: list[VerifiedRecord], said: str) -> None:
    """Submit what was signed, and show how the vote stands now."""
    operator = place.operator
    await place.submit(records)
    now = await place.store.thing(thing.subject)
    assert now is not None
    if operator.json:
        show_json({"record": id_text(records[0].id)} | vote_json(now))
        return
    say(wrapped(said))
    found, motion = present_tally(now, now_ms()), _motion_of(now)
    if motion is not None:
        status = present_status(now, now_ms())
        say(wrapped(standing_sentence(found, motion, status, operator.language)))
    if now.judged[records[0].id].effect is Effect.AWAITING:
        suggest(operator, f"actor cosign {short_id(id_text(records[0].id))}")
    else:
        suggest(operator, f"vote show {short_id(id_text(now.subject))}")


def _motion_of(thing: ThingState) -> Motion | None:
    return motion_of(thing, present_tally(thing, now_ms()))


def _option_meant(motion: Motion, typed: str, language: str) -> int:
    """Return the option, counted from 0, that a number counted from 1 or a name means.

    Raises `ConfigError` naming the options.
    """
    bare = typed.strip()
    if bare.isascii() and bare.isdecimal() and 1 <= int(bare[:4]) <= len(motion.options) and len(bare) < 5:
        return int(bare) - 1
    wanted = _folded(bare)
    found = {
        number
        for number, option in enumerate(motion.options)
        if wanted in {_folded(name) for name in option.name.values()}
        or (option.subject is not None and len(bare) >= 4 and id_text(option.subject).startswith(bare))
    }
    if len(found) == 1:
        return found.pop()
    listed = "; ".join(
        f"{number} {plain(preferred(option.name, language))}"
        for number, option in enumerate(motion.options, 1)
    )
    raise ConfigError(f"{typed[:80]!r} is none of the options: {listed}")


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def _votes_of(motion: Motion, typed: tuple[str, ...], language: str) -> list[int]:
    votes: dict[int, int] = {}
    for one in typed:
        name, equals, number = one.rpartition("=")
        if not equals or not number.strip().isascii() or not number.strip().isdecimal():
            raise ConfigError(f"{one[:80]!r}: votes are OPTION=VOTES, as in '1=34'")
        option = _option_meant(motion, name, language)
        if option in votes:
            raise ConfigError(f"the votes for {name[:80]!r} are given twice")
        votes[option] = int(number.strip()[:16])
    return [votes.get(option, 0) for option in range(len(motion.options))]
