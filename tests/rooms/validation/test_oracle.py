"""The same statistics by riskvalidation, an independent library, on drawn inputs."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodstanding.validation.calibration import hosmer_lemeshow, spiegelhalter
from goodstanding.validation.discrimination import (
    area_under_curve,
    paired_delong,
)
from goodstanding.validation.grades import (
    critical_defaults,
    defaults_at_least,
    grades_chi2,
    jeffreys,
    multi_year_normal,
)
from goodstanding.validation.stability import population_stability

calibration = pytest.importorskip("riskvalidation.validation.calibration")
discrimination = pytest.importorskip("riskvalidation.validation.discrimination")
stability = pytest.importorskip("riskvalidation.validation.stability")

GRADE = st.integers(1, 2000).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.floats(0.001, 0.5))
)


def draw(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, PDs and another model's PDs, with ties, both classes present."""
    random = np.random.default_rng(seed)
    pd = np.round(random.uniform(0.02, 0.6, 250), 2)
    label = (random.random(250) < pd).astype(int)
    label[:2] = [0, 1]
    other = np.round(np.clip(pd + random.normal(0, 0.1, 250), 0.01, 0.99), 2)
    return label, pd, other


@given(GRADE)
def test_one_grade(grade) -> None:
    n, defaults, pd = grade

    assert jeffreys(n=n, defaults=defaults, pd=pd, segment="g").p == pytest.approx(
        calibration.pd_jeffreys(n, defaults, pd).p_value, rel=1e-9, abs=1e-15
    )


@settings(max_examples=25, deadline=None)
@example(357, 0.17785478491353204, 0.2)  # a tail of 0.0100017: by too few nodes it is 0.0099997
@given(st.integers(1, 400), st.floats(0.002, 0.2), st.sampled_from([0.0, 0.05, 0.2]))
def test_critical_numbers(n, pd, rho) -> None:
    ours = critical_defaults(n=n, pd=pd, correlation=rho)
    theirs = calibration.critical_default_count(n, pd, 0.99, rho)

    tail = defaults_at_least(n=n, pd=pd, defaults=min(ours, theirs), correlation=rho)
    assert ours == theirs or tail == pytest.approx(0.01, abs=1e-7)


@given(st.lists(GRADE, min_size=2, max_size=6))
def test_grades_together(grades) -> None:
    n, defaults, pd = (list(column) for column in zip(*grades, strict=True))

    ours = grades_chi2(n=n, defaults=defaults, pd=pd, segment="all")
    theirs = calibration.pd_chi2_grades(n, defaults, pd)

    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.p_value, abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_rows(seed) -> None:
    label, pd, other = draw(seed)

    area = area_under_curve(label=label, score=pd)
    auc, variance, _, _ = discrimination.auc_with_variance(pd, label)
    pair = paired_delong(label=label, champion=pd, challenger=other, segment="x")
    spread = spiegelhalter(label=label, pd=pd, segment="x")

    assert area is not None
    assert (area.auc, area.variance) == (pytest.approx(auc), pytest.approx(variance))
    assert pair.p == pytest.approx(discrimination.disc_delong(pd, other, label).p_value)
    assert spread.statistic == pytest.approx(calibration.pd_spiegelhalter(label, pd).statistic)


def test_hosmer_lemeshow_without_ties() -> None:
    random = np.random.default_rng(2)
    pd = random.uniform(0.02, 0.6, 1000)
    label = (random.random(1000) < pd).astype(int)

    ours = hosmer_lemeshow(label=label, pd=pd, segment="x", in_sample=False)

    assert ours.statistic == pytest.approx(calibration.pd_hosmer_lemeshow(label, pd).statistic)


@given(st.lists(st.tuples(st.floats(0.001, 0.1), st.floats(0, 0.2)), min_size=3, max_size=10))
def test_several_years(years) -> None:
    pd, rate = (list(column) for column in zip(*years, strict=True))
    gaps = np.array(rate) - np.array(pd)
    if gaps.std() < 1e-6:
        return

    ours = multi_year_normal(pd=pd, default_rate=rate, segment="x")

    assert ours.statistic == pytest.approx(
        calibration.pd_normal_multiperiod(rate, pd).statistic, rel=1e-6
    )


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=2, max_size=12))
def test_stability_of_filled_bins(bins) -> None:
    expected, actual = (list(column) for column in zip(*bins, strict=True))

    ours = population_stability(expected=expected, actual=actual, segment="x")
    theirs = stability.stability_psi(expected, actual)

    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.figures["benchmark"] == pytest.approx(
        stability.psi_benchmark(sum(expected), sum(actual), len(bins))
    )
