"""The sentences of errors in a language.

Errors are raised far from whoever reads them, with names and numbers already in them.  The catalogue holds
each as a template, `there is no node in {}; run: minga --home {} init`; here the template that a sentence was
made of is found again, its translation taken, and what stood in the gaps put in.
"""

import gettext
import re
from functools import cache

from node.locale.compiling import DOMAIN, FOLDER

GAP = "{}"


def sentence_in(text: str, language: str) -> str:
    """Return an error's sentence in a language; as it is where no template fits."""
    if not text:
        return ""  # a catalogue's word for nothing is what it says of itself
    catalogue = _catalogue(language)
    whole = catalogue.gettext(text)
    if whole != text:
        return whole
    for pattern, template in _templates(language):
        match = pattern.fullmatch(text)
        if match is not None:
            parts = [sentence_in(part, language) for part in match.groups()]
            return _filled(catalogue.gettext(template), parts)
    return text


def _filled(template: str, parts: list[str]) -> str:
    """Put `parts` into the gaps: `{}` in their order, or `{0}` `{1}` … by number."""
    try:
        return template.format(*parts)
    except (IndexError, KeyError, ValueError):
        return template


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, str(FOLDER), [language], fallback=True)


@cache
def _templates(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return the templates with gaps, the ones with most text of their own first."""
    texts = getattr(_catalogue(language), "_catalog", {})
    written = [text for text in texts if isinstance(text, str) and GAP in text]
    written.sort(key=lambda text: len(text.replace(GAP, "")), reverse=True)
    return [(re.compile("(.*?)".join(map(re.escape, text.split(GAP))), re.DOTALL), text) for text in written]
