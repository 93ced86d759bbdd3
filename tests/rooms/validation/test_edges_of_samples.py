"""Edges of stability, intervals, fairness, leakage and replication."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goodstanding.validation.agreement import cohen_kappa
from goodstanding.validation.development import (
    quality_figures,
    score_replication,
    stability_figures,
)
from goodstanding.validation.errors import (
    InputShape,
)
from goodstanding.validation.fairness import error_rates, selection_gap
from goodstanding.validation.families import (
    benjamini_hochberg,
    expected_performance,
    holm,
)
from goodstanding.validation.intervals import (
    clopper_pearson,
    jeffreys_interval,
    newcombe,
    wilson,
)
from goodstanding.validation.leakage import input_too_good, known_too_late, univariate_auc
from goodstanding.validation.loss import kupiec, realised_above_estimate
from goodstanding.validation.stability import (
    bin_counts,
    bin_edges,
    concentration_of_grades,
    herfindahl,
    matrix_weighted_bandwidth,
    migration_z,
    population_stability,
    stability_index,
)
from goodstanding.validation.types import Light


def test_samples_without_a_common_bin_are_far_apart() -> None:
    apart = population_stability(expected=[100, 0], actual=[0, 100], segment="x")

    assert apart.light is Light.RED
    assert apart.statistic is not None
    assert apart.statistic > 5
    assert apart.note == "2 empty bins counted as half a row"


def test_chance_alone_passes_a_tenth_on_small_samples_and_stays_green() -> None:
    random = np.random.default_rng(3)
    outcomes = []
    for _ in range(300):
        first, second = (random.multinomial(100, [0.1] * 10).tolist() for _ in range(2))
        outcomes.append(population_stability(expected=first, actual=second, segment="x"))

    passing = np.mean([item.statistic is not None and item.statistic >= 0.1 for item in outcomes])
    green = np.mean([item.light is Light.GREEN for item in outcomes])
    assert passing == pytest.approx(0.85, abs=0.06)
    assert green > 0.9


def test_a_tiny_shift_of_a_large_population_stays_green() -> None:
    moved = population_stability(expected=[50_000] * 2, actual=[51_000, 49_000], segment="x")

    assert moved.p is not None
    assert moved.p < 0.01
    assert (moved.light, moved.effect_gate) == (Light.GREEN, "PSI >= 0.1 amber, >= 0.25 red")


def test_a_shift_between_the_cuts_is_amber() -> None:
    moved = population_stability(expected=[5_000] * 2, actual=[6_800, 3_200], segment="x")

    assert moved.light is Light.AMBER


def test_stability_of_nobody_and_other_refusals() -> None:
    nobody = population_stability(expected=[0, 0], actual=[1, 2], segment="x")

    assert nobody.light is Light.NOT_EVALUATED
    for wrong in ([0.5, 0.0, 0.5], [-1, 3], [0, 0]):
        with pytest.raises(InputShape):
            stability_index(expected=wrong, actual=[1] * len(wrong))
    with pytest.raises(InputShape, match="at least two"):
        population_stability(expected=[3], actual=[3], segment="x")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_every_row_falls_into_one_bin(values) -> None:
    edges = bin_edges(values)

    assert sum(bin_counts(values, edges=edges)) == len(values)


def test_migration_of_nobody_is_undefined() -> None:
    assert matrix_weighted_bandwidth([[5, 0], [0, 5]]) == (None, None)
    assert migration_z([[0, 0], [1, 1]])[1, 2] is None
    assert migration_z([[5, 0, 0], [0, 5, 0], [0, 0, 5]])[1, 3] is None
    with pytest.raises(InputShape, match="square"):
        matrix_weighted_bandwidth([[1, 2]])


def test_concentration_of_an_even_grading_is_undefined() -> None:
    even = concentration_of_grades(current=[5, 5], initial=[9, 1], segment="x")

    assert even.light is Light.NOT_EVALUATED
    assert herfindahl([1, 1, 1, 1]) == 0.25
    with pytest.raises(InputShape):
        concentration_of_grades(current=[5], initial=[5], segment="x")


def test_kupiec_without_a_breach() -> None:
    none = kupiec(n=250, breaches=0, rate=0.01, segment="x")

    assert none.statistic == pytest.approx(-2 * 250 * np.log(0.99))
    assert kupiec(n=0, breaches=0, rate=0.01, segment="x").light is Light.NOT_EVALUATED
    assert kupiec(n=10, breaches=10, rate=0.5, segment="x").statistic == pytest.approx(
        -20 * np.log(0.5)
    )
    with pytest.raises(InputShape):
        kupiec(n=3, breaches=4, rate=0.1, segment="x")


def test_one_loss_is_too_few() -> None:
    assert realised_above_estimate(estimate=[0.3], realised=[0.9], segment="x").light is (
        Light.INSUFFICIENT
    )


@given(st.integers(0, 60), st.integers(0, 60))
def test_intervals_hold_their_rate_and_stay_in_range(events, others) -> None:
    n = events + others
    for interval in (
        wilson(events=events, n=n),
        jeffreys_interval(events=events, n=n),
        clopper_pearson(events=events, n=n),
    ):
        if n == 0:
            assert interval.value is interval.low is interval.high is None
        else:
            assert 0 <= interval.low <= interval.value <= interval.high <= 1


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30), st.integers(1, 30))
def test_newcombe_stays_in_range_and_turns_with_its_groups(a, more_a, b, more_b) -> None:
    one = newcombe(events=a, n=a + more_a, other_events=b, other_n=b + more_b)
    two = newcombe(events=b, n=b + more_b, other_events=a, other_n=a + more_a)

    assert one.low is not None
    assert -1 <= one.low <= one.value <= one.high <= 1
    assert (two.low, two.high) == (pytest.approx(-one.high), pytest.approx(-one.low))
    assert newcombe(events=0, n=0, other_events=b, other_n=b + more_b).value is None


def test_wilson_and_clopper_pearson_against_published_values() -> None:
    score = wilson(events=81, n=263)
    exact = clopper_pearson(events=81, n=263)

    assert (score.low, score.high) == (
        pytest.approx(0.2553, abs=5e-5),
        pytest.approx(0.3662, abs=5e-5),
    )
    assert (exact.low, exact.high) == (
        pytest.approx(stats.binomtest(81, 263).proportion_ci(method="exact").low),
        pytest.approx(stats.binomtest(81, 263).proportion_ci(method="exact").high),
    )
    with pytest.raises(InputShape):
        wilson(events=3, n=2)


def test_agreement_without_variety_is_undefined() -> None:
    assert cohen_kappa([[5, 0], [0, 0]]) is None
    assert cohen_kappa([[0, 0], [0, 0]]) is None
    with pytest.raises(InputShape):
        cohen_kappa([[1, 2, 3]])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_p_values_never_fall_and_holm_is_the_stricter(p) -> None:
    strict, screen = holm(p), benjamini_hochberg(p)

    for raw, first, second in zip(p, strict, screen, strict=True):
        assert raw - 1e-12 <= second <= first + 1e-12 <= 1 + 2e-12


def test_groups_without_people_have_no_gap() -> None:
    assert selection_gap(selected=0, n=0, reference_selected=3, reference_n=5) is None
    nobody = selection_gap(selected=0, n=5, reference_selected=0, reference_n=5)
    assert nobody is not None
    assert (nobody.ratio, nobody.z) == (None, None)
    empty = error_rates(true_negatives=0, false_positives=0, false_negatives=0, true_positives=0)
    assert empty.precision is None
    assert expected_performance(p=[0.1], cut=0.5)["precision"] is None


def test_an_input_that_knows_the_outcome_is_found_without_an_order() -> None:
    random = np.random.default_rng(4)
    label = (random.random(4000) < 0.1).astype(int)
    fold = np.arange(4000) % 5
    odd = random.integers(1, 120, 4000) * 12 + label * random.integers(1, 12, 4000)
    honest = [
        None if hidden else value
        for hidden, value in zip(
            random.random(4000) < 0.1, random.choice(["a", "b", "c"], 4000), strict=True
        )
    ]

    leak = input_too_good(name="term", values=odd % 12, label=label, fold=fold, segment="all")
    fine = input_too_good(name="state", values=honest, label=label, fold=fold, segment="all")
    few = input_too_good(
        name="x", values=odd[:100], label=label[:100], fold=fold[:100], segment="a"
    )

    assert (leak.light, fine.light, few.light) == (Light.RED, Light.GREEN, Light.INSUFFICIENT)
    assert univariate_auc(values=-odd.astype(float), label=label, fold=fold) == pytest.approx(
        univariate_auc(values=odd, label=label, fold=fold), abs=0.02
    )
    assert univariate_auc(values=[None] * 100, label=label[:100], fold=fold[:100]) == 0.5


def test_values_known_after_the_decision_are_found() -> None:
    noon = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    later = noon + dt.timedelta(microseconds=1)

    late = known_too_late(name="x", decided_at=[noon, noon], known_at=[noon, later], segment="a")
    fine = known_too_late(name="x", decided_at=[noon], known_at=[noon], segment="a")
    nobody = known_too_late(name="x", decided_at=[], known_at=[], segment="a")

    assert (late.light, late.n_events) == (Light.RED, 1)
    assert (fine.light, nobody.light) == (Light.GREEN, Light.NOT_EVALUATED)
    with pytest.raises(InputShape):
        known_too_late(name="x", decided_at=[noon], known_at=[], segment="a")


def test_score_replication_wants_no_difference_at_all() -> None:
    scores = [Decimal("0.100000"), Decimal("0.200000")]

    same = score_replication(recorded=scores, recomputed=scores[:], segment="all")
    moved = score_replication(
        recorded=scores, recomputed=[scores[0], Decimal("0.200001")], segment="all"
    )
    nobody = score_replication(recorded=[], recomputed=[], segment="all")

    assert (same.light, same.n, same.statistic) == (Light.GREEN, 2, 0.0)
    assert (moved.light, moved.n_events) == (Light.RED, 1)
    assert moved.figures["largest_difference"] == pytest.approx(1e-6)
    assert nobody.light is Light.NOT_EVALUATED
    with pytest.raises(InputShape):
        score_replication(recorded=scores, recomputed=[], segment="all")


def test_figures_of_a_card() -> None:
    random = np.random.default_rng(1)
    pd = random.uniform(0.01, 0.4, 3000)
    label = random.random(3000) < pd

    told = quality_figures(label=label, pd=pd, segment="train")
    moved = stability_figures(reference=pd, current=pd * 0.9, segment="x")

    assert told["n"] == 3000
    assert told["auc_low"] < told["auc"] < told["auc_high"]
    assert [test["light"] for test in told["tests"]] == ["GREEN"] * 3
    assert moved["test_id"] == "psi:score"
    assert sum(moved["expected"]) == sum(moved["actual"]) == 3000
