"""What a label is: an outcome that becomes known, or a good end that takes its time to be sure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FactWhere:
    """Facts of a kind whose attribute has a value."""

    kind: str
    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class LabelDefinition:
    """When a decision turns out bad, and when it is safe to call it good.

    A decision is bad if a fact of one of `event_kinds` about the same entity takes effect within
    `horizon_months` after the decision's as_of. It is good once the horizon and the reporting lag
    have passed without one. Before that it is unknown, never good. A fact that `indeterminate`
    describes makes it one that never becomes known. A definition is changed by a new `version`.
    Source: field guide, credit portfolio, sections 3.9 and 5.
    """

    name: str
    version: int
    title: str
    desk: str
    policies: tuple[str, ...]
    event_kinds: tuple[str, ...]
    indeterminate: FactWhere | None
    horizon_months: int
    reporting_lag_days: int
    source: str


@dataclass(frozen=True, slots=True)
class Label:
    """What came true of one decision, as known at an instant.

    `value` is True for bad, False for good, None for not yet known or indeterminate.
    """

    decision_id: UUID
    definition: str
    version: int
    value: bool | None
    event_at: datetime | None
    mature_at: datetime
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Observed:
    """What one round of observing found."""

    definition: str
    bad: int
    good: int
    withdrawn: int
