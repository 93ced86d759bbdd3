"""Does an input know the future?  What one input says alone, and when it was known."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodstanding.validation.discrimination import area_under_curve
from goodstanding.validation.errors import InputShape
from goodstanding.validation.inputs import Floats, aligned, hash_facts, labels
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds

MAX_GROUPS = 500
_BINS = 100
_PRIOR_ROWS = 20.0
GUIDE = "field guide on model risk, section 5 (data: timestamp leakage)"


def univariate_auc(*, values: ArrayLike, label: ArrayLike, fold: ArrayLike) -> float:
    """AUC that one raw input reaches alone, whatever the form of its effect.

    The larger of two: the AUC of the plain order, in whichever direction, and the AUC of the bad
    rate by value, learned on the other folds. The second one finds what no order shows, such as
    a term rewritten to odd months. Values may be numbers, texts or truth values, None where
    missing; `fold` numbers the rows' folds.
    """
    bad, number = labels(label), np.asarray(fold)
    group, order = _groups(np.asarray(values, dtype=object))
    aligned(bad, number, group)
    by_value = _by_value(group, bad, number)
    if order is None:
        return by_value
    plain = area_under_curve(label=bad, score=order)
    return max(by_value, 0.5 if plain is None else max(plain.auc, 1 - plain.auc))


def _groups(values: NDArray[np.object_]) -> tuple[NDArray[np.intp], Floats | None]:
    """A group per row (many numbers are cut into bins) and, for numbers, their order."""
    missing = np.array([value is None for value in values])
    known = values[~missing]
    group = np.zeros(len(values), dtype=np.intp)
    if any(isinstance(value, str) for value in known):
        group[~missing] = 1 + np.unique(known.astype(str), return_inverse=True)[1]
        return group, None
    numbers = known.astype(np.float64)
    distinct = np.unique(numbers)
    if len(distinct) > MAX_GROUPS:
        edges = np.unique(np.quantile(numbers, np.arange(1, _BINS) / _BINS))
        group[~missing] = 1 + np.searchsorted(edges, numbers, side="left")
    else:
        group[~missing] = 1 + np.searchsorted(distinct, numbers)
    order = np.full(len(values), float(np.median(numbers)) if len(numbers) else 0.0)
    order[~missing] = numbers
    return group, order


def _by_value(group: NDArray[np.intp], bad: NDArray[np.bool_], fold: NDArray[np.generic]) -> float:
    """Mean over folds of the AUC of bad rates that were learned on the other folds."""
    found: list[tuple[float, int]] = []
    for held in np.unique(fold):
        inside = fold == held
        prior = bad[~inside].mean() if (~inside).any() else bad.mean()
        size = int(group.max()) + 1
        rows = np.bincount(group[~inside], minlength=size)
        bads = np.bincount(group[~inside], weights=bad[~inside], minlength=size)
        rate = (bads + _PRIOR_ROWS * prior) / (rows + _PRIOR_ROWS)
        area = area_under_curve(label=bad[inside], score=rate[group[inside]])
        if area is not None:
            found.append((area.auc, int(inside.sum())))
    if not found:
        return 0.5
    total = sum(rows for _, rows in found)
    return sum(auc * rows for auc, rows in found) / total


def input_too_good(
    *,
    name: str,
    values: ArrayLike,
    label: ArrayLike,
    fold: ArrayLike,
    segment: str,
    ceiling: float = 0.75,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """RED where one raw input alone ranks above the ceiling: it probably knows the outcome."""
    bad = labels(label)
    auc = univariate_auc(values=values, label=label, fold=fold)
    few = min(int(bad.sum()), int((~bad).sum())) < thresholds.min_events
    light = Light.RED if auc > ceiling else Light.GREEN
    coded = _groups(np.asarray(values, dtype=object))[0]
    return TestResult(
        test_id=f"leakage_auc:{name}",
        null_hypothesis=f"{name} alone does not rank above an AUC of {ceiling:g}",
        side="none",
        reference=GUIDE,
        statistic=auc,
        p=None,
        n=len(bad),
        n_events=int(bad.sum()),
        segment=segment,
        thresholds=thresholds,
        light=Light.INSUFFICIENT if few else light,
        inputs_hash=hash_facts(name=name, group=coded, label=bad, fold=fold),
        figures={"ceiling": ceiling},
    )


def known_too_late(
    *,
    name: str,
    decided_at: Sequence[dt.datetime],
    known_at: Sequence[dt.datetime],
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """RED where any value of an input became known after the decision that used it."""
    if len(decided_at) != len(known_at):
        raise InputShape(what="Decisions and inputs", why="they differ in number")
    pairs = list(zip(decided_at, known_at, strict=True))
    late = sum(known > decided for decided, known in pairs)
    light = Light.NOT_EVALUATED if not pairs else Light.RED if late else Light.GREEN
    return TestResult(
        test_id=f"leakage_time:{name}",
        null_hypothesis=f"every value of {name} was known when the decision was made",
        side="none",
        reference=GUIDE,
        statistic=float(late) if pairs else None,
        p=None,
        n=len(pairs),
        n_events=late,
        segment=segment,
        thresholds=thresholds,
        light=light,
        inputs_hash=hash_facts(
            name=name,
            decided=[decided.timestamp() for decided, _ in pairs],
            known=[known.timestamp() for _, known in pairs],
        ),
        figures={"share_late": late / len(pairs)} if pairs else {},
    )
