"""What the collections of the atlas are called."""

from node.atlas.collections import COLLECTIONS
from node.web.words.speech import Speech
from node.web.words.vocabulary import kind_word

_KINDS = {"commons": "commons", "pacts": "pact", "alerts": "alert"}


def collection_title(say: Speech, name: str) -> str:
    """Return what a collection is called: in many languages not the same word as for one of it."""
    kind = _KINDS.get(name)
    return say(COLLECTIONS[name].title) if kind is None else kind_word(say, kind, several=True)
