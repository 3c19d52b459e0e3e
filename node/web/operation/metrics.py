"""Figures of a node in the text format of Prometheus.

They are made when somebody asks: a node that nobody measures loads nothing for it, and counts its requests.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder

from node.peers.addresses import Reach, reach_of_host
from node.proxies import was_passed_on
from node.web.exchange.answer import HEADERS
from node.web.exchange.problem import not_here
from node.web.operation.traffic import Traffic

# A stranger can make up any number of kinds; those of this software are fewer.
KINDS_MAX = 64


def may_read(request: web.Request, readers: str) -> bool:
    """Whether a request may have the figures.

    `readers` is `off`, `all`, or `local`: it comes from this machine, and no proxy says that it passed it on.
    """
    if readers == "local":
        return reach_of_host(request.remote or "") is Reach.LOOPBACK and not was_passed_on(request)
    return readers == "all"


def metrics_answer(
    request: web.Request, readers: str, status: Mapping[str, Any], traffic: Traffic
) -> web.Response:
    """Answer `/metrics`.  Raises `Problem`, the same as where nothing is, for whoever may not read them."""
    if not may_read(request, readers):
        raise not_here()
    registry = CollectorRegistry()
    registry.register(_Collector([*_node(status), *_requests(traffic)]))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    headers = {**HEADERS, "Content-Type": content_type, "Cache-Control": "no-store"}
    return web.Response(body=encode(registry), headers=headers)


class _Collector:
    """Figures that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._families


def _node(status: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield what a node says of itself (`node.node_status`); what a node does not say is left out."""
    software = str(status.get("software", "minga"))
    yield InfoMetricFamily("minga_software", "The version of this software.", {"version": software})
    if "records" in status:
        yield GaugeMetricFamily("minga_records", "Records held.", value=status["records"])
    yield _by("minga_records_by_kind", "Records held, by kind.", "kind", status.get("records_by_kind", {}))
    yield _by(
        "minga_things", "Things that records are about, by kind.", "kind", status.get("things_by_kind", {})
    )
    if "store_bytes" in status:
        yield GaugeMetricFamily(
            "minga_store_bytes", "Size of the store on disk.", value=status["store_bytes"]
        )
    peers = status.get("peers", [])
    inbound = sum(1 for peer in peers if peer.get("inbound"))
    yield _by(
        "minga_peers", "Peers connected.", "direction", {"inbound": inbound, "outbound": len(peers) - inbound}
    )
    synced = [peer["synced_at_ms"] for peer in peers if peer.get("synced_at_ms")]
    if synced:
        yield GaugeMetricFamily(
            "minga_last_compared_timestamp_seconds",
            "When everything was last compared with a peer that is connected.",
            value=max(synced) / 1_000,
        )
    aside = status.get("trust", {}).get("set_aside", {})
    numbers = {reason: heap["records"] for reason, heap in aside.items()}
    yield _by("minga_set_aside_records", "Records that were not taken in, by reason.", "reason", numbers)
    warnings = status.get("warnings", [])
    yield GaugeMetricFamily(
        "minga_warnings", "Troubles that the node tells its operator of.", value=len(warnings)
    )


def _by(name: str, documentation: str, label: str, numbers: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for word, number in sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:KINDS_MAX]:
        family.add_metric([word], number)
    return family


def _requests(traffic: Traffic) -> Iterator[Metric]:
    answered = CounterMetricFamily(
        "minga_http_requests", "Requests answered.", labels=["route", "method", "status"]
    )
    for labels, number in sorted(traffic.answered.items()):
        answered.add_metric(labels, number)
    yield answered
    lasted = HistogramMetricFamily("minga_http_seconds", "Seconds to an answer.", labels=["route"])
    for route, seconds in sorted(traffic.seconds.items()):
        lasted.add_metric([route], buckets=traffic.buckets(route), sum_value=seconds)
    yield lasted
