"""The limits of a thing as people give them: one geometry, out of whatever GeoJSON it lies in (RFC 7946)."""

from typing import Any

from node.errors import ConfigError
from protocol.errors import ProtocolError
from protocol.kinds.geometry import from_geojson


def one_geometry(document: Any, name: str) -> dict[str, Any]:
    """Return the one geometry of a GeoJSON document: bare, a feature's, or a collection's of one.

    `name` is what the document is called in an error.  Raises `ConfigError`.
    """
    while isinstance(document, dict) and document.get("type") in ("FeatureCollection", "Feature"):
        if document["type"] == "Feature":
            document = document.get("geometry")
            continue
        features = document.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise ConfigError(
                f"{name} holds more or less than one feature; import several with `minga commons import`"
            )
        document = features[0]
    try:
        return from_geojson(document)
    except ProtocolError as fault:
        raise ConfigError(f"{name}: {fault}") from None
