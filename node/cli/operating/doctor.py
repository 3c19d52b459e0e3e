"""`minga doctor`: is this node well?  Each trouble comes with its remedy."""

import asyncio
from gettext import gettext as _
from gettext import ngettext

import click

from node.cli.faults import NOT_HERE
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import progress_bar
from node.cli.render import accent, cells, say, show_json, wrapped
from node.cli.sentences import sentence
from node.examining import Finding, examine


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Leave out checking every record again.")
@json_option
@pass_operator
def doctor_command(operator: Operator, quick: bool) -> None:
    """Check that this node is well; say of each trouble what to do.

    Exit code 1 where there is trouble.
    """
    if not operator.home.is_initialised:
        operator.home.require()
    with progress_bar(_("Checking")) as tell:
        findings = asyncio.run(examine(operator.home, tell, every_record=not quick))
    trouble = [finding for finding in findings if finding.remedy]
    if operator.json:
        show_json({"well": not trouble, "checks": [_as_json(finding) for finding in findings]})
    else:
        margin = max(cells(_(finding.subject)) for finding in findings) + 2
        for finding in findings:
            _show(finding, margin)
        say()
        if trouble:
            say(
                ngettext("There is {count} trouble.", "There are {count} troubles.", len(trouble)).format(
                    count=len(trouble)
                )
            )
        else:
            say(_("The node is well."))
    if trouble:
        raise click.exceptions.Exit(NOT_HERE)


def _show(finding: Finding, margin: int) -> None:
    label = _(finding.subject)
    head = label + " " * (margin - cells(label))
    indent = " " * margin
    text = sentence(finding.says)
    say(wrapped(head + (accent(text, "red") if finding.remedy else text), indent))
    if finding.remedy:
        say(wrapped(indent + "→ " + sentence(finding.remedy), indent + "  "))


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.name,
        "well": not finding.remedy,
        "says": sentence(finding.says),
        "remedy": sentence(finding.remedy) if finding.remedy else None,
    }
