"""`minga completion`: the script that lets a shell finish commands."""

import click
from click.shell_completion import get_completion_class

from node.cli.root import minga


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the script that lets your shell finish minga's commands.

    For bash: minga completion bash > ~/.local/share/bash-completion/completions/minga
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(minga, {}, "minga", "_MINGA_COMPLETE").source())
