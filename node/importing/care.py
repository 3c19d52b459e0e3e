"""What of a file somebody should think about before it is published: people, and what is not for everybody.

Words and headings are looked for, nothing is decided: a doubt says what was found and what can be done.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from node.authoring.restricted import texts_of
from node.importing.headings import heading
from node.importing.rows import remark
from node.importing.vocabulary import folded

# Words of headings under which tables hold people; those of telephones are what survey programs add by
# themselves.
_PERSONAL_HEADINGS = frozenset(
    {
        *("cedula", "dni", "ruc", "pasaporte", "passport", "curp", "rut", "documento", "identidad"),
        *("telefono", "telefonos", "celular", "movil", "phone", "mobile", "whatsapp", "tel", "fono"),
        *("correo", "email", "mail", "contacto", "contact", "domicilio"),
        *("nacimiento", "birth", "birthdate", "edad", "age", "sexo", "genero", "gender", "etnia"),
        *("encuestado", "entrevistado", "informante", "encuestador", "respondent", "interviewer"),
        *("apellido", "apellidos", "surname", "username", "deviceid", "subscriberid", "simserial"),
        *("phonenumber", "informant", "ethnicity"),
    }
)
_PERSONAL_PHRASES = ("submitted by", "created by", "createdby", "nombre del jefe", "head of household")

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}")
# Nine digits or more with nothing but blanks, dots and hyphens between: telephones, identity cards.
_NUMBER_OF_A_PERSON = re.compile(r"(?<![\d.,])\+?\d(?:[ .-]?\d){8,14}(?![\d.,])")

# Folded; in Spanish, English, Italian, Kichwa.  Of plants and animals those whose place poachers look for.
_NOT_FOR_EVERYBODY = (
    *("sagrado", "sagrada", "sagrados", "sagradas", "sacred", "sacro", "sacra", "ceremonial", "ceremonia"),
    *("ceremony", "ritual", "ofrenda", "offering", "chaman", "shaman", "yachak", "cementerio", "cemetery"),
    *("entierro", "burial", "tumba", "tumbas", "tomb", "grave", "huaca", "waka", "guaca", "apacheta"),
    *("petroglifo", "petroglifos", "petroglyph", "petroglyphs", "arqueologico", "arqueologica"),
    *("arqueologicos", "archaeological", "en aislamiento", "isolated people", "isolated peoples"),
    *("no contactado", "no contactados"),
    *("saladero", "salt lick", "anidacion", "nesting", "en peligro de extincion", "endangered"),
)


def personal_columns(columns: Iterable[str]) -> list[str]:
    """Return the columns whose headings look like those of data about people, in order."""
    return sorted(column for column in columns if _is_personal(heading(column)))


def _is_personal(words: str) -> bool:
    return not _PERSONAL_HEADINGS.isdisjoint(words.split()) or any(
        phrase in words for phrase in _PERSONAL_PHRASES
    )


def cares(payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield what somebody should think about in the texts of a record before everybody can read them."""
    mail = number = word = None
    for field, text in texts_of(payload):
        if field.startswith(("source", "licence")):
            continue
        mail = mail or _MAIL.search(text)
        number = number or _NUMBER_OF_A_PERSON.search(text)
        word = word or _word_in(text)
    if mail is not None:
        yield remark(f"its text holds an address ({mail[0]!r:.80}): may everybody read it?")
    if number is not None:
        yield remark(f"its text holds {number[0]!r:.40}: is it somebody's telephone or identity card?")
    if word is not None and payload.get("sensitivity", "public") == "public":
        yield remark(
            f"it speaks of something that may not be for everybody ({word!r:.40}): "
            "a column sensitivity can tell its place roughly, or not at all"
        )


def _word_in(text: str) -> str | None:
    words = f" {folded(text)} "
    return next((word for word in _NOT_FOR_EVERYBODY if f" {word} " in words), None)
