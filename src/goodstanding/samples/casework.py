"""Measures, appeals and changes of payout accounts, replayed through the people's operations.

All of it is invented; every case carries the source `demonstration`. Instants are reckoned from
the anchor, so that the at-risk list of the first morning has something on it: what was opened in
the last hours or appealed this week is still open.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from goodstanding.accounts.queries import User
from goodstanding.cases.operations import (
    add_evidence,
    claim_case,
    decide_appeal,
    decide_case,
    lodge_appeal,
    make_enforcement,
    open_case,
)
from goodstanding.cases.queries import case_of_appeal, queues
from goodstanding.cases.types import (
    AppealOutcome,
    CaseKind,
    Ground,
    Measure,
    NewCase,
    NewEnforcement,
    ReinstatementKind,
)
from goodstanding.deadlines.queries import open_time_after
from goodstanding.parties.queries import party_ids_by_external_ids
from goodstanding.samples.inventing import MARKETPLACE, SELLERS
from goodstanding.samples.inventions import (
    BankChange,
    InventedAppeal,
    InventedMeasure,
    InventedReview,
    Inventions,
    Truth,
)
from goodstanding.samples.staff import Staff, demo_staff, do_required_steps, end_of_work

SOURCE, ACTOR = "demonstration", "system:samples"
PAYOUTS, APPEALS = "payout_change", "reinstatement"
REVIEW_TAKES = timedelta(minutes=50)
CHECK_TAKES = timedelta(minutes=20)
SIGN_INS = {
    True: (
        "A device never seen before signed in from another country 40 minutes earlier; the"
        " password was reset by e-mail first."
    ),
    False: "The device and the network that this seller has used for months; no reset before it.",
}
LIFTED_BECAUSE = {"R1": "wrong_account", "R3": "cause_remedied"}
WRONG_ANSWERS = 1 / 7
Progress = Callable[[int, int], None]


def replay_measures(*, inventions: Inventions, say: Progress) -> dict[str, Any]:
    """Take the invented measures, lodge the appeals, and decide those that were decided.

    Of those that wait, the first against each decider is being reviewed; the others are free, so
    that either specialist finds one that they may take.
    """
    staff = demo_staff()
    calendar = next(queue.calendar for queue in queues() if queue.code == APPEALS)
    parties = party_ids_by_external_ids(
        scheme=SELLERS,
        values=[measure.seller_id for measure in inventions.measures],
        legal_entity=MARKETPLACE,
    )
    appeals = {appeal.measure_key: appeal for appeal in inventions.appeals}
    measures = sorted(inventions.measures, key=lambda measure: measure.decided_at)
    reviewed = waiting = 0
    begun: set[str] = set()
    for done, measure in enumerate(measures, start=1):
        enforcement_id = make_enforcement(
            enforcement=_new_enforcement(measure, parties[measure.seller_id]),
            decided_by=staff.people[measure.decider],
            decided_at=measure.decided_at,
        )
        appeal = appeals.get(measure.key)
        if appeal is not None and appeal.reviewed is not None:
            case_id = _lodge(enforcement_id, appeal)
            _review(case_id, appeal, appeal.reviewed, staff, calendar=calendar)
            reviewed += 1
        elif appeal is not None:
            case_id = _lodge(enforcement_id, appeal)
            if measure.decider not in begun:
                _begin_review(case_id, measure, appeal, staff)
                begun.add(measure.decider)
            waiting += 1
        say(done, len(measures))
    return {"measures": len(measures), "reviewed": reviewed, "waiting": waiting}


def review_bank_changes(
    *, inventions: Inventions, anchor: datetime, say: Progress
) -> dict[str, Any]:
    """Open a case for each changed payout account, and decide those that were decided by now.

    One in seven is decided wrongly, either way.
    """
    staff = demo_staff()
    parties = party_ids_by_external_ids(
        scheme=SELLERS,
        values=[change.seller_id for change in inventions.bank_changes],
        legal_entity=MARKETPLACE,
    )
    changes = sorted(inventions.bank_changes, key=lambda change: change.changed_at)
    decided = 0
    for number, change in enumerate(changes):
        case_id = open_case(
            case=_new_change(change, parties[change.seller_id]), at=change.changed_at, by=ACTOR
        )
        worker = staff.specialist(number)
        decided += _work_change(case_id, change, worker, anchor=anchor)
        say(number + 1, len(changes))
    return {"changes": len(changes), "decided": decided}


def _new_enforcement(measure: InventedMeasure, party_id: UUID) -> NewEnforcement:
    return NewEnforcement(
        party_id=party_id,
        legal_entity=MARKETPLACE,
        measure=Measure(measure.measure),
        scope="the whole account",
        ground=Ground(measure.ground),
        clause=measure.clause.replace("_", " ").capitalize(),
        statement=measure.statement,
        regime="eu_p2b",
        starts_at=measure.starts_at,
        automated_detection=measure.automated_detection,
        source=SOURCE,
    )


def _lodge(enforcement_id: UUID, appeal: InventedAppeal) -> UUID:
    appeal_id = lodge_appeal(
        enforcement_id=enforcement_id,
        grounds=appeal.grounds,
        via="seller centre",
        lodged_at=appeal.lodged_at,
        has_new_evidence=appeal.has_new_evidence,
    )
    return case_of_appeal(appeal_id=appeal_id)


def _begin_review(
    case_id: UUID, measure: InventedMeasure, appeal: InventedAppeal, staff: Staff
) -> None:
    """A second person has it, and has not decided yet."""
    claim_case(
        case_id=case_id,
        by=staff.other_than(measure.decider),
        at=appeal.lodged_at + timedelta(minutes=30),
    )


def _review(
    case_id: UUID, appeal: InventedAppeal, review: InventedReview, staff: Staff, *, calendar: str
) -> None:
    """The second person decides, in office hours."""
    reviewer = staff.people[review.reviewer]
    decided_at = open_time_after(calendar=calendar, at=review.decided_at, open_time=REVIEW_TAKES)
    claim_case(case_id=case_id, by=reviewer, at=max(decided_at - REVIEW_TAKES, appeal.lodged_at))
    do_required_steps(case_id, by=reviewer, at=decided_at)
    decide_appeal(
        case_id=case_id,
        outcome=AppealOutcome(review.outcome),
        kind=None if review.kind is None else ReinstatementKind(review.kind),
        reason_codes=[LIFTED_BECAUSE.get(review.kind or "", "violation_confirmed")],
        statement=review.statement,
        by=reviewer,
        at=decided_at,
    )


def _new_change(change: BankChange, party_id: UUID) -> NewCase:
    return NewCase(
        kind=CaseKind.MANUAL,
        queue=PAYOUTS,
        legal_entity=MARKETPLACE,
        party_id=party_id,
        reference=f"bank_change:{change.seller_id}",
        attributes={"changed": "payout account"},
        source=SOURCE,
    )


def _work_change(case_id: UUID, change: BankChange, worker: User, *, anchor: datetime) -> bool:
    """Claim the case, and decide it if that was before the anchor."""
    chance = random.Random(change.seller_id)  # noqa: S311 - a demonstration, no secret
    decided_at = end_of_work(case_id, at=change.changed_at, chance=chance)
    is_wrong = chance.random() < WRONG_ANSWERS
    is_open = decided_at > anchor
    claimed_at = max(decided_at - CHECK_TAKES, change.changed_at)
    if is_open:
        claimed_at = change.changed_at + timedelta(minutes=5)
    claim_case(case_id=case_id, by=worker, at=claimed_at)
    _show_sign_ins(case_id, change, worker, at=claimed_at, is_misleading=is_wrong)
    if is_open:
        return False
    do_required_steps(case_id, by=worker, at=decided_at)
    is_held = (change.truth is Truth.TAKEN_OVER) != is_wrong
    decide_case(
        case_id=case_id,
        outcome="hold" if is_held else "release",
        reason_codes=["taken_over" if is_held else "confirmed_by_owner"],
        statement="Invented case decision: the seller was called back on the earlier number.",
        by=worker,
        at=decided_at,
    )
    return True


def _show_sign_ins(
    case_id: UUID, change: BankChange, worker: User, *, at: datetime, is_misleading: bool
) -> None:
    """Put on the case what the sign-ins look like, which is not always what happened."""
    looks_taken = (change.truth is Truth.TAKEN_OVER) != is_misleading
    add_evidence(
        case_id=case_id,
        kind="sign_ins",
        title="Sign-ins around the change (invented)",
        content=SIGN_INS[looks_taken],
        by=worker,
        at=at,
    )
