"""What decisions says to other rooms."""

from goodstanding.decisions.exploring import Purses
from goodstanding.decisions.types.in_force import (
    GateAnswer,
    InForce,
    PolicyInForce,
    Standing,
)
from goodstanding.decisions.types.requests import (
    Caller,
    DecisionRequest,
    Entity,
    FeatureValue,
    Origin,
    Outcome,
    Question,
    Row,
    ShadowState,
)
from goodstanding.decisions.types.trials import RunningTrial, TrialArm, Unit

__all__ = [
    "Caller",
    "DecisionRequest",
    "Entity",
    "FeatureValue",
    "GateAnswer",
    "InForce",
    "Origin",
    "Outcome",
    "PolicyInForce",
    "Purses",
    "Question",
    "Row",
    "RunningTrial",
    "ShadowState",
    "Standing",
    "TrialArm",
    "Unit",
]
