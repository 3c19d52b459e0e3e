"""Samples that come with the node: an invented parish to try things out on, and real commons of the world.

`commons_of_the_world.json` is GeoJSON that imports like anybody's file (mapping `commons-facts`); each
commons names the page its facts were checked against.  `parish` gives payloads to sign.
"""

from pathlib import Path


def world_commons_path() -> Path:
    """Return the path of the real commons, as GeoJSON."""
    return Path(__file__).with_name("commons_of_the_world.json")
