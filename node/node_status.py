"""What a node says of itself: to its operator, and in part on its pages."""

import contextlib
import os
from typing import TYPE_CHECKING, Any

from node.backups import last_backup
from node.home import Home
from node.software import SOFTWARE
from node.trust.aside import Aside
from node.trust.gate import Gate
from protocol.channel.identity import NodeId
from protocol.identifiers import id_text
from protocol.keys import ED25519_PREFIX, PublicKey, did_key

if TYPE_CHECKING:
    from node.daemon import Node

# Actors of whom most is set aside, named to the operator.
HEAPS_NAMED_MAX = 10


def node_key_text(node_id: NodeId) -> str:
    """Return a node's key as people see it."""
    return did_key(PublicKey(ED25519_PREFIX + node_id))


def store_size_bytes(home: Home) -> int:
    """Return how much disk the store takes, its log included."""
    size = 0
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            size += os.stat(f"{home.store_path}{suffix}").st_size
    return size


async def node_status(node: "Node") -> dict[str, Any]:
    """See `Controlled.status`."""
    counts = await node.store.counts()
    backup = last_backup(node.home)
    return {
        "name": node.name,
        "node": node.node_id_text,
        "network": node.settings.network_name,
        "software": SOFTWARE,
        "listening": node.listening,
        "records": counts.records,
        "records_by_kind": dict(counts.records_by_kind),
        "things_by_kind": dict(counts.things_by_kind),
        "store_bytes": store_size_bytes(node.home),
        "lan": {"enabled": node.lan is not None, "warning": node.lan.warning if node.lan else None},
        "peers": [
            {
                "node": node_key_text(peer.secure.node_id),
                "address": peer.address,
                "inbound": peer.secure.inbound,
                "software": peer.software,
                "records": peer.records,
                "received": peer.received,
                "bytes_sent": peer.secure.sent_bytes,
                "bytes_received": peer.secure.received_bytes,
                "connected_since_ms": peer.since_ms,
                "synced_at_ms": peer.synced_at_ms,
                "lacking": peer.lacked,
            }
            for peer in node.engine.peers
        ],
        "known_peers": node.dialler.known(),
        "trust": await gate_status(node.gate),
        "last_backup_ms": None if backup is None else backup.time_ms,
        "storage_fault": node.engine.admission.storage_fault,
        "clock_doubt": node.engine.admission.clock_doubt,
        "clearing_fault": node.store.clearing_fault,
        "warnings": [
            text
            for text in (
                node.engine.admission.storage_fault,
                node.engine.admission.clock_doubt,
                node.store.clearing_fault,
            )
            if text is not None
        ],
    }


async def gate_status(gate: Gate) -> dict[str, Any]:
    """Return whom a node listens to, and how much it has set aside for which reason, of whom."""
    return {
        "policy": gate.policy.rule.value,
        "near": len(gate.policy.listened),
        "blocked": gate.blocks.counts(),
        "peers_over_quota": [node_key_text(node_id) for node_id in sorted(gate.peers_over_quota)],
        **await aside_status(gate.aside),
    }


async def aside_status(aside: Aside) -> dict[str, Any]:
    """Return how much is set aside for which reason, and of whom most."""
    totals = await aside.totals()
    heaps = await aside.heaps(HEAPS_NAMED_MAX)
    return {
        "set_aside": {
            reason.name.lower(): {"records": records, "bytes": size}
            for reason, (records, size) in totals.items()
        },
        "set_aside_full": aside.is_full,
        "set_aside_most": [
            {
                "actor": id_text(heap.author),
                "why": heap.reason.name.lower(),
                "records": heap.records,
                "bytes": heap.size_bytes,
            }
            for heap in heaps
        ],
    }
