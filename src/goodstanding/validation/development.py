"""The figures that a model card prints and that a validator re-performs."""

from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike

from goodstanding.validation.calibration import (
    brier_score,
    calibration_line,
    calibration_table,
    hosmer_lemeshow,
    spiegelhalter,
)
from goodstanding.validation.discrimination import area_under_curve, kolmogorov_smirnov
from goodstanding.validation.errors import InputShape
from goodstanding.validation.inputs import hash_facts, labels
from goodstanding.validation.leakage import univariate_auc
from goodstanding.validation.stability import bin_counts, bin_edges, population_stability
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds

__all__ = ["quality_figures", "score_replication", "stability_figures", "univariate_auc"]


def quality_figures(*, label: ArrayLike, pd: ArrayLike, segment: str) -> dict[str, object]:
    """Discrimination and calibration of PDs on labelled rows, with intervals and lights."""
    bad = labels(label)
    area = area_under_curve(label=label, score=pd)
    tests = [
        spiegelhalter(label=label, pd=pd, segment=segment),
        hosmer_lemeshow(label=label, pd=pd, segment=segment, in_sample=segment == "train"),
        calibration_line(label=label, pd=pd, segment=segment),
    ]
    return {
        "n": len(bad),
        "bads": int(bad.sum()),
        "bad_rate": float(bad.mean()),
        "mean_pd": float(np.mean(np.asarray(pd, dtype=np.float64))),
        "auc": None if area is None else area.auc,
        "auc_low": None if area is None else area.low,
        "auc_high": None if area is None else area.high,
        "auc_interval": "95 %, DeLong (1988)",
        "gini": None if area is None else area.gini,
        "ks": kolmogorov_smirnov(label=label, score=pd),
        "brier": brier_score(label=label, pd=pd),
        "calibration": calibration_table(label=label, pd=pd),
        "tests": [_shown(test) for test in tests],
    }


def stability_figures(
    *, reference: ArrayLike, current: ArrayLike, segment: str
) -> dict[str, object]:
    """PSI of the score over ten bins of the reference, with its benchmark and light."""
    edges = bin_edges(reference)
    expected, actual = (bin_counts(values, edges=edges) for values in (reference, current))
    test = population_stability(expected=expected, actual=actual, segment=segment)
    return {"edges": edges.tolist(), "expected": expected, "actual": actual, **_shown(test)}


def _shown(test: TestResult) -> dict[str, object]:
    return {
        "test_id": test.test_id,
        "statistic": test.statistic,
        "p": test.p,
        "light": test.light.value,
        "thresholds": test.thresholds.version,
        "inputs_hash": test.inputs_hash,
        **test.figures,
    }


def score_replication(
    *,
    recorded: list[Decimal],
    recomputed: list[Decimal],
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """GREEN only where every recorded score is reproduced exactly; the statistic counts the rest.

    Source: gate G3 of the lifecycle: replication on n rows, difference 0.
    """
    if len(recorded) != len(recomputed):
        raise InputShape(what="Scores", why="they differ in number")
    gaps = [abs(first - second) for first, second in zip(recorded, recomputed, strict=True)]
    differing = sum(gap != 0 for gap in gaps)
    light = Light.NOT_EVALUATED if not gaps else Light.RED if differing else Light.GREEN
    return TestResult(
        test_id="score_replication",
        null_hypothesis="the model gives every recorded score again",
        side="none",
        reference="field guide on model risk, section 2, gate G3",
        statistic=float(differing) if gaps else None,
        p=None,
        n=len(gaps),
        n_events=differing,
        segment=segment,
        thresholds=thresholds,
        light=light,
        inputs_hash=hash_facts(
            recorded=",".join(map(str, recorded)), recomputed=",".join(map(str, recomputed))
        ),
        figures={"largest_difference": float(max(gaps, default=Decimal(0)))},
    )
