"""The command line `minga`: what an operator does, one verb each."""

import gc

# New objects between two looks for garbage in cycles.  Modules being loaded and records being read make many,
# and hardly a cycle: looking every 700, as Python does by itself, took a tenth of the time.
GC_THRESHOLDS = (50_000, 20, 20)


def main() -> None:
    """Run the command line on this process's arguments and exit."""
    gc.set_threshold(*GC_THRESHOLDS)
    from node.cli.root import minga

    minga(prog_name="minga")
