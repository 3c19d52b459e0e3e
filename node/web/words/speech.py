"""Speaking to a reader in their language: sentences, counts, dates, numbers, areas."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from string import Formatter

from node.web.frame.markup import Node
from node.web.words.catalogue import Catalogue


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for "translated where it is used"
    """Mark a message that is translated later."""
    return message


def NP_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 -- the same, for a word of two forms
    """Mark a message that is translated later, in its form for one and its form for many."""
    return one, many


_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)

# How numbers are written, by example: what parts thousands, and what parts decimals.
_NUMBER = N_("1,234.5")

SQUARE_METRES_PER_HECTARE = 10_000


class Speech:
    """One reader's language.  Call it with a message to have it in that language."""

    def __init__(self, language: str, catalogue: Catalogue) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, message: str, **values: object) -> str:
        """Return a message with its `{values}` filled in."""
        return self._catalogue.find(message).format(**values)

    def rich(self, message: str, **values: Node) -> Node:
        """Return a message whose `{values}` are elements or texts."""
        nodes: list[Node] = []
        for text, name, _, _ in Formatter().parse(self._catalogue.find(message)):
            nodes.append(text)
            if name is not None:
                nodes.append(values[name])
        return nodes

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form of a message that goes with `number`, which it calls `{n}`."""
        found = self._catalogue.find_for(one, many, number)
        return found.format(n=self.number(number), **values)

    def number(self, number: int) -> str:
        """Return a whole number, its thousands parted as in this language."""
        return f"{number:,}".replace(",", self._marks()[0])

    def decimal(self, number: float, places: int) -> str:
        """Return a number with so many decimals."""
        thousands, point = self._marks()
        whole, _, rest = f"{number:,.{places}f}".partition(".")
        return whole.replace(",", thousands) + (point + rest if rest else "")

    def figure(self, value: int, decimals: int) -> str:
        """Return `value` × 10^−`decimals`, to the last digit."""
        thousands, point = self._marks()
        whole, rest = divmod(abs(value), 10**decimals)
        written = f"{whole:,}".replace(",", thousands)
        sign = "−" if value < 0 else ""
        return f"{sign}{written}{point}{rest:0{decimals}d}" if decimals else f"{sign}{written}"

    def hectares(self, square_metres: int) -> str:
        """Return an area; small ones with decimals, and those under 100 m² in square metres."""
        if square_metres < 100:
            return self("{area} m²", area=self.number(square_metres))
        hectares = square_metres / SQUARE_METRES_PER_HECTARE
        places = 2 if hectares < 10 else 1 if hectares < 100 else 0
        return self("{area} hectares", area=self.decimal(hectares, places))

    def distance(self, metres: int) -> str:
        """Return a distance in metres or kilometres."""
        if metres < 1_000:
            return self("{length} m", length=self.number(metres))
        return self("{length} km", length=self.decimal(metres / 1_000, 0 if metres % 1_000 == 0 else 1))

    def day(self, text: str) -> str:
        """Return a date written out, from a year, a year and month, or a whole `YYYY-MM-DD`."""
        year, _, rest = text.partition("-")
        if not rest:
            return year
        month, _, day = rest.partition("-")
        name = self(_MONTHS[int(month) - 1])
        if not day:
            return self("{month} {year}", month=name, year=year)
        return self("{day} {month} {year}", day=int(day), month=name, year=year)

    def moment(self, time_ms: int) -> str:
        """Return the day of a moment, UTC."""
        return self.day(day_of(time_ms))

    def joined(self, parts: Sequence[Node]) -> Node:
        """Return `a, b and c`."""
        if len(parts) < 2:
            return list(parts)
        start: list[Node] = []
        for part in parts[:-1]:
            start += [", ", part] if start else [part]
        return self.rich(N_("{several} and {last}"), several=start, last=parts[-1])

    def chosen(self, texts: Mapping[str, str], wanted: Iterable[str] = ()) -> tuple[str, str]:
        """Return tag and text in a wanted language, else the reader's, else the first by tag."""
        for language in (*wanted, self.language):
            for tag, text in texts.items():
                if tag == language or tag.partition("-")[0] == language:
                    return tag, text
        tag = min(texts)
        return tag, texts[tag]

    def _marks(self) -> tuple[str, str]:
        example = self._catalogue.find(_NUMBER)
        return example[1:-5], example[-2]


def day_of(time_ms: int) -> str:
    """Return the day, `YYYY-MM-DD` in UTC, of a moment."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%Y-%m-%d")
