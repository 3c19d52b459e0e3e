"""Words that tell a place as exactly as a map does: coordinates, codes of squares, links to maps.

What a community keeps back must not stand in a name, a note or the title of a paper either.  These patterns
know how people write coordinates, in Spanish and in English, and what registers in Italian call them; they
leave alone what only looks so: years, areas, money, altitudes, telephone numbers, articles of law.
"""

import re
from typing import NamedTuple
from unicodedata import category, normalize

# Shown of what was found: enough to find it again.
SHOWN_LENGTH_MAX_CHARS = 60

# Signs that stand for degrees, minutes, seconds and minus, as typed, pasted and scanned.
_SAME_SIGNS = str.maketrans(
    {
        **dict.fromkeys("º˚⁰∘", "°"),
        **dict.fromkeys("’‘´`ʹʼ′", "'"),
        **dict.fromkeys("”“″ˮʺ", '"'),
        **dict.fromkeys("−–—‐‑‒﹣－", "-"),
    }
)

_DEGREES = r"(?:°|\bgrados?\b|\bdegrees?\b|\bdeg\b)"
_MINUTES = r"(?:'|\bminutos?\b|\bminutes?\b|\bmin\b)"
_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_SIDE = r"(?:[NSEWO]\b(?!\.\w)|norte\b|sur\b|este\b|oeste\b|north\b|south\b|east\b|west\b)"
_LENGTH = r"(?:m|km|cm|ha|mts?|(?:kil[óo])?metros?|(?:kilo)?met(?:re|er)s?|millas?|miles?|varas?|leguas?)\b"
# A number of degrees with so many decimals, and nothing that goes on with it.
_BEFORE, _AFTER = r"(?<![\w.,-])", r"(?!\w|[.,]\d)"
_TWO, _THREE, _FOUR = (rf"\d{{1,3}}[.,]\d{{{least},}}" for least in (2, 3, 4))
_BETWEEN = r"\s*[,;/|\s]\s*"
_SQUARE = "23456789CFGHJMPQRVWX"  # digits of Open Location Code


class Told(NamedTuple):
    """What tells a place, in the words it was found in, and in what habit."""

    words: str
    habit: str


def _pattern(habit: str, expression: str, flags: int = re.IGNORECASE) -> tuple[str, re.Pattern[str]]:
    return habit, re.compile(expression, flags)


_PATTERNS = (
    _pattern("a geo: link", r"\bgeo:\s*-?\d[\d.,;\- ]*"),
    _pattern(
        "a link to a map",
        r"\b(?:maps\.google\.|google\.[a-z.]+/maps|goo\.gl/maps|maps\.app\.goo\.gl|earth\.google\.|g\.co/earth"
        r"|(?:www\.)?openstreetmap\.org|osm\.org|maps\.apple\.com|bing\.com/maps|waze\.com|mapy\.cz|wego\.here\.com"
        r"|maps\.me|ge0\.me|omaps\.app|organicmaps\.app|what3words\.com|w3w\.co|plus\.codes|geohack\.|wikimapia\.org"
        r"|wikiloc\.com|caltopo\.com|gaiagps\.com|strava\.com|geohash\.org|iberpix|visor\.grafcan)\S*",
    ),
    _pattern(
        "a link to a map",
        r"(?:[?&#](?:ll|sll|q|query|center|centre|loc|daddr|mlat|lat|latitude|map|cp)=|/@)"
        r"(?:[\d.]+/)?-?\d{1,3}\.\d{2,}\S*",
    ),
    _pattern("a what3words address", r"///\s?\w+\.\w+\.\w+|\b(?:what3words|w3w)\b\W{0,3}\w+\.\w+\.\w+"),
    _pattern("a plus code", rf"(?<![\w+])[{_SQUARE}]{{8}}\+(?:[{_SQUARE}]{{2,3}})?(?![\w+])", 0),
    _pattern(
        "a plus code",
        rf"(?<![\w+])(?=[{_SQUARE}]*[CFGHJMPQRVWX])[{_SQUARE}]{{4}}(?:[{_SQUARE}]{{2}})?\+[{_SQUARE}]{{2,3}}(?![\w+])",
        0,
    ),
    _pattern("a geohash", r"\bgeo-?hash\b\W{0,3}[0-9b-hjkmnp-z]{5,12}\b"),
    _pattern(
        "degrees and minutes",
        rf"{_NUMBER}\s*{_DEGREES}\s*,?\s*(?:y\s+|and\s+)?{_NUMBER}\s*{_MINUTES}.{{0,20}}",
    ),
    _pattern("degrees and minutes", r"\b\d{1,3}\s*°\s*\d{1,2}(?:[.,]\d+)?\s*(?:['\"]|[NSEWO]\b)"),
    _pattern("degrees and minutes", r"\b[NSEWO]\s?\d{1,3}(?:\s?°\s?\d{1,2}[.,]\d|\s\d{1,2}[.,]\d{2,})", 0),
    _pattern("degrees and minutes", r"\b\d{1,3}[-\s]\d{1,2}[-\s]\d{1,2}(?:[.,]\d+)?\s?[NSEWO]\b", 0),
    _pattern(
        "degrees of longitude or latitude",
        rf"\b{_NUMBER}\s*{_DEGREES}\s*(?:de\s+)?(?:latitud\w*\s+|longitud\w*\s+)?{_SIDE}",
    ),
    _pattern("degrees of longitude or latitude", rf"\b{_THREE}\s*°"),
    _pattern("degrees of longitude or latitude", rf"(?<![\w.,]){_TWO}\s?(?-i:{_SIDE})"),
    # 1.250 and 3.400 may be thousands: a sign or a fourth decimal tells.
    _pattern("a pair of decimal degrees", rf"{_BEFORE}[-+]?{_FOUR}{_BETWEEN}[-+]?{_THREE}{_AFTER}"),
    _pattern("a pair of decimal degrees", rf"{_BEFORE}[-+]?{_THREE}{_BETWEEN}[-+]?{_FOUR}{_AFTER}"),
    _pattern("a pair of decimal degrees", rf"{_BEFORE}-?{_TWO}\s*[,;/|]\s*-{_TWO}{_AFTER}"),
    _pattern("a pair of decimal degrees", rf"{_BEFORE}-{_TWO}{_BETWEEN}-?{_TWO}{_AFTER}"),
    _pattern("decimal degrees", rf"{_BEFORE}-{_FOUR}{_AFTER}"),
    _pattern(
        "a latitude", r"\blat(?:itud(?:e|ine)?|\.)?\s*(?:de\s+|of\s+)?[.:=]?\s*[-+]?\d{1,2}(?:[.,]\d+|\s*°)"
    ),
    _pattern("a longitude", rf"\b(?:lon|lng)\.?\s*[:=]?\s*[-+]?\d{{1,3}}[.,]\d+(?!\d|\s*{_LENGTH})"),
    _pattern("a longitude", rf"\blong\s*(?:[.:=]\s*-?|-){_TWO}(?!\d|\s*{_LENGTH})"),
    _pattern(
        "a longitude",
        r"\blongitud(?:e|ine)?\s*(?:de\s+|of\s+)?[:=]?\s*"
        rf"(?:-\d{{1,3}}\b|{_THREE}(?!\d|\s*{_LENGTH})|\d{{1,3}}\s*°)",
    ),
    _pattern(
        "coordinates",
        r"\b(?:coordenadas?|coordinat(?:es?|a)|coords?|georeferenc\w*)\b[^\d\n]{0,30}"
        r"-?\d+(?:[.,]\d{2,}|\d{4,}|\s*°)",
    ),
    _pattern("UTM coordinates", r"\b\d{1,2}\s?[C-HJ-NP-X]\b[^\d\n]{0,8}\d{6}(?:[.,]\d+)?\D{1,8}\d{5,7}\b", 0),
    _pattern(
        "UTM coordinates",
        r"(?<![\w.,])[1-9]\d{5}(?:[.,]\d{1,3})?\s?(?:m\s?)?[EX]?\s?[\s,;/|:=]{1,4}[NY]?\s?[:=]?\s?"
        r"\d{7}(?:[.,]\d{1,3})?(?!\w*\d)",
    ),
    _pattern(
        "UTM coordinates",
        r"\b[XE]\s?[:=]?\s?\d{3}[. ]?\d{3}(?:[.,]\d+)?\W{1,6}(?:m\W{1,3})?"
        r"[YN]\s?[:=]?\s?\d{1,2}[. ]?\d{3}[. ]?\d{3}\b",
    ),
    _pattern(
        "UTM coordinates",
        r"\b(?:UTM|MGRS|WGS\s?-?84|SIRGAS|PSAD\s?-?56|ETRS\s?-?89|ED\s?-?50|MAGNA|huso\s+\d+)\b"
        r"[^\n]{0,40}?\b\d{3}[. ]?\d{3}\b",
    ),
    _pattern(
        "an MGRS square",
        r"\b\d{1,2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?(?:\d{4}|\d{6}|\d{8}|\d{10}|\d{2,5}\s\d{2,5})\b",
        0,
    ),
    _pattern("a shape written out", r"\b(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s?Z?\s?\(+\s?-?\d[^)]{0,40}"),
    _pattern("a shape written out", r"\"?coordinates\"?\s*:\s*\[+\s*-?\d[^\]]{0,40}"),
)


def places_told(text: str) -> list[Told]:
    """Return what in a text tells a place, in the order of the text; empty where nothing does."""
    plain = _plain(text)
    found: list[tuple[int, int, Told]] = []
    for habit, pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            if all(match.end() <= start or match.start() >= end for start, end, _ in found):
                words = " ".join(match.group().split())[:SHOWN_LENGTH_MAX_CHARS]
                found.append((match.start(), match.end(), Told(words, habit)))
    return [told for _, _, told in sorted(found)]


def _plain(text: str) -> str:
    """Return a text with one sign for each meaning and without what cannot be seen."""
    text = normalize("NFKC", text.translate(_SAME_SIGNS)).translate(_SAME_SIGNS)
    text = re.sub("''", '"', text)
    return "".join(letter for letter in text if letter == "\n" or category(letter) not in ("Cf", "Cc"))
