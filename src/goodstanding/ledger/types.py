"""Facts and imports as other rooms see them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from goodstanding.core.money import Money

EXCHANGE_RATE = "exchange_rate"
"""The kind of facts that say what a currency costs in another; see docs/features.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """What happened: to be recorded, or to correct what was recorded of the same subject and kind.

    `subject` names the thing it happened to (a loan, an order, an incident); `party_id` the party
    it concerns, where there is one. Money is in minor units. `recorded_at` is given only for
    imported history, where it is the instant at which the source knew.
    """

    kind: str
    subject: str
    effective_at: datetime
    party_id: UUID | None = None
    amount_minor: int | None = None
    currency: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    recorded_at: datetime | None = None
    retracted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOrigin:
    """Where recorded facts come from: our legal entity, the source, the instant, the import."""

    legal_entity: str
    source: str
    at: datetime
    simulated: bool = False
    import_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact in the version that was known at a moment."""

    fact_id: UUID
    kind: str
    party_id: UUID | None
    subject: str
    version_no: int
    effective_at: datetime
    recorded_at: datetime
    amount_minor: int | None
    currency: str | None
    attributes: Mapping[str, Any]
    source: str
    simulated: bool
    import_id: UUID | None
    legal_entity: str

    @property
    def amount(self) -> Money | None:
        """The amount with its currency, where there is one."""
        if self.amount_minor is None or self.currency is None:
            return None
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class FactVersion:
    """One version in the history of a fact, retractions included."""

    fact_id: UUID
    version_no: int
    retracted: bool
    effective_at: datetime
    recorded_at: datetime
    amount_minor: int | None
    currency: str | None
    attributes: Mapping[str, Any]
    source: str

    @property
    def amount(self) -> Money | None:
        """The amount with its currency, where there is one."""
        if self.amount_minor is None or self.currency is None:
            return None
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class ChangedFact:
    """One version of a fact that was corrected or retracted, with what it is a fact of."""

    kind: str
    subject: str
    legal_entity: str
    version: FactVersion


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of facts handed in: new ones, corrections, and those that said nothing new."""

    new: int
    corrected: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: rows done of about `rows_total`, and how many went to quarantine."""

    rows_done: int
    rows_total: int
    rows_quarantined: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that went to quarantine: its line, the field, the code and the reason in words."""

    line: int
    field: str
    code: str
    reason: str

    @property
    def words(self) -> str:
        """The reason, which names the field."""
        is_named = not self.field or self.field in self.reason
        return self.reason if is_named else f"{self.field}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCounts:
    """What a run did, as the sum of its chunks. Read = loaded + known + quarantined."""

    rows_read: int
    rows_loaded: int
    rows_known: int
    rows_quarantined: int
    parties_new: int
    parties_amended: int
    facts_new: int
    facts_corrected: int

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The counts by name."""
        return tuple(each.name for each in fields(cls))

    def as_dict(self) -> dict[str, int]:
        """The counts as a mapping."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do (`dry_run`)."""

    run_id: UUID
    mapping: str
    file_name: str
    dry_run: bool
    resumed: bool
    shift_days: int
    counts: ImportedCounts
    links_new: int
    refused_rows: tuple[RefusedRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report for a machine."""
        return {
            "run_id": str(self.run_id),
            "mapping": self.mapping,
            "file": self.file_name,
            "dry_run": self.dry_run,
            "resumed": self.resumed,
            "shift_days": self.shift_days,
            **self.counts.as_dict(),
            "links_new": self.links_new,
            "refused_rows": [asdict(row) for row in self.refused_rows],
        }

    def as_text(self) -> str:
        """The report for a person."""
        counts = self.counts
        title = f"{self.file_name} under {self.mapping}"
        title += " (dry run: nothing was written)" if self.dry_run else ""
        title += " (carried on where it was cut off)" if self.resumed else ""
        rows = f"rows: {counts.rows_read} read, {counts.rows_loaded} loaded"
        rows += f", {counts.rows_known} known before, {counts.rows_quarantined} in quarantine"
        businesses = f"businesses: {counts.parties_new} new, {counts.parties_amended} amended"
        businesses += f", {self.links_new} new connections"
        facts = f"facts: {counts.facts_new} new, {counts.facts_corrected} corrections"
        lines = [title, rows, businesses, facts]
        if self.shift_days:
            lines.append(f"all dates shifted by {self.shift_days} days")
        if counts.rows_read and counts.rows_known == counts.rows_read:
            lines.append("nothing new: every row was loaded before")
        lines += [f"line {row.line}: {row.words} ({row.code})" for row in self.refused_rows]
        hidden = counts.rows_quarantined - len(self.refused_rows)
        if hidden > 0:
            lines.append(f"and {hidden} further rows in quarantine")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import as pages show it; `finished_at` is None where it was cut off."""

    run_id: UUID
    mapping: str
    file_name: str
    legal_entity: str
    source: str
    provenance: str
    simulated: bool
    shift_days: int
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    rows_read: int
    rows_loaded: int
    rows_known: int
    rows_quarantined: int
    rows_waiting: int
    facts_new: int
    parties_new: int


@dataclass(frozen=True, slots=True)
class QuarantinedView:
    """A row in quarantine.

    `released` once the same row was loaded by a later import; `settled_by`, `settled_at` and
    `settled_because` where a person said that it waits no longer.
    """

    line: int
    field: str
    code: str
    reason: str
    raw: Mapping[str, Any]
    released: bool
    settled_by: str | None
    settled_at: datetime | None
    settled_because: str | None

    @property
    def waits(self) -> bool:
        """Whether nobody has loaded or settled it."""
        return not self.released and self.settled_at is None
