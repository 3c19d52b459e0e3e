"""What answers at the addresses of writing (`addresses.py`)."""

from collections.abc import Callable, Sequence

from node.web.exchange.asked import Asked
from node.web.frame.surroundings import Surroundings
from node.web.writing.account_page import account_page, change_passphrase
from node.web.writing.addresses import Handler
from node.web.writing.alert_sheet import AlertSheet
from node.web.writing.answer_sheet import AnswerSheet
from node.web.writing.bringing import Bringing
from node.web.writing.commons_sheet import CommonsSheet
from node.web.writing.cosigning import cosign, cosign_page
from node.web.writing.desk import Desk
from node.web.writing.drafting import Drafting
from node.web.writing.entering import enter, enter_page
from node.web.writing.going_on import sign_in_to_go_on
from node.web.writing.pact_sheet import PactSheet
from node.web.writing.people_pages import add_person, change_person, people_page, person_page
from node.web.writing.remark_sheets import RemarkSheet
from node.web.writing.report_sheet import ReportSheet
from node.web.writing.reviewing import Reviewing
from node.web.writing.sheet import Sheet
from node.web.writing.sign_in import (
    sign_in,
    sign_in_page,
    sign_out,
    sign_out_everywhere,
)
from node.web.writing.signing import Signing
from node.web.writing.visit import Door
from node.web.writing.visitor_pages import comment_page, leave_comment, queue_page, settle_comment
from node.web.writing.visitor_sheet import VisitorSheet


def _sheets() -> Sequence[Sheet]:
    return (
        CommonsSheet(),
        PactSheet(),
        AnswerSheet(),
        RemarkSheet("comment", "observation"),
        RemarkSheet("reply", "reply"),
        ReportSheet(),
        AlertSheet(),
        VisitorSheet(),
    )


def writing_answers(
    desk: Desk, surroundings: Callable[[Asked], Surroundings]
) -> dict[tuple[str, str], Handler]:
    """Return what answers, by method and path."""
    door = Door(desk, surroundings)
    drafting = Drafting({sheet.name: sheet for sheet in _sheets()})
    reviewing = Reviewing(drafting)
    signing = Signing(drafting, reviewing)
    bringing = Bringing(desk)
    return {
        ("GET", "/bring-in"): door.signed_in(bringing.new),
        ("POST", "/bring-in"): door.signed_in(bringing.receive),
        ("GET", "/bring-in/{upload}"): door.signed_in(bringing.show),
        ("POST", "/bring-in/{upload}"): door.signed_in(bringing.read_otherwise),
        ("POST", "/bring-in/{upload}/sign"): door.signed_in(bringing.sign),
        ("GET", "/bring-in/{upload}/done"): door.signed_in(bringing.done),
        ("POST", "/bring-in/{upload}/delete"): door.signed_in(bringing.delete),
        ("GET", "/sign-in"): door.open(sign_in_page),
        ("POST", "/sign-in"): door.open(sign_in),
        # Where a form was sent a reader may come back to: to another language, or by the address alone.
        ("GET", "/sign-out"): door.open(sign_in_page),
        ("POST", "/sign-out"): door.open(sign_out),
        ("POST", "/sign-in/go-on"): door.open(sign_in_to_go_on),
        ("GET", "/enter/{token}"): door.open(enter_page),
        ("POST", "/enter/{token}"): door.open(enter),
        ("GET", "/account"): door.signed_in(account_page),
        ("GET", "/account/passphrase"): door.signed_in(account_page),
        ("POST", "/account/passphrase"): door.signed_in(change_passphrase),
        ("GET", "/account/sign-out"): door.signed_in(account_page),
        ("POST", "/account/sign-out"): door.signed_in(sign_out_everywhere),
        ("GET", "/write/{sheet}"): door.signed_in(drafting.new),
        ("GET", "/write/{sheet}/{draft}"): door.signed_in(drafting.open),
        ("POST", "/write/{sheet}/{draft}"): door.signed_in(drafting.keep),
        ("POST", "/write/{sheet}/{draft}/delete"): door.signed_in(drafting.delete),
        ("GET", "/write/{sheet}/{draft}/review"): door.signed_in(reviewing.review),
        ("GET", "/write/{sheet}/{draft}/newer"): door.signed_in(reviewing.review),
        ("POST", "/write/{sheet}/{draft}/newer"): door.signed_in(reviewing.keep_mine),
        ("GET", "/write/{sheet}/{draft}/sign"): door.signed_in(reviewing.review),
        ("POST", "/write/{sheet}/{draft}/sign"): door.signed_in(signing.sign),
        ("GET", "/write/{sheet}/{draft}/done"): door.signed_in(signing.done),
        ("GET", "/cosign/{record}"): door.signed_in(cosign_page),
        ("POST", "/cosign/{record}"): door.signed_in(cosign),
        ("GET", "/comment"): door.open(comment_page),
        ("POST", "/comment"): door.open(leave_comment),
        ("GET", "/comments"): door.managing(queue_page),
        ("POST", "/comments/{number}"): door.managing(settle_comment),
        ("GET", "/people"): door.managing(people_page),
        ("POST", "/people"): door.managing(add_person),
        ("GET", "/people/{number}"): door.managing(person_page),
        ("POST", "/people/{number}"): door.managing(change_person),
    }
