"""Later months and dirty rows: no word is dropped, nothing stops an import, all that is odd is named."""

from pathlib import Path

from node.importing.drafts import Skipped
from protocol.state.course import NOT_YET_RECORDED, course
from tests.node.importing.test_events import (
    GOOD,
    Node,
    assert_as_the_file_says,
    at_ms,
    real_rows,
    row,
    write,
)
from tests.shared_inputs import shared_path

NOTE = "Acquisito Parere Soprintendenza con prot.n. 1504524 del 24/10/2025"
LATER = [
    row("2026-01-05T12:00:00+00:00", "001", "changed", "status", "Istruttoria in corso", "Patto firmato!"),
    row("2026-01-05T12:00:00+00:00", "001", "changed", "note", NOTE, "Firma digitale"),
    row("2026-01-06T12:00:00+00:00", "001", "changed", "status", "Patto firmato!", "Patto stipulato"),
    row("2026-01-07T12:00:00+00:00", "001", "changed", "status", "Patto stipulato", "Istruttoria in corso"),
    row("2026-01-08T12:00:00+00:00", "001", "changed", "status", "Istruttoria in corso", "Ended"),
    row("2026-01-09T12:00:00+00:00", "063", "added", "status", "", "撤回"),
    row("2026-01-09T12:00:00+00:00", "063", "changed", "status", "撤回", "in attesa  di INTEGRAZIONE "),
    row("2026-01-10T12:00:00+00:00", "002", "changed", "status", "Respinta", "x" * 1_000),
]


async def test_a_later_month_with_words_nobody_knows_goes_on(tmp_path: Path) -> None:
    rows = real_rows()
    node = await Node.open(tmp_path)
    async with node.store:
        await node.take(shared_path("data", "palermo_events.csv"))
        done = await node.take(write(tmp_path / "later.csv", [*rows, *LATER]))
        assert done.summary.new == {"pact": 1, "step": 7}
        assert (done.left_out, done.doubts) == ([], [])
        pacts = await node.pacts()
        seen = [course(pacts["001"], at_ms(one["timestamp"])) for one in LATER[:1] + LATER[2:5]]
        assert [(one.status, one.said) for one in seen] == [
            ("reported_otherwise", "Patto firmato!"),
            ("in_force", "Patto stipulato"),
            ("under_evaluation", "Istruttoria in corso"),
            ("reported_otherwise", "Ended"),  # not the step of that name: nobody said that it means this
        ]
        new = course(pacts["063"], at_ms("2026-01-09T12:00:01+00:00"))
        # Written otherwise it is the same word, and of two words of one second the later row's counts.
        assert (new.status, new.said) == ("awaiting_information", "in attesa di INTEGRAZIONE")
        assert next(event.said for event in new.timeline if event.kind == "step") == "撤回"
        long = course(pacts["002"], at_ms("2026-01-10T12:00:00+00:00"))
        assert (long.status, long.said) == ("reported_otherwise", "x" * 199 + "…")
        note = pacts["001"].versions.all[pacts["001"].heads[0]].content.reported.note
        assert "Firma digitale" in note["it"]
        rest = {number: thing for number, thing in pacts.items() if number not in ("001", "002", "063")}
        assert_as_the_file_says(rest, rows)
        held = await node.count()
        await node.take(tmp_path / "later.csv")
        assert await node.count() == held


DIRTY = [
    (row("yesterday", "001", "changed", "status", "", "Respinta"), "is not a day and a time"),
    (row("2025-08-18", "001", "changed", "status", "", "Respinta"), "is not a day and a time"),
    (row("9999-12-31T23:59:59-23:00", "001", "changed", "status", "", "R"), "between 2000 and 2100"),
    (row("1970-01-01T00:00:00Z", "001", "changed", "status", "", "R"), "between 2000 and 2100"),
    (row("2025-08-18T19:06:43Z", "", "changed", "status", "", "R"), "does not say what it is about"),
    (row("2025-08-18T19:06:43Z", "9" * 101, "changed", "status", "", "R"), "more than 100 characters"),
    (row("2025-08-18T19:06:43Z", "001", "changed", "", "", "R"), "does not say which field"),
    (row("2025-08-18T19:06:43Z", "001", "changed", "status", "R", " "), "gives no status"),
    (row("2025-08-18T19:06:43Z", "001", "changed", "colour", "", "R"), "has no field 'colour'"),
    (row("2025-08-18T19:06:43Z", "001", "changed", "f" * 49, "", "R"), "more than 48 characters"),
    (row("2025-08-20T19:06:43Z", "001", "changed", "note", "", "n" * 40_001), "every node would refuse it"),
    (row("2025-08-18T19:06:43+02:00", "001", "initial", "status", "", "Respinta"), "says the same"),
]


async def test_what_cannot_be_used_is_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    node = await Node.open(tmp_path)
    async with node.store:
        done = await node.take(write(tmp_path / "dirty.csv", [GOOD, *(one for one, _ in DIRTY)]))
        reasons = {one.row: one.reason for one in done.left_out}
        assert reasons.keys() == set(range(2, len(DIRTY) + 2))
        for number, (_, reason) in enumerate(DIRTY, 2):
            assert reason in reasons[number]
        assert done.summary.new == {"pact": 1, "step": 1}
        assert sum(done.summary.skipped.values()) == len(DIRTY)


async def test_rows_that_contradict_others_are_kept_and_named(tmp_path: Path) -> None:
    rows = [
        row("2025-08-19T00:00:00Z", "001", "changed", "status", "Archiviata", "Patto stipulato"),
        GOOD,  # out of order
        row("2025-08-20T00:00:00Z", "099", "changed", "note", "", "Chi è?"),
        row("2025-08-21T00:00:00Z", "001", "removed", "", "Patto stipulato", ""),
    ]
    node = await Node.open(tmp_path)
    async with node.store:
        done = await node.take(write(tmp_path / "odd.csv", rows))
        assert done.left_out == []
        assert [(one.row, one.label) for one in done.doubts] == [(1, "001"), (3, "099")]
        assert "was 'Respinta', not 'Archiviata' as the row says" in done.doubts[0].reason
        assert "no row says that it began" in done.doubts[1].reason
        pacts = await node.pacts()
        statuses = [course(pacts["001"], at_ms(f"2025-08-{day}T23:00:00Z")) for day in (18, 19, 20, 21)]
        assert [(one.status, one.said) for one in statuses] == [
            ("refused", "Respinta"),
            ("in_force", "Patto stipulato"),
            ("in_force", "Patto stipulato"),
            ("reported_otherwise", "removed"),
        ]
        assert course(pacts["099"], at_ms("2025-08-21T00:00:00Z")).status == NOT_YET_RECORDED
        assert all(isinstance(one, Skipped) for one in done.doubts)
