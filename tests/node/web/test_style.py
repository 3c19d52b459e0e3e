"""The stylesheet: legible in the sun and in the dark, and asking nobody for anything."""

import re

import pytest

from node.web.frame.static_files import files, symbols
from node.web.words.vocabulary import RESOURCE_WORDS

STYLE = files()["style.css"].decode("utf-8")
SCHEMES = [
    dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
]
LIGHT, DARK = SCHEMES[0], SCHEMES[1]

# Paper and what lies on it; lines between rows are no text (WCAG 2.2, 1.4.3 and 1.4.11).
GROUNDS = {"paper", "sheet", "accent-paper", "on-accent", "rule"}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_can_be_read(scheme: dict[str, str]) -> None:
    inks = scheme.keys() - GROUNDS
    assert len(inks) >= 18
    for ink in inks:
        for ground in ("paper", "sheet"):
            least = 3.0 if ink == "edge" else 4.5
            assert contrast(scheme[ink], scheme[ground]) >= least, (ink, ground)
    assert contrast(scheme["on-accent"], scheme["accent"]) >= 4.5
    assert contrast(scheme["ink"], scheme["accent-paper"]) >= 7


def test_the_dark_scheme_is_whole() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert set(re.findall(r"var\(--([a-z-]+)\)", STYLE)) <= LIGHT.keys()


def test_every_resource_has_its_icon_and_colour() -> None:
    for resource in RESOURCE_WORDS:
        assert resource in symbols()
        assert f".i-{resource.replace('_', '-')} {{ color: var(--" in STYLE
    drawings = [attributes["d"] for _, attributes in symbols().values()]
    assert len(set(drawings)) == len(drawings)


def test_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in files()["atkinson-hyperlegible-LICENSE.txt"].decode("utf-8")
    assert sum(len(data) for name, data in files().items() if name.endswith(".woff2")) < 60_000
