"""`minga erase`: take the content of one's own records out of every node."""

from gettext import gettext as _

import click

from node.authoring.things import erase
from node.cli.arguments import texts
from node.cli.naming import find_actor, find_record
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import note, say, short_id, show_fields, show_json, suggest
from node.cli.workplace import Workplace, run_in
from protocol.identifiers import id_text


@click.command("erase")
@click.argument("records", nargs=-1, required=True)
@click.option(
    "--as", "actor", metavar="ACTOR", help="The author of the records; otherwise the only actor of this home."
)
@click.option(
    "--basis",
    type=click.Choice(["author", "habeas_data", "court_order", "mistake"]),
    default="author",
    show_default=True,
    help="On what ground.",
)
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="TEXT[@LANG]",
    help="Why, in words that everybody will read.",
)
@click.option("--yes", is_flag=True, help="Do not ask again.")
@json_option
@pass_operator
def erase_command(
    operator: Operator,
    records: tuple[str, ...],
    actor: str | None,
    basis: str,
    reasons: tuple[str, ...],
    yes: bool,
) -> None:
    """Have the content of records erased, here and on every node that hears of it.

    That the record was there, who signed it and when, stays; what it said goes for good. It takes effect with
    the threshold of the author's keys.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        targets = [await find_record(place, one) for one in records]
        if not yes and not operator.json:
            for target in targets:
                show_fields([(target.header.kind, id_text(target.id))])
            click.confirm(_("Erase what they say, for good?"), abort=True, err=True)
        reason = texts(reasons, operator.language) or None
        signed = await erase(place.signer, who, targets, basis, reason)
        await place.submit(signed)
        thing = await place.store.thing(targets[0].subject)
        assert thing is not None
        done = all(target.id in thing.erased for target in targets)
        if operator.json:
            show_json(
                {
                    "erasure": id_text(signed[0].id),
                    "in_effect": done,
                    "records": [id_text(t.id) for t in targets],
                }
            )
            return
        if done:
            say(_("The content is erased here, and will be on every node that this reaches."))
            return
        note(_("The erasure waits for further signatures; until then nothing is erased."))
        suggest(operator, f"actor cosign {short_id(id_text(signed[0].id))}")

    run_in(work, operator, writing=True)
