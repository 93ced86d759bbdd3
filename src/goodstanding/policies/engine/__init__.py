"""The pure part of policies: read, check, evaluate. No Django, no database.

from pathlib import Path
from goodstanding.policies.engine import load_policy

policy = load_policy(Path("trade_uk.yaml"))
evaluation = policy.evaluate({"amount": "120.00", "dpd_max": 3})
"""

from goodstanding.policies.engine.evaluation import (
    CardCell,
    CardScore,
    Effect,
    Evaluation,
    EvaluationWarning,
    InputValue,
    MissingKind,
    MissingValue,
    ModelScore,
    Outcome,
    ReasonGiven,
    RuleResult,
    ScoreBand,
    TermGranted,
    Truth,
    Value,
    as_text,
)
from goodstanding.policies.engine.given import Given
from goodstanding.policies.engine.mistakes import Mistake, PolicyRefused
from goodstanding.policies.engine.policy import (
    CompiledPolicy,
    Policy,
    load_policy,
    read_policy,
)
from goodstanding.policies.engine.python_target import Decided, Layout
from goodstanding.policies.engine.reading import (
    AsOfRequired,
    InputRequired,
    InputUnknown,
    RecordReading,
)

__all__ = [
    "AsOfRequired",
    "CardCell",
    "CardScore",
    "CompiledPolicy",
    "Decided",
    "Effect",
    "Evaluation",
    "EvaluationWarning",
    "Given",
    "InputRequired",
    "InputUnknown",
    "InputValue",
    "Layout",
    "MissingKind",
    "MissingValue",
    "Mistake",
    "ModelScore",
    "Outcome",
    "Policy",
    "PolicyRefused",
    "ReasonGiven",
    "RecordReading",
    "RuleResult",
    "ScoreBand",
    "TermGranted",
    "Truth",
    "Value",
    "as_text",
    "load_policy",
    "read_policy",
]
