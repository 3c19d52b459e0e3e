"""A group of commands whose help says of each in a whole sentence what it does."""

from gettext import gettext as _

import click

# Longer than the first sentence of any command; what does not fit a line goes on in the next.
SENTENCE_LENGTH_MAX = 200


class Verbs(click.Group):
    """A command with commands below it."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the first sentence of their help."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, command.get_short_help_str(SENTENCE_LENGTH_MAX)))
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)
