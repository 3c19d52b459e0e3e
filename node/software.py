"""What this software calls itself, to other nodes and to people."""

import importlib.metadata


def _version() -> str:
    """Return the version of this software; 0 where it runs from its source, not installed."""
    try:
        return importlib.metadata.version("minga")
    except importlib.metadata.PackageNotFoundError:
        return "0"


SOFTWARE = f"minga/{_version()}"
