"""The invented registrations: decided by the real policy as of their hour, then worked.

What links a registration to sellers we know, and how strongly, is an input of the policy; it is
read here from the values that both gave. The answer key is read only by the invented specialists,
who are right seven times of eight; the policy never sees it.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from goodstanding.cases.operations import claim_case, decide_case, open_referred_case
from goodstanding.cases.queries import enforcements_of
from goodstanding.cases.types import CaseKind, Measure, NewCase
from goodstanding.decisions.operations import decide_many
from goodstanding.decisions.queries import DecisionFilter, decisions_matching, stored_decision
from goodstanding.decisions.types import DecisionRequest, Entity, Origin
from goodstanding.ledger.queries import facts_of_kinds
from goodstanding.ledger.types import FactView
from goodstanding.parties.queries import connections_of
from goodstanding.parties.types import LinkKind
from goodstanding.samples.casework import ACTOR, CHECK_TAKES, SOURCE
from goodstanding.samples.inventing import ANSWER, MARKETPLACE, REGISTRATIONS
from goodstanding.samples.inventions import Truth
from goodstanding.samples.staff import Staff, demo_staff, do_required_steps, end_of_work

POLICY = "registration"
GUILTY = {Truth.RETURNED, Truth.FALSE_IDENTITY}
WRONG_ANSWERS = 1 / 8
# Weight of a shared value in bits: a bank account nearly settles it, a phone number is a hint.
BITS = {
    LinkKind.SHARES_BANK_ACCOUNT: Decimal("12.0000"),
    LinkKind.SHARES_EMAIL: Decimal("11.0000"),
    LinkKind.SHARES_PHONE: Decimal("4.0000"),
}
NO_LINK = Decimal("-8.0000")
STANDINGS: Mapping[Measure, str] = {
    Measure.TERMINATED: "terminated",
    Measure.PENDING_TERMINATION: "suspended",
    Measure.SUSPENDED: "suspended",
    Measure.PAYOUT_HOLD: "restricted",
    Measure.CATEGORY_RESTRICTION: "restricted",
    Measure.LISTING_RESTRICTION: "restricted",
    Measure.WARNING: "good",
}
WORST_FIRST = ("terminated", "suspended", "restricted", "good")
LINK_REASONS = {"RETURNED", "SHARED_PAYOUT"}
Progress = Callable[[int, int], None]


def decide_registrations(*, anchor: datetime, at: datetime, say: Progress) -> dict[str, Any]:
    """Decide the invented registrations as of their hour, and work what was referred."""
    facts = facts_of_kinds(
        kinds=["registration_submitted"], legal_entity=MARKETPLACE, as_of=at, known_at=at
    )
    requests = [_request(fact, at=at) for fact in facts]
    for totals in decide_many(
        requests=requests,
        legal_entity=MARKETPLACE,
        by=ACTOR,
        at=at,
        origin=Origin.IMPORTED_HISTORY,
    ):
        say(totals.decided + totals.repeated, len(facts))
        if totals.refused:
            raise totals.refused[0].refusal
    referred, decided = _work_referrals(facts, anchor=anchor, at=at)
    return {"registrations": len(facts), "referred": referred, "worked": decided}


def answered_registrations(*, at: datetime) -> Iterator[tuple[str, date, Mapping[str, Any], bool]]:
    """Each invented registration: its key, day, inputs of the policy, and whether it is guilty."""
    truths = _truths(at)
    facts = facts_of_kinds(
        kinds=["registration_submitted"], legal_entity=MARKETPLACE, as_of=at, known_at=at
    )
    for fact in facts:
        truth = truths.get(fact.subject)
        if truth is not None:
            inputs = {**_checks(fact), **_links(fact, at=at)}
            yield fact.subject, fact.effective_at.date(), inputs, truth in GUILTY


def _work_referrals(
    facts: Sequence[FactView], *, anchor: datetime, at: datetime
) -> tuple[int, int]:
    """How many were referred, and how many of these are decided by now."""
    staff, truths = demo_staff(), _truths(at)
    by_entity = {f"{REGISTRATIONS}:{fact.subject}": fact for fact in facts}
    referred = (
        decisions_matching(DecisionFilter(policy=POLICY, outcome="refer"))
        .filter(entity__in=by_entity)
        .order_by("as_of", "id")
    )
    found = list(referred.values_list("id", "entity"))
    decided = 0
    for number, (decision_id, entity) in enumerate(found):
        fact = by_entity[entity]
        case = _new_case(decision_id, fact)
        case_id = open_referred_case(case=case, at=fact.effective_at, by=ACTOR)
        truth = truths[fact.subject]
        decided += _work(case_id, case, fact, truth, staff, number=number, anchor=anchor)
    return len(found), decided


def _request(fact: FactView, *, at: datetime) -> DecisionRequest:
    return DecisionRequest(
        policy=POLICY,
        entity=Entity(REGISTRATIONS, fact.subject),
        as_of=fact.effective_at,
        inputs={**_checks(fact), **_links(fact, at=at)},
        idempotency_key=f"sample-{fact.subject}",
    )


def _checks(fact: FactView) -> dict[str, Any]:
    """What the checks of the day said, and contact details that were confirmed by a code."""
    checks = dict(fact.attributes)
    sales = checks.get("expected_monthly_sales")
    if sales is not None:
        checks["expected_monthly_sales"] = Decimal(str(sales))
    return {**checks, "phone_confirmed": True, "email_domain": "invented.example"}


def _links(fact: FactView, *, at: datetime) -> dict[str, Any]:
    """The strongest link to another seller, and where the linked ones stood at that hour."""
    found = []
    if fact.party_id is not None:
        found = connections_of(
            party_id=fact.party_id, as_of=fact.effective_at, known_at=at, kinds=tuple(BITS)
        )
    strongest = max((BITS[link.kind] for link in found), default=NO_LINK)
    on_account = {link.party_id for link in found if link.kind is LinkKind.SHARES_BANK_ACCOUNT}
    return {
        "link_bits": strongest,
        "link_identifier": bool(on_account),
        "linked_standing": _worst_standing({link.party_id for link in found}, fact.effective_at),
        "accounts_on_payout_account": len(on_account),
        "registrations_on_device_30d": 1,
    }


def _worst_standing(party_ids: set[UUID], at: datetime) -> str:
    """`none` where nobody is linked."""
    if not party_ids:
        return "none"
    standings = {
        STANDINGS[measure.measure]
        for party_id in party_ids
        for measure in enforcements_of(party_id=party_id, at=at)
        if not measure.reinstated and measure.starts_at <= at
    }
    return next((standing for standing in WORST_FIRST if standing in standings), "good")


def _truths(at: datetime) -> dict[str, Truth]:
    """What is true about each registration."""
    answers = facts_of_kinds(kinds=[ANSWER], legal_entity=MARKETPLACE, as_of=at, known_at=at)
    return {
        fact.subject.removeprefix("registration:"): Truth(fact.attributes["truth"])
        for fact in answers
        if fact.attributes["about"] == "registration"
    }


def _new_case(decision_id: UUID, fact: FactView) -> NewCase:
    decision = stored_decision(decision_id=decision_id)
    if decision is None:
        raise LookupError(f"decision {decision_id} was just written and is not there")
    record = decision.record
    return NewCase(
        kind=CaseKind.DECISION_REVIEW,
        queue=str(record.get("queue") or "registration_review"),
        legal_entity=MARKETPLACE,
        party_id=fact.party_id,
        decision_id=decision_id,
        reference=f"{REGISTRATIONS}:{fact.subject}",
        policy=POLICY,
        policy_outcome=str(record.get("policy_outcome", "refer")),
        reasons=tuple(record.get("reasons", ())),
        source=SOURCE,
    )


def _work(
    case_id: UUID,
    case: NewCase,
    fact: FactView,
    truth: Truth,
    staff: Staff,
    *,
    number: int,
    anchor: datetime,
) -> bool:
    """Decide the case if that was before the anchor; of the others every second one is claimed."""
    chance = random.Random(fact.subject)  # noqa: S311 - a demonstration, no secret
    worker = staff.specialist(number)
    decided_at = end_of_work(case_id, at=fact.effective_at, chance=chance)
    is_stopped = (truth in GUILTY) != (chance.random() < WRONG_ANSWERS)
    if decided_at > anchor:
        if number % 2:
            claim_case(case_id=case_id, by=worker, at=fact.effective_at + timedelta(minutes=5))
        return False
    claim_case(case_id=case_id, by=worker, at=max(decided_at - CHECK_TAKES, fact.effective_at))
    do_required_steps(case_id, by=worker, at=decided_at)
    decide_case(
        case_id=case_id,
        outcome="decline" if is_stopped else "approve",
        reason_codes=[_reason(case, is_stopped=is_stopped)],
        statement="Invented case decision: checks and links were looked at, one by one.",
        by=worker,
        at=decided_at,
    )
    return True


def _reason(case: NewCase, *, is_stopped: bool) -> str:
    is_linked = any(reason.get("code") in LINK_REASONS for reason in case.reasons)
    if is_stopped:
        return "returning_banned" if is_linked else "documents_false"
    return "link_explained" if is_linked else "verified"
