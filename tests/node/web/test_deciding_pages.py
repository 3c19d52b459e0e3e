"""The pages of votes and of councils: what they count, who sits, and what is shown without counting."""

from pathlib import Path
from typing import Any

import pytest

from node.trust.blocks import Target
from node.web.deciding.body_page import SEATS_SHOWN_MAX
from node.web.deciding.vote_page import UNCOUNTED_SHOWN_MAX, VOTERS_OF_THE_WHOLE_MAX, VOTERS_SHOWN_MAX
from node.web.frame.markup import showable
from protocol.identifiers import SubjectId, id_text
from protocol.limits import LIST_LENGTH_MAX, OPTIONS_MAX, ROLL_LENGTH_MAX
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, day_of
from tests.node.store.samples import NOW_MS, Person
from tests.node.trust.test_blocks import listed
from tests.node.web.readers import READ_MS, classed, node_with, read_page, signed, text_of, thing_path

# Signed on 9 October 2025, and read on 8 November.
LATER, BEFORE = "2025-12-31", "2025-10-31"


class Vote:
    """A vote of four families on two options, put by the community."""

    def __init__(self, **more: Any) -> None:
        self.people, self.stranger = Person("Comuna"), Person("Forastera")
        self.families = [Person(f"Familia {n}") for n in range(4)]
        everybody = (self.people, self.stranger, *self.families)
        self.records = [person.founding for person in everybody]
        text = {
            "title": {"es": "¿Qué hacemos?", "en": "What do we do?"},
            "options": [{"name": {"es": "Limpiar"}}, {"name": {"es": "Entubar"}}],
            "roll": [{"actor": family.id} for family in self.families],
            "closes": LATER,
            "licence": "CC0-1.0",
            **more,
        }
        self.motion = self.take(signed(self.people, "motion", text))

    def take(self, record: VerifiedRecord) -> VerifiedRecord:
        self.records.append(record)
        return record

    def act(self, who: Person, kind: str, payload: dict[str, Any], away_days: float = 0) -> VerifiedRecord:
        when = NOW_MS + len(self.records) * 1_000 + int(away_days * DAY_MS)
        about = {"subject": SubjectId(self.motion.id), "parents": [self.motion.id]}
        return self.take(sign_record(who.author(), kind, payload, when, **about))

    def cast(self, who: Person, option: int | None, away_days: float = 0, **more: Any) -> VerifiedRecord:
        return self.act(who, "ballot", more if option is None else {"option": option, **more}, away_days)


async def test_an_open_vote_says_until_when_and_who_has_voted(tmp_path: Path) -> None:
    vote = Vote(quorum=3)
    one, two, three, _ = vote.families
    vote.cast(one, 0)
    vote.cast(two, 1)
    vote.cast(three, None)
    async with node_with(tmp_path, vote.records) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        assert text_of(classed(page, "kind")[0]) == "Vote"
        assert text_of(classed(page, "status")[0]) == "open for votes"
        assert text_of(classed(page, "lead")[0]) == (
            "Ballots count until 31 December 2025. 3 of 4 on the roll have voted."
        )
        [table] = classed(page, "options")
        rows = [[text_of(cell) for cell in row] for row in table.iter("tr")]
        assert rows == [
            ["Option", "Votes", "Share"],
            ["Limpiar", "1", "50 %"],
            ["Entubar", "1", "50 %"],
            ["Blank", "1", "–"],
        ]
        said = text_of(page)
        assert "At least 3 of the 4 on the roll have to vote." in said
        assert "The line marks half of the votes that are not blank." in said
        assert "Put to the vote by Comunidad Comuna." in said
        roll = [text_of(entry) for entry in classed(page, "answer")]
        assert roll == [
            "Limpiar, on 9 October 2025",
            "Entubar, on 9 October 2025",
            "blank, on 9 October 2025",
            "has not voted",
        ]
        # Bars are as long as the share of all votes, and the line lies at half of those that are not blank.
        bars = classed(page, "bar")
        parts = [rect.attrib["width"] for bar in bars for rect in classed(bar, "part")]
        assert parts == ["66.7", "66.7", "66.7"]
        assert [mark.attrib["d"] for mark in classed(page, "mark")] == ["M66.7 0V8", "M66.7 0V8"]
        spanish = text_of(await read_page(client, thing_path(vote.motion, "?lang=es")))
        assert "Los votos cuentan hasta el 31 de diciembre de 2025. Han votado 3 de 4 del padrón." in spanish


@pytest.mark.parametrize(
    ("more", "ballots", "status", "said"),
    [
        ({"closes": BEFORE}, (0, 0, 1), "decided", "Decided: Limpiar. 3 of 4 on the roll have voted."),
        ({"closes": BEFORE}, (0, 1), "undecided", "Nothing is decided: no option has what the rule asks."),
        ({"closes": BEFORE, "quorum": 3}, (0, 0), "too few voted", "Nothing is decided: 3 had to vote."),
        ({"opens": "2025-11-09"}, (), "not open yet", "Ballots count from 9 November 2025 until"),
        ({"closes": BEFORE, "rule": "all"}, (0, None), "undecided", "no option has what the rule asks"),
        ({"closes": BEFORE, "rule": "most"}, (0, None), "decided", "Decided: Limpiar."),
    ],
)
async def test_what_came_of_a_vote(
    tmp_path: Path, more: dict[str, Any], ballots: tuple[int | None, ...], status: str, said: str
) -> None:
    vote = Vote(**more)
    for family, option in zip(vote.families, ballots, strict=False):
        vote.cast(family, option)
    async with node_with(tmp_path, vote.records) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        assert text_of(classed(page, "status")[0]) == status
        assert said in text_of(classed(page, "lead")[0])
        taken = [text_of(row) for row in classed(page, "taken")]
        assert bool(taken) is (status == "decided")
        listed = await read_page(client, "/?kind=motion&lang=en")
        assert text_of(classed(listed, "says")[0]).startswith(status)
        data = await (await client.get("/?kind=motion&format=json")).json()
        thing = await (await client.get(thing_path(vote.motion, "?format=json"))).json()
        assert data["things"][0]["status"] == thing["status"]


async def test_ballots_that_do_not_count_are_shown_with_the_reason(tmp_path: Path) -> None:
    vote = Vote(opens="2025-10-09", closes=BEFORE)
    one, two, three, four = vote.families
    vote.cast(one, 0)
    vote.cast(vote.stranger, 1)
    for option in (0, 1):
        vote.cast(two, option)
    vote.cast(three, 1, away_days=25)
    withdrawn = vote.cast(four, 1)
    vote.records.append(four.erase(withdrawn))
    async with node_with(tmp_path, vote.records) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        shown = [text_of(entry) for entry in classed(page, "uncounted")]
        assert [one.partition("Shown, but does not count: ")[::2] for one in shown] == [
            ("9 October 2025Comunidad Forastera · Entubar", "its voter is not on the roll."),
            ("9 October 2025Comunidad Familia 1 · Limpiar", "its voter voted more than once."),
            ("9 October 2025Comunidad Familia 1 · Entubar", "its voter voted more than once."),
            ("9 October 2025Comunidad Familia 3", "its content was withdrawn."),
            ("3 November 2025Comunidad Familia 2 · Entubar", "it was signed after the vote closed."),
        ]
        assert "Decided: Limpiar." in text_of(classed(page, "lead")[0])
        spanish = [text_of(one) for one in classed(await read_page(client, thing_path(vote.motion)), "worth")]
        data = await (await client.get(thing_path(vote.motion, "?format=json"))).json()
        found = data["vote"]
        assert (found["votes"], found["blank"], found["decided"], found["on_the_roll"]) == ([1, 0], 0, 0, 4)
        assert [one["why_not"] for one in found["ballots"]] == [
            None,
            "not_on_the_roll",
            "double",
            "double",
            "erased",
            "late",
        ]
        assert found["ballots"][4]["option"] is None
        assert found["ballots_total"] == 6
        assert len(spanish) == 5


async def test_a_vote_on_a_changed_text_names_what_was_voted_on_before(tmp_path: Path) -> None:
    vote = Vote()
    vote.cast(vote.families[0], 1)
    text = {
        "title": {"es": "¿Qué hacemos?"},
        "options": [{"name": {"es": "Nada"}}, {"name": {"es": "Todo"}}],
        "roll": [{"actor": one.id} for one in vote.families[:2]],
        "closes": LATER,
        "licence": "CC0-1.0",
    }
    about = {"subject": SubjectId(vote.motion.id), "parents": [vote.motion.id]}
    vote.take(sign_record(vote.people.author(), "motion", text, NOW_MS + 60_000, **about))
    async with node_with(tmp_path, vote.records) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        [uncounted] = classed(page, "uncounted")
        assert "· Entubar" in text_of(uncounted)
        assert "it was cast on another text of the motion" in text_of(uncounted)
        assert [text_of(row)[:4] for row in classed(page, "options")[0].iter("tr")][1:3] == ["Nada", "Todo"]


async def test_two_texts_of_a_motion_are_contested(tmp_path: Path) -> None:
    vote = Vote()
    vote.cast(vote.families[0], 0)
    about = {"subject": SubjectId(vote.motion.id), "parents": [vote.motion.id]}
    for closes in ("2025-12-01", "2025-12-02"):
        text = vote.motion.content
        payload = {
            "title": dict(text.title),
            "options": [{"name": dict(one.name)} for one in text.options],
            "roll": [{"actor": one.actor} for one in text.roll],
            "closes": closes,
            "licence": "CC0-1.0",
        }
        vote.take(sign_record(vote.people.author(), "motion", payload, NOW_MS + 60_000, **about))
    async with node_with(tmp_path, vote.records) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        assert text_of(classed(page, "status")[0]) == "contested: two texts"
        assert "Its author has signed two texts" in text_of(classed(page, "lead")[0])
        assert classed(page, "voice")[0].attrib["class"].endswith("contested")
        listed = await read_page(client, "/?lang=en&kind=motion")
        assert "contested" in classed(listed, "thing")[0].attrib["class"]


async def test_minutes_stand_beside_the_ballots(tmp_path: Path) -> None:
    vote = Vote()
    paper = [{"title": "Acta 12", "held_by": "Secretaría"}]
    vote.act(
        vote.people,
        "minutes",
        {"decided": 1, "votes": [3, 34, 7], "attended": 44, "evidence": paper, "on": "2025-10-01"}
        | {
            "text": {"es": "Tras discutirlo"},
            "authorised_by": {"act": "Res. 3", "mandate_end": "2025-09-30"},
        },
    )
    gone = vote.act(vote.people, "minutes", {"text": {"es": "La clave de Juana"}})
    vote.records.append(vote.people.erase(gone))
    async with node_with(tmp_path, vote.records) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        [minutes] = classed(page, "minutes")
        said = text_of(minutes)
        for part in (
            "Minutes of 1 October 2025, written down by Comunidad Comuna.",
            "Decided: Entubar.",
            "Limpiar: 3",
            "option 3: 7",
            "44 attended.",
            "On paper: Acta 12, held by Secretaría.",
            "Tras discutirlo",
            "The mandate had ended on 30 September 2025.",
        ):
            assert part in said
        assert "Juana" not in text_of(page)
        data = await (await client.get(thing_path(vote.motion, "?format=json"))).json()
        assert [one["decided"] for one in data["vote"]["minutes"]] == [1]
        assert data["vote"]["votes"] == [0, 0]


async def test_an_office_whose_mandate_had_ended_is_said_to_be_that(tmp_path: Path) -> None:
    vote = Vote()
    one, two, *_ = vote.families
    day = day_of(NOW_MS)
    yesterday = day_of(NOW_MS - DAY_MS)
    vote.cast(one, 0, authorised_by={"act": "Res. 3", "office": "Alcaldía", "mandate_end": yesterday})
    vote.cast(two, 0, authorised_by={"act": "Res. 4", "mandate_end": day})
    async with node_with(tmp_path, vote.records) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        [late] = classed(page, "overdue")
        assert text_of(late) == "The mandate had ended on 8 October 2025."
        assert "By Res. 3, Alcaldía." in text_of(page)
        assert "By Res. 4." in text_of(page)


class Proposals:
    """Two proposals for one channel, and the vote that decides between them."""

    def __init__(self) -> None:
        self.town, self.people = Person("Municipio"), Person("Comuna")
        self.channel = self.people.commons("Acequia")
        self.clean, self.cover = (
            self.people.pact(self.town, title, about=[self.channel], time_ms=NOW_MS + at)
            for at, title in enumerate(("Limpiar", "Entubar"), 1)
        )
        self.records = [self.town.founding, self.people.founding, self.channel, self.clean, self.cover]

    def vote(self, who: Person, *options: VerifiedRecord, **more: Any) -> VerifiedRecord:
        text = {
            "title": {"es": "¿Cuál?"},
            "options": [{"name": {"es": "así"}, "subject": one.id} for one in options]
            + [{"name": {"es": "Nada"}}],
            "roll": [{"actor": self.people.id}],
            "closes": LATER,
            "licence": "CC0-1.0",
            **more,
        }
        self.records.append(signed(who, "motion", text))
        return self.records[-1]


async def test_a_pact_names_its_rivals_and_the_vote_between_them(tmp_path: Path) -> None:
    both = Proposals()
    alone = Proposals()
    vote = both.vote(both.people, both.clean, both.cover)
    other = both.vote(both.town, both.clean, title={"es": "¿Limpiar ya?"})
    (tmp_path / "alone").mkdir()
    async with node_with(tmp_path / "alone", alone.records) as client:
        page = await read_page(client, thing_path(alone.cover, "?lang=en"))
        [rivals] = classed(page, "rivals")
        assert text_of(rivals) == "Limpiarproposed"
        assert "No vote between them is held here." in text_of(page)
    async with node_with(tmp_path, both.records) as client:
        page = await read_page(client, thing_path(both.clean, "?lang=en"))
        [rivals] = classed(page, "rivals")
        assert text_of(rivals) == (
            "EntubarproposedA vote decides between them: ¿Cuál? · open for votes · put to the vote by "
            "Comunidad Comuna"
        )
        [votes] = classed(page, "votes")
        assert "¿Limpiar ya?" in text_of(votes)
        assert "No vote between them" not in text_of(page)
        spanish = text_of(await read_page(client, thing_path(both.clean, "?lang=es")))
        assert "Otras propuestas abiertas para el mismo bien común" in spanish
        data = await (await client.get(thing_path(both.clean, "?format=json"))).json()
        [rival] = data["competing"]
        assert (rival["id"], rival["votes"]) == (id_text(both.cover.id), [id_text(vote.id)])
        assert {one["id"] for one in data["votes"]} == {id_text(vote.id), id_text(other.id)}
        voted = await read_page(client, thing_path(vote, "?lang=en"))
        links = {a.attrib["href"].partition("?")[0] for a in classed(voted, "options")[0].iter("a")}
        assert links == {thing_path(both.clean), thing_path(both.cover)}


async def test_what_is_decided_is_said_on_the_pacts_page(tmp_path: Path) -> None:
    both = Proposals()
    vote = both.vote(both.people, both.clean, both.cover, closes=BEFORE)
    about = {"subject": SubjectId(vote.id), "parents": [vote.id]}
    both.records.append(sign_record(both.people.author(), "ballot", {"option": 1}, NOW_MS + 9_000, **about))
    async with node_with(tmp_path, both.records) as client:
        page = await read_page(client, thing_path(both.cover, "?lang=en"))
        assert "decided: así" in text_of(classed(page, "rivals")[0])
        # Proposals that are over are no rivals any more.
    both.records.append(
        sign_record(
            both.town.author(),
            "consent",
            {"decision": "decline"},
            NOW_MS + 9_500,
            subject=SubjectId(both.clean.id),
            parents=[both.clean.id],
        )
    )
    (tmp_path / "over").mkdir()
    async with node_with(tmp_path / "over", both.records) as client:
        page = await read_page(client, thing_path(both.cover, "?lang=en"))
        assert classed(page, "rivals") == []
        assert "decided: así" in text_of(classed(page, "votes")[0])


TURNS = "Chair and vice-chair from different sides, in turns of two years"


def seat(side: str = "civil", holder: str | Person | None = "Alguien", **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"side": side, **more}
    if isinstance(holder, Person):
        fields["holder"] = {"name": {"es": holder.name}, "actor": holder.id}
    elif holder is not None:
        fields["holder"] = {"name": {"es": holder}}
    return fields


def body(who: Person, seats: list[dict[str, Any]], **more: Any) -> VerifiedRecord:
    payload = {"name": {"es": "Consejo de la cuenca"}, "type": "council", "licence": "CC0-1.0"}
    return signed(who, "body", payload | {"seats": seats} | more)


async def test_a_council_shows_who_sits_and_which_rules_it_keeps(tmp_path: Path) -> None:
    council, town = Person("Consejo"), Person("Municipio")
    record = body(
        council,
        [
            seat(holder="Rosa", since="2024-01-01", until="2025-12-01", role="chair", category="user"),
            seat(
                "state", town, role="vice_chair", authorised_by={"act": "Res. 3", "mandate_end": "2025-11-07"}
            ),
            seat("state", None),
            seat(holder="Luis", since="2022-01-01", until="2023-12-31", role="chair"),
            seat(holder="Juan", since="2026-01-01"),
        ],
        rules=["parity", "alternating_chair", "few_non_members", "owners_two_thirds", "la_mayora"],
        actor=council.id,
        text={"es": "Decide los turnos"},
    )
    async with node_with(tmp_path, [council.founding, town.founding, record]) as client:
        page = await read_page(client, thing_path(record, "?lang=en"))
        assert text_of(classed(page, "lead")[0]) == (
            "Council: 2 seats held on 8 November 2025. 1 seat is vacant."
        )
        assert text_of(classed(page, "voice")[0]) == "Comunidad Consejo says this of itself."
        [rules] = classed(page, "rules")
        assert [(text_of(rule[0]), text_of(rule[1])) for rule in rules] == [
            ("Kept", "As many seats of the State as of civil society. 1 of the State, 1 of civil society."),
            ("Broken", f"{TURNS}. One side chairs twice in a row."),
            ("Kept", "Those who are no members hold a fifth at most. 0 of 2 are no members."),
            ("Not known", "Owners of two thirds have joined. Nobody says what share has joined."),
            ("Not known", "La mayora. A rule of its own, which nodes do not check."),
        ]
        [sides] = classed(page, "sides")
        civil, state = (text_of(side) for side in sides)
        assert (
            civil == "Civil society 1Rosa · chair · userFrom 1 January 2024 to 1 December 2025. It ends soon."
        )
        over = "The act gave a mandate until 7 November 2025, which is past."
        assert state == f"State 1Municipio · vice-chairBy Res. 3.{over}Vacant"
        said = text_of(page)
        assert "Past mandatesLuis · Civil society · chairFrom 1 January 2022 to 31 December 2023." in said
        assert "To comeJuan · Civil societyFrom 1 January 2026 on." in said
        assert "Decide los turnos" in said
        spanish = text_of(await read_page(client, thing_path(record, "?lang=es")))
        assert "Consejo: 2 puestos ocupados el 8 de noviembre de 2025. 1 puesto está vacante." in spanish
        assert "No se cumplePresidencia y vicepresidencia de lados distintos" in spanish
        data = await (await client.get(thing_path(record, "?format=json"))).json()
        composed = data["composition"]
        assert [one["kept"] for one in composed["rules"]] == [True, False, True, None, None]
        assert [one["mandate"] for one in composed["seats"]] == ["held", "held", "vacant", "past", "coming"]
        assert [one["act_over"] for one in composed["seats"]] == [False, True, False, False, False]
        listed = await read_page(client, "/?kind=body&lang=en&q=rosa")
        assert text_of(classed(listed, "about")[0]) == "Council or board · council · 2 seats held"
        filters = text_of(classed(await read_page(client, "/?lang=en"), "filters")[0])
        assert "Councils and boards 1" in filters


async def test_an_actor_shows_its_bodies_its_seats_and_its_votes(tmp_path: Path) -> None:
    vote = Vote()
    family = vote.families[0]
    own = body(family, [seat(holder=family)], name={"es": "Junta propia"}, actor=family.id)
    past = body(vote.people, [seat(holder=family, until="2020-01-01")], name={"es": "Consejo de antes"})
    async with node_with(tmp_path, [*vote.records, own, past]) as client:
        page = await read_page(client, thing_path(family.founding, "?lang=en"))
        said = text_of(page)
        assert "Junta propia · signs as this" in said
        assert "Junta propia · has a seat on it today" in said
        assert "Consejo de antes · a mandate that is past, or to come" in said
        assert "Votes with it on the rollWhat do we do? · open for votes" in said
        assert "Where it is named as steward or party" not in said
        data = await (await client.get(thing_path(family.founding, "?format=json"))).json()
        assert [one["id"] for one in data["takes_part"]["signs_as"]] == [id_text(own.id)]
        assert {one["id"] for one in data["takes_part"]["seats_on"]} == {id_text(own.id), id_text(past.id)}
        assert [one["id"] for one in data["takes_part"]["on_roll_of"]] == [id_text(vote.motion.id)]
        stranger = text_of(await read_page(client, thing_path(vote.stranger.founding, "?lang=en")))
        assert "Councils and boards" not in stranger


HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u202egnp.exe\u2066\u2069 \u200b\u0007\u009b",
    "{who} {0} %s %(name)s",
    "W" * 200,
)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_stay_words(tmp_path: Path, words: str) -> None:
    name = {"es": words, "en": words}
    act = {"act": words, "office": words, "on": "2025-01-01", "mandate_end": "2025-01-02"}
    vote = Vote(
        title=name,
        options=[{"name": name}, {"name": name, "subject": bytes(32)}],
        roll=[{"actor": b"v" * 32, "name": name}, {"actor": Person("Familia 0").id}],
        text=name,
        source={"name": words, "url": "javascript:alert(1)"},
    )
    vote.cast(vote.families[0], 0, authorised_by=act)
    vote.cast(vote.stranger, 1)
    vote.act(
        vote.people,
        "minutes",
        {"text": name, "note": name, "evidence": [{"title": words, "held_by": words}], "authorised_by": act}
        | {"decided": 0, "votes": [1, 2], "source": {"name": words}},
    )
    held = {"name": name}
    seats = [
        {"side": "zzz", "holder": held, "role": "zzz", "category": "zzz", "authorised_by": act},
        {"side": "civil", "holder": held, "until": "2020-01-01"},
    ]
    council = body(
        vote.people, seats, name=name, type="zzz", text=name, rules=["zzz"], source={"name": words}
    )
    shown = " ".join(showable(words).split())
    async with node_with(tmp_path, [*vote.records, council]) as client:
        for language in ("es", "en"):
            for record, least in ((vote.motion, 8), (council, 5)):
                page = await read_page(client, thing_path(record, f"?lang={language}"))
                assert text_of(page.find(".//h1")) == shown
                assert text_of(page).count(shown[:100]) >= least
            assert shown[:100] in text_of(await read_page(client, f"/?kind=body&lang={language}"))
            assert shown[:100] in text_of(await read_page(client, f"/?kind=motion&lang={language}"))


async def test_pages_at_the_limits_stay_small(tmp_path: Path) -> None:
    roll = [{"actor": n.to_bytes(32), "name": {"es": f"{n} " + "ñ" * 180}} for n in range(ROLL_LENGTH_MAX)]
    options = [{"name": {"es": f"{n} " + "ñ" * 490}} for n in range(OPTIONS_MAX)]
    vote = Vote(roll=roll, options=options)
    for number in range(UNCOUNTED_SHOWN_MAX + 5):
        vote.cast(vote.stranger, number)
    long = "ñ" * 190
    act = {"act": long, "office": long}
    seats = [
        {**seat(f"side_{n}", f"{n} " + "ñ" * 490, authorised_by=act), "role": "chair", "since": "2020-01-01"}
        for n in range(LIST_LENGTH_MAX)
    ]
    rules = [f"rule_{n}" for n in range(LIST_LENGTH_MAX)]
    council = body(vote.people, seats, rules=rules)
    async with node_with(tmp_path, [*vote.records, council]) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        assert f"and {ROLL_LENGTH_MAX - VOTERS_SHOWN_MAX:,} others" in text_of(page)
        assert len(classed(page, "uncounted")) == UNCOUNTED_SHOWN_MAX
        whole = await client.get(thing_path(vote.motion, "?lang=en&whole=yes"))
        assert (await whole.text()).count("has not voted") == VOTERS_OF_THE_WHOLE_MAX
        page = await read_page(client, thing_path(council, "?lang=en"))
        assert f"and {LIST_LENGTH_MAX - SEATS_SHOWN_MAX} others" in text_of(page)
        assert len(classed(page, "seats")) == SEATS_SHOWN_MAX
        data = await (await client.get(thing_path(vote.motion, "?format=json"))).json()
        assert data["vote"]["ballots_total"] == UNCOUNTED_SHOWN_MAX + 5


async def test_a_vote_that_waits_for_signatures_or_was_withdrawn_says_so(tmp_path: Path) -> None:
    vote = Vote()
    council = Person("Junta", threshold=2, keys=2)
    waiting = signed(council, "motion", vote_payload())
    records = [*vote.records, council.founding, council.cosign(council.founding, 1), waiting]
    async with node_with(tmp_path, records) as client:
        page = await read_page(client, thing_path(waiting, "?lang=en"))
        assert text_of(classed(page, "status")[0]) == "awaiting signatures"
        assert "Nobody can vote on it yet." in text_of(page)
        assert "Not in effect yet: awaiting signatures." in text_of(page)
        listed = text_of(await read_page(client, "/?kind=motion&lang=en"))
        assert "awaiting signatures" in listed
    gone = vote.people.erase(vote.motion)
    (tmp_path / "gone").mkdir()
    async with node_with(tmp_path / "gone", [*vote.records, gone]) as client:
        page = text_of(await read_page(client, thing_path(vote.motion, "?lang=en")))
        assert "Limpiar" not in page
        data = await (await client.get(thing_path(vote.motion, "?format=json"))).json()
        assert data["status"] == "erased"


def vote_payload() -> dict[str, Any]:
    return {
        "title": {"es": "¿Sí?"},
        "options": [{"name": {"es": "Sí"}}, {"name": {"es": "No"}}],
        "roll": [{"actor": bytes(32)}],
        "closes": LATER,
        "licence": "CC0-1.0",
    }


async def test_a_vote_is_open_until_its_last_millisecond(tmp_path: Path) -> None:
    vote = Vote(closes=day_of(READ_MS))
    vote.cast(vote.families[0], 0)
    last_ms = READ_MS - READ_MS % DAY_MS + DAY_MS - 1
    for now_ms, status in ((last_ms, "open for votes"), (last_ms + 1, "decided")):
        folder = tmp_path / str(now_ms)
        folder.mkdir()
        async with node_with(folder, vote.records, now_ms=now_ms) as client:
            page = await read_page(client, thing_path(vote.motion, "?lang=en"))
            assert text_of(classed(page, "status")[0]) == status


def test_the_samples_are_read_a_month_after_they_were_signed() -> None:
    assert (day_of(NOW_MS), day_of(READ_MS)) == ("2025-10-09", "2025-11-08")


async def test_whom_a_node_blocks_is_counted_as_everywhere_and_not_read(tmp_path: Path) -> None:
    vote, secret = Vote(closes=BEFORE), "Vendo la vertiente"
    blocked, other, *_ = vote.families
    vote.cast(blocked, 0, note={"es": secret}, authorised_by={"act": secret})
    vote.cast(other, 0)
    vote.act(blocked, "minutes", {"text": {"es": secret}, "decided": 1})
    text = {
        "title": {"es": secret},
        "options": [{"name": {"es": secret}}, {"name": {"es": f"{secret} ya"}}],
        "roll": [{"actor": other.id}],
        "closes": LATER,
        "licence": "CC0-1.0",
    }
    own = vote.take(signed(blocked, "motion", text))
    council = vote.take(body(blocked, [seat(holder=secret)], name={"es": secret}, text={"es": secret}))
    blocks = listed(tmp_path, (Target.ACTOR, blocked.id))
    async with node_with(tmp_path, vote.records, blocks=blocks) as client:
        page = await read_page(client, thing_path(vote.motion, "?lang=en"))
        assert text_of(classed(page, "lead")[0]) == "Decided: Limpiar. 2 of 4 on the roll have voted."
        for path in (thing_path(vote.motion), thing_path(own), thing_path(council)):
            for suffix in ("?lang=en", "?format=json"):
                assert secret not in await (await client.get(path + suffix)).text()
