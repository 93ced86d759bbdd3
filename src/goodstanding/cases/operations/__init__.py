"""Verbs of the cases room.

    register_desk(desk=, package=) · load_desks(at=) -> Loaded counts
    open_case(case=NewCase, at=, by=) -> case id · open_case_for_decision(message), the handler
    open_referred_case(case=NewCase, at=, by=) -> case id, with the decision as evidence
    claim_case(case_id=, by=, at=) · release_case(case_id=, reason=, by=, at=)
    reassign_case(case_id=, to=, reason=, by=, at=) · reassign_cases(case_ids=, ...)
    take_back_reassignment(assignment_id=, reason=, by=, at=) -> how many cases went back
    route_case(case_id=, at=, by=None) -> Routed
    add_note · add_evidence · record_step · request_information · record_answer
    decide_case(case_id=, outcome=, reason_codes=, statement=, by=, at=, amount=None) -> decision id
    close_case(case_id=, why=, reason=, by=, at=) · reopen_case(case_id=, reason=, by=, at=)
    escalate_case · answer_escalation
    make_enforcement(enforcement=NewEnforcement, decided_by=, decided_at=, approved_by=None) -> id
    lodge_appeal(enforcement_id=, grounds=, via=, lodged_at=, ...) -> appeal id
    decide_appeal(case_id=, outcome=, kind=, reason_codes=, statement=, by=, at=) -> decision id

`by` and `to` are people (accounts.User); `at` is the instant of the deed.
"""

from goodstanding.cases.operations.appeals import decide_appeal, lodge_appeal
from goodstanding.cases.operations.assigning import (
    claim_case,
    reassign_case,
    reassign_cases,
    release_case,
    route_case,
)
from goodstanding.cases.operations.deciding import close_case, decide_case, reopen_case
from goodstanding.cases.operations.enforcing import make_enforcement
from goodstanding.cases.operations.escalating import answer_escalation, escalate_case
from goodstanding.cases.operations.opening import (
    open_case,
    open_case_for_decision,
    open_referred_case,
)
from goodstanding.cases.operations.setting_up import load_desks, register_desk
from goodstanding.cases.operations.taking_back import take_back_reassignment
from goodstanding.cases.operations.working import (
    add_evidence,
    add_note,
    record_answer,
    record_step,
    request_information,
)

__all__ = [
    "add_evidence",
    "add_note",
    "answer_escalation",
    "claim_case",
    "close_case",
    "decide_appeal",
    "decide_case",
    "escalate_case",
    "load_desks",
    "lodge_appeal",
    "make_enforcement",
    "open_case",
    "open_case_for_decision",
    "open_referred_case",
    "reassign_case",
    "reassign_cases",
    "record_answer",
    "record_step",
    "register_desk",
    "release_case",
    "reopen_case",
    "request_information",
    "route_case",
    "take_back_reassignment",
]
