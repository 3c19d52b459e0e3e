"""The second implementation names every territory, and adds up every figure, of the vectors."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from .authority import Held
from .records import verify
from .territories import Figures, area_of, fold, territories, text
from .values import decode

VECTORS = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "territories.json").read_text(encoding="utf-8")
)


def test_folds() -> None:
    for name, folded in VECTORS["folds"].items():
        assert fold(name) == folded


@pytest.mark.parametrize("case", VECTORS["contents"], ids=lambda case: case["name"])
def test_content(case: dict[str, Any]) -> None:
    content = decode(bytes.fromhex(case["payload"]))
    named, documents = territories(case["kind"], content)
    found = sorted([text(territory), *step] for step, territory in named.items())
    assert found == sorted(case["territories"])
    assert (documents if documents is None else text(documents)) == case["documents"]
    if case["kind"] == "commons":
        assert (found_area := area_of(content)) == case["area_m2"] or found_area == pytest.approx(
            case["area_m2"], rel=VECTORS["area_tolerance"]
        )


@pytest.mark.parametrize("case", VECTORS["figures"], ids=lambda case: case["name"])
def test_figures(case: dict[str, Any]) -> None:
    records = [verify(bytes.fromhex(envelope), VECTORS["now_ms"]) for envelope in case["records"]]
    Random(3).shuffle(records)
    for moment in case["moments"]:
        assert Figures(Held(records), moment["at_ms"]).figures == moment["figures"]
