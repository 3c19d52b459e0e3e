"""The archive of a pact: what a node exported of it, closed by one proof (docs/protocol.md §16.4).

Common verifiers call a document verified as soon as one of its proofs holds, so that the proofs of a pact's
parties can be spoilt one by one unseen by whoever asks for that answer alone.  An archive has one proof, over
everything, those proofs included: by the node that exported it, which is no party and decides nothing.
"""

from typing import Any

from protocol.errors import Malformed
from protocol.keys import SigningKey, did_key
from protocol.proofs.data_integrity import Document, proven_undated
from protocol.proofs.jcs import canonical_json
from protocol.proofs.pact_document import DATA_INTEGRITY_CONTEXT, PACT_CONTEXT

ARCHIVE_TYPE = "PactArchive"

# What can be spelt in two ways that differ in one byte and read the same.  Controls that JCS writes with a
# hexadecimal letter, for JSON takes `\u001f` and `\u001F` alike; and U+FFFD, which lenient readers of UTF-8
# put in the place of whatever is none (RFC 8785 §3.2.2.2; Unicode 15, §3.9, best practice for U+FFFD).
TWO_SPELLINGS = frozenset("\x0b\x0e\x0f\x1a\x1b\x1c\x1d\x1e\x1f\ufffd")


def archive_text(pact: Document, history: Document, key: SigningKey) -> bytes:
    """Return the archive of a proven pact and its history, closed by a node's `key`: the file, to the byte.

    It is canonical JSON without anything before or after, so that no byte of it can be another one.  Raises
    `Malformed` where a text holds a character of `TWO_SPELLINGS`, and as `canonical_json`.
    """
    if not spelt_in_one_way([pact, history]):
        raise Malformed("a text holds a character that can be spelt in two ways")
    document: Document = {
        "@context": [DATA_INTEGRITY_CONTEXT, PACT_CONTEXT],
        "type": ARCHIVE_TYPE,
        "pact": pact,
        "history": history,
        "exported_by": did_key(key.public),
    }
    return canonical_json(proven_undated(document, key))


def spelt_in_one_way(value: Any) -> bool:
    """Whether canonical JSON of `value` reads otherwise with any one byte of it changed for another."""
    match value:
        case str():
            return TWO_SPELLINGS.isdisjoint(value)
        case list():
            return all(spelt_in_one_way(part) for part in value)
        case dict():
            return all(spelt_in_one_way(part) for pair in value.items() for part in pair)
        case _:
            return True
