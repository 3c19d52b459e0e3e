"""The bodies of the parish on the stage: where their people sign, and how far each has come with the pact."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from node.demo.stage import DemoNode
from node.demo.telling import Teller
from node.samples.parish import SampleActor
from protocol.identifiers import ActorId, parse_id
from protocol.state.fold import ThingState
from protocol.state.pacts import Answer, PactStatus

# Long enough to name one record among a demonstration's, and short enough to read.
SHORT_ID_LENGTH = 10

# From its first day, four years with one leap day in them: the last day is the eve of the anniversary.
TERM_DAYS = 4 * 365


@dataclass
class Body:
    """A body of the parish: where each of its people signs, and its id once it is founded."""

    sample: SampleActor
    seats: dict[str, DemoNode]
    id: str = ""

    @property
    def home(self) -> DemoNode:
        """Where it is founded and proposes: where its first person signs."""
        return self.seats[self.sample.people[0]]

    @property
    def elsewhere(self) -> list[DemoNode]:
        """The other nodes where its people sign."""
        return [at for at in dict.fromkeys(self.seats.values()) if at is not self.home]

    def people_at(self, at: DemoNode) -> list[str]:
        """Return who signs at a node."""
        return [person for person, seat in self.seats.items() if seat is at]


def new_key(person: str) -> tuple[str, ...]:
    """Return the command that makes a person's key."""
    return ("key", "new", "--label", person, "--no-passphrase")


def short(record_id: str) -> str:
    """Return the beginning of an id, which commands take for the whole."""
    return record_id[:SHORT_ID_LENGTH]


def term_from_today() -> dict[str, str]:
    """Return a term that begins today (UTC), so that the pact is in force on whatever day this is shown."""
    first = datetime.now(UTC).date()
    return {"start": first.isoformat(), "end": (first + timedelta(days=TERM_DAYS)).isoformat()}


def status_words(tell: Teller, status: str) -> str:
    """Return a pact's status in words."""
    words = {
        PactStatus.PROPOSED.value: tell("propuesto", "proposed"),
        PactStatus.PARTLY_SIGNED.value: tell("en parte firmado", "partly signed"),
        PactStatus.IN_FORCE.value: tell("en vigor", "in force"),
    }
    return words.get(status, status)


def answer_words(tell: Teller, state: ThingState, body: Body) -> str:
    """Return what a party has answered to a pact: with its keys counted while some are awaited."""
    assert state.pact is not None
    actor = ActorId(parse_id(body.id))
    for answers in state.pact.answers.values():
        if any(one.actor == actor and one.answer is Answer.CONSENT for one in answers):
            return tell("firmó", "signed")
    for verdict in state.judged.values():
        header = verdict.record.header
        if header.kind == "consent" and header.actor == actor:
            given, needed = len(verdict.signed_by), verdict.needed
            return tell(f"{given} de {needed}", f"{given} of {needed}")
    return tell("falta", "awaited")
