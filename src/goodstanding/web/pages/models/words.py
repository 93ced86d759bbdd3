"""Governance in words and signals, one place for all its pages."""

from collections.abc import Mapping, Sequence

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from goodstanding.core.money import Money
from goodstanding.governance.types import (
    Effect,
    FindingStatus,
    FindingSummary,
    InventoryRow,
    Severity,
    VersionState,
)
from goodstanding.validation.types import Light
from goodstanding.web.types import Level, Signal

SOON_DAYS = 30
STATE_LEVELS: dict[VersionState, Level] = {
    VersionState.IN_FORCE: "good",
    VersionState.IN_FORCE_BY_EXCEPTION: "watch",
    VersionState.WAITING_FOR_APPROVAL: "watch",
    VersionState.MONITORING_STALE: "watch",
    VersionState.SUSPENDED: "act",
    VersionState.BLOCKED: "act",
    VersionState.LAPSED: "act",
    VersionState.REVOKED: "act",
    VersionState.RETIRED: "past",
}
LIGHT_LEVELS: dict[Light, Level] = {
    Light.GREEN: "good",
    Light.AMBER: "watch",
    Light.RED: "act",
    Light.ERROR: "act",
}
LIGHT_WORDS = {
    Light.GREEN: "Green",
    Light.AMBER: "Amber",
    Light.RED: "Red",
    Light.ERROR: "Failed",
    Light.INSUFFICIENT: "Too few events",
    Light.NOT_EVALUATED: "Not evaluated",
}
SEVERITY_LEVELS: dict[Severity, Level] = {
    Severity.S1: "act",
    Severity.S2: "act",
    Severity.S3: "watch",
    Severity.S4: "neutral",
}
EFFECT_WORDS = {
    Effect.BLOCK: "Blocks decisions at once",
    Effect.CAP: "Caps the amount",
    Effect.REFER: "Refers decisions to a person",
    Effect.NONE: "No effect while it is on time",
}
STATUS_WORDS = {
    FindingStatus.OPEN: "Open",
    FindingStatus.ACTION_PLAN_AGREED: "Action plan agreed",
    FindingStatus.IN_PROGRESS: "In progress",
    FindingStatus.SUBMITTED_FOR_CLOSURE: "Submitted for closure",
    FindingStatus.VALIDATED_CLOSED: "Closed after validation",
    FindingStatus.RISK_ACCEPTED: "Risk accepted",
}
GRADE_WORDS = {1: "1 · sound", 2: "2 · minor points", 3: "3 · deficient", 4: "4 · not fit"}


def state_signal(row: InventoryRow) -> Signal:
    """Where a version stands, with a shape; an approval that ends soon is watched."""
    level = STATE_LEVELS.get(row.state, "neutral")
    if level == "good" and row.days_left is not None and row.days_left <= SOON_DAYS:
        return Signal("watch", f"{row.state.words}, ends soon")
    if level == "good" and row.is_change_pending:
        return Signal("watch", f"{row.state.words}, material change pending")
    return Signal(level, row.state.words)


def light_signal(light: Light) -> Signal:
    """A test's light with a shape and a word."""
    return Signal(LIGHT_LEVELS.get(light, "neutral"), LIGHT_WORDS[light])


def severity_signal(severity: Severity) -> Signal:
    """A severity with a shape."""
    return Signal(SEVERITY_LEVELS[severity], severity.value)


def finding_signal(finding: FindingSummary) -> Signal:
    """Where a finding stands; overdue comes first."""
    words = STATUS_WORDS[finding.state]
    if finding.is_overdue:
        return Signal("act", f"{words}, overdue")
    if finding.state is FindingStatus.VALIDATED_CLOSED:
        return Signal("good", words)
    if finding.state is FindingStatus.RISK_ACCEPTED:
        return Signal("neutral", words)
    return Signal("watch", words)


def effect_words(finding: FindingSummary) -> str:
    """What a finding does to decisions, with its segment and cap."""
    words = EFFECT_WORDS[finding.effect]
    if finding.cap_minor is not None and finding.currency is not None:
        words = f"Caps the amount at {Money(finding.cap_minor, finding.currency).as_text()}"
    segment = conditions_words(finding.segment)
    return f"{words}, where {segment}" if segment else words


def conditions_words(allowed: Mapping[str, Sequence[str]]) -> str:
    """Conditions in words: country is US or GB; product is loan."""
    return "; ".join(f"{key} is {' or '.join(values)}" for key, values in sorted(allowed.items()))


def conditions_html(
    allowed: Mapping[str, Sequence[str]],
    *,
    max_exposure: Money | None,
    monitoring_every_days: int | None,
) -> SafeString | str:
    """An approval's conditions, one a line."""
    lines = [f"{key} is {' or '.join(values)}" for key, values in sorted(allowed.items())]
    if max_exposure is not None:
        lines.append(f"amount at most {max_exposure.as_text()}")
    if monitoring_every_days is not None:
        lines.append(f"monitoring seen within {monitoring_every_days} days")
    if not lines:
        return "None: every case"
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines))
