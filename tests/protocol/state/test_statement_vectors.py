"""The vectors of statements and of trust are what the protocol says of them today, and have every answer."""

import json
from typing import Any

from protocol.state.contest import ChallengeState
from protocol.state.statements import Standing
from tests.vectors import make_statements, make_trust

STATEMENTS: dict[str, Any] = json.loads(make_statements.FILE.read_text(encoding="utf-8"))
TRUST: dict[str, Any] = json.loads(make_trust.FILE.read_text(encoding="utf-8"))


def test_the_files_are_what_their_modules_make() -> None:
    assert make_statements.FILE.read_text(encoding="utf-8") == make_statements.make()
    assert make_trust.FILE.read_text(encoding="utf-8") == make_trust.make()


def test_every_answer_is_among_them() -> None:
    moments = [moment for case in STATEMENTS["statements"] for moment in case["moments"]]
    said = [one for moment in moments for kind in moment["said"].values() for one in kind]
    assert {standing for _, _, standing in said} == set(Standing)
    assert {state for moment in moments for state in moment["challenges"].values()} == set(ChallengeState)
    things = [thing for case in STATEMENTS["links"] for thing in case["things"].values()]
    assert {(one["own"], one["mutual"]) for thing in things for one in thing["links"]} == {
        (True, True),
        (True, False),
        (False, False),
    }
    assert {thing["cycle"] for thing in things} == {True, False}
    assert max(len(thing["within"]) for thing in things) == 64
    distances = {distance for case in TRUST["cases"] for distance in case["distances"].values()}
    assert distances == {None, *range(9)}
