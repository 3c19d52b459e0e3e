"""The browser of a test: one started anew for each, so that nothing of one is left in the next."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.browser.window import PICTURES, Browser, running_browser


@pytest.fixture
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """A browser that can draw by WebGL (see `tests.browser.window`)."""
    async with running_browser(PICTURES / _folder_of(request)) as started:
        yield started


@pytest.fixture
async def plain_browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """A browser of a machine that cannot draw by WebGL."""
    async with running_browser(PICTURES / _folder_of(request), webgl=False) as started:
        yield started


def _folder_of(request: pytest.FixtureRequest) -> str:
    name: str = request.node.name
    return re.sub(r"[^A-Za-z0-9_]+", "-", name.removeprefix("test_")).strip("-")
