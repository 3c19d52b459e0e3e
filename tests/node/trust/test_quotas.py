"""What is taken all at once is what would be taken record by record."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.trust.policy import author_of
from node.trust.quotas import Limits, Load, Quotas
from protocol.channel.identity import NodeId
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import Person

PEER = NodeId(b"p" * 32)
ANA, BETO = Person("Ana"), Person("Beto")
RECORDS = [
    *(ANA.founding, BETO.founding, ANA.rotate("nueva"), BETO.rotate("otra")),
    *(person.commons(f"{person.name} {number}") for person in (ANA, BETO) for number in range(4)),
    ANA.commons("x" * 150),
]
SIZE = len(RECORDS[4].envelope)
AMOUNTS = st.integers(0, 9)
LIMITS = st.builds(
    Limits,
    *(AMOUNTS, AMOUNTS.map(lambda n: n * SIZE), AMOUNTS, AMOUNTS.map(lambda n: n * SIZE), st.just(0)),
    *(AMOUNTS, AMOUNTS.map(lambda n: n * SIZE), st.integers(0, 3)),
)


def one_by_one(quotas: Quotas, records: Sequence[VerifiedRecord], node: NodeId | None, day: str) -> bool:
    """Whether every one of some records passes; each that does is counted."""
    passed = []
    for record in records:
        size_bytes = len(record.envelope)
        took = quotas.take(author_of(record), record.header.kind, size_bytes, day) is None
        founds = record.header.actor is None
        passed.append(took and (node is None or quotas.take_from(node, size_bytes, day, founds=founds)))
    return all(passed)


@given(
    LIMITS,
    st.lists(st.lists(st.sampled_from(RECORDS), max_size=6), min_size=1, max_size=4),
    st.sampled_from([PEER, None]),
)
def test_batches_pass_together_where_all_pass_one_by_one(
    limits: Limits, batches: list[list[VerifiedRecord]], node: NodeId | None
) -> None:
    together, apart = Quotas(limits), Quotas(limits)
    for at, batch in enumerate(batches):
        day = f"2026-01-0{1 + at // 2}"
        passed = together.take_all(Load.of(batch), node, day)
        if not passed:
            # Nothing was counted: one by one they come to the same as where nobody tried.
            passed = one_by_one(together, batch, node, day)
            assert not passed, "it was too much, and yet each of them passed"
            one_by_one(apart, batch, node, day)
        else:
            assert one_by_one(apart, batch, node, day)


@pytest.mark.parametrize("founded", [False, True])
def test_a_load_is_what_its_records_come_to(founded: bool) -> None:
    records = RECORDS if founded else RECORDS[2:]
    load = Load.of(records)
    assert load.records == len(records) == sum(number for number, _ in load.of_actors.values())
    assert load.size_bytes == sum(len(record.envelope) for record in records)
    assert load.founded == (2 if founded else 0)
    assert load.of_actors[ANA.id, False][0] == 5
    assert load.of_actors[ANA.id, True][0] == (2 if founded else 1)
