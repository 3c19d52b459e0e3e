"""Words that nobody should sign: characters that are not seen, and change how those around them are read.

Where others have signed them they are kept and shown with marks in their place; here they are not signed.
"""

import re
from collections.abc import Mapping
from typing import Any

from node.authoring.restricted import texts_of
from node.errors import ConfigError
from node.log import shown

# Controls but for tabs and line ends, which a text of several lines has (C0, C1); what turns the direction of
# the text around it (UAX #9: embeddings, overrides, isolates); invisible tags; what is no character.  Joiners
# and the marks of right-to-left scripts stay: languages need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)

# Enough of the text to find the place in it.
_BEFORE_MAX_CHARS = 30


class UnfitWords(ConfigError):
    """A text holds characters that nobody sees; the message names the field, the character and its place."""


def require_fit(payload: Mapping[str, Any]) -> None:
    """Check that everything in the texts of a payload can be seen.  Raises `UnfitWords`."""
    for field, text in texts_of(payload):
        found = _UNSEEN.search(text)
        if found is not None:
            before = shown(text[max(0, found.start() - _BEFORE_MAX_CHARS) : found.start()])
            raise UnfitWords(
                f"the field {field} holds a character that nobody sees and that changes how others are read, "
                f"U+{ord(found[0]):04X}, after {before!r}: leave it out"
            )
