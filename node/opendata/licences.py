"""Where the text of a licence is, by the identifier that a record gives (https://spdx.org/licenses/)."""

import re

_CREATIVE_COMMONS = re.compile(r"CC-(BY(?:-NC)?(?:-SA|-ND)?)-([1-4]\.0)")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")
_DEDICATION = "CC0-1.0"


def licence_address(identifier: str) -> str | None:
    """Return the address of a licence's text; None for what can be no identifier of one."""
    if identifier == _DEDICATION:
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    found = _CREATIVE_COMMONS.fullmatch(identifier)
    if found is not None:
        return f"https://creativecommons.org/licenses/{found[1].lower()}/{found[2]}/"
    if _IDENTIFIER.fullmatch(identifier):
        return f"https://spdx.org/licenses/{identifier}.html"
    return None
