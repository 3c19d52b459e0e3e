"""The command line `minga`: what an operator does, one verb each."""


def main() -> None:
    """Run the command line on this process's arguments and exit."""
    from node.cli.root import minga

    minga(prog_name="minga")
