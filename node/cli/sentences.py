"""The sentences of errors in the language that the command line speaks."""

import os

from node.locale.sentences import sentence_in


def sentence(text: str) -> str:
    """Return an error's sentence in the spoken language; as it is where no template fits."""
    return sentence_in(text, os.environ.get("LANGUAGE", "en"))
