"""The second line at work: enter what decides, re-perform it, find, and let it be approved.

Built of the verbs of governance; every rule about people and evidence is theirs.
"""

from goodstanding.second_line.operations.entering import (
    enter_for_governance,
    facts_of,
    register_model,
    register_uploaded_model,
)
from goodstanding.second_line.operations.monitoring import note_observation
from goodstanding.second_line.operations.validating import (
    answer_red_results,
    approve_for_demonstration,
    block_leaks,
    run_model_tests,
    run_policy_tests,
    validate_model,
    validate_policy,
)

__all__ = [
    "answer_red_results",
    "approve_for_demonstration",
    "block_leaks",
    "enter_for_governance",
    "facts_of",
    "note_observation",
    "register_model",
    "register_uploaded_model",
    "run_model_tests",
    "run_policy_tests",
    "validate_model",
    "validate_policy",
]
