"""Many tests at once: adjusted p-values, and a run in which one crash does not hide the rest."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import scipy  # its parts load at their first use: a command must start fast

from goodstanding.validation.inputs import hash_facts, probabilities
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values for alarms: the chance of any false alarm is held. Source: Holm (1979)."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(value) for value in adjusted]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p-values for screens: the share of false alarms is held. Source: BH (1995)."""
    return [float(value) for value in scipy.stats.false_discovery_control(np.asarray(p, float))]


def run_tests(
    tests: Mapping[str, Callable[[], TestResult]],
    *,
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> list[TestResult]:
    """Every test of a plan, in order; one that crashes is recorded as ERROR and the rest runs."""
    return [_run(name, test, segment, thresholds) for name, test in tests.items()]


def _run(
    name: str, test: Callable[[], TestResult], segment: str, thresholds: Thresholds
) -> TestResult:
    try:
        return test()
    except Exception as crash:  # noqa: BLE001 -- the crash itself is the finding, kept by name
        return TestResult(
            test_id=name,
            null_hypothesis="the test can be computed",
            side="none",
            reference="field guide on model risk, section 5",
            statistic=None,
            p=None,
            n=0,
            n_events=None,
            segment=segment,
            thresholds=thresholds,
            light=Light.ERROR,
            inputs_hash=hash_facts(test=name, segment=segment),
            note=f"{type(crash).__name__}: {crash}",
        )


def expected_performance(*, p: Sequence[float], cut: float) -> dict[str, float | None]:
    """Accuracy, precision and recall that calibrated probabilities imply before labels mature.

    An estimate: it needs true probabilities and no change in what makes a case bad. Source:
    confidence-based performance estimation, as in NannyML.
    """
    chance = probabilities(p, what="A probability")
    called = chance >= cut
    caught, bads, calls = float(chance[called].sum()), float(chance.sum()), int(called.sum())
    right = np.where(called, chance, 1 - chance)
    return {
        "accuracy": float(right.mean()) if len(chance) else None,
        "precision": caught / calls if calls else None,
        "recall": caught / bads if bads else None,
    }
