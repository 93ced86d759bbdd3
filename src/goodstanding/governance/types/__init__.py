"""What governance says to other rooms."""

from goodstanding.governance.types.gate import (
    GateSnapshot,
    GateState,
    GateStatus,
    GovernedState,
    OpenFinding,
    Permit,
)
from goodstanding.governance.types.words import (
    AiActClass,
    AiActRole,
    Automation,
    ChangeKind,
    Effect,
    ExceptionKind,
    Fallback,
    FindingStatus,
    Light,
    Severity,
    VersionKind,
)

__all__ = [
    "AiActClass",
    "AiActRole",
    "Automation",
    "ChangeKind",
    "Effect",
    "ExceptionKind",
    "Fallback",
    "FindingStatus",
    "GateSnapshot",
    "GateState",
    "GateStatus",
    "GovernedState",
    "Light",
    "OpenFinding",
    "Permit",
    "Severity",
    "VersionKind",
]
