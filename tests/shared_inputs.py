"""Where the tests find inputs that are not part of this repository: a folder `shared/` beside the checkout.

`MINGA_SHARED` names another place.  A test that needs a file from there skips, saying so, where it is absent.
"""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MINGA_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def shared_path(*parts: str) -> Path:
    """Return the path of a shared input; skip the calling test where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is absent: set MINGA_SHARED to the folder that holds it")
    return path
