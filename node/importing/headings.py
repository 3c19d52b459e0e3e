"""A mapping made of a file's own headings, where none that is written down fits: what people bring as it is.

GPX, KML, shapefiles, forms: their columns are called differently every time, but a name is called nombre,
NOMBRE or name.  What was taken for what is told before anything is signed (`Reading.taken`), and whoever
imports says otherwise with `Chosen`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from node.importing.mapping import BadMapping, choose_mapping, mapping_of
from node.importing.mapping import Mapping as FileMapping
from node.importing.readers import InputFile
from node.importing.vocabulary import folded

NAME = "by-headings"

# Folded, with blanks for underlines, the last part of what forms write as group/question.
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": (
        *("nombre", "name", "nombre del lugar", "nombre del bien comun", "nombre del comun", "nombre comun"),
        *(
            "denominacion",
            "toponimo",
            "nom",
            "nome",
            "titulo",
            "title",
            "label",
            "nombre del sitio",
            "place name",
        ),
    ),
    "resource": (
        *("recurso", "recursos", "resource", "resources", "tipo de recurso", "tipo", "type", "uso", "use"),
        *("categoria", "category", "clase", "class", "cobertura", "natural", "landuse"),
    ),
    "description": (
        *(
            "descripcion",
            "description",
            "desc",
            "observaciones",
            "observacion",
            "observations",
            "notas",
            "notes",
        ),
        *("nota", "note", "comentario", "comentarios", "comment", "comments"),
    ),
    "identifier": ("uuid", "docid", "id", "codigo", "code", "clave", "identificador", "identifier", "cod"),
    "longitude": ("lon", "longitud", "longitude", "lng", "long", "x", "coord x", "este", "easting"),
    "latitude": ("lat", "latitud", "latitude", "y", "coord y", "norte", "northing"),
    "hectares": ("hectareas", "hectares", "ha", "area ha", "superficie ha", "area hectareas", "area has"),
    "square_metres": ("area m2", "superficie m2", "metros cuadrados", "square metres"),
    "uncertainty_m": ("incertidumbre m", "uncertainty m"),
    "rules": ("reglas", "normas", "rules"),
    "users": ("usuarios", "users", "quienes lo usan"),
    "legal": ("situacion legal", "legal status", "tenencia"),
    "stewards": ("responsables", "stewards", "custodios", "quien lo cuida"),
    "sensitivity": ("sensibilidad", "sensitivity"),
    "consent": ("consentimiento", "consent"),
    "source": ("fuente", "source"),
    "licence": ("licencia", "licence", "license"),
    "community": ("comunidad", "community"),
    "parish": ("parroquia", "parish"),
    "municipality": ("municipio", "municipality"),
    "canton": ("canton",),
    "province": ("provincia", "province"),
    "nation": ("pais", "country", "nation"),
}

_LEVELS = ("community", "parish", "municipality", "canton", "province", "nation")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What whoever imports says of a whole file; what is left out is taken from its headings.

    `columns` gives fields (the names of `HEADINGS`) the column that holds them; "" gives a field none.
    `resources` are words for what every row is, `language` that of the file's texts (BCP 47).
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    resources: str | None = None
    source: str | None = None
    licence: str | None = None
    language: str = "es"

    @property
    def given(self) -> Mapping[str, str]:
        """What mappings see of it as columns, as in `plan`."""
        return {} if self.resources is None else {"resources": self.resources}

    @property
    def says_something(self) -> bool:
        """Whether anything beside the language was said."""
        return bool(self.columns or self.resources or self.source or self.licence)


@dataclass(frozen=True, slots=True)
class Reading:
    """A mapping, and what it takes for what: fields with their columns, and the columns that nothing
    reads.
    """

    mapping: FileMapping
    taken: Mapping[str, tuple[str, ...]]
    unread: tuple[str, ...]


def reading_of(file: InputFile, mapping: str | None, chosen: Chosen, *, guess: bool) -> Reading:
    """Return how a file is read: by a mapping, or by its headings where something is chosen of them.

    Where no mapping fits, its headings are taken for what they are called if `guess`.  Raises `BadMapping`.
    """
    if mapping == NAME or (mapping is None and chosen.says_something):
        return read_headings(file.columns, chosen, file.path.name)
    if mapping is not None and chosen.says_something:
        raise BadMapping(
            "--mapping says how columns fill fields: leave out --column, --resource, --source and --licence"
        )
    try:
        return Reading(choose_mapping(mapping, file.columns), {}, ())
    except BadMapping as none_fits:
        if mapping is not None:
            raise
        if not guess:
            raise BadMapping(
                f"{none_fits}; or look with --preview what its headings make of it, and say --mapping {NAME}"
            ) from None
    return read_headings(file.columns, chosen, file.path.name)


def heading(column: str) -> str:
    """Return a column's name for comparison with `HEADINGS`."""
    return folded(column.rpartition("/")[2].replace("_", " "))


def read_headings(columns: Iterable[str], chosen: Chosen, file_name: str) -> Reading:
    """Return the mapping that a file's columns make.  Raises `BadMapping` where no column can be a name."""
    present = sorted(columns)
    taken = _taken(present, chosen, file_name)
    if "name" not in taken:
        listed = ", ".join(present[:20]) or "none"
        raise BadMapping(
            f"{file_name}: no column is called like a name: "
            f"say which of these is (--column name=COLUMN): {listed}"
        )
    read = {column for found in taken.values() for column in found}
    unread = tuple(column for column in present if column not in read)
    return Reading(mapping_of(_document(taken, chosen), NAME), taken, unread)


def _taken(columns: list[str], chosen: Chosen, file_name: str) -> dict[str, tuple[str, ...]]:
    for name, column in chosen.columns.items():
        if name not in HEADINGS:
            raise BadMapping(
                f"{name!r:.40} is no field that a column can fill; the fields are {', '.join(HEADINGS)}"
            )
        if column and column not in columns:
            raise BadMapping(f"{file_name} has no column {column!r:.80}; it has {', '.join(columns[:20])}")
    by_heading: dict[str, list[str]] = {}
    for column in columns:
        by_heading.setdefault(heading(column), []).append(column)
    taken: dict[str, tuple[str, ...]] = {}
    for name, headings in HEADINGS.items():
        if name in chosen.columns:
            found = [chosen.columns[name]] if chosen.columns[name] else []
        else:
            found = [column for known in headings for column in by_heading.get(known, ())]
        if found:
            taken[name] = tuple(found)
    return taken


def _document(taken: Mapping[str, tuple[str, ...]], chosen: Chosen) -> dict[str, Any]:
    """Return the mapping as it would be written in a file."""
    language = chosen.language
    names = [f"{{{column}|fold}}" for column in taken["name"]]
    identifiers = [f"{{{column}}}" for column in taken.get("identifier", ())]
    fields: dict[str, Any] = {
        "name": {language: _first(taken, "name")},
        "resources": _resources(taken, chosen),
        "licence": _licence(taken, chosen),
        "geometry": {"first": [{"feature": "geometry"}, *_points(taken)]},
        "publication": {"basis": {"first": [*_cells(taken, "consent", table="bases"), "unknown"]}},
    }
    for name, member in (("description", "description"), ("rules", "rules"), ("users", "users")):
        if name in taken:
            fields[member] = {language: _first(taken, name)}
    if "legal" in taken:
        fields["legal"] = {"text": {language: _first(taken, "legal")}}
    areas = [*_cells(taken, "hectares", multiply=10_000), *_cells(taken, "square_metres", number=True)]
    if areas:
        fields["area"] = {"square_metres": {"first": areas}}
    fields["uncertainty_m"] = {
        "first": [*_cells(taken, "uncertainty_m", number=True), {"column": "@accuracy_m", "number": True}]
    }
    if "sensitivity" in taken:
        column = taken["sensitivity"][0]
        # A word that is not known is kept as it is, so that the row is left out and not published by mistake.
        known = {"column": column, "table": "sensitivities", "quiet": True}
        fields["sensitivity"] = {"first": [known, {"template": f"{{{column}}}"}]}
    territory = [
        {"level": level, "name": {language: _first(taken, level)}} for level in _LEVELS if level in taken
    ]
    if territory:
        fields["territory"] = territory
    if "stewards" in taken:
        one = {"one": {"column": taken["stewards"][0], "split": ";"}}
        fields["stewards"] = [{"each": one, "name": {language: {"column": "one"}}}]
    return {
        "name": NAME,
        "title": "Whatever headings a file has",
        "detect": [],
        "source": _source(taken, chosen),
        "records": [
            {
                "kind": "commons",
                "identifier": [*identifiers, "{@id}", *names],
                "label": [f"{{{column}}}" for column in taken["name"]],
                "apart": True,
                "fields": fields,
            }
        ],
    }


def _source(taken: Mapping[str, tuple[str, ...]], chosen: Chosen) -> dict[str, Any]:
    # One name in every language: by it a file is known again, whoever brings it in.
    own = {"constant": {"es": "Archivo propio", "en": "Own file"}}
    said = (
        [chosen.source]
        if chosen.source
        else [
            *_cells(taken, "source"),
            own | {"say": "the file does not say where it is from (--source)"},
        ]
    )
    source: dict[str, Any] = {"name": {"first": said}, "retrieved": {"column": "@retrieved"}}
    if chosen.licence:
        source["licence"] = chosen.licence
    elif "licence" in taken:
        source["licence"] = _cells(taken, "licence", table="licences")[0]
    return source


def _licence(taken: Mapping[str, tuple[str, ...]], chosen: Chosen) -> dict[str, Any]:
    if chosen.licence:
        return {"first": [chosen.licence]}
    unsaid = {"constant": "CC-BY-SA-4.0", "say": "the table names no licence: CC BY-SA 4.0 is taken"}
    return {"first": [*_cells(taken, "licence", table="licences"), unsaid]}


def _resources(taken: Mapping[str, tuple[str, ...]], chosen: Chosen) -> dict[str, Any]:
    if chosen.resources:
        return {
            "first": [{"column": "@resources", "split": ";", "table": "resources"}, {"constant": ["other"]}]
        }
    told = _cells(taken, "resource", split=";", table="resources", quiet=True)
    # "Bosque de Pinos" says what it is; that it was taken from there is noted by the table itself.
    called = _cells(taken, "name", split="\n", table="resources", quiet=True)
    unsaid = {"constant": ["other"], "say": "no word for the resource is known: resource 'other'"}
    return {"first": [*told, *called, unsaid]}


def _points(taken: Mapping[str, tuple[str, ...]]) -> list[dict[str, str]]:
    pairs = zip(taken.get("longitude", ()), taken.get("latitude", ()), strict=False)
    return [{"lon": lon, "lat": lat} for lon, lat in pairs]


def _first(taken: Mapping[str, tuple[str, ...]], name: str) -> dict[str, Any]:
    return {"first": _cells(taken, name)}


def _cells(taken: Mapping[str, tuple[str, ...]], name: str, **options: Any) -> list[dict[str, Any]]:
    return [{"column": column, **options} for column in taken.get(name, ())]
