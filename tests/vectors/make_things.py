"""Make `things.json`: sets of records about commons and pacts, with the state that they amount to.

    python -m tests.vectors.make_things

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.  The records of a case are in no particular order: they have none.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from protocol.identifiers import SubjectId
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from tests.protocol.people import T0, Held, Person, commons, key, pact, party

FILE = Path(__file__).with_name("things.json")
NOW_MS = T0 + 100_000
Records = list[VerifiedRecord]

A = Person("Pesillo", [key("vector a1"), key("vector a2")], 2)
B = Person("Cayambe", [key("vector b")])
C = Person("Olmedo", [key("vector c")])
X = Person("Archivo", [key("vector x")])
M = Person("Nadie", [key("vector m")])
EVERYBODY = [record for person in (A, B, C, X, M) for record in person.records]


def verdict(name: str, subject: SubjectId, *groups: Iterable[VerifiedRecord]) -> dict[str, Any]:
    """A case of the file: the records, and what follows from all of them."""
    held = Held(EVERYBODY, *groups)
    records = sorted(held.records.values(), key=lambda record: record.id)
    thing = held.thing(subject)
    state: dict[str, Any] = {
        "kind": thing.kind,
        "status": thing.status,
        "voice": thing.voice,
        "display": thing.display and thing.display.hex(),
        "heads": [head.hex() for head in thing.heads],
        "linked": sorted(actor.hex() for actor in thing.linked),
        "erased": sorted(record.hex() for record in thing.erased),
        "effects": {r.hex(): judged.effect.value for r, judged in sorted(thing.judged.items())},
        "awaiting_consent": {
            v.id.hex(): sorted(actor.hex() for actor in v.awaiting_consent)
            for v in sorted(thing.versions.all.values(), key=lambda v: v.id)
            if v.awaiting_consent
        },
    }
    if thing.pact is not None:
        state["in_force"] = thing.pact.in_force and thing.pact.in_force.hex()
        state["in_force_since_ms"] = thing.pact.in_force_since_ms
        state["agreed_rivals"] = [version.hex() for version in thing.pact.rivals]
        state["answers"] = {
            version.hex(): [[a.actor and a.actor.hex(), a.answer.value, a.at_ms] for a in answers]
            for version, answers in sorted(thing.pact.answers.items())
        }
    return {
        "name": name,
        "subject": subject.hex(),
        "state": state,
        "records": [record.envelope.hex() for record in records],
    }


def later(author: Person, payload: dict[str, Any], *parents: Records, at: int = 0) -> Records:
    kind = "pact" if "parties" in payload else "commons"
    about = parents[0][0].subject
    return author.sign(kind, payload, subject=about, parents=[p[0].id for p in parents], time_ms=T0 + at)


def answer(
    person: Person, to: Records, decision: str = "consent", after: Sequence[Records] = (), at: int = 0
) -> Records:
    return person.sign(
        "consent",
        {"decision": decision},
        subject=to[0].subject,
        parents=[to[0].id, *(a[0].id for a in after)],
        time_ms=T0 + at,
    )


def erasure(person: Person, of: Records) -> Records:
    return person.sign("erasure", {"basis": "author"}, subject=of[0].subject, parents=[of[0].id])


def _voices() -> list[dict[str, Any]]:
    first = X.sign("commons", commons("Pesillo", source={"name": "Registro"}))
    own = later(A, commons(A), first, at=-5)
    corrected = later(X, commons("Pesillo", facts={"es": "corregido"}), first, at=9)
    rival = later(B, commons(B), first, at=5)
    about = first[0].subject
    return [
        verdict("voice: documented by somebody else", about, first),
        verdict("voice: the documenter corrects", about, first, corrected),
        verdict("voice: the community speaks for itself", about, first, corrected, own),
        verdict("voice: it speaks with less than its threshold", about, first, own[:1]),
        verdict("voice: two claimants", about, first, own, rival),
    ]


def _stewards() -> list[dict[str, Any]]:
    first = A.sign("commons", commons(A, B))
    left, right = later(A, commons(A, B), first, at=1), later(B, commons(A, B), first, at=2)
    merge = later(B, commons(A, B), left, right, at=3)
    stranger = later(M, commons(M), first, at=9)
    change = later(B, commons(B, C), first, at=4)
    text = later(B, commons(A, B, facts={"es": "un nombre"}), first, at=1)
    grab = later(B, commons(B), text, at=2)
    about = first[0].subject
    stripped = [verify_record(erased_envelope(text[0].envelope), NOW_MS)]
    return [
        verdict("stewards: concurrent versions", about, first, left, right),
        verdict("stewards: merged", about, first, left, right, merge),
        verdict("stewards: a stranger replaces nothing", about, first, stranger),
        verdict("stewards: a change without consent", about, first, change),
        verdict(
            "stewards: a change with consent below its threshold", about, first, change, answer(A, change)[:1]
        ),
        verdict("stewards: a change with consent", about, first, change, answer(A, change)),
        verdict("erasure: of a version in between", about, first, text, erasure(B, text), grab),
        verdict("erasure: the content is gone", about, first, stripped, erasure(B, text), grab),
        verdict("erasure: by somebody else", about, first, erasure(B, first)),
        verdict("erasure: below the threshold", about, first, erasure(A, first)[:1]),
        verdict("erasure: of the only version", about, first, erasure(A, first)),
        verdict("the first record is not held", about, change, answer(A, change)),
    ]


def _pacts() -> list[dict[str, Any]]:
    first = A.sign("pact", pact(A, B))
    about = first[0].subject
    by_a, by_b = answer(A, first, at=10), answer(B, first, at=20)
    force = [*first, *by_a, *by_b]
    withdrawn = answer(B, first, "decline", after=[by_b], at=30)
    amended = later(A, pact(A, C), first, at=50)
    new_parties = [*amended, *answer(A, amended), *answer(C, amended, at=60)]
    hostile = later(M, pact(M, X), first, at=70)
    theirs = [*hostile, *answer(M, hostile), *answer(X, hostile)]
    beside = later(B, pact(A, B), first, at=40)
    three = A.sign("pact", pact(A, B, C))
    one, two = later(A, pact(A, B), three, at=1), later(A, pact(A, C), three, at=2)
    rivals = [*three, *one, *answer(A, one), *answer(B, one), *two, *answer(A, two), *answer(C, two)]
    return [
        verdict("pact: proposed", about, first),
        verdict("pact: signed by one", about, first, by_b),
        verdict("pact: signed below a threshold", about, first, by_b, by_a[:1]),
        verdict("pact: in force", about, force),
        verdict("pact: a key-less party never signs", *_keyless()),
        verdict("pact: declined", about, first, by_a, answer(B, first, "decline")),
        verdict("pact: withdrawn", about, force, withdrawn),
        verdict("pact: consent and refusal side by side", about, force, answer(B, first, "decline", at=30)),
        verdict("pact: an erased refusal is no consent", about, force, withdrawn, erasure(B, withdrawn)),
        verdict("pact: amended without one of its parties", about, force, new_parties),
        verdict("pact: amended by all parties of both texts", about, force, new_parties, answer(B, amended)),
        verdict("pact: strangers agree with themselves", about, force, theirs),
        verdict("pact: strangers agree before the parties do", about, first, theirs),
        _parties_not_known_yet(),
        verdict(
            "pact: two texts agreed by all, the later one holds",
            about,
            force,
            beside,
            answer(A, beside),
            answer(B, beside),
        ),
        verdict("pact: two agreed texts side by side", three[0].subject, rivals),
        verdict("pact: settled by the party that was missing", three[0].subject, rivals, answer(B, two)),
        verdict("pact: reported", *_reported()),
        verdict("pact: reported, then taken up by its parties", *_taken_up()),
    ]


def _parties_not_known_yet() -> dict[str, Any]:
    """Strangers agree on another's pact where the version that it was signed under is not held."""
    old, new = key("Pesillo, old"), key("Pesillo, new")
    community = Person("Pesillo", [old], 1)
    rotation = community.version([old], [old, new], threshold=1)
    first = community.sign("pact", pact(community, B), auth=rotation[0].id)
    theirs = X.sign("pact", pact(X, M), subject=first[0].subject, parents=[first[0].id], time_ms=T0 + 5)
    answers = [*answer(X, theirs, at=9), *answer(M, theirs, at=9)]
    held = (community.records, first, theirs, answers)
    return verdict("pact: strangers agree before the parties are known", first[0].subject, *held)


def _keyless() -> tuple[SubjectId, Records]:
    first = A.sign("pact", pact(A, "Comuna sin llaves"))
    return first[0].subject, [*first, *answer(A, first)]


def _reported() -> tuple[SubjectId, Records]:
    first = X.sign("pact", pact(A, B, reported={"status": "firmado", "source": {"name": "Registro"}}))
    return first[0].subject, [*first, *answer(A, first), *answer(B, first)]


def _taken_up() -> tuple[SubjectId, Records]:
    first = X.sign("pact", pact("a", "b", reported={"status": "firmado", "source": {"name": "Registro"}}))
    own = later(A, pact(A, B), first, at=5)
    return first[0].subject, [*first, *own, *answer(A, own), *answer(B, own)]


def _others() -> list[dict[str, Any]]:
    """The other kinds of things: alerts by their own word, the rest by who speaks."""

    def follows(author: Person, kind: str, payload: dict[str, Any], parent: Records, at: int) -> Records:
        place = {"subject": parent[0].subject, "parents": [parent[0].id]}
        return author.sign(kind, payload, **place, time_ms=T0 + at)

    text = {"es": "texto"}
    alert = {"title": text, "type": "enclosure", "licence": "CC0-1.0"}
    raised = A.sign("alert", alert)
    settled = follows(A, "alert", alert | {"state": "resolved", "outcome": text}, raised, 1)
    denied = follows(M, "alert", alert | {"state": "withdrawn"}, raised, 2)
    call = {"type": "asset", "title": text, "licence": "CC0-1.0", "organiser": party(B)}
    offered = A.sign("call", call)
    body = {"name": text, "type": "council", "licence": "CC0-1.0", "actor": B.id}
    written, own = X.sign("body", body), B.sign("body", body)
    taken = follows(B, "body", body | {"text": text}, written, 3)
    place = X.sign("place", {"name": text, "level": "canton", "licence": "CC0-1.0"})
    unknown = X.sign("org.example.oven", {"name": text, "actor": X.id})
    said = M.sign("challenge", {"text": text}, subject=raised[0].subject, parents=[raised[0].id])
    return [
        verdict("alert: open unless it says otherwise", raised[0].subject, raised),
        verdict("alert: resolved, says who raised it", raised[0].subject, raised, settled),
        verdict("alert: withdrawn, says a stranger", raised[0].subject, raised, denied),
        verdict("alert: erased", raised[0].subject, raised, erasure(A, raised)),
        verdict("alert: below the threshold", raised[0].subject, raised[:1]),
        verdict("alert: challenged, and as it was", raised[0].subject, raised, said),
        verdict("alert: nothing but what is said of it", raised[0].subject, said),
        verdict("call: documented by another than its organiser", offered[0].subject, offered),
        verdict(
            "call: its organiser speaks", offered[0].subject, offered, follows(B, "call", call, offered, 1)
        ),
        verdict("body: its own word", own[0].subject, own),
        verdict("body: documented, then its own word", written[0].subject, written, taken),
        verdict("place: documented", place[0].subject, place),
        verdict("unknown kind: documented, whatever it holds", unknown[0].subject, unknown),
    ]


def made() -> str:
    """Return the file's text."""
    document = {
        "specification": "docs/protocol.md §8",
        "now_ms": NOW_MS,
        "cases": [*_voices(), *_stewards(), *_pacts(), *_others()],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
