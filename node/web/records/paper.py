"""What stands on a printed page and on no screen: when and where it was printed, how to check the paper."""

from node.web.frame.markup import Element, Node, e
from node.web.frame.qr_code import TEXT_LENGTH_MAX_BYTES, qr_code
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_
from protocol.identifiers import RecordId, id_text

# An id is typed from paper in groups that a person can keep in mind.
GROUP_LENGTH = 4


def check_path(record_id: RecordId) -> str:
    """Return the address at which a node says what it holds of a record."""
    return f"/check/{id_text(record_id)}"


def paper_section(here: Surroundings, record_id: RecordId, page: str) -> Element:
    """Return the foot of a printed page: a code that leads to the check of a version, its id to be typed at
    any node, and the address of the `page`."""
    say = here.say
    return e(
        "aside",
        _code(here, check_path(record_id), id_text(record_id)),
        e(
            "div",
            e("p", e("strong", say("Does this paper still hold?"))),
            e(
                "p",
                say(
                    "Scan the code, or type the number below at “Check a paper” on any node of Minga: it "
                    "says whether this version stands, was replaced or was erased."
                ),
            ),
            e("p", e("code", grouped(id_text(record_id))), class_="number"),
            _printed(here, page, numbered=True),
        ),
        class_="paper",
        aria_label=say("About this paper"),
    )


def address_on_paper(here: Surroundings, path: str) -> Element:
    """Return the foot of a printed page that no record stands behind, such as the figures of a territory."""
    return e(
        "aside",
        _code(here, path, here.address(path)),
        e(
            "div",
            e("p", e("strong", here.say("This paper grows old"))),
            e("p", here.say("It says what this node held that day. Scan the code for what it holds now.")),
            _printed(here, path, numbered=False),
        ),
        class_="paper",
        aria_label=here.say("About this paper"),
    )


def grouped(text: str) -> str:
    """Return an id in groups of letters, to be typed."""
    return " ".join(text[at : at + GROUP_LENGTH] for at in range(0, len(text), GROUP_LENGTH))


def _code(here: Surroundings, path: str, otherwise: str) -> Node:
    """Return the code for an address of this node; where none is known, for what finds it at any node."""
    text = here.address(path) if here.asked.origin else otherwise
    if len(text) > TEXT_LENGTH_MAX_BYTES or not text.isascii():
        return None
    return qr_code(text, here.say("Code with the address {address}", address=text))


def _printed(here: Surroundings, page: str, numbered: bool) -> Element:
    say = here.say
    words: list[Node] = [
        say.rich(
            N_("Printed on {date} from {node}."), date=say.day(here.today), node=e("bdi", here.node_name)
        )
    ]
    if here.asked.origin:
        words += [" ", e("span", here.address(page), class_="address")]
    if here.asked.is_local:
        local = (
            say("That address leads there on this one machine only; the number does everywhere.")
            if numbered
            else say("That address leads there on this one machine only.")
        )
        words += [" ", local]
    return e("p", words, class_="quiet")
