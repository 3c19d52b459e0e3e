"""Bringing in what people have: a file is sent, looked at on a map and in lists, chosen from, and signed.

GET  /bring-in                a form for a file, and the files that are under way
POST /bring-in                the file
GET  /bring-in/{id}           what it would bring, before anything is signed
POST /bring-in/{id}           how it is read otherwise
POST /bring-in/{id}/sign      the rows that were chosen are signed
GET  /bring-in/{id}/done      how far that is, and what came of it
POST /bring-in/{id}/delete    given up
"""

import asyncio
import re

import msgspec
from aiohttp import web

from node.accounts.uploads import UPLOAD_SIZE_MAX_BYTES, Upload, Uploads
from node.errors import ConfigError
from node.importing.signing import Documenter
from node.web.exchange.problem import Problem
from node.web.frame.markup import Node, e
from node.web.map.drawing import icons_of
from node.web.map.map_files import address
from node.web.words.speech import N_
from node.web.writing.acting import acting, name_field
from node.web.writing.bringing_files import receive
from node.web.writing.bringing_looks import Look, Looks
from node.web.writing.bringing_pages import (
    counts_of,
    doubtful_list,
    doubtful_of,
    how_of,
    map_of,
    marks_of,
    otherwise_form,
    reading_of,
    skipped_list,
    sure_list,
    told,
)
from node.web.writing.desk import Desk
from node.web.writing.fields import Faults, button, form, line
from node.web.writing.filled import Filled
from node.web.writing.key_fields import key_fields, opened_keys
from node.web.writing.visit import Visit

# While a file is signed, its page is read anew so often (seconds).
AGAIN_S = 2

_RANGE = re.compile(r"(\d{1,7})(?:\s*[-–]\s*(\d{1,7}))?")
_RANGES_MAX = 200


class Bringing:
    """The pages of bringing files in."""

    def __init__(self, desk: Desk) -> None:
        self._uploads = Uploads(desk.home.path)
        self._looks = Looks(desk, self._uploads)
        desk.at_end.append(self._looks.end)

    async def new(self, visit: Visit) -> web.Response:
        """Answer `GET /bring-in`."""
        return await self._asked_for(visit, {})

    async def receive(self, visit: Visit) -> web.Response:
        """Answer `POST /bring-in`."""
        arrived = await receive(visit, self._uploads)
        if arrived.upload is None:
            return await self._asked_for(visit, {"file": arrived.fault})
        return visit.leads_to(f"/bring-in/{arrived.upload.id}")

    async def show(self, visit: Visit) -> web.Response:
        """Answer `GET /bring-in/{id}`."""
        upload = await self._upload(visit)
        if upload.result is not None or self._is_running(upload):
            return visit.leads_to(f"/bring-in/{upload.id}/done")
        return await self._shown(visit, upload, Filled(), {}, ())

    async def read_otherwise(self, visit: Visit) -> web.Response:
        """Answer `POST /bring-in/{id}`."""
        posted = await visit.posted()
        upload = await self._upload(visit)
        if upload.result is None and not self._is_running(upload):
            answers = {name: values[0] for name, values in posted.fields.items() if values}
            changed = msgspec.structs.replace(upload, how=how_of(upload, answers))
            await asyncio.to_thread(self._uploads.keep, changed)
            self._looks.forget(upload)
        return visit.leads_to(f"/bring-in/{upload.id}")

    async def sign(self, visit: Visit) -> web.Response:
        """Answer `POST /bring-in/{id}/sign`."""
        posted = await visit.posted()
        upload = await self._upload(visit)
        if upload.result is not None or self._is_running(upload):
            return visit.leads_to(f"/bring-in/{upload.id}/done")
        filled = Filled({"as": posted.texts("as"), "without": posted.texts("without")})
        ticked = (*posted.texts("row"), *(["rest"] if posted.text("rest") else []))
        actor, state = await acting(visit, filled)
        keys, faults = await opened_keys(visit, actor, posted)
        without = _rows(filled.text("without"))
        if without is None:
            said = visit.say("Write numbers of rows with commas between, such as 3, 7-9")
            faults = {**faults, "without": said}
        if faults or without is None or state.head is None:
            return await self._shown(visit, upload, filled, faults, ticked)
        look = await self._looks.look(upload, actor)
        shown = {one.row for one in doubtful_of(look.seen)}
        unticked = {row for row in look.seen.doubtful if (str(row) if row in shown else "rest") not in ticked}
        needed = state.contents[state.head].threshold
        documenter = Documenter(actor, state.head, list(keys.values())[:needed])
        summary = look.seen.summary
        total = summary.new.total() + summary.changed.total() + summary.unchanged + len(look.seen.skipped)
        self._looks.sign(upload, documenter, unticked | without, total)
        return visit.leads_to(f"/bring-in/{upload.id}/done")

    async def done(self, visit: Visit) -> web.Response:
        """Answer `GET /bring-in/{id}/done`."""
        upload = await self._upload(visit)
        say = visit.say
        if upload.result is None or self._looks.is_at_work(upload):
            running = self._looks.running.get(upload.id)
            if running is None:
                return visit.leads_to(f"/bring-in/{upload.id}")
            if running.fault:
                return await self._broken_off(visit, upload, running.fault)
            response = visit.page(
                say("Signing"),
                e(
                    "p",
                    say(
                        "{n} of {total} rows are through. You may leave this page: it goes on by itself.",
                        n=say.number(running.done),
                        total=say.number(running.total),
                    ),
                    class_="lead",
                    role="status",
                ),
                e("progress", value=running.done, max=max(running.total, 1), aria_label=say("Signing")),
                e(
                    "p",
                    e("a", say("See how far it is"), href=visit.asked.link(f"/bring-in/{upload.id}/done")),
                ),
            )
            response.headers["Refresh"] = str(AGAIN_S)
            return response
        return await self._result(visit, upload)

    async def delete(self, visit: Visit) -> web.Response:
        """Answer `POST /bring-in/{id}/delete`."""
        await visit.posted()
        upload = await self._upload(visit)
        if not self._is_running(upload):
            await asyncio.to_thread(self._uploads.delete, upload)
            self._looks.forget(upload)
        return visit.leads_to("/bring-in")

    def _is_running(self, upload: Upload) -> bool:
        running = self._looks.running.get(upload.id)
        return running is not None and not running.fault

    async def _upload(self, visit: Visit) -> Upload:
        upload_id = visit.request.match_info.get("upload", "")
        found = await asyncio.to_thread(self._uploads.find, visit.account.id, upload_id)
        if found is None:
            raise Problem(
                404,
                "no-file",
                N_("There is no such file of yours"),
                N_("It was given up, or kept for two months and then forgotten."),
            )
        return found

    async def _asked_for(self, visit: Visit, faults: Faults) -> web.Response:
        say = visit.say
        mine = await asyncio.to_thread(self._uploads.of, visit.account.id)
        megabytes = UPLOAD_SIZE_MAX_BYTES // (1_024 * 1_024)
        return visit.page(
            say("Bring in a map or a table"),
            e(
                "p",
                say(
                    "Walks and points of a GPS, maps of Google Earth or QGIS, tables, answers to forms: "
                    "just as they are."
                ),
                class_="lead",
            ),
            form(
                visit.asked.link("/bring-in"),
                visit.proof,
                line(
                    "file",
                    say("The file"),
                    kind="file",
                    hint=say(
                        "GPX, KML, KMZ, GeoJSON, GeoPackage, CSV, XLSX, an export of KoboToolbox or CoMapeo, "
                        "or a shapefile with all its files in one .zip. {n} MB at most.",
                        n=megabytes,
                    ),
                    fault=faults.get("file"),
                ),
                e("p", button(say("Send it and look at it"))),
                e(
                    "p",
                    say("Nothing is signed yet: you see first what it would bring."),
                    class_="quiet small",
                ),
                files=True,
            ),
            e(
                "section",
                e("h2", say("Your files")),
                e("ul", [_entry(visit, one) for one in mine], class_="entries"),
            )
            if mine
            else None,
            faults=faults,
            status=422 if faults else 200,
        )

    async def _shown(
        self, visit: Visit, upload: Upload, filled: Filled, faults: Faults, ticked: tuple[str, ...]
    ) -> web.Response:
        say = visit.say
        actor, _ = await acting(visit, filled)
        try:
            look = await self._looks.look(upload, actor)
        except ConfigError as fault:
            return visit.page(
                say("This file cannot be read as it is"),
                e("p", told(say, str(fault)), class_="lead"),
                e("p", e("bdi", upload.name), class_="quiet"),
                otherwise_form(visit, upload, (), opened=True),
                _give_up(visit, upload),
                status=422,
            )
        marks = marks_of(visit, look.seen)
        keys, _ = await key_fields(visit, actor, faults)
        return visit.page(
            say("Look at it before it is signed"),
            e("p", e("bdi", upload.name), class_="quiet"),
            counts_of(visit, look.seen),
            map_of(visit, look.seen, marks),
            reading_of(visit, look),
            otherwise_form(visit, upload, look.begun.columns, opened=not look.seen.candidates),
            skipped_list(visit, look.seen.skipped),
            await _sign_form(visit, upload, look, filled, faults, ticked, keys),
            _give_up(visit, upload),
            faults=faults,
            status=422 if faults else 200,
            icons=icons_of(marks),
            styles=[address("drawn.css")],
        )

    async def _broken_off(self, visit: Visit, upload: Upload, fault: str) -> web.Response:
        say = visit.say
        self._looks.running.pop(upload.id, None)
        return visit.page(
            say("Not all of it could be signed"),
            e("p", told(say, fault), class_="lead"),
            e(
                "p",
                say(
                    "What was signed is kept. Look at the file again and sign the rest: nothing is "
                    "signed twice."
                ),
            ),
            e("p", e("a", say("Look at it again"), href=visit.asked.link(f"/bring-in/{upload.id}"))),
            status=500,
        )

    async def _result(self, visit: Visit, upload: Upload) -> web.Response:
        say, result = visit.say, upload.result
        assert result is not None
        self._looks.running.pop(upload.id, None)
        parts = [say.count("{n} thing is new.", "{n} things are new.", result.new)]
        if result.changed:
            parts.append(say.count("{n} has a new version.", "{n} have a new version.", result.changed))
        if result.unchanged:
            parts.append(say.count("{n} is as it was.", "{n} are as they were.", result.unchanged))
        if result.left_out:
            parts.append(say.count("{n} row was left out.", "{n} rows were left out.", result.left_out))
        return visit.page(
            say("Brought in"),
            e("p", " ".join(parts), class_="lead"),
            e("p", e("bdi", upload.name), class_="quiet"),
            e(
                "ul",
                e("li", e("a", say("See them on the map"), href=visit.asked.link("/"))),
                e("li", e("a", say("Bring in another file"), href=visit.asked.link("/bring-in"))),
                e("li", e("a", say("Your page"), href=visit.asked.link("/account"))),
            ),
        )


async def _sign_form(
    visit: Visit,
    upload: Upload,
    look: Look,
    filled: Filled,
    faults: Faults,
    ticked: tuple[str, ...],
    keys: Node,
) -> Node:
    say = visit.say
    if not look.seen.candidates:
        return e("p", say("There is nothing in it that could be signed."), class_="note")
    return form(
        visit.asked.link(f"/bring-in/{upload.id}/sign"),
        visit.proof,
        doubtful_list(visit, look.seen, ticked),
        sure_list(visit, look.seen),
        line(
            "without",
            say("Rows to leave out"),
            filled.text("without"),
            hint=say("Numbers of rows with commas between, such as 3, 7-9. Leave it empty to sign all."),
            fault=faults.get("without"),
            width="w20",
        ),
        await name_field(visit, filled, faults),
        keys,
        e("p", button(say("Sign and publish"), "sign"), class_="asks"),
        e(
            "p",
            say("What is signed goes to every node that asks, and cannot be taken back from all of them."),
            class_="quiet small",
        ),
    )


def _give_up(visit: Visit, upload: Upload) -> Node:
    say = visit.say
    return form(
        visit.asked.link(f"/bring-in/{upload.id}/delete"),
        visit.proof,
        e("p", e("a", say("Leave it for later"), href=visit.asked.link("/bring-in"))),
        e("details", e("summary", say("Give it up")), e("p", button(say("Delete this file"), quiet=True))),
    )


def _entry(visit: Visit, upload: Upload) -> Node:
    say = visit.say
    state = say("brought in") if upload.result is not None else say("not signed yet")
    return e(
        "li",
        e("a", e("bdi", upload.name), href=visit.asked.link(f"/bring-in/{upload.id}")),
        e("p", state, " · ", say("sent on {date}", date=say.moment(upload.at_ms)), class_="quiet small"),
    )


def _rows(text: str) -> set[int] | None:
    """Return the numbers of rows that somebody wrote; None where they wrote something else."""
    rows: set[int] = set()
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > _RANGES_MAX:
        return None
    for part in parts:
        matched = _RANGE.fullmatch(part)
        if matched is None:
            return None
        first, last = int(matched[1]), int(matched[2] or matched[1])
        if last - first > 1_000_000:
            return None
        rows |= set(range(first, last + 1))
    return rows
