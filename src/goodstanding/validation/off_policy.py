"""What would a candidate policy have cost, judged from what another one let happen?

A case that was declined has no outcome. What can be said of a candidate that approves it depends
on the evidence: seen (A), drawn at random below the cut with a known chance (B), guessed by a
model (C), or nothing but bounds (D). Where the candidate approves what could never be approved,
no formula gives a number, and none is printed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy  # its parts load at their first use: a command must start fast
from numpy.typing import ArrayLike, NDArray

from goodstanding.validation.clusters import Groups, grouped_error
from goodstanding.validation.errors import InputShape, NoOverlap, PropensityOutOfRange
from goodstanding.validation.inputs import Floats, aligned, labels, numbers
from goodstanding.validation.intervals import Interval, jeffreys_interval

MOST_STRATA = 20
_NAMED_ROWS = 10
Flags = NDArray[np.bool_]


class Evidence(StrEnum):
    """On what the outcome of a case rests, the strongest first."""

    OBSERVED = "A"
    RANDOMISED = "B"
    EXTRAPOLATED = "C"
    BOUNDED = "D"

    @property
    def words(self) -> str:
        """The class in words."""
        return {
            Evidence.OBSERVED: "observed",
            Evidence.RANDOMISED: "randomised below the cut",
            Evidence.EXTRAPOLATED: "extrapolated by a model",
            Evidence.BOUNDED: "bounds only",
        }[self]


class Quadrant(StrEnum):
    """Who approves a case: both, the candidate alone, the present policy alone, nobody."""

    KEEP_IN = "keep_in"
    SWAP_IN = "swap_in"
    SWAP_OUT = "swap_out"
    KEEP_OUT = "keep_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One estimator's answer with its standard error and interval."""

    method: str
    value: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadrantEvidence:
    """How many cases of a quadrant rest on each class of evidence."""

    quadrant: Quadrant
    n: int
    by_class: Mapping[Evidence, int]

    @property
    def weak_share(self) -> float | None:
        """The share that rests on a model or on bounds; None where there is no case."""
        weak = self.by_class[Evidence.EXTRAPOLATED] + self.by_class[Evidence.BOUNDED]
        return weak / self.n if self.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Could the policy that logged have approved what the candidate approves, and how often?

    `effective_n` is Kish's: what the weighted approved cases are worth in unweighted ones.
    """

    n: int
    never: int
    approved: int
    effective_n: float
    smallest_propensity: float | None
    largest_weight: float | None

    @property
    def is_complete(self) -> bool:
        """Whether every case that the candidate approves had a chance."""
        return self.never == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineEvaluation:
    """A candidate judged on logged decisions; figures are means over the cases it approves.

    `bounds` count every unlabelled case as the best, then as the worst outcome (Manski). Without
    overlap `estimates` is empty and `refusal` says why. `explored` is the rate among the cases
    that were approved by chance below the cut.
    """

    n: int
    approved_by_candidate: int
    immature: int
    indeterminate: int
    overlap: Overlap
    quadrants: tuple[QuadrantEvidence, ...]
    estimates: tuple[Estimate, ...]
    bounds: tuple[float, float] | None
    explored: Interval
    refusal: NoOverlap | None

    def point(self, method: str) -> Estimate:
        """The estimate of a method: IPS, SNIPS, DR or stratified.

        Raises NoOverlap where no point estimate may be given, InputShape for a method that could
        not be computed from these columns.
        """
        if self.refusal is not None:
            raise self.refusal
        for estimate in self.estimates:
            if estimate.method == method:
                return estimate
        raise InputShape(what=f"The method {method}", why="it has not the columns it needs")

    @property
    def weak_share(self) -> float | None:
        """Of the cases that the candidate approves, the share resting on C or D."""
        inside = [q for q in self.quadrants if q.quadrant in (Quadrant.KEEP_IN, Quadrant.SWAP_IN)]
        total = sum(q.n for q in inside)
        weak = sum(q.by_class[Evidence.EXTRAPOLATED] + q.by_class[Evidence.BOUNDED] for q in inside)
        return weak / total if total else None


@dataclass(frozen=True, slots=True)
class _Log:
    """The logged cases, checked; `outcome` is NaN where nothing was seen."""

    approved: Flags
    propensity: Floats
    outcome: Floats
    candidate: Flags
    champion: Flags
    model: Floats | None
    groups: Groups
    span: tuple[float, float]

    @property
    def seen(self) -> Flags:
        """Approved and known."""
        return self.approved & np.isfinite(self.outcome)

    def of(self, rows: Flags) -> "_Log":
        """Some of the cases."""
        model = None if self.model is None else self.model[rows]
        return _Log(
            self.approved[rows], self.propensity[rows], self.outcome[rows], self.candidate[rows],
            self.champion[rows], model, self.groups[rows], self.span,
        )  # fmt: skip


def evaluate_offline(
    *,
    approved: ArrayLike,
    propensity: ArrayLike,
    outcome: ArrayLike,
    candidate_approves: ArrayLike,
    champion_approves: ArrayLike,
    model: ArrayLike | None = None,
    matured: ArrayLike | None = None,
    group: ArrayLike | None = None,
    outcome_range: tuple[float, float] = (0.0, 1.0),
    level: float = 0.95,
) -> OfflineEvaluation:
    """Judge a candidate policy on the decisions of another one.

    A row is a case. `propensity` is the chance in [0, 1] that it had of being approved, logged
    then; `outcome` is 1 for bad and 0 for good (or a loss within `outcome_range`), NaN where it
    is not known; `model` is a guess of the outcome, NaN where there is none; `group` names who
    is connected, for cluster-robust errors. Rows that are not `matured` are left out and counted:
    unknown is never good. A matured, approved row without an outcome is indeterminate: it is left
    out of the estimates and spans the bounds.
    Raises PropensityOutOfRange, LabelNotBinary, InputNotFinite, InputShape.
    Source: field guide, credit portfolio, section 7; Horvitz and Thompson 1952 (IPS), Hajek 1971
    (SNIPS), Robins, Rotnitzky and Zhao 1994 (DR), Manski 1989 (bounds).
    """
    log = _read(
        approved, propensity, outcome, candidate_approves, champion_approves, model, group,
        outcome_range,
    )  # fmt: skip
    ripe = np.ones(len(log.approved), bool) if matured is None else labels(matured)
    aligned(ripe, log.approved)
    immature = int((~ripe).sum())
    log = log.of(ripe)
    chosen = log.of(log.candidate)
    known = chosen.of(~chosen.approved | np.isfinite(chosen.outcome))
    overlap = _overlap(known)
    refusal = _refusal(overlap)
    estimates = () if refusal is not None or overlap.n == 0 else _estimates(known, level)
    return OfflineEvaluation(
        n=len(log.approved),
        approved_by_candidate=len(chosen.approved),
        immature=immature,
        indeterminate=len(chosen.approved) - len(known.approved),
        overlap=overlap,
        quadrants=_quadrants(log),
        estimates=estimates,
        bounds=_bounds(chosen),
        explored=_explored(chosen),
        refusal=refusal,
    )


def _read(
    approved: ArrayLike,
    propensity: ArrayLike,
    outcome: ArrayLike,
    candidate: ArrayLike,
    champion: ArrayLike,
    model: ArrayLike | None,
    group: ArrayLike | None,
    span: tuple[float, float],
) -> _Log:
    took = labels(approved)
    chance = numbers(propensity, what="The propensity")
    seen = np.asarray(outcome, dtype=np.float64)
    new, present = labels(candidate), labels(champion)
    guess = None if model is None else np.asarray(model, dtype=np.float64)
    names = np.arange(len(took)) if group is None else np.asarray(group)
    aligned(took, chance, seen, new, present, names, *([] if guess is None else [guess]))
    _check_propensity(took, chance)
    known = seen[np.isfinite(seen)]
    if span == (0.0, 1.0):
        labels(known)
    elif np.any((known < span[0]) | (known > span[1])):
        raise InputShape(what="The outcome", why=f"it leaves the range {span[0]:g} to {span[1]:g}")
    return _Log(took, chance, seen, new, present, guess, names, span)


def _check_propensity(approved: Flags, propensity: Floats) -> None:
    impossible = (approved & (propensity == 0)) | (~approved & (propensity == 1))
    wrong = np.flatnonzero((propensity < 0) | (propensity > 1) | impossible)
    if len(wrong):
        more = f" and {len(wrong) - _NAMED_ROWS} more" if len(wrong) > _NAMED_ROWS else ""
        raise PropensityOutOfRange(rows=", ".join(map(str, wrong[:_NAMED_ROWS])) + more)


def _overlap(log: _Log) -> Overlap:
    weights = 1 / log.propensity[log.approved]
    total = float(weights.sum())
    squares = float((weights**2).sum())
    return Overlap(
        n=len(log.approved),
        never=int((log.propensity == 0).sum()),
        approved=int(log.approved.sum()),
        effective_n=total * total / squares if squares else 0.0,
        smallest_propensity=float(log.propensity.min()) if len(log.propensity) else None,
        largest_weight=float(weights.max()) if len(weights) else None,
    )


def _refusal(overlap: Overlap) -> NoOverlap | None:
    if overlap.is_complete:
        return None
    return NoOverlap(never=overlap.never, n=overlap.n)


def _estimates(log: _Log, level: float) -> tuple[Estimate, ...]:
    weight = np.where(log.approved, 1 / log.propensity, 0.0)
    seen = np.where(log.approved, log.outcome, 0.0)
    found = [_mean("IPS", weight * seen, log.groups, level)]
    if log.approved.any():
        ratio = float((weight * seen).sum() / weight.sum())
        influence = ratio + weight * (seen - ratio) / weight.mean()
        found.append(_mean("SNIPS", influence, log.groups, level))
    guess = _guess(log)
    if guess is not None:
        robust = guess + np.where(log.approved, weight * (seen - guess), 0.0)
        found.append(_mean("DR", robust, log.groups, level))
    stratified = _stratified(log, level)
    return (*found, stratified) if stratified else tuple(found)


def _guess(log: _Log) -> Floats | None:
    """The model's guess; where a case was certain to be seen its own outcome cancels the guess."""
    if log.model is None:
        return None
    certain = log.approved & (log.propensity == 1)
    if np.any(~np.isfinite(log.model) & ~certain):
        return None
    return np.where(np.isfinite(log.model), log.model, 0.0)


def _mean(method: str, values: Floats, groups: Groups, level: float) -> Estimate:
    value = float(values.mean())
    error = grouped_error(values=values, groups=groups)
    half = float(scipy.stats.norm.ppf((1 + level) / 2)) * error
    return Estimate(
        method=method, value=value, standard_error=error, low=value - half, high=value + half
    )


def _stratified(log: _Log, level: float) -> Estimate | None:
    """Rates within each propensity, weighted by its share of cases; limits by MOVER.

    With few bads the interval of a weighted mean covers too rarely; Jeffreys' limits in each
    stratum do not. None where propensities vary too much or a stratum saw nobody.
    Source: Zou and Donner 2008, Statistics in Medicine 27.
    """
    values = np.unique(log.propensity)
    if len(values) > MOST_STRATA or log.span != (0.0, 1.0):
        return None
    strata: list[tuple[float, Interval]] = []
    for value in values:
        rows = log.propensity == value
        seen = rows & log.approved
        if not seen.any():
            return None
        rate = jeffreys_interval(
            events=int(log.outcome[seen].sum()), n=int(seen.sum()), level=level
        )
        strata.append((float(rows.mean()), rate))
    return _mover(strata, level)


def _mover(strata: Sequence[tuple[float, Interval]], level: float) -> Estimate:
    value = sum(share * (rate.value or 0.0) for share, rate in strata)
    below = sum((share * ((rate.value or 0.0) - (rate.low or 0.0))) ** 2 for share, rate in strata)
    above = sum((share * ((rate.high or 0.0) - (rate.value or 0.0))) ** 2 for share, rate in strata)
    half = (math.sqrt(below) + math.sqrt(above)) / 2
    return Estimate(
        method="stratified",
        value=value,
        standard_error=half / float(scipy.stats.norm.ppf((1 + level) / 2)),
        low=value - math.sqrt(below),
        high=value + math.sqrt(above),
    )


def _bounds(log: _Log) -> tuple[float, float] | None:
    if not len(log.approved):
        return None
    low, high = (np.where(log.seen, log.outcome, end) for end in log.span)
    return float(low.mean()), float(high.mean())


def _explored(log: _Log) -> Interval:
    rows = log.seen & (log.propensity > 0) & (log.propensity < 1) & ~log.champion
    events = int((log.outcome[rows] > 0).sum())
    return jeffreys_interval(events=events, n=int(rows.sum()))


def _quadrants(log: _Log) -> tuple[QuadrantEvidence, ...]:
    modelled = np.isfinite(log.model) if log.model is not None else np.zeros(len(log.seen), bool)
    drawn = (log.propensity > 0) & (log.propensity < 1)
    known = ~log.approved | np.isfinite(log.outcome)
    observed = log.seen & ~drawn
    classes = {
        Evidence.OBSERVED: observed,
        Evidence.RANDOMISED: drawn & known,
        Evidence.EXTRAPOLATED: ~observed & ~(drawn & known) & modelled,
        Evidence.BOUNDED: ~observed & ~(drawn & known) & ~modelled,
    }
    members = {
        Quadrant.KEEP_IN: log.champion & log.candidate,
        Quadrant.SWAP_IN: ~log.champion & log.candidate,
        Quadrant.SWAP_OUT: log.champion & ~log.candidate,
        Quadrant.KEEP_OUT: ~log.champion & ~log.candidate,
    }
    return tuple(
        QuadrantEvidence(
            quadrant=quadrant,
            n=int(rows.sum()),
            by_class={name: int((rows & of).sum()) for name, of in classes.items()},
        )
        for quadrant, rows in members.items()
    )
