"""The page `/open-data`: what can be taken away, in which forms, and how it is opened elsewhere."""

from collections.abc import Mapping

from node.opendata.formats import CSV, FLATGEOBUF, GEOJSON, GEOPACKAGE, Form, forms_here
from node.opendata.licences import licence_address
from node.web.frame.layout import page
from node.web.frame.markup import DataBlock, Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.opendata.catalogue import CATALOGUE_PATH
from node.web.opendata.datasets import Dataset, file_path, title_of
from node.web.opendata.feed import FEED_PATH
from node.web.opendata.services import Services
from node.web.words.speech import N_

# What each form is for, in a few words.
_FOR: Mapping[Form, str] = {
    GEOPACKAGE: N_("for QGIS and other maps"),
    CSV: N_("for spreadsheets"),
    GEOJSON: N_("for programs and maps on the web"),
    FLATGEOBUF: N_("for large maps"),
}
_ORDER = (GEOPACKAGE, CSV, GEOJSON, FLATGEOBUF)


def open_data_page(
    here: Surroundings, datasets: list[Dataset], services: Services, block: DataBlock
) -> Element:
    """Return the page.  `block` is what it says to programs that read pages."""
    say = here.say
    head: Node = [
        e("link", rel="describedby", type="application/ld+json", href=CATALOGUE_PATH),
        block,
    ]
    return page(
        here.asked,
        here.node_name,
        say("Open data"),
        e(
            "article",
            e("h1", say("Open data")),
            e(
                "p",
                say(
                    "All that this node shows can be taken away and used elsewhere, without an account and "
                    "without asking. It belongs to those who tell it: name them, and keep to the licence "
                    "that each record gives."
                ),
                class_="lead",
            ),
            e("section", e("h2", say("Files")), [_dataset(here, one) for one in datasets]),
            _part(here),
            _qgis(here, services),
            _spreadsheet(here),
            _program(here),
            _news(here),
            _licences(here, datasets),
            _limits(here),
        ),
        head=head,
    )


def _dataset(here: Surroundings, dataset: Dataset) -> Element:
    say, survey = here.say, dataset.survey
    figures = say.count("{n} entry", "{n} entries", survey.number)
    if survey.changed_ms is not None:
        figures += " · " + say("last signed on {date}", date=say.moment(survey.changed_ms))
    forms = [form for form in _ORDER if form in forms_here()]
    return e(
        "section",
        e("h3", title_of(say, dataset)),
        e("p", say(dataset.collection.description)),
        e("p", figures, class_="quiet") if survey.number else None,
        e(
            "ul",
            [
                e(
                    "li",
                    e(
                        "a",
                        form.name,
                        href=here.asked.link(file_path(dataset.name, form)),
                        rel="nofollow",
                        download=True,
                    ),
                    " ",
                    e("span", say(_FOR[form]), class_="quiet"),
                )
                for form in forms
            ],
            class_="files",
        )
        if survey.number
        else e("p", say("This node holds none.")),
        id=dataset.name,
    )


def _qgis(here: Surroundings, services: Services) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("In QGIS")),
        e(
            "p",
            say("A GeoPackage is drawn when you drag its file into the window: places, names and all else."),
        ),
        [
            e(
                "p",
                say(
                    "To have always what there is now, choose Layer › Add Layer › Add WFS / OGC API – "
                    "Features Layer, make a new connection, and copy this address into it:"
                ),
            ),
            _copied(here.address("/ogc")),
        ]
        if services.features
        else None,
        [
            e("p", say("For a map that is drawn quickly, add vector tiles with this address:")),
            _copied(here.address("/tiles/{z}/{x}/{y}.mvt")),
        ]
        if services.tiles
        else None,
    )


def _part(here: Surroundings) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("Only a part")),
        e(
            "p",
            say(
                "Files hold an area, a time or what is of one kind where their address says so: a box of "
                "west, south, east and north in degrees; days; properties by their names."
            ),
        ),
        _copied(here.address(file_path("commons", CSV) + "?bbox=-79,-1,-78,0&resource=water")),
        _copied(here.address(file_path("pacts", GEOJSON) + "?in_force=true&datetime=2025-01-01/..")),
    )


def _spreadsheet(here: Surroundings) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("In a spreadsheet")),
        e(
            "p",
            say(
                "The CSV opens in LibreOffice, Excel and others: commas between the cells, letters in "
                "UTF-8. If all of it comes in one column, open it from the menu instead (in Excel: Data › "
                "From Text/CSV) and choose the comma."
            ),
        ),
        e(
            "p",
            say(
                "A name that begins like a formula has an apostrophe in front, so that no spreadsheet "
                "calculates it. In lists a bar | stands between the items. Longitude and latitude are those "
                "of a point on the place; the whole of it stands in the last column."
            ),
        ),
    )


def _program(here: Surroundings) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("In a program")),
        e("p", say("In Python, without anything else:")),
        _copied(
            "import json\nfrom urllib.request import urlopen\n\n"
            f'with urlopen("{here.address(file_path("commons", GEOJSON))}") as answer:\n'
            '    commons = json.load(answer)["features"]\n\n'
            "for one in commons:\n"
            '    print(one["properties"]["name"], one["properties"]["licence"])'
        ),
        e("p", say("With GeoPandas, as a table with places:")),
        _copied(
            "import geopandas\n\n"
            f'commons = geopandas.read_file("{here.address(file_path("commons", GEOPACKAGE))}")'
        ),
        e("p", say("With GDAL, into any other form:")),
        _copied(f"ogr2ogr commons.shp {here.address(file_path('commons', GEOJSON))}"),
        e(
            "p",
            say(
                "Ask again with the header If-None-Match and what ETag said: while nothing has changed, "
                "nothing is sent. Pages on other sites may read all of this."
            ),
        ),
    )


def _news(here: Surroundings) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("What is new, and the catalogue")),
        e("p", say("Copy this address into a reader of feeds to hear of what is new:")),
        _copied(here.address(FEED_PATH)),
        e(
            "p",
            say("It can be narrowed, as to pacts alone, or to those that speak of water:"),
        ),
        _copied(here.address(f"{FEED_PATH}?collection=pacts&q={say('water')}")),
        e("p", say("For portals of open data, a catalogue in DCAT-AP 3:")),
        _copied(here.address(CATALOGUE_PATH)),
    )


def _licences(here: Surroundings, datasets: list[Dataset]) -> Element:
    say = here.say
    found: dict[str, int] = {}
    for dataset in datasets:
        for name, number in dataset.survey.licences.items():
            found[name] = found.get(name, 0) + number
    return e(
        "section",
        e("h2", say("Licences and labels")),
        e(
            "p",
            say(
                "Whoever signs a record says under which licence it may be used. It stands in every row of "
                "every file; for the whole these are the licences:"
            ),
        ),
        e(
            "ul",
            [
                e("li", _licence_name(name), " · ", say.count("{n} entry", "{n} entries", number))
                for name, number in sorted(found.items(), key=lambda item: (-item[1], item[0]))
            ],
        )
        if found
        else None,
        e(
            "p",
            say.rich(
                N_(
                    "Some commons carry {labels}: by these a community says how its knowledge may be used. "
                    "They are no licence, and ask for respect all the same."
                ),
                labels=e(
                    "a",
                    say("Local Contexts labels"),
                    href="https://localcontexts.org/labels/about-the-labels/",
                    rel="noopener noreferrer external",
                ),
            ),
        ),
        id="licences",
    )


def _licence_name(name: str) -> Node:
    address = licence_address(name)
    if address is None:
        return e("bdi", name)
    return e("a", name, href=address, rel="noopener noreferrer nofollow external")


def _limits(here: Surroundings) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("What is not in it")),
        e(
            "p",
            say(
                "What a community keeps back is in no file: a place that it tells roughly is as rough here "
                "as on the page. That something is missing says nothing about whether it exists: other "
                "nodes hold other records."
            ),
        ),
        e(
            "p",
            say.rich(
                N_(
                    "The signed records themselves, with all that is needed to check them, are at the foot "
                    "of the page of each thing. {schemas} say what each field means."
                ),
                schemas=e("a", say("Schemas of records"), href=here.asked.link("/schemas/")),
            ),
        ),
    )


def _copied(text: str) -> Element:
    return e("pre", e("code", text))
