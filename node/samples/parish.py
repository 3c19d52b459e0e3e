"""Santa Rosa de Kuychi, an invented Andean parish: three communities, a municipality, six commons, a pact.

What is here are payloads without keys and ids: whoever signs them adds keys to the actors, and gives the
ids of actors and commons for the slugs.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from protocol.identifiers import ActorId, SubjectId
from protocol.kinds.geometry import from_geojson

LICENCE = "CC-BY-SA-4.0"


@dataclass(frozen=True, slots=True)
class SampleActor:
    """An actor to be: its profile, the labels of the keys it needs, how many of them sign for it."""

    slug: str
    name: dict[str, str]
    type: str
    people: tuple[str, ...]
    threshold: int
    description: dict[str, str]

    def payload(self, keys: list[bytes]) -> dict[str, Any]:
        """Return the payload of its first record; `keys` are public keys, one for each of `people`."""
        labelled = [{"key": key, "label": label} for key, label in zip(keys, self.people, strict=True)]
        profile = {"name": self.name, "type": self.type, "description": self.description}
        return {**profile, "keys": labelled, "threshold": self.threshold}


@dataclass(frozen=True, slots=True)
class SampleCommons:
    """A commons to be, and the slug of the actor that looks after it."""

    slug: str
    steward: SampleActor
    fields: dict[str, Any]

    def payload(self, steward: ActorId) -> dict[str, Any]:
        """Return its payload, looked after by `steward`."""
        return {**self.fields, "stewards": [{"name": self.steward.name, "actor": bytes(steward)}]}


@dataclass(frozen=True, slots=True)
class SamplePact:
    """A pact to be: the slugs of its parties and commons, and its text in Spanish and English."""

    parties: tuple[tuple[SampleActor, str], ...]
    commons: tuple[SampleCommons, ...]
    fields: dict[str, Any]

    def payload(self, actors: dict[str, ActorId], commons: dict[str, SubjectId]) -> dict[str, Any]:
        """Return its payload; `actors` and `commons` are ids by slug."""
        parties = [
            {"name": actor.name, "actor": bytes(actors[actor.slug]), "side": side}
            for actor, side in self.parties
        ]
        about = [{"name": one.fields["name"], "subject": bytes(commons[one.slug])} for one in self.commons]
        return {**self.fields, "parties": parties, "commons": about}


@dataclass(frozen=True, slots=True)
class Parish:
    """Everything there is of the parish; `about` says in each language that it is invented."""

    about: dict[str, str]
    actors: tuple[SampleActor, ...]
    commons: tuple[SampleCommons, ...]
    pact: SamplePact


@cache
def parish() -> Parish:
    """Return the parish."""
    told, agreed = _read("parish.json"), _read("pact.json")
    actors = {one["slug"]: SampleActor(**{**one, "people": tuple(one["people"])}) for one in told["actors"]}
    commons = {one["slug"]: _commons(one, actors, told) for one in told["commons"]}
    pact = SamplePact(
        parties=tuple((actors[party["slug"]], party["side"]) for party in agreed["parties"]),
        commons=tuple(commons[slug] for slug in agreed["commons"]),
        fields={name: agreed[name] for name in ("title", "intensity", "term", "clauses")}
        | {"licence": LICENCE},
    )
    return Parish(told["about"], tuple(actors.values()), tuple(commons.values()), pact)


def _commons(one: dict[str, Any], actors: dict[str, SampleActor], told: dict[str, Any]) -> SampleCommons:
    fields = {name: value for name, value in one.items() if name not in ("slug", "steward")}
    fields["geometry"] = from_geojson(fields["geometry"])
    fields |= {"licence": LICENCE, "territory": told["territory"], "facts": told["about"]}
    return SampleCommons(one["slug"], actors[one["steward"]], fields)


def _read(name: str) -> Any:
    return json.loads(files("node.samples").joinpath(name).read_text(encoding="utf-8"))
