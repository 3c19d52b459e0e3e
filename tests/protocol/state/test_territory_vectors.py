"""The vectors of territories are what the protocol says of them today."""

from tests.vectors import make_territories


def test_the_file_is_what_its_module_makes() -> None:
    assert make_territories.FILE.read_text(encoding="utf-8") == make_territories.make()
