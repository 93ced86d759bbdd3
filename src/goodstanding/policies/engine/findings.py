"""What a check of a policy finds."""

from dataclasses import dataclass
from enum import StrEnum

from goodstanding.policies.engine.mistakes import Place


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class StaticFinding:
    """One finding, at its place in the text."""

    severity: Severity
    code: str
    place: Place
    path: str
    message: str
    mend: str

    def as_json(self) -> dict[str, object]:
        """The finding for machines."""
        return {
            "severity": self.severity.value,
            "code": self.code,
            "line": self.place.line,
            "column": self.place.column,
            "path": self.path,
            "message": self.message,
            "mend": self.mend,
        }
