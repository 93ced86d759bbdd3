"""The cases of an experiment as columns, and what each arm shows in a metric. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.evidence.experiments.types import MetricKind
from goodstanding.validation.clusters import GroupedRatio, ratio_of_groups
from goodstanding.validation.sequences import FEWEST_EVENTS, SideFigures

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cases:
    """Decisions of all arms, a row each; `is_bad` is 1, 0 or NaN where nobody knows."""

    arm: NDArray[Any]
    unit: NDArray[Any]
    outcome: NDArray[Any]
    is_explored: Flags
    is_bad: NDArray[np.float64]
    decided: NDArray[np.float64]
    counted: NDArray[np.float64]
    horizon: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> "Cases":
        """From the rows of `sql/experiment_decisions.sql`."""

        def column(name: str) -> list[Any]:
            return [row[name] for row in rows]

        bad = [np.nan if value is None else float(value) for value in column("is_bad")]
        return cls(
            arm=np.array(column("arm"), dtype=object),
            unit=np.array(column("unit"), dtype=object),
            outcome=np.array(column("outcome"), dtype=object),
            is_explored=np.array(column("is_explored"), dtype=bool),
            is_bad=np.array(bad, dtype=float),
            decided=np.array(column("decided_epoch"), dtype=float),
            counted=np.array(column("counted_epoch"), dtype=float),
            horizon=np.array(column("horizon_epoch"), dtype=float),
        )

    def in_arm(self, name: str, *, by: float) -> Flags:
        """The cases of an arm that had been decided by an instant, in seconds of the epoch."""
        found: Flags = (self.arm == name) & (self.decided <= by)
        return found

    def matters(self, kind: MetricKind) -> Flags:
        """The cases that a metric is about, whether or not they can be counted yet."""
        if kind is MetricKind.EXPLORED_BAD_RATE:
            return self.is_explored
        if kind is MetricKind.BAD_RATE:
            approved: Flags = self.outcome == "approve"
            return approved
        return np.ones(len(self.arm), bool)

    def countable(self, kind: MetricKind, *, by: float) -> Flags:
        """The cases in a metric's denominator at an instant: matured and known, where it waits."""
        rows = self.matters(kind)
        if not kind.needs_label:
            return rows & (self.decided <= by)
        return rows & (self.counted <= by) & np.isfinite(self.is_bad)

    def events(self, kind: MetricKind) -> NDArray[np.float64]:
        """1 where a case is what the metric counts."""
        if kind.needs_label:
            return np.nan_to_num(self.is_bad)
        wanted = {
            MetricKind.APPROVAL_RATE: "approve",
            MetricKind.REFERRAL_RATE: "refer",
            MetricKind.DECLINE_RATE: "decline",
        }[kind]
        return (self.outcome == wanted).astype(float)

    def ratio(self, kind: MetricKind, arm: str, *, by: float) -> GroupedRatio:
        """An arm's rate with the variance between its units, which may hold several cases."""
        rows = self.in_arm(arm, by=by) & self.countable(kind, by=by)
        _, place = np.unique(self.unit[rows].astype(str), return_inverse=True)
        events = np.bincount(place, weights=self.events(kind)[rows])
        cases = np.bincount(place, weights=np.ones(int(rows.sum())))
        return ratio_of_groups(numerator=events, denominator=cases)

    def side(self, kind: MetricKind, arm: str, *, by: float) -> SideFigures | None:
        """An arm as a confidence sequence takes it; None while it has shown too few events."""
        ratio = self.ratio(kind, arm, by=by)
        misses = ratio.denominator - ratio.numerator
        if ratio.value is None or min(ratio.numerator, misses) < FEWEST_EVENTS:
            return None
        return SideFigures(n=ratio.groups, mean=ratio.value, variance=ratio.variance)
