"""What people say of places, of records and of each other, and seals: §6.11; how coarse a place is: §6.3."""

from typing import Any

from .geometry import geometry_box
from .shapes import (
    act,
    any_id,
    boolean,
    date,
    evidence,
    fields,
    in_order,
    listed,
    metres,
    named_things,
    names,
    number,
    once,
    partial_date,
    personal,
    salt,
    short,
    sized,
    slug,
    source,
    texts,
    word,
)
from .values import need, public_key, within

STATEMENTS = ("challenge", "link", "assessment", "endorsement")
GRID = 10_000  # 10^-7 degree: 0.001°

sensitivity = word("public", "generalised", "sealed", "withheld")
sealed = fields(commitment=sized(32))
finding = fields(finding=word("absent", "partial", "present", "unknown"), text_=texts)


def sealed_bytes(value: Any) -> None:
    need(type(value) is bytes and len(value) >= 17, "sealed content")
    within(len(value), 17, 450_000, "size of a sealed content")


PAYLOADS = {
    "alert": fields(
        title=names,
        type=slug,
        licence=short,
        text_=texts,
        commons__=named_things,
        geometry_=geometry_box,
        uncertainty_m_=metres,
        sensitivity__=sensitivity,
        sealed_=sealed,
        since_=partial_date,
        evidence__=listed(evidence, 256),
        state__=word("open", "resolved", "withdrawn"),
        outcome_=texts,
        source_=source,
        personal_data_=personal,
        salt_=salt,
    ),
    "challenge": act(withdrawn__=boolean, text_=texts, ground_=slug, until_=date),
    "link": act(withdrawn__=boolean, relation=slug, other=any_id, text_=texts),
    "assessment": act(
        withdrawn__=boolean,
        principles__=fields(
            boundaries_=finding,
            local_rules_=finding,
            participation_=finding,
            monitoring_=finding,
            sanctions_=finding,
            conflict_resolution_=finding,
            self_organisation_=finding,
            nested_=finding,
        ),
        text_=texts,
    ),
    "endorsement": act(
        withdrawn__=boolean, speaks_for__=named_things, text_=texts, reach_=number(0, 8), until_=date
    ),
    "seal": fields(
        suite=word("x25519-chacha20poly1305"),
        commitment=sized(32),
        ephemeral=sized(32),
        recipients=listed(fields(actor=any_id, key=sized(34), box=sized(48)), 256, 1),
        sealed=sealed_bytes,
        note_=texts,
    ),
}


def coarse(payload: dict[str, Any]) -> None:
    """The rules of §6.3 for a place that not everybody may know."""
    tier, shape = payload.get("sensitivity", "public"), payload.get("geometry")
    need(
        (tier == "sealed") == (payload.get("sealed") is not None), "sealed, and by nothing; or the other way"
    )
    need(tier != "withheld" or shape is None, "withheld, with a geometry")
    if tier in ("generalised", "sealed") and shape is not None:
        need(payload.get("uncertainty_m") is not None, "coarse, by how much?")
        need(all(at % GRID == 0 for at in _numbers(shape["coordinates"])), "finer than 0.001°")


def _numbers(value: Any) -> list[int]:
    return [value] if type(value) is int else [number for part in value for number in _numbers(part)]


def check(kind: str, payload: dict[str, Any]) -> None:
    """The rules of §6.11 on a payload each of whose fields has its shape."""
    match kind:
        case "alert":
            coarse(payload)
        case "challenge":
            need(payload.get("withdrawn") or payload.get("text"), "a challenge that says nothing")
        case "seal":
            for recipient in payload["recipients"]:
                public_key(recipient["key"], "key")
            once([r["actor"] + r["key"] for r in payload["recipients"]], "recipient")
    if kind in ("challenge", "endorsement"):
        in_order(payload.get("on"), payload.get("until"))
