"""How many processes this run has killed: one that kills none, or each too late, has tested little."""

from dataclasses import dataclass


@dataclass
class Tally:
    """How many processes were killed in this run, how many with their work half done, how many too late."""

    killed: int = 0
    halfway: int = 0
    too_late: int = 0


TALLY = Tally()
