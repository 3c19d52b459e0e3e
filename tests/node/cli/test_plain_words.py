"""What a reader at a terminal is spared: words of the software, endless sentences, names told only whole."""

from pathlib import Path

import pytest

from node.cli.counting import records_counted
from node.cli.language import speak
from node.cli.render import LABEL_MAX_CELLS, in_figures, show_fields
from node.cli.sentences import sentence
from protocol.kinds import KINDS
from tests.node.cli.terminal import Terminal, exchange
from tests.node.cli.test_endorsing import neighbours


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_records_of_every_kind_are_counted_in_words(kind: str) -> None:
    speak("es")
    try:
        one, several = records_counted(kind, 1), records_counted(kind, 2)
        assert several != f"2 {kind}"
        assert one.removeprefix("1 ") != several.removeprefix("2 ") or kind == "commons"
        assert records_counted("somebody_s_own", 2) == "2 somebody_s_own"
    finally:
        speak("en")


def test_where_nothing_is_said_nothing_is_translated() -> None:
    speak("es")
    try:
        assert sentence("") == ""
    finally:
        speak("en")


def test_a_part_of_a_name_is_answered_with_the_names_it_is_in(tmp_path: Path) -> None:
    ana, eva = neighbours(tmp_path, "Ana", "Eva")
    for name in ("Sierra de Aralar", "Enirio-Aralar"):
        ana.does("commons", "add", "--name", f"{name}@es", "--resource", "pasture")
    eva.does("commons", "add", "--name", "Aralar norte@es", "--resource", "forest")
    exchange(ana, eva, over=tmp_path)
    told = ana.fails("commons", "show", "Aralar", code=1)
    assert all(f"{name} (" in told for name in ("Sierra de Aralar", "Enirio-Aralar", "Aralar norte"))
    ana.does("block", "add", "Aralar norte")
    assert "Aralar norte" not in ana.fails("commons", "show", "Aralar", code=1)
    assert "there is" not in ana.fails("pact", "show", "Aralar", code=1)
    for number in range(5):
        ana.does("commons", "add", "--name", f"Aralar {number}@es", "--resource", "forest")
    assert ana.fails("commons", "show", "Aralar", code=1).count(" (") == 5


def test_kinds_of_things_are_named_in_spanish(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana", "es")
    ana.settled_down("Ana")
    ana.does("actor", "new", "--name", "Loma@es", "--type", "water_board", "--recovery-keys", "1")
    assert "junta de agua" in ana.does("actor", "show", "Loma")
    ana.does("commons", "add", "--name", "Acequia@es", "--resource", "irrigation")
    assert "riego" in ana.does("commons", "show", "Acequia")


def test_a_pact_of_a_crowd_names_a_few_in_its_sentence_and_all_below(tmp_path: Path) -> None:
    [ana] = neighbours(tmp_path, "Ana")
    others = [word for number in range(1, 40) for word in ("--party", f"community=Barrio {number}")]
    ana.does("pact", "propose", "--title", "Agua@es", "--party", "administration=Ana", *others)
    shown = ana.does("pact", "show", "Agua")
    assert "A pact of Ana, Barrio 1, Barrio 2, Barrio 3 and 36 others" in " ".join(shown.split())
    assert "Barrio 39" in shown


def test_a_long_label_does_not_touch_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    for length in (LABEL_MAX_CELLS, LABEL_MAX_CELLS + 1, LABEL_MAX_CELLS + 9):
        show_fields([("x" * length, "value"), ("short", "other")])
        assert f"{'x' * length}  value" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "decimals", "english", "spanish"),
    [
        (0, 0, "0", "0"),
        (999, 0, "999", "999"),
        (1_000, 0, "1,000", "1\u00a0000"),
        (125_635.44, 1, "125,635.4", "125\u00a0635,4"),
        (-1_234_567.5, 2, "-1,234,567.50", "-1\u00a0234\u00a0567,50"),
    ],
)
def test_a_figure_is_written_as_its_reader_writes_it(
    number: float, decimals: int, english: str, spanish: str
) -> None:
    assert in_figures(number, decimals) == english
    speak("es")
    try:
        assert in_figures(number, decimals) == spanish
    finally:
        speak("en")
