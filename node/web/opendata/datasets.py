"""What there is of open data on a node, collection by collection: what files, catalogue and page share."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from node.atlas.collections import COLLECTIONS, Collection
from node.atlas.feature import moment_text
from node.atlas.reading import Atlas
from node.opendata.about import About, columns_of
from node.opendata.formats import Form
from node.opendata.licences import licence_address
from node.web.exchange.asked import Asked
from node.web.words.speech import N_

# Licences that are named; somebody could give each record one of its own.
LICENCES_SHOWN_MAX = 8

PAGE_PATH = "/open-data"
LICENCES_PATH = f"{PAGE_PATH}#licences"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A collection, how much of it there is, under which licences (the most frequent first), and since when
    and until when its versions were signed (ms); None where there are none."""

    name: str
    collection: Collection
    number: int
    licences: Mapping[str, int]
    since_ms: int | None
    changed_ms: int | None

    @property
    def changed(self) -> str:
        """When the last of it was signed (RFC 3339)."""
        return moment_text(self.changed_ms or 0)

    @property
    def licence(self) -> str | None:
        """The address of the one licence that all of it is under; None where there are several."""
        return licence_address(next(iter(self.licences))) if len(self.licences) == 1 else None


async def read_datasets(atlas: Atlas) -> list[Dataset]:
    """Return every collection.  Raises `StoreError`."""
    return [await read_dataset(atlas, name) for name in COLLECTIONS]


async def read_dataset(atlas: Atlas, name: str) -> Dataset:
    """Return one collection.  Raises `StoreError`."""
    rows = sorted(await atlas.licences(name), key=lambda row: (-row.number, row.licence))
    return Dataset(
        name=name,
        collection=COLLECTIONS[name],
        number=sum(row.number for row in rows),
        licences={row.licence: row.number for row in rows if row.licence},
        since_ms=min((row.since_ms for row in rows), default=None),
        changed_ms=max((row.changed_ms for row in rows), default=None),
    )


def file_path(name: str, form: Form | str, **query: str) -> str:
    """Return the path of a download."""
    ending = form if isinstance(form, str) else form.ending
    asked = f"?{urlencode(query)}" if query else ""
    return f"/download/{name}.{ending}{asked}"


def about_dataset(asked: Asked, node_name: str, dataset: Dataset) -> About:
    """Return what files of a dataset say of themselves."""
    say = asked.say
    shown = list(dataset.licences)[:LICENCES_SHOWN_MAX]
    words = {
        text: say(text) for one in dataset.collection.properties for text in (one.title, one.description)
    }
    return About(
        collection=dataset.name,
        title=say(dataset.collection.title),
        description=say(dataset.collection.description),
        attribution=say(
            N_(
                "From the node “{node}”, {address}. Each row says who signed it and under which licence: "
                "name them."
            ),
            node=node_name,
            address=asked.origin,
        ),
        licence=dataset.licence or f"{asked.origin}{LICENCES_PATH}",
        licences=tuple(shown),
        base=asked.origin,
        made=dataset.changed,
        language=say.language,
        columns=columns_of(dataset.collection, words),
    )
