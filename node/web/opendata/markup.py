"""The datasets of a node as search engines read them off its page: schema.org, in a block of data that is no
script (https://developers.google.com/search/docs/appearance/structured-data/dataset).
"""

import json
from collections.abc import Iterable
from typing import Any

from node.opendata.formats import forms_here
from node.web.exchange.answer import LINKED_DATA
from node.web.frame.markup import DataBlock
from node.web.opendata.catalogue import KEYWORDS
from node.web.opendata.datasets import LICENCES_PATH, PAGE_PATH, Dataset, file_path, title_of
from node.web.words.speech import Speech
from protocol.geometry_units import UNITS_PER_DEGREE


def dataset_block(
    origin: str, node_name: str, node_id: str, datasets: Iterable[Dataset], say: Speech
) -> DataBlock:
    """Return what a page says of datasets to programs, in the language of the page."""
    page = f"{origin}{PAGE_PATH}"
    publisher = {"@type": "Organization", "name": node_name, "url": f"{origin}/", "identifier": node_id}
    described = {
        "@context": "https://schema.org/",
        "@type": "DataCatalog",
        "@id": f"{page}#catalogue",
        "name": say("Open data of {node}", node=node_name),
        "url": page,
        "publisher": publisher,
        "dataset": [_dataset(origin, publisher, one, say) for one in datasets if one.survey.number],
    }
    return DataBlock(LINKED_DATA, json.dumps(described))


def _dataset(origin: str, publisher: dict[str, str], dataset: Dataset, say: Speech) -> dict[str, Any]:
    survey = dataset.survey
    described: dict[str, Any] = {
        "@type": "Dataset",
        "@id": f"{origin}{PAGE_PATH}#{dataset.name}",
        "name": f"{title_of(say, dataset)} · {publisher['name']}",
        "description": say(dataset.collection.description),
        "url": f"{origin}{PAGE_PATH}",
        "license": dataset.licence or f"{origin}{LICENCES_PATH}",
        "creator": publisher,
        "isAccessibleForFree": True,
        "inLanguage": say.language,
        "keywords": [say(word) for word in KEYWORDS.get(dataset.name, ())],
        "dateModified": dataset.changed,
        "temporalCoverage": f"{dataset.since}/..",
        "variableMeasured": [say(one.title) for one in dataset.collection.properties],
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": form.media_type,
                "name": form.name,
                "contentUrl": f"{origin}{file_path(dataset.name, form)}",
            }
            for form in forms_here()
        ],
    }
    if survey.box is not None:
        west, south, east, north = (f"{number / UNITS_PER_DEGREE:.7f}" for number in survey.box)
        box = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
        described["spatialCoverage"] = {"@type": "Place", "geo": box}
    return described
