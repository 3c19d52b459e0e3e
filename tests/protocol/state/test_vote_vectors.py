"""The vectors of votes and bodies are what the protocol says of them today."""

from tests.vectors import make_votes


def test_the_file_is_what_its_module_makes() -> None:
    assert make_votes.FILE.read_text(encoding="utf-8") == make_votes.make()
