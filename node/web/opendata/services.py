"""Which services a node has beside its files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Services:
    """`features`: an OGC API under `/ogc`; `tiles`: vector tiles, described at `/tiles.json`."""

    features: bool
    tiles: bool
