"""What decisions says to other rooms."""

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
    Origin,
    Outcome,
    Question,
    Row,
    ShadowState,
)

__all__ = [
    "Caller",
    "DecisionRequest",
    "Entity",
    "GateAnswer",
    "InForce",
    "Origin",
    "Outcome",
    "PolicyInForce",
    "Question",
    "Row",
    "ShadowState",
    "Standing",
]
