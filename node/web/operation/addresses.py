"""Where whoever runs a node asks of it by machine: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from node.store.interface import Store
from node.web.exchange.asked import Asked
from node.web.operation.readiness import health_answer, readiness_answer
from node.web.operation.traffic import Traffic

Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]


class Running(Protocol):
    """What is asked of a node that runs."""

    @property
    def store(self) -> Store:
        """What it holds."""

    async def status(self) -> Mapping[str, Any]:
        """How it is: see `node.node_status`."""


def operation_routes(node: Running, traffic: Traffic, metrics: str) -> dict[str, Handler]:
    """Return what answers at each address; `metrics` says who may read the figures: `off`, `local`, `all`."""

    async def health(_: web.Request, __: Asked) -> web.Response:
        return await health_answer(node.store)

    async def readiness(_: web.Request, __: Asked) -> web.Response:
        fault = (await node.status()).get("storage_fault")
        return await readiness_answer(node.store, [fault] if fault else [])

    async def figures(request: web.Request, _: Asked) -> web.Response:
        from node.web.operation.metrics import metrics_answer

        return metrics_answer(request, metrics, await node.status(), traffic)

    return {"/healthz": health, "/readyz": readiness, "/metrics": figures}
