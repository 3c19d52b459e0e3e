"""What is chosen of the map: understood or refused, and the same in addresses as in the atlas."""

import pytest

from node.web.exchange.asked import Asked
from node.web.exchange.problem import Problem
from node.web.map.chosen import View, box_asked, chosen_of
from node.web.words.catalogue import catalogues
from node.web.words.speech import Speech
from protocol.geometry_units import BoundingBox


def asked(**query: str) -> Asked:
    return Asked("/", query, False, Speech("en", catalogues()["en"]), False)


def test_what_is_chosen_is_put_in_order_and_goes_back_into_addresses() -> None:
    chosen = chosen_of(asked(resource="forest,water", voice="own", mark="alert,contested", at="2025-06"))
    assert chosen.query() == {
        "resource": "water,forest",
        "voice": "own",
        "mark": "contested,alert",
        "at": "2025-06",
    }
    assert chosen_of(asked(**chosen.query())) == chosen
    where = chosen.where()
    assert where is not None
    assert where.values == ("% water %", "% forest %", "own")
    assert where.sql.count("?") == 3


def test_nothing_chosen_is_everything() -> None:
    chosen = chosen_of(asked(resource="", at=" "))
    assert chosen.is_everything
    assert chosen.where() is None


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("1970-01-01", 86_400_000 - 1),
        ("1970-01", 31 * 86_400_000 - 1),
        ("1970", 365 * 86_400_000 - 1),
        ("1971-12", 730 * 86_400_000 - 1),
        ("2024-02-29", 1_709_251_200_000 - 1),
    ],
)
def test_a_day_a_month_and_a_year_end_when_they_end(at: str, end: int) -> None:
    assert chosen_of(asked(at=at)).at_ms == end


def test_the_view_is_zoom_latitude_and_longitude() -> None:
    assert chosen_of(asked(map="7.5/42.2/-1.6")).view == View(7.5, 42.2, -1.6)
    assert chosen_of(asked(map="0/-90/180")).view == View(0, -90, 180)


@pytest.mark.parametrize(
    "query",
    [
        {"resource": "gold"},
        {"resource": "water,"},
        {"resource": "w" * 300},
        {"voice": "theirs"},
        {"mark": "x"},
        {"at": "2025-13"},
        {"at": "2025-02-30"},
        {"at": "0000"},
        {"at": "9999-12-31"},
        {"at": "25"},
        {"at": "２０２５"},
        {"map": "18.1/0/0"},
        {"map": "1/90.1/0"},
        {"map": "1/0/181"},
        {"map": "nan/0/0"},
        {"map": "1/0"},
    ],
    ids=str,
)
def test_what_means_nothing_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Problem):
        chosen_of(asked(**query))


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("-180,-90,180,90", BoundingBox(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000)),
        ("179.5,-1,-179.5,1", BoundingBox(1_795_000_000, -10_000_000, -1_795_000_000, 10_000_000)),
        ("", None),
    ],
)
def test_a_box_is_as_in_geojson(text: str, box: BoundingBox | None) -> None:
    assert box_asked(asked(bbox=text)) == box


@pytest.mark.parametrize(
    "text", ["1,2,3", "0,1,0,0", "-181,0,0,0", "0,0,181,0", "0,0,0,91", "a,b,c,d", "1e1,0,20,1"]
)
def test_a_box_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        box_asked(asked(bbox=text))


def test_of_names_that_a_form_sends_twice_both_count() -> None:
    from aiohttp.test_utils import make_mocked_request

    from node.web.exchange.asked import asked_by

    request = make_mocked_request("GET", "/?resource=water&resource=forest&kind=pact&kind=x")
    query = asked_by(request).query
    assert (query["resource"], query["kind"]) == ("water,forest", "pact")
