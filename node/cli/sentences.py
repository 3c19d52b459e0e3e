"""The sentences of errors in the spoken language.

Errors are raised far from the command line, with names and numbers already in them.  The catalogue holds each
as a template, `there is no node in {}; run: minga --home {} init`; here the template that a sentence was made
of is found again, its translation taken, and what stood in the gaps put in.
"""

import gettext
import os
import re
from functools import cache

GAP = "{}"


def sentence(text: str) -> str:
    """Return an error's sentence in the spoken language; as it is where no template fits."""
    if not text:
        return ""  # a catalogue's word for nothing is what it says of itself
    whole = gettext.gettext(text)
    if whole != text:
        return whole
    for pattern, template in _templates(os.environ.get("LANGUAGE", "en")):
        match = pattern.fullmatch(text)
        if match is not None:
            return _filled(gettext.gettext(template), [sentence(part) for part in match.groups()])
    return text


def _filled(template: str, parts: list[str]) -> str:
    """Put `parts` into the gaps: `{}` in their order, or `{0}` `{1}` … by number."""
    try:
        return template.format(*parts)
    except (IndexError, KeyError, ValueError):
        return template


@cache
def _templates(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the templates with gaps, the ones with most text of their own first."""
    from node.cli.language import CATALOGUES, DOMAIN

    try:
        catalogue = gettext.translation(DOMAIN, str(CATALOGUES), [language])
    except OSError:
        return []
    written = [text for text in getattr(catalogue, "_catalog", {}) if isinstance(text, str) and GAP in text]
    written.sort(key=lambda text: len(text.replace(GAP, "")), reverse=True)
    return [(re.compile("(.*?)".join(map(re.escape, text.split(GAP))), re.DOTALL), text) for text in written]
