"""What tells a place in words is found in every habit of writing it; what only looks so is let pass."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.authoring.place_words import SHOWN_LENGTH_MAX_CHARS, places_told
from tests.shared_inputs import shared_path

TELLING = [
    # decimal degrees
    "El ojo de agua está en -0.234567, -78.512345 según el GPS",
    "-0.2345,-78.5123",
    "-0,2345; -78,5123",
    "-0,2345 -78,5123",
    "−0.2345, −78.5123",
    "0.2345 S, 78.5123 W",
    "0.2345° S 78.5123° W",
    "0.2345 sur y 78.5123 oeste",
    "spring at 40.41678, -3.70379",
    "40.41678 -3.70379",
    "40,41678 / -3,70379",
    "(40.4167, 3.7037)",
    "40.41/-3.70",
    "punto: 38.11930862,13.36625203",
    "Longitud -78.51, latitud -0.23",
    "lat -0.2 lon -78.5",
    "lat: 12.5, lng: 77.1",
    "latitude of 12.5",
    "Latitudine: 38.11",
    "Longitudine: 13.364.",
    "coordinata 38.1193",
    "latitud: 2°",
    "longitud: 78,5123",
    "longitud -78",
    "longitude 13.366252",
    "en los 78.5123°",
    "la toma, -78.51234",
    "coordenadas 775433 y 9974456",
    "Coordenadas del pozo: 0.23 y 78.51",
    "coords 12.345",
    "GPS coordinates: 51.5074",
    "georeferenciado en 0.2345",
    "-0.2345\u200e, \u200e-78.5123",  # as maps paste them
    "－０.2345, －７８.5123",
    # degrees, minutes, seconds
    "0°13'47\"S 78°30'44\"W",
    "0° 13′ 47″ S, 78° 30′ 44″ O",
    "0º 13' 47'' sur",
    "0º13´47´´",
    "0°13’47” S",
    "78° 30' de longitud oeste",
    "0 grados 13 minutos al sur",
    "78 deg 30 min",
    "0 degrees 13.783 minutes south",
    "S 0° 13.783 W 078° 30.737",
    "S0 13.783 W078 30.737",
    "0-13-47 S, 78-30-44 W",
    "0 13 47 S",
    "a 2° de latitud sur",
    "a los 78° oeste",
    "N 40° 25.0",
    # UTM and other grids
    "17M 775433 9974456",
    "UTM 17S 775433 9974456",
    "Zona 17 sur, 775433 E, 9974456 N",
    "775433 / 9974456",
    "775433,45 9974456,78",
    "X: 775433 Y: 9974456",
    "X=775.433 Y=9.974.456",
    "x 775433, y 9974456",
    "E 775433 N 9974456",
    "ETRS89 huso 30: 345678",
    "WGS84, 775433 y 25000",
    "UTM: 775.433 m",
    "huso 30, 345678",
    "17MQV7754339744",
    "17M QV 77543 39744",
    # links and codes
    "geo:-0.2345,-78.5123",
    "geo:-0.23,-78.51;u=35",
    "https://maps.google.com/?q=pozo",
    "https://www.google.com/maps/place/Pozo",
    "https://www.google.com.ec/maps/@-0.23,-78.51,15z",
    "https://goo.gl/maps/abc123",
    "https://maps.app.goo.gl/Xy12",
    "https://www.openstreetmap.org/node/12345",
    "https://osm.org/go/abc",
    "https://example.org/ver?lat=-0.2345&lon=-78.5123",
    "https://example.org/visor#map=15/-0.2345/-78.5123",
    "https://example.org/?ll=-0.23,-78.51",
    "https://example.org/@-0.234,-78.512",
    "https://w3w.co/uno.dos.tres",
    "///mesa.silla.lámpara",
    "what3words: mesa.silla.lámpara",
    "6F6VQG8M+XF",
    "QG8M+XFP Quito",
    "plus code: QG8M+XF",
    "geohash 6rbx6k",
    "POINT(-78.5 -0.2)",
    "POLYGON ((-78.5 -0.2, -78.4 -0.2))",
    '{"type":"Point","coordinates":[-78.5,-0.2]}',
]
PLAIN = [
    "",
    "Páramo alto de la comuna, con 350 hectáreas",
    "Acta N.º 12 del 31 de mayo de 2026",
    "art. 5º, 2º párrafo y 3º",
    "Asamblea del 2026-05-31, a las 10:30:15",
    "2026-05-31 10:30",
    "12,5 ha",
    "12,5346 ha de bosque y 3,4021 ha de pasto",
    "superficie de 123,4567 ha",
    "1.250 ha",
    "1.250, 3.400 y 5.600 ovejas",
    "12,500 head of cattle, 3,400 sheep",
    "entre 3.200 y 3.800 m s. n. m.",
    "3.200-3.800 msnm",
    "3.200 - 3.800 metros",
    "caudal de 12,5 l/s",
    "Teléfono 022 345 678",
    "tel. +593 99 123 4567",
    "call (02) 2345-678 or 099 123 4567",
    "600 123 456",
    "cuenta 2100 1234 5678",
    "La acequia tiene una longitud de 12 km",
    "longitud de 350 m y 2 m de ancho",
    "longitud: 1.250 m",
    "longitud 12,350 km",
    "canal de 3 km de largo",
    "a length of 1,250 metres",
    "how long 12 families waited",
    "as long as 3.5 months",
    "It lasts for a long 2.5 hours",
    "the council coordinates 12 communities",
    "La coordinadora reúne a 34 comunas",
    "coordinan 12 familias",
    "temperaturas de -5 °C a 18 °C",
    "pendiente de 45° en la ladera",
    "un ángulo de 30°",
    "3° grado de la escuela",
    "2º de E.S.O.",
    "la 1ª y la 2ª etapa",
    "US$ 1,250.50 y 3,400.75",
    "€ 12,50; 13,75",
    "12,50 / 13,75 €",
    "entre 12.50 y 13.75 dólares",
    "resultado 3-2 en votos",
    "turnos de 12 a 14 h",
    "el 50 % de 1.200,00",
    "Ley 2018-45, ROS 123",
    "D. D. n 9817 del 16 luglio 2024",
    "Con D.D. n.3075 del 27/02/2025 è stata autorizzata la proroga di 6 mesi",
    "prot.n. 1504524 del 24/10/2025",
    "RUC 1790012345001",
    "ISBN 978-84-123456-7-8",
    "Expediente 123456-2024",
    "código 170150",
    "parcela 12, polígono 345",
    "página 45, líneas 12-14",
    "population 1,234,567",
    "año 1483, 1507 y 1976",
    "desde hace 40 años, 12 familias",
    "a 2 km al norte del pueblo",
    "dos leguas al este de la laguna",
    "40 E. de la Vega",
    "S. XVIII, 12 de octubre",
    "12 S/. por mes",
    "5 N de 12",
    "versión 1.2.3",
    "www.comuna.org.ec",
    "https://comuna.example/actas/2026/05",
    "https://example.org/acta?id=12345&p=2",
    "https://example.org/map-of-the-history",
    "a+b, C4+ y C++",
    "vitamina B12+C",
    "2 + 2",
    "grupo 2022+23",
    "A//B y c///",
    "latin words, lateral canals, 12.5 l/s",
    "el latifundio de 12.5 ha",
    "Long Island, 12.5 km away",
    "lon. 12 Gregorian",
    "the longest 12.5 km",
    "entre -2 y 3 puntos",
    "variación de -2,5 %",
    "saldo -1.250,00",
    "ratio 0,75",
    "0,123 0,45",
    "10:30:15 S",
    "Reg. art. 11.5, 11.6 y 11.8",
    "secciones 4.4.2, 4.1.3",
    "minutos 12 a 14 del acta",
    "10 minutos, 30 segundos",
    "90 grados",
    "Cota 2 850 - 3 150",
    "6 de 10 votos",
    "UTM es un sistema de proyección",
    "las coordenadas se guardan en la comuna",
    "we keep the coordinates to ourselves; 12 of us know them",
    "La Plus Code Foundation",
    "un geohash no es secreto",
    "point (a) of the statutes",
    "polygon of 4 sides",
]


@pytest.mark.parametrize("text", TELLING)
def test_what_tells_a_place_is_found(text: str) -> None:
    (*found,) = places_told(text)
    assert found
    for told in found:
        assert 0 < len(told.words) <= SHOWN_LENGTH_MAX_CHARS
        assert told.habit
    assert places_told(f"Está cerca del camino. {text}. Así lo dijo la asamblea.")
    assert places_told(f"Line one\n{text}\nline three")


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_looks_so_passes(text: str) -> None:
    assert places_told(text) == []


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, part in value.items():
                if name not in ("geometry", "lat", "lon"):
                    yield from texts_in(part)
        case list():
            for part in value:
                yield from texts_in(part)


@pytest.mark.parametrize(
    "name",
    [
        "commons_facts.csv",
        "palermo_patti.csv",
        "palermo_events.csv",
        "es_comunales.geojson",
        "pact_models.json",
    ],
)
def test_no_text_of_the_real_registers_is_taken_for_a_place(name: str) -> None:
    file = shared_path("data", name)
    with file.open(encoding="utf-8", newline="") as opened:
        content: Any = list(csv.DictReader(opened)) if name.endswith(".csv") else json.load(opened)
    texts = list(texts_in(content))
    assert len(texts) > 20
    assert [(text, told) for text in texts for told in places_told(text)] == []


@given(st.text(max_size=200))
def test_any_text_is_looked_through(text: str) -> None:
    for told in places_told(text):
        assert told.words


@given(
    st.tuples(st.integers(-9_000, 9_000), st.integers(-18_000, 18_000)).map(
        lambda at: (f"{at[0] / 100 + 0.001234:.5f}", f"{at[1] / 100 + 0.001234:.5f}")
    ),
    st.sampled_from([", ", ",", "; ", " / ", " ", " | "]),
    st.booleans(),
)
def test_any_pair_of_decimal_degrees_is_found(at: tuple[str, str], between: str, commas: bool) -> None:
    lat, lon = (unit.replace(".", ",") if commas else unit for unit in at)
    if commas and between == ",":
        between = "; "
    assert places_told(f"está en {lat}{between}{lon} y no más")


def test_the_longest_text_is_looked_through_at_once() -> None:
    """No habit's pattern tries again and again: what people paste is up to 40,000 characters."""
    for piece in (
        "1",
        "-0.1 ",
        "12°",
        "A+",
        "1.1,",
        "x.y/",
        "latitud ",
        "UTM 1",
        " ",
        "///a.",
        "2" * 8 + "+",
    ):
        places_told((piece * 40_000)[:40_000])
