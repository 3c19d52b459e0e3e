"""The catalogue of a node's open data for portals: DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/)
in JSON-LD, in every language that is spoken here at once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from node.opendata.formats import CSV, GEOJSON, GEOPACKAGE, Form, forms_here
from node.web.opendata.datasets import LICENCES_PATH, PAGE_PATH, Dataset, file_path, title_of
from node.web.opendata.services import Services
from node.web.words.catalogue import catalogues
from node.web.words.speech import N_, Speech
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox

CATALOGUE_PATH = "/catalog.jsonld"

_AUTHORITY = "http://publications.europa.eu/resource/authority"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OGC_FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

# By the tags of languages in which pages are, as the European vocabulary names them (ISO 639-2/T).
_LANGUAGES = {"en": "ENG", "es": "SPA", "pt": "POR", "it": "ITA", "qu": "QUE"}
_FILE_TYPES = {CSV: "CSV", GEOJSON: "GEOJSON", GEOPACKAGE: "GPKG"}
_THEMES = {
    "commons": ("ENVI", "GOVE"),
    "pacts": ("GOVE", "SOCI"),
    "territories": ("REGI",),
    "alerts": ("ENVI", "JUST"),
}
KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "commons": (N_("commons"), N_("community management"), N_("natural resources"), N_("territory")),
    "pacts": (N_("pacts of collaboration"), N_("co-management"), N_("commons")),
    "territories": (N_("territory"), N_("commons")),
    "alerts": (N_("enclosure"), N_("alerts"), N_("commons")),
}


class Catalogue:
    """A catalogue in the making: whose it is, and where."""

    def __init__(self, origin: str, node_name: str, node_id: str, services: Services) -> None:
        self._origin = origin
        self._node_name = node_name
        self._node_id = node_id
        self._services = services
        self._voices = [Speech(tag, catalogue) for tag, catalogue in catalogues().items()]

    def document(self, datasets: Iterable[Dataset]) -> dict[str, Any]:
        """Return the whole."""
        listed = list(datasets)
        page = f"{self._origin}{PAGE_PATH}"
        changed = max((one.changed for one in listed if one.survey.number), default=None)
        return {
            "@context": _CONTEXT,
            "@id": f"{page}#catalogue",
            "@type": "dcat:Catalog",
            "dct:title": self._said(N_("Open data of {node}"), node=self._node_name),
            "dct:description": self._said(
                N_(
                    "Commons, pacts of collaboration, territories and alerts that the node “{node}” of Minga "
                    "holds as signed records. Other nodes hold others: none has everything."
                ),
                node=self._node_name,
            ),
            "dct:publisher": self._publisher(),
            "dct:language": [self._language(voice.language) for voice in self._voices],
            "dct:license": _licence("https://creativecommons.org/publicdomain/zero/1.0/"),
            **({"dct:modified": _moment(changed)} if changed else {}),
            "foaf:homepage": _document(f"{self._origin}/"),
            "dcat:themeTaxonomy": {"@id": f"{_AUTHORITY}/data-theme"},
            "dcat:dataset": [self._dataset(one) for one in listed],
            "dcat:service": self._offered(listed),
        }

    def _dataset(self, dataset: Dataset) -> dict[str, Any]:
        survey, page = dataset.survey, f"{self._origin}{PAGE_PATH}"
        described: dict[str, Any] = {
            "@id": f"{page}#{dataset.name}",
            "@type": "dcat:Dataset",
            "dct:identifier": f"{self._node_id}/{dataset.name}",
            "dct:title": [_in(voice, title_of(voice, dataset)) for voice in self._voices],
            "dct:description": self._said(dataset.collection.description),
            "dct:publisher": {"@id": self._node_id},
            "dct:language": [self._language(voice.language) for voice in self._voices],
            "dct:accessRights": _typed(f"{_AUTHORITY}/access-right/PUBLIC", "dct:RightsStatement"),
            "dct:accrualPeriodicity": _typed(f"{_AUTHORITY}/frequency/IRREG", "dct:Frequency"),
            "dct:conformsTo": _typed(CRS84, "dct:Standard"),
            "dcat:theme": [
                {"@id": f"{_AUTHORITY}/data-theme/{theme}"} for theme in _THEMES.get(dataset.name, ())
            ],
            "dcat:keyword": [text for word in KEYWORDS.get(dataset.name, ()) for text in self._said(word)],
            "dcat:landingPage": _document(page),
            "dcat:distribution": [
                *(self._file(dataset, form) for form in forms_here()),
                *([self._through_api(dataset)] if self._services.features else []),
            ],
        }
        if survey.since_ms is not None:
            described["dct:issued"] = _moment(dataset.since)
            described["dct:modified"] = _moment(dataset.changed)
            described["dct:temporal"] = {
                "@type": "dct:PeriodOfTime",
                "dcat:startDate": _moment(dataset.since),
                "dcat:endDate": _moment(dataset.changed),
            }
        if survey.box is not None:
            box = {"@value": box_text(survey.box), "@type": "gsp:wktLiteral"}
            described["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": box}
        return described

    def _file(self, dataset: Dataset, form: Form) -> dict[str, Any]:
        address = f"{self._origin}{file_path(dataset.name, form)}"
        kind = _FILE_TYPES.get(form)
        return {
            "@id": address,
            "@type": "dcat:Distribution",
            "dct:title": self._as_form(dataset, form.name),
            "dcat:accessURL": {"@id": address},
            "dcat:downloadURL": {"@id": address},
            "dcat:mediaType": _typed(f"{_MEDIA_TYPES}/{form.media_type}", "dct:MediaType"),
            **(
                {"dct:format": _typed(f"{_AUTHORITY}/file-type/{kind}", "dct:MediaTypeOrExtent")}
                if kind
                else {}
            ),
            "dct:license": self._licence_of(dataset),
            **({"dct:modified": _moment(dataset.changed)} if dataset.survey.number else {}),
        }

    def _through_api(self, dataset: Dataset) -> dict[str, Any]:
        address = f"{self._origin}/ogc/collections/{dataset.name}/items"
        return {
            "@id": address,
            "@type": "dcat:Distribution",
            "dct:title": self._as_form(dataset, "OGC API – Features"),
            "dcat:accessURL": {"@id": address},
            "dcat:accessService": {"@id": f"{self._origin}/ogc"},
            "dcat:mediaType": _typed(f"{_MEDIA_TYPES}/{GEOJSON.media_type}", "dct:MediaType"),
            "dct:license": self._licence_of(dataset),
        }

    def _offered(self, datasets: list[Dataset]) -> list[dict[str, Any]]:
        offered = [self._api(datasets)] if self._services.features else []
        if self._services.tiles:
            offered.append(self._tiles(datasets))
        return offered

    def _tiles(self, datasets: Iterable[Dataset]) -> dict[str, Any]:
        return {
            "@id": f"{self._origin}/tiles.json",
            "@type": "dcat:DataService",
            "dct:title": self._said(N_("Tiles for maps")),
            "dct:description": self._said(
                N_("Vector tiles, for maps that are drawn in a browser or in QGIS.")
            ),
            "dcat:endpointURL": {"@id": f"{self._origin}/tiles"},
            "dcat:endpointDescription": {"@id": f"{self._origin}/tiles.json"},
            "dct:publisher": {"@id": self._node_id},
            "dcat:servesDataset": [
                {"@id": f"{self._origin}{PAGE_PATH}#{one.name}"}
                for one in datasets
                if one.name in ("commons", "alerts")
            ],
        }

    def _api(self, datasets: Iterable[Dataset]) -> dict[str, Any]:
        return {
            "@id": f"{self._origin}/ogc",
            "@type": "dcat:DataService",
            "dct:title": self._said(N_("Features by area, time and property")),
            "dct:description": self._said(
                N_("An OGC API – Features, which QGIS, GDAL and other programs open as layers.")
            ),
            "dcat:endpointURL": {"@id": f"{self._origin}/ogc"},
            "dcat:endpointDescription": {"@id": f"{self._origin}/ogc/api"},
            "dct:conformsTo": _typed(OGC_FEATURES, "dct:Standard"),
            "dct:publisher": {"@id": self._node_id},
            "dcat:servesDataset": [{"@id": f"{self._origin}{PAGE_PATH}#{one.name}"} for one in datasets],
        }

    def _publisher(self) -> dict[str, Any]:
        return {
            "@id": self._node_id,
            "@type": "foaf:Agent",
            "foaf:name": self._node_name,
            "foaf:homepage": {"@id": f"{self._origin}/"},
        }

    def _licence_of(self, dataset: Dataset) -> dict[str, Any]:
        """Return the licence of all of a dataset, or else the page that says which there are."""
        return _licence(dataset.licence or f"{self._origin}{LICENCES_PATH}")

    def _language(self, tag: str) -> dict[str, Any]:
        return _typed(f"{_AUTHORITY}/language/{_LANGUAGES.get(tag, 'MUL')}", "dct:LinguisticSystem")

    def _as_form(self, dataset: Dataset, form: str) -> list[dict[str, str]]:
        message = N_("{collection} as {form}")
        return [
            _in(voice, voice(message, collection=title_of(voice, dataset), form=form))
            for voice in self._voices
        ]

    def _said(self, message: str, **values: str) -> list[dict[str, str]]:
        """Return a message in every language."""
        return [_in(voice, voice(message, **values)) for voice in self._voices]


def _in(voice: Speech, text: str) -> dict[str, str]:
    return {"@value": text, "@language": voice.language}


def box_text(box: BoundingBox) -> str:
    """Return a box as a polygon of well-known text, in degrees."""
    west, south, east, north = (number / UNITS_PER_DEGREE for number in box)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{x:.7f} {y:.7f}' for x, y in corners)}))"


def _typed(address: str, kind: str) -> dict[str, str]:
    return {"@id": address, "@type": kind}


def _document(address: str) -> dict[str, str]:
    return _typed(address, "foaf:Document")


def _licence(address: str) -> dict[str, str]:
    return _typed(address, "dct:LicenseDocument")


def _moment(text: str) -> dict[str, str]:
    return {"@value": text, "@type": "xsd:dateTime"}
