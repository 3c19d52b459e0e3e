"""What there is of open data on a node, collection by collection: what files, catalogue and page share."""

from dataclasses import dataclass
from urllib.parse import urlencode

from node.atlas.collections import COLLECTIONS, Collection
from node.atlas.feature import moment_text
from node.opendata.about import About, columns_of
from node.opendata.formats import Form
from node.opendata.licences import licence_address
from node.opendata.survey import Survey, Surveyor
from node.web.words.collection_words import collection_title
from node.web.words.speech import N_, Speech

# Licences that are named; somebody could give each record one of its own.
LICENCES_SHOWN_MAX = 8

PAGE_PATH = "/open-data"
LICENCES_PATH = f"{PAGE_PATH}#licences"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A collection, and what it comes to."""

    name: str
    collection: Collection
    survey: Survey

    @property
    def changed(self) -> str:
        """When the last of it was signed (RFC 3339)."""
        return moment_text(self.survey.changed_ms or 0)

    @property
    def since(self) -> str:
        """When the first of it was told of (RFC 3339)."""
        return moment_text(self.survey.since_ms or 0)

    @property
    def licence(self) -> str | None:
        """The address of the one licence that all of it is under; None where there are several."""
        licences = self.survey.licences
        return licence_address(next(iter(licences))) if len(licences) == 1 else None


async def read_datasets(surveyor: Surveyor) -> list[Dataset]:
    """Return every collection.  Raises `StoreError`."""
    return [await read_dataset(surveyor, name) for name in COLLECTIONS]


async def read_dataset(surveyor: Surveyor, name: str) -> Dataset:
    """Return one collection.  Raises `StoreError`."""
    return Dataset(name, COLLECTIONS[name], await surveyor.survey(name))


def title_of(say: Speech, dataset: Dataset) -> str:
    """Return what a collection is called."""
    return collection_title(say, dataset.name)


def file_path(name: str, form: Form | str, **query: str) -> str:
    """Return the path of a download."""
    ending = form if isinstance(form, str) else form.ending
    asked = f"?{urlencode(query)}" if query else ""
    return f"/download/{name}.{ending}{asked}"


def about_dataset(say: Speech, origin: str, node_name: str, dataset: Dataset) -> About:
    """Return what files of a dataset say of themselves; `origin` is the node's address, empty for none."""
    shown = list(dataset.survey.licences)[:LICENCES_SHOWN_MAX]
    words = {
        text: say(text) for one in dataset.collection.properties for text in (one.title, one.description)
    }
    message = N_("From the node “{node}”. Each row says who signed it and under which licence: name them.")
    if origin:
        message = N_(
            "From the node “{node}”, {address}. Each row says who signed it and under which licence: "
            "name them."
        )
    return About(
        collection=dataset.name,
        title=title_of(say, dataset),
        description=say(dataset.collection.description),
        attribution=say(message, node=node_name, address=origin),
        licence=dataset.licence or (f"{origin}{LICENCES_PATH}" if origin else ""),
        licences=tuple(shown),
        base=origin,
        made=dataset.changed,
        language=say.language,
        columns=columns_of(dataset.collection, words),
    )
