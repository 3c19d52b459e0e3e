"""What the payload of each kind must hold: §6."""

from typing import Any

from . import said_kinds
from .geometry import geometry_box
from .said_kinds import STATEMENTS, coarse, sealed, sensitivity
from .shapes import (
    Check,
    act,
    any_id,
    boolean,
    date,
    fields,
    in_order,
    indicator,
    level,
    link,
    listed,
    member,
    metres,
    named_things,
    names,
    number,
    once,
    partial_date,
    party,
    pattern,
    personal,
    proof,
    salt,
    short,
    sized,
    slug,
    source,
    texts,
    to_64,
    word,
)
from .values import INTEGER_MAX, digest, need, public_key

PROCEDURE = ("step", "observation", "reply", "support", "report", "dispute", "ballot", "minutes")
SPOKEN = (*PROCEDURE, *STATEMENTS)  # they have the fields of every act
ACTS = ("cosign", "consent", "erasure", *SPOKEN, "seal")
STEPS = (
    "received", "observations_opened", "evaluation_opened", "information_requested", "information_given",
    "evaluated", "accepted", "refused", "shelved", "reopened", "signed", "published", "review_opened",
    "suspended", "resumed", "withdrawn", "excluded", "renewed", "ended", "preexisting",
    "settlement_proposed", "settled",
)  # fmt: skip
PAYLOAD_STAYS = ("actor", "cosign", "erasure")
SALE = {
    "owner",
    "owners",
    "ownership",
    "price",
    "sale",
    "for_sale",
    "buyer",
    "seller",
    "transfer",
    "transfer_to",
    "title_deed_to",
}


clauses = fields(
    objectives_=texts,
    duration_=texts,
    manner_=texts,
    enjoyment_=texts,
    damage_=texts,
    guarantees_=texts,
    support_=texts,
    publicity_=texts,
    supervision_=texts,
    conclusion_=texts,
    amendment_=texts,
)

PAYLOADS: dict[str, Check] = {
    "actor": fields(
        name=names,
        type=slug,
        keys=listed(fields(key=sized(34), label_=short), 64, 1),
        threshold=to_64,
        recovery_=fields(digests=listed(sized(32), 64, 1), threshold=to_64),
        upholds__=listed(fields(key=sized(34), everything__=boolean, records__=listed(any_id, 10_000)), 64),
        speaks_for__=listed(fields(subject=any_id, name_=short), 256),
        description_=texts,
        website_=link,
        source_=source,
        personal_data_=personal,
        salt_=salt,
    ),
    "cosign": fields(proof_=proof, salt_=salt),
    "commons": fields(
        name=names,
        resources=listed(slug, 16, 1),
        licence=short,
        description_=texts,
        geometry_=geometry_box,
        uncertainty_m_=metres,
        area_=fields(square_metres_=number(0, INTEGER_MAX), local_=short),
        territory__=listed(level, 256),
        stewards__=listed(party, 256),
        users_=texts,
        rules_=texts,
        legal_=fields(text=texts, since_=partial_date, register_=short),
        publication_=fields(
            basis=word("assembly", "council", "stewards", "customary", "public_source", "unknown"),
            on_=partial_date,
            text_=texts,
        ),
        labels__=listed(
            fields(code=pattern("[A-Z]{2,3}( [A-Z0-9]{1,6}){1,2}"), community_=names, text_=texts), 256
        ),
        sensitivity__=sensitivity,
        sealed_=sealed,
        source_=source,
        facts_=texts,
        personal_data_=personal,
        salt_=salt,
    ),
    "pact": fields(
        title=names,
        parties=listed(party, 256, 1),
        licence=short,
        commons__=named_things,
        clauses__=clauses,
        intensity_=word("occasional", "constant", "shared_management", "regeneration"),
        term__=fields(start_=date, end_=date, reasons_=texts),
        reported_=fields(status=short, source=source, as_of_=partial_date, note_=texts),
        ending_=fields(on=date, cause=texts),
        personal_data_=personal,
        salt_=salt,
    ),
    "consent": fields(
        decision=word("consent", "decline"),
        reasons_=texts,
        authorised_by_=fields(act=short, on_=date, office_=short, mandate_end_=date),
        proof_=proof,
        salt_=salt,
    ),
    "erasure": fields(basis=word("author", "habeas_data", "court_order", "mistake"), reason_=texts),
    "place": fields(
        name=names,
        level=slug,
        licence=short,
        code_=short,
        type_=slug,
        geometry_=geometry_box,
        uncertainty_m_=metres,
        territory__=listed(level, 256),
        source_=source,
        facts_=texts,
        salt_=salt,
    ),
    "call": fields(
        type=word("call", "asset", "module"),
        title=names,
        licence=short,
        text_=texts,
        organiser_=party,
        commons__=listed(fields(subject_=any_id, name_=names), 256),
        clauses__=clauses,
        opens_=date,
        closes_=date,
        source_=source,
        salt_=salt,
    ),
    "step": act(
        step=slug,
        until_=date,
        outcome_=word("favourable", "conditional", "unfavourable"),
        text_=texts,
        reasons_=texts,
        party_=any_id,
        said_=short,
    ),
    "observation": act(text=texts, stance_=word("supports", "opposes", "asks", "suggests")),
    "reply": act(text=texts, outcome_=word("taken_up", "taken_up_in_part", "not_taken_up", "noted")),
    "support": act(
        type=slug,
        text_=texts,
        conditions_=texts,
        amount_=number(0, INTEGER_MAX),
        currency_=pattern("[A-Z]{3}"),
        share_percent_=number(0, 100),
        professional_fees__=boolean,
        until_=date,
    ),
    "report": act(
        start_=date,
        end_=date,
        objectives_=texts,
        actions_=texts,
        results_=texts,
        resources_=texts,
        indicators__=listed(indicator, 256),
    ),
    "dispute": act(text=texts, committee__=listed(member, 3)),
    "motion": fields(
        title=names,
        options=listed(fields(name=names, subject_=any_id), 64, 2),
        roll=listed(fields(actor=any_id, name_=names), 1_024, 1),
        closes=date,
        licence=short,
        opens_=date,
        rule__=word("most", "majority", "two_thirds", "all"),
        quorum_=number(1, 1_024),
        text_=texts,
        source_=source,
        personal_data_=personal,
        salt_=salt,
    ),
    "ballot": act(option_=number(0, 63)),
    "minutes": act(
        text_=texts,
        attended_=number(0, INTEGER_MAX),
        votes__=listed(number(0, INTEGER_MAX), 64),
        decided_=number(0, 63),
    ),
    "body": fields(
        name=names,
        type=slug,
        licence=short,
        actor_=any_id,
        rules__=listed(slug, 256),
        seats__=listed(
            fields(
                side=slug,
                holder_=party,
                category_=slug,
                role_=slug,
                since_=date,
                until_=date,
                authorised_by_=fields(act=short, on_=date, office_=short, mandate_end_=date),
            ),
            256,
        ),
        share_percent_=number(0, 100),
        text_=texts,
        source_=source,
        personal_data_=personal,
        salt_=salt,
    ),
    **said_kinds.PAYLOADS,
}


def nine_years(start: str, end: str) -> bool:
    """Whether a term reaches the ninth anniversary of its first day (§6.4)."""
    return (int(end[:4]), end[5:]) >= (int(start[:4]) + 9, start[5:])


def _act_rules(kind: str, payload: dict[str, Any]) -> None:
    need(payload.get("on") is None or payload.get("at_ms") is None, "a day and a moment")
    office = payload.get("authorised_by") or {}
    in_order(office.get("on"), office.get("mandate_end"))
    if kind in ("step", "support"):
        in_order(payload.get("on"), payload.get("until"))
    match kind:
        case "step":
            _step_rules(payload)
        case "support":
            currency, amount = payload.get("currency"), payload.get("amount")
            need((currency is None) == (amount is None), "amount without currency, or the other way")
            share = payload.get("share_percent")
            if payload.get("professional_fees"):
                need(share is not None and share <= 50, "more than half of professional fees")
        case "report":
            in_order(payload.get("start"), payload.get("end"))
            once([i["code"] for i in payload.get("indicators", []) if i.get("code")], "indicator")
        case "dispute":
            sides = [m["named_by"] for m in payload.get("committee", [])]
            once(sides, "side")
            need(not {"agreed", "third_party"} <= set(sides), "agreed, and by a third party")


def _step_rules(payload: dict[str, Any]) -> None:
    step = payload["step"]
    if payload.get("source"):
        return
    reasons = payload.get("reasons")
    need(step not in ("refused", "excluded") or reasons, "no reasons")
    need(step not in ("withdrawn", "excluded") or payload.get("party") or payload.get("evidence"), "who?")
    if step == "renewed" and payload.get("on") and payload.get("until"):
        need(reasons or not nine_years(payload["on"], payload["until"]), "nine years without reasons")


def _actor_rules(record: Any, payload: dict[str, Any]) -> None:
    keys = [entry["key"] for entry in payload["keys"]]
    for key in keys:
        public_key(key, "key")
    once(keys, "key")
    need(payload["threshold"] <= len(keys), "threshold past the keys")
    if recovery := payload.get("recovery"):
        once(recovery["digests"], "digest")
        need(recovery["threshold"] <= len(recovery["digests"]), "threshold past the digests")
        need(not {digest("recovery", k) for k in keys} & set(recovery["digests"]), "a key of both sorts")
    upheld = payload.get("upholds", [])
    once([entry["key"] for entry in upheld], "upheld key")
    for entry in upheld:
        need(entry["key"] not in keys, "a present key is upheld")
        need(not (entry.get("everything") and entry.get("records")), "everything, and records")
    if record.subject is None:
        need(record.actor is None and record.auth is None, "first record with an actor")
        need(record.signer in keys, "signed by none of its keys")


def check_commons(payload: dict[str, Any]) -> None:
    need(not SALE & set(payload), "a commons cannot be sold")
    coarse(payload)
    once([s["actor"] for s in payload.get("stewards", []) if s.get("actor")], "steward")


def _pact_rules(payload: dict[str, Any]) -> None:
    once([p["actor"] for p in payload["parties"] if p.get("actor")], "party")
    need(len(payload["parties"]) >= 2 or payload.get("reported"), "one party")
    term = payload.get("term", {})
    start, end = term.get("start"), term.get("end")
    if start and end:
        need(start <= end, "ends before it starts")
        need(not nine_years(start, end) or term.get("reasons"), "nine years without reasons")


def check_kind(record: Any) -> None:
    """Step 6 of §5: header and payload follow the rules of their kind."""
    kind, payload = record.kind, record.payload
    if record.subject is None:
        need(not record.parents, "first record with parents")
    if not (kind == "actor" and record.subject is None):
        need(record.actor is not None and record.auth is not None, "no actor")
    need(payload is None or type(payload) is dict, "payload is no map")
    if kind not in PAYLOADS:
        return
    if kind in ACTS:
        need(record.subject is not None and record.parents, "an act about nothing")
        need(kind != "cosign" or len(record.parents) == 1, "cosign of several records")
    else:
        need(record.subject is None or record.parents, "later version without parents")
    if kind == "actor" and record.subject is not None:
        need(record.subject == record.actor, "version of another actor")
    if payload is None:
        need(kind not in PAYLOAD_STAYS, "content taken out")
        return
    PAYLOADS[kind](payload)
    shape = payload.get("geometry") if kind in ("commons", "place", "alert") else None
    need(record.bbox == (None if shape is None else geometry_box(shape)), "box is not the geometry's")
    match kind:
        case "actor":
            _actor_rules(record, payload)
        case "commons":
            check_commons(payload)
        case "pact":
            _pact_rules(payload)
        case "consent":
            need(payload["decision"] == "consent" or not payload.get("proof"), "a refusal with a proof")
        case "call":
            in_order(payload.get("opens"), payload.get("closes"))
        case "motion":
            in_order(payload.get("opens"), payload["closes"])
            once([voter["actor"] for voter in payload["roll"]], "voter")
            need((payload.get("quorum") or 0) <= len(payload["roll"]), "quorum past the roll")
        case "ballot":
            need(payload.get("on") is None and payload.get("at_ms") is None, "cast when it is signed")
            _act_rules(kind, payload)
        case "body":
            for seat in payload.get("seats", []):
                in_order(seat.get("since"), seat.get("until"))
                office = seat.get("authorised_by") or {}
                in_order(office.get("on"), office.get("mandate_end"))
        case _ if kind in SPOKEN:
            _act_rules(kind, payload)
    said_kinds.check(kind, payload)
