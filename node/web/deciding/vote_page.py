"""The page of a vote: how it stands, the options, who has voted, which ballots do not count and why."""

from node.present import chosen_on, is_blank, motion_of, present_tally, status_of_vote
from node.web.commons.commons_page import heading, said_by, source_section
from node.web.frame.layout import facts, page
from node.web.frame.listing import line_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, title_words
from node.web.pacts.office import by_office
from node.web.pacts.pact_course import excerpt, paper
from node.web.records.paper import paper_section
from node.web.records.personal import personal_row
from node.web.records.proof import proof_section
from node.web.records.versions import versions_section
from node.web.words.deciding_vocabulary import BALLOT_WORDS, MAJORITY_WORDS, MARK_WORDS, VOTE_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.kinds.deciding import Ballot, Minutes, Motion, Option, Voter
from protocol.state.course import moment_of
from protocol.state.fold import ThingState
from protocol.state.tally import Cast, Tally

# Of a roll, and of all of it where a reader asks for the whole: the data has everybody.
VOTERS_SHOWN_MAX = 40
VOTERS_OF_THE_WHOLE_MAX = 300

# Strangers can sign any number of ballots that do not count; the data has them all.
UNCOUNTED_SHOWN_MAX = 20
MINUTES_SHOWN_MAX = 10
PAPERS_SHOWN_MAX = 5

# Units of the drawing that a bar of all votes is wide, and how high it is.
BAR_WIDTH, BAR_HEIGHT = 200, 8

# What share of the votes that are not blank has to be for an option, where that is drawn as a line.
_MARKS = {"majority": (1, 2), "two_thirds": (2, 3)}


def vote_page(here: Surroundings, thing: ThingState, content: Motion) -> Element:
    """Return the page of a vote; `content` is the text of the version shown."""
    assert thing.display is not None
    say, found = here.say, present_tally(thing, here.now_ms)
    motion = motion_of(thing, found) or content
    status = status_of_vote(thing, found, here.now_ms)
    line = line_of(status, "other" if content.source is not None else "own")
    author = thing.versions.all[thing.display].author
    return page(
        here.asked,
        here.node_name,
        title_words(here, thing),
        e(
            "article",
            heading(here, thing),
            e("p", word(say, VOTE_WORDS, status), class_=f"status{' seal' if status == 'decided' else ''}"),
            e("p", _sentence(here, found, motion, status), class_="lead"),
            said_by(here, thing, say.rich(N_("Put to the vote by {who}."), who=here.actor(author)), line),
            here.text(content.text) if content.text else None,
            _options_section(here, motion, found),
            _roll_section(here, thing, motion, found),
            _uncounted_section(here, thing, found),
            _minutes_section(here, thing, motion, found),
            versions_section(here, thing),
            source_section(here, content.source, content.licence),
            proof_section(here, thing, thing.display, thing.judged.get(thing.display)),
            paper_section(here, thing.display, f"/thing/{id_text(thing.subject)}"),
            class_=f"vote {line}",
        ),
        icons=["motion"],
    )


def _sentence(here: Surroundings, found: Tally, motion: Motion, status: str) -> Node:
    say, voted = here.say, sum(found.votes) + found.blank
    turnout = say.count(
        "{voted} of {n} on the roll has voted.",
        "{voted} of {n} on the roll have voted.",
        len(motion.roll),
        voted=say.number(voted),
    )
    match status:
        case "open":
            return [say("Ballots count until {date}.", date=say.day(motion.closes)), " ", turnout]
        case "not_open_yet":
            return say(
                "Ballots count from {first} until {last}.",
                first=say.day(motion.opens or motion.closes),
                last=say.day(motion.closes),
            )
        case "decided" if found.option is not None:
            option = here.name(motion.options[found.option].name)
            return [say.rich(N_("Decided: {option}."), option=option), " ", turnout]
        case "no_quorum":
            needed = say.number(motion.quorum or 0)
            return [say("Nothing is decided: {needed} had to vote.", needed=needed), " ", turnout]
        case "undecided":
            return [say("Nothing is decided: no option has what the rule asks."), " ", turnout]
        case "contested":
            return say(
                "Its author has signed two texts, and neither follows the other. Nobody can say which one is "
                "voted on, so no ballot counts until its author joins them."
            )
    return say("Nobody can vote on it yet.")


def _options_section(here: Surroundings, motion: Motion, found: Tally) -> Element:
    say = here.say
    counted = found.votes or (0,) * len(motion.options)
    named, total = sum(counted), sum(counted) + found.blank
    base = total if motion.rule == "all" else named
    rows = [
        e(
            "tr",
            e("th", _option(here, option), _bar(votes, total, motion.rule, named), scope="row"),
            e("td", say.number(votes)),
            e("td", _share(here, votes, base)),
            class_="taken" if found.option == number else None,
        )
        for number, (option, votes) in enumerate(zip(motion.options, counted, strict=True))
    ]
    share = _share(here, found.blank, base) if motion.rule == "all" else "–"
    blank = e("th", say("Blank"), _bar(found.blank, total, "", named), scope="row", class_="quiet")
    rows.append(e("tr", blank, e("td", say.number(found.blank)), e("td", share)))
    told = [say(MAJORITY_WORDS[motion.rule])]
    if motion.quorum is not None:
        told.append(
            say.count(
                "At least {n} of the {all} on the roll has to vote.",
                "At least {n} of the {all} on the roll have to vote.",
                motion.quorum,
                all=say.number(len(motion.roll)),
            )
        )
    if motion.rule in MARK_WORDS and named:
        told.append(say(MARK_WORDS[motion.rule]))
    titles = (say("Option"), say("Votes"), say("Share"))
    term: list[tuple[str, Node]] = [
        (say("Opens"), say.day(motion.opens) if motion.opens else None),
        (say("Closes"), say.day(motion.closes)),
        personal_row(here, motion),
    ]
    return e(
        "section",
        e("h2", say("Options")),
        e("p", " ".join(told)),
        e(
            "table",
            e("caption", say("Votes that count, as of {date}", date=say.day(here.today))),
            e("thead", e("tr", [e("th", title, scope="col") for title in titles])),
            e("tbody", rows),
            class_="figures options",
        ),
        facts(term),
    )


def _option(here: Surroundings, option: Option) -> Node:
    """Return what an option is called: a link to the proposal that it stands for."""
    if option.subject is None:
        return here.name(option.name)
    return here.thing(SubjectId(option.subject), option.name)


def _share(here: Surroundings, votes: int, of: int) -> str:
    return f"{here.say.decimal(100 * votes / of, 0)} %" if of else "–"


def _bar(votes: int, total: int, rule: str, named: int) -> Node:
    """Return a bar as long as the share of an option, with a line at what its rule asks."""
    if not total:
        return None
    part, of = _MARKS.get(rule, (0, 1))
    at = f"{BAR_WIDTH * named * part / (total * of):.1f}"
    return e(
        "svg",
        e("rect", width=BAR_WIDTH, height=BAR_HEIGHT, class_="all"),
        e("rect", width=f"{BAR_WIDTH * votes / total:.1f}", height=BAR_HEIGHT, class_="part"),
        e("path", d=f"M{at} 0V{BAR_HEIGHT}", class_="mark") if part and named else None,
        viewBox=f"0 0 {BAR_WIDTH} {BAR_HEIGHT}",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )


def _roll_section(here: Surroundings, thing: ThingState, motion: Motion, found: Tally) -> Element:
    say = here.say
    counted = {cast.voter: cast for cast in found.ballots if not cast.why_not}
    shown = motion.roll[: VOTERS_OF_THE_WHOLE_MAX if here.whole else VOTERS_SHOWN_MAX]
    rows = [_voter(here, thing, motion, voter, counted.get(ActorId(voter.actor))) for voter in shown]
    more = len(motion.roll) - len(shown)
    if more:
        said = say.count("and {n} other", "and {n} others", more)
        rows.append(e("li", said if here.whole else e("a", said, href=here.asked.same(whole="yes"))))
    return e(
        "section",
        e("h2", say("Who may vote")),
        e(
            "p",
            say(
                "One vote each. A ballot is signed, so that everybody can see who voted for what, and count "
                "again."
            ),
            class_="quiet small",
        ),
        e("ul", rows, class_="signers"),
    )


def _voter(here: Surroundings, thing: ThingState, motion: Motion, voter: Voter, cast: Cast | None) -> Element:
    say, actor = here.say, ActorId(voter.actor)
    name = here.actor(actor)
    if here.actors.get(actor) is None and voter.name is not None:
        name = here.thing_of_actor(actor, here.name(voter.name))
    if cast is None:
        return e("li", name, e("span", say("has not voted"), class_="answer"))
    option: Node = say("blank")
    if cast.option is not None:
        option = here.name(motion.options[cast.option].name)
    date = here.record(cast.record, say.moment(cast.time_ms))
    voted = say.rich(N_("{option}, on {date}"), option=option, date=date)
    ballot = thing.judged[cast.record].record.content
    office = by_office(here, ballot.authorised_by, cast.time_ms) if isinstance(ballot, Ballot) else None
    return e(
        "li",
        name,
        e("span", voted, class_="answer voted"),
        e("div", office, class_="said") if office else None,
    )


def _uncounted_section(here: Surroundings, thing: ThingState, found: Tally) -> Node:
    say, casts = here.say, [cast for cast in found.ballots if cast.why_not]
    if not casts:
        return None
    shown = casts[:UNCOUNTED_SHOWN_MAX]
    listed = [
        e(
            "li",
            e("p", here.record(cast.record, say.moment(cast.time_ms)), class_="when"),
            e("p", here.actor(cast.voter), _for(here, thing, cast)),
            e(
                "p",
                say("Shown, but does not count: {why}.", why=word(say, BALLOT_WORDS, cast.why_not)),
                class_="worth",
            ),
            class_="uncounted",
        )
        for cast in shown
    ]
    more = len(casts) - len(shown)
    return e(
        "section",
        e("h2", say("Ballots that do not count")),
        e("ol", listed, class_="timeline"),
        e("p", say.count("and {n} other", "and {n} others", more), class_="quiet") if more else None,
    )


def _for(here: Surroundings, thing: ThingState, cast: Cast) -> Node:
    name = chosen_on(thing, cast)
    if name is not None:
        return [" · ", here.name(name)]
    return [" · ", here.say("blank")] if is_blank(thing, cast) else None


def minutes_of(thing: ThingState, found: Tally) -> list[tuple[RecordId, Minutes]]:
    """Return the minutes about a vote that have not been withdrawn, oldest first."""
    held = [(record, thing.judged[record].record.content) for record in found.minuted]
    return [(r, content) for r, content in held if isinstance(content, Minutes) and r not in thing.erased]


def _minutes_section(here: Surroundings, thing: ThingState, motion: Motion, found: Tally) -> Node:
    say, written = here.say, minutes_of(thing, found)
    if not written:
        return None
    more = len(written) - MINUTES_SHOWN_MAX
    entries = [_minutes(here, thing, motion, *one) for one in written[-MINUTES_SHOWN_MAX:]]
    return e(
        "section",
        e("h2", say("Decided face to face")),
        e("p", say("Minutes stand beside the ballots and are not counted with them."), class_="quiet small"),
        e("ol", entries, class_="entries minutes"),
        e("p", say.count("and {n} other", "and {n} others", more), class_="quiet") if more > 0 else None,
    )


def _minutes(
    here: Surroundings, thing: ThingState, motion: Motion, record: RecordId, content: Minutes
) -> Element:
    say, header = here.say, thing.judged[record].record.header
    assert header.actor is not None
    day = say.day(content.on) if content.on else say.moment(content.at_ms or header.time_ms)
    said = say.rich(
        N_("Minutes of {date}, written down by {who}."),
        date=here.record(record, day),
        who=here.actor(header.actor),
    )
    decided = None
    if content.decided is not None:
        option = _numbered(here, motion, content.decided)
        decided = e("p", e("strong", say.rich(N_("Decided: {option}."), option=option), class_="what"))
    votes = [
        e("li", _numbered(here, motion, number), ": ", say.number(count))
        for number, count in enumerate(content.votes)
    ]
    attended = None
    if content.attended is not None:
        attended = e("p", say.count("{n} attended.", "{n} attended.", content.attended))
    return e(
        "li",
        e("p", said),
        decided,
        e("ul", votes) if votes else None,
        attended,
        excerpt(here, content.text),
        [paper(here, one) for one in content.evidence[:PAPERS_SHOWN_MAX]],
        by_office(here, content.authorised_by, moment_of(thing.judged[record])),
        excerpt(here, content.note),
        e("p", say.rich(N_("As reported by {source}."), source=here.source(content.source)))
        if content.source
        else None,
    )


def _numbered(here: Surroundings, motion: Motion, number: int) -> Node:
    if number >= len(motion.options):
        return here.say("option {number}", number=here.say.number(number + 1))
    return here.name(motion.options[number].name)
