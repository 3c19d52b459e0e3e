"""A village in records: one of each kind of thing, in several versions, languages and scripts."""

from dataclasses import dataclass, field
from typing import Any

from protocol.identifiers import SubjectId, id_text
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person
from tests.node.web.readers import founded

DAY_MS = 86_400_000

PARISH = [
    {"level": "parish", "name": {"es": "Achupallas"}},
    {"level": "canton", "name": {"es": "Alausí"}},
]


def ring(lon: float, lat: float, size: float) -> dict[str, Any]:
    """An area of five corners, from degrees."""
    corners = [(0, 0), (1, 0.1), (1.2, 0.8), (0.6, 1.2), (-0.1, 0.7), (0, 0)]
    flat: list[int] = []
    for east, north in corners:
        flat += [round((lon + east * size) * 1e7), round((lat + north * size) * 1e7)]
    return {"type": "Polygon", "coordinates": [flat]}


@dataclass
class Village:
    """The records, and the address of every kind of page about them."""

    records: list[VerifiedRecord] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)

    def add(self, *records: VerifiedRecord) -> None:
        """Hold some records."""
        self.records += records

    def page(self, kind: str, record: VerifiedRecord) -> None:
        """Name the page of a thing."""
        self.paths[kind] = f"/thing/{id_text(record.subject)}"


def village() -> Village:
    """The village as it is read by `tests.node.web.readers.READ_MS`."""
    here = Village()
    council = Person("Cabildo", threshold=2, keys=3)
    town, board = Person("Municipio"), Person("Junta")
    here.add(*founded(council), town.founding, board.founding)
    here.page("actor", council.founding)
    land = _commons(here, council, town)
    pact = _pact(here, town, board, land)
    _decisions(here, council, town, board, pact, land)
    _contested(here, town, board, land)
    here.paths |= {
        "front": "/",
        "list of pacts": "/?kind=pact",
        "nothing found": "/?q=desierto",
        "node": "/node",
        "check": "/check",
        "check, wrong": "/check?q=laguna",
        "checking by hand": "/checking",
        "territories": "/territories",
        "schemas": "/schemas/",
        "transparency": "/transparency",
        "nowhere": "/nowhere",
        "versions": f"{here.paths['commons']}/versions",
        "compare": f"{here.paths['commons']}/compare",
        "figures": f"{here.paths['pact']}/figures",
        "record": f"/record/{id_text(land.id)}",
        "record of an act": f"/record/{id_text(here.records[-1].id)}",
        "check, known": f"/check/{id_text(pact.id)}",
        "check, unknown": f"/check/{'b' * 51}a",
    }
    return here


def _act(
    who: Person, kind: str, payload: dict[str, Any], about: VerifiedRecord, after_ms: int
) -> VerifiedRecord:
    subject = SubjectId(about.subject)
    return sign_record(who.author(), kind, payload, NOW_MS + after_ms, subject=subject, parents=[about.id])


def _commons(here: Village, council: Person, town: Person) -> VerifiedRecord:
    stewards = [{"name": {"es": "Cabildo"}, "actor": council.id}, {"name": {"ar": "أهل القرية"}}]
    first = town.commons(
        "Páramo de Ozogoche",
        "Pajonal y lagunas que dan agua a siete comunidades.",
        geometry=ring(-78.6, -2.2, 0.05),
        stewards=[{"name": {"es": "Municipio"}, "actor": town.id}],
        source={"name": "Mapa de 2019", "url": "https://example.org/mapa"},
    )
    content: dict[str, Any] = {
        "name": {"es": "Páramo de Ozogoche", "ar": "مرتفعات أوزوغوتشي (12)", "he": "רמת אוזוגוצ׳ה"},
        "resources": ["paramo", "water", "wetland"],
        "licence": "CC-BY-4.0",
        "description": {"es": "Pajonal y lagunas.\n\nSe recorre en dos días.", "qu": "Urku, yaku."},
        "geometry": ring(-78.605, -2.21, 0.06),
        "area": {"square_metres": 52_300_000, "local": "unas 60 caballerías"},
        "territory": PARISH,
        "stewards": [{"name": {"es": "Municipio"}, "actor": town.id}, *stewards],
        "users": {"es": "Siete comunidades"},
        "rules": {"es": "El pastoreo se turna. Nadie quema el pajonal."},
        "legal": {"text": {"es": "Tierra comunal"}, "since": "1937", "register": "112"},
        "publication": {"basis": "assembly", "on": "2026-01-11"},
        "labels": [{"code": "TK A", "community": {"es": "Cabildo"}, "text": {"es": "Con nombre"}}],
        "facts": {"es": "A 3 900 metros."},
    }
    second = sign_record(
        town.author(), "commons", content, NOW_MS + DAY_MS, subject=first.subject, parents=[first.id]
    )
    arabic = sign_record(
        town.author(),
        "commons",
        {
            "name": {"ar": "مشاع القرية", "he": "אדמת הכפר"},
            "resources": ["pasture"],
            "licence": "CC0-1.0",
            "description": {"ar": "أرض ترعاها العائلات معاً، ومساحتها 12.5 دونم (ABC)."},
            "stewards": [{"name": {"he": "מועצת הכפר"}}],
            "territory": [{"level": "municipality", "name": {"ar": "نابلس"}}],
        },
        NOW_MS,
    )
    gone = town.commons("Por error", "Un secreto.")
    odd = sign_record(town.author(), "zz.odd", {"weird": [1, {"a": "b"}]}, NOW_MS)
    rough = town.commons(
        "Vertiente sagrada",
        geometry={"type": "Point", "coordinates": [-786_000_000, -22_000_000]},
        sensitivity="generalised",
        uncertainty_m=1_000,
    )
    here.add(first, second, arabic, gone, town.erase(gone), odd, rough)
    for kind, record in {
        "commons": first,
        "commons, right to left": arabic,
        "erased": gone,
        "unknown kind": odd,
        "commons, rough": rough,
    }.items():
        here.page(kind, record)
    return first


def _pact(here: Village, town: Person, board: Person, land: VerifiedRecord) -> VerifiedRecord:
    clauses = ("objectives", "duration", "manner", "enjoyment", "damage", "support", "conclusion")
    content: dict[str, Any] = {
        "title": {"es": "Pacto por el agua", "en": "Pact for the water"},
        "parties": [
            {"name": {"es": "Municipio"}, "actor": town.id, "side": "administration"},
            {"name": {"es": "Junta"}, "actor": board.id, "side": "community"},
        ],
        "licence": "CC-BY-4.0",
        "commons": [{"subject": land.subject}],
        "term": {"start": "2023-01-01", "end": "2029-12-31"},
        "intensity": "constant",
        "clauses": {name: {"es": f"Lo que toca a {name}. " * 6, "en": f"On {name}."} for name in clauses},
    }
    pact = sign_record(town.author(), "pact", content, NOW_MS - 900 * DAY_MS)
    here.add(pact)
    for party in (town, board):
        here.add(_act(party, "consent", {"decision": "consent"}, pact, -890 * DAY_MS))
    for at, value in enumerate((125, 131, 98)):
        year = 2022 + at
        figure = {"name": {"es": "Caudal"}, "code": "flow", "value": value, "decimals": 1, "unit": "l/s"}
        report = {
            "start": f"{year}-01-01",
            "end": f"{year}-12-31",
            "results": {"es": "Se midió cada mes."},
            "indicators": [figure | {"target": 150}],
        }
        here.add(_act(board, "report", report, pact, (at * 300 - 800) * DAY_MS))
    question = _act(
        Person("Vecina"), "observation", {"text": {"es": "¿Y la acequia?"}, "stance": "asks"}, pact, 0
    )
    here.add(
        Person("Vecina").founding,
        question,
        _act(town, "reply", {"text": {"es": "Se limpia"}, "outcome": "noted"}, question, DAY_MS),
        _act(town, "support", {"type": "materials", "text": {"es": "Plantas"}}, pact, DAY_MS),
        _act(board, "dispute", {"text": {"es": "Falta agua"}}, pact, DAY_MS),
    )
    rival = town.pact(board, "Otro pacto por el agua", about=[land])
    here.add(rival)
    here.page("pact", pact)
    here.page("pact, proposed", rival)
    return pact


def _decisions(
    here: Village, council: Person, town: Person, board: Person, pact: VerifiedRecord, land: VerifiedRecord
) -> None:
    named = {"title": {"es": "¿Qué pacto?"}, "licence": "CC0-1.0"}
    motion = sign_record(
        board.author(),
        "motion",
        {
            **named,
            "options": [{"name": {"es": "Sí"}, "subject": pact.subject}, {"name": {"es": "No"}}],
            "roll": [{"actor": town.id}, {"actor": board.id}, {"actor": council.id}],
            "closes": "2026-12-01",
            "rule": "majority",
        },
        NOW_MS,
    )
    body = sign_record(
        council.author(),
        "body",
        {
            "name": {"es": "Junta del páramo"},
            "type": "management_board",
            "licence": "CC0-1.0",
            "seats": [{"role": "chair", "side": "civil", "actor": board.id, "until": "2026-12-31"}],
        },
        NOW_MS,
    )
    call = sign_record(
        town.author(),
        "call",
        {**named, "type": "call", "closes": "2026-12-01", "text": {"es": "Se llama"}},
        NOW_MS,
    )
    place = sign_record(
        town.author(),
        "place",
        {
            "name": {"es": "Achupallas"},
            "level": "parish",
            "code": "060250",
            "licence": "CC0-1.0",
            "territory": PARISH[1:],
            "source": {"name": "Censo"},
        },
        NOW_MS,
    )
    ballot = _act(town, "ballot", {"option": 0}, motion, DAY_MS)
    here.add(motion, ballot, body, council.cosign(body, 1), call, place)
    for kind, record in {"vote": motion, "body": body, "call": call, "place": place}.items():
        here.page(kind, record)


def _contested(here: Village, town: Person, board: Person, land: VerifiedRecord) -> None:
    alert = sign_record(
        board.author(),
        "alert",
        {
            "type": "enclosure",
            "title": {"es": "Cercan la laguna"},
            "licence": "CC0-1.0",
            "commons": [{"subject": land.subject, "name": {"es": "Páramo"}}],
            "evidence": [{"title": "Foto", "url": "https://example.org/foto"}],
        },
        NOW_MS + DAY_MS,
    )
    challenge = _act(
        board, "challenge", {"ground": "no_consent", "text": {"es": "Nadie preguntó"}}, land, DAY_MS
    )
    findings = {"boundaries": {"finding": "present"}, "local_rules": {"finding": "absent"}}
    assessment = _act(board, "assessment", {"principles": findings}, land, DAY_MS)
    here.add(alert, challenge, assessment)
    here.page("alert", alert)
