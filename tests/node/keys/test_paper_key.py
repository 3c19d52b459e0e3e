"""A key on paper comes back, and what people get wrong in copying is noticed."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from node.keys.paper_key import (
    _CHECK_CONSTANT,
    NETWORK_KEY,
    RECOVERY_KEY,
    SYMBOLS,
    TYPED_LENGTH_MAX_CHARACTERS,
    PaperMistake,
    _remainder,
    paper_from_seed,
    seed_from_paper,
)

SEEDS = st.binary(min_size=32, max_size=32)


def bare(paper: str) -> str:
    return paper.replace("-", "").replace("\n", "")


def test_the_form_is_fixed() -> None:
    """What hangs in a community's safe today is read by every later version."""
    paper = paper_from_seed(bytes(range(32)))
    assert paper == ("M100-0G40-R40M-30E2-0918\n5GR3-8E1W-8124-GK2G-AHC5\nRR34-D1P7-0X3R-FGP5-9J47")
    assert seed_from_paper(paper) == bytes(range(32))


@pytest.mark.parametrize(
    "text",
    [
        "a1lqfn3a",
        "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
        "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    ],
)
def test_the_checksum_is_that_of_bip_350(text: str) -> None:
    """Valid bech32m of BIP 350; our symbols stand for the same values in another alphabet."""
    prefix, _, data = text.rpartition("1")
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    values = [*expanded, *("qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(c) for c in data)]
    assert _remainder(values) == _CHECK_CONSTANT


@given(SEEDS, st.sampled_from([RECOVERY_KEY, NETWORK_KEY]))
def test_what_was_written_is_read(seed: bytes, head: str) -> None:
    paper = paper_from_seed(seed, head)
    assert [len(line.split("-")) for line in paper.splitlines()] == [5, 5, 5]
    assert seed_from_paper(paper, head) == seed


@given(SEEDS)
def test_case_blanks_hyphens_and_lookalikes_do_not_matter(seed: bytes) -> None:
    paper = paper_from_seed(seed)
    assert seed_from_paper(paper.lower()) == seed
    assert seed_from_paper(" \t" + bare(paper) + "\r\n") == seed
    assert seed_from_paper(paper.replace("-", " – ")) == seed
    assert seed_from_paper(paper.replace("0", "O").replace("1", "l")) == seed
    assert seed_from_paper(paper.replace("1", "I")) == seed


@given(SEEDS, st.data())
def test_up_to_four_wrong_symbols_are_noticed(seed: bytes, data: st.DataObject) -> None:
    symbols = list(bare(paper_from_seed(seed)))
    places = data.draw(st.lists(st.integers(0, 59), min_size=1, max_size=4, unique=True))
    for place in places:
        symbols[place] = data.draw(
            st.sampled_from([symbol for symbol in SYMBOLS if symbol != symbols[place]])
        )
    with pytest.raises(PaperMistake):
        seed_from_paper("".join(symbols))


def test_every_single_mistake_is_found_in_its_group() -> None:
    right = bare(paper_from_seed(bytes(range(100, 132))))
    for place, symbol in enumerate(right):
        wrong = SYMBOLS[(SYMBOLS.index(symbol) + 7) % 32]
        with pytest.raises(PaperMistake, match=rf"compare group {place // 4 + 1} with the paper"):
            seed_from_paper(right[:place] + wrong + right[place + 1 :])


@given(SEEDS, st.integers(0, 58))
def test_two_neighbours_exchanged_are_noticed(seed: bytes, place: int) -> None:
    right = bare(paper_from_seed(seed))
    assume(right[place] != right[place + 1])
    with pytest.raises(PaperMistake):
        seed_from_paper(right[:place] + right[place + 1] + right[place] + right[place + 2 :])


@given(SEEDS, st.integers(0, 59), st.sampled_from(SYMBOLS))
def test_a_symbol_lost_or_doubled_is_noticed(seed: bytes, place: int, extra: str) -> None:
    right = bare(paper_from_seed(seed))
    for wrong in (right[:place] + right[place + 1 :], right[:place] + extra + right[place:]):
        with pytest.raises(PaperMistake, match="60 letters and digits"):
            seed_from_paper(wrong)


def test_one_kind_of_key_is_not_taken_for_another() -> None:
    with pytest.raises(PaperMistake, match="begins with N1 and is another kind"):
        seed_from_paper(paper_from_seed(bytes(32), NETWORK_KEY))


def test_a_symbol_that_no_key_has_is_named_with_its_group() -> None:
    with pytest.raises(PaperMistake, match="group 2 holds 'U'"):
        seed_from_paper("M1AA-AUAA")
    with pytest.raises(PaperMistake, match=r"group 1 holds '\\u0660'"):
        seed_from_paper("\u0660")


@given(st.text(max_size=200))
def test_any_text_is_a_seed_or_a_mistake(text: str) -> None:
    try:
        seed_from_paper(text)
    except PaperMistake as mistake:
        assert str(mistake).isprintable()


def test_what_is_far_too_long_is_not_worked_on() -> None:
    paper = paper_from_seed(bytes(32))
    assert seed_from_paper(paper + " " * (TYPED_LENGTH_MAX_CHARACTERS - len(paper))) == bytes(32)
    with pytest.raises(PaperMistake, match="something else"):
        seed_from_paper(paper + " " * (TYPED_LENGTH_MAX_CHARACTERS + 1 - len(paper)))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_only_32_bytes_go_on_paper(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        paper_from_seed(bytes(size))
