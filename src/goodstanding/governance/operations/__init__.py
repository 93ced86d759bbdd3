"""Verbs of governance, one transaction each; `by` is a person, `at` an instant in UTC."""

from goodstanding.governance.operations.approvals import (
    approve,
    expire_approval,
    request_approval,
    return_request,
    revoke_approval,
)
from goodstanding.governance.operations.challenge import answer_question, ask_question
from goodstanding.governance.operations.exceptions import (
    allow_before_validation,
    allow_despite_finding,
    end_exception,
)
from goodstanding.governance.operations.findings import (
    accept_risk,
    advance_finding,
    cite_result,
    close_finding,
    open_finding,
)
from goodstanding.governance.operations.inventory import (
    assess_tier,
    decide_scope,
    enter_inventory,
    record_change,
    register_version,
    set_thresholds,
)
from goodstanding.governance.operations.use_cases import revise_use_case, state_use_case
from goodstanding.governance.operations.validation import (
    give_opinion,
    record_observation,
    record_validation_run,
)

__all__ = [
    "accept_risk",
    "advance_finding",
    "allow_before_validation",
    "allow_despite_finding",
    "answer_question",
    "approve",
    "ask_question",
    "assess_tier",
    "cite_result",
    "close_finding",
    "decide_scope",
    "end_exception",
    "enter_inventory",
    "expire_approval",
    "give_opinion",
    "open_finding",
    "record_change",
    "record_observation",
    "record_validation_run",
    "register_version",
    "request_approval",
    "return_request",
    "revise_use_case",
    "revoke_approval",
    "set_thresholds",
    "state_use_case",
]
