"""Addresses that lead on within this node, and nowhere else (no open redirects)."""

import re

LENGTH_MAX_CHARS = 500

# A path that begins with one slash, then a query: no scheme, no host, no backslash that a browser takes for a
# slash, nothing that ends a header.
_LOCAL = re.compile(r"/(?:[A-Za-z0-9_.~-][A-Za-z0-9_.~/-]*)?(?:\?[A-Za-z0-9_.~=&%+-]*)?")


def local_path(text: str) -> str | None:
    """Return a text that is the address of a page here; None for any other."""
    if len(text) > LENGTH_MAX_CHARS or not _LOCAL.fullmatch(text):
        return None
    return text
