"""Answers that say what open data there is: to people, and to portals."""

import json

from aiohttp import web

from node.opendata.survey import Surveyor
from node.web.exchange.answer import LINKED_DATA, document_answer, page_answer
from node.web.frame.surroundings import Surroundings
from node.web.opendata.catalogue import Catalogue
from node.web.opendata.datasets import read_datasets
from node.web.opendata.markup import dataset_block
from node.web.opendata.open_data_page import open_data_page
from node.web.opendata.services import Services


async def open_data_answer(
    here: Surroundings, surveyor: Surveyor, node_id: str, services: Services
) -> web.Response:
    """Answer `/open-data` as a page or as data, which is the catalogue.  Raises `StoreError`."""
    if here.asked.as_data:
        return await catalogue_answer(here, surveyor, node_id, services)
    datasets = await read_datasets(surveyor)
    block = dataset_block(here.asked.origin, here.node_name, node_id, datasets, here.say)
    return page_answer(open_data_page(here, datasets, services, block), here.say.language)


async def catalogue_answer(
    here: Surroundings, surveyor: Surveyor, node_id: str, services: Services
) -> web.Response:
    """Answer `/catalog.jsonld`.  Raises `StoreError`."""
    catalogue = Catalogue(here.asked.origin, here.node_name, node_id, services)
    document = catalogue.document(await read_datasets(surveyor))
    return document_answer(json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8"), LINKED_DATA)
