"""`minga schema`: what each kind of record may hold, as JSON Schema."""

from gettext import gettext as _

import click

from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import Column, say, show_json, show_table, suggest
from protocol.kinds import KINDS


@click.command("schema")
@click.argument("kind", required=False, type=click.Choice(sorted(KINDS)), metavar="[KIND]")
@json_option
@pass_operator
def schema_command(operator: Operator, kind: str | None) -> None:
    """Print the JSON Schema of a kind of record, or list the kinds.

    Schemas describe contents as `--json` and the pages of a node give them. A node serves them too, under
    /schemas/.
    """
    # What is below makes the schemas of all kinds ready, which no other command needs.
    from node.schemas.made import schema_id, schema_text

    if kind is not None:
        click.echo(schema_text(kind), nl=False)
        return
    kinds = sorted(KINDS)
    if operator.json:
        show_json([{"kind": name, "id": schema_id(name)} for name in kinds])
        return
    rows = [(name, _("version") if KINDS[name].is_version else _("act"), schema_id(name)) for name in kinds]
    show_table([Column(_("Kind")), Column(_("Is")), Column(_("Schema"), flexible=True)], rows)
    say()
    suggest(operator, "schema commons")
