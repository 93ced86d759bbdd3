"""What a statistic does at its edges: one class, ties, empty grades, certain PDs, crashes."""

import dataclasses
import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goodstanding.validation.agreement import cohen_kappa
from goodstanding.validation.calibration import (
    brier_score,
    calibration_line,
    calibration_table,
    expected_calibration_error,
    hosmer_lemeshow,
    spiegelhalter,
)
from goodstanding.validation.development import (
    quality_figures,
    score_replication,
    stability_figures,
)
from goodstanding.validation.discrimination import (
    area_under_curve,
    auc_against_development,
    kolmogorov_smirnov,
    paired_delong,
)
from goodstanding.validation.errors import (
    InputNotFinite,
    InputShape,
    LabelNotBinary,
    ProbabilityOutOfRange,
    ResultIncomplete,
)
from goodstanding.validation.fairness import error_rates, selection_gap
from goodstanding.validation.families import (
    benjamini_hochberg,
    expected_performance,
    holm,
    run_tests,
)
from goodstanding.validation.grades import (
    binomial,
    critical_defaults,
    defaults_at_least,
    grades_chi2,
    jeffreys,
    most_prudent_pd,
    multi_year_normal,
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
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, worst_light

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.floats(-5, 5).map(lambda value: round(value, 1))),
    min_size=2,
    max_size=40,
)
GREEN: dict[str, object] = {
    "test_id": "example",
    "null_hypothesis": "nothing happened",
    "side": "upper",
    "reference": "nobody (1900)",
    "statistic": 1.0,
    "p": 0.5,
    "n": 100,
    "n_events": 40,
    "segment": "all",
    "thresholds": HOUSE_THRESHOLDS,
    "light": Light.GREEN,
    "inputs_hash": "0" * 64,
}


def result(**changes: object) -> TestResult:
    return TestResult(**{**GREEN, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"test_id": " "}, "no test_id"),
        ({"null_hypothesis": ""}, "no null_hypothesis"),
        ({"reference": ""}, "no reference"),
        ({"segment": ""}, "no segment"),
        ({"inputs_hash": "abc"}, "no hash"),
        ({"statistic": None}, "needs a statistic"),
        ({"statistic": float("nan")}, "finite"),
        ({"statistic": float("inf")}, "finite"),
        ({"p": None}, "needs a p-value"),
        ({"p": 0.03}, "means AMBER, not GREEN"),
        ({"p": 0.003}, "means RED, not GREEN"),
        ({"p": 0.003, "light": Light.AMBER}, "means RED, not AMBER"),
        ({"light": Light.RED}, "means GREEN, not RED"),
        ({"p": 0.5, "light": Light.RED, "effect_gate": "size"}, "means GREEN, not RED"),
    ],
)
def test_a_result_cannot_claim_another_light_than_its_figures(changes, why) -> None:
    with pytest.raises(ResultIncomplete, match=why):
        result(**changes)


@pytest.mark.parametrize("field", ["test_id", "side", "n", "n_events", "segment", "light", "p"])
def test_a_result_cannot_be_built_without_its_evidence(field) -> None:
    with pytest.raises(TypeError, match=field):
        TestResult(**{name: value for name, value in GREEN.items() if name != field})  # type: ignore[arg-type]


def test_a_result_never_changes() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        result().light = Light.RED  # type: ignore[misc]


def test_a_p_value_on_the_cut_is_on_its_good_side() -> None:
    assert HOUSE_THRESHOLDS.light_of_p(0.05) is Light.GREEN
    assert HOUSE_THRESHOLDS.light_of_p(0.01) is Light.AMBER
    assert HOUSE_THRESHOLDS.light_of_p(0.00999) is Light.RED


def test_error_outranks_red_and_nothing_is_not_evaluated() -> None:
    assert worst_light([Light.RED, Light.ERROR, Light.GREEN]) is Light.ERROR
    assert worst_light([Light.GREEN, Light.INSUFFICIENT]) is Light.INSUFFICIENT
    assert worst_light([]) is Light.NOT_EVALUATED


def test_a_crash_is_recorded_and_the_rest_runs() -> None:
    done = run_tests(
        {
            "broken": lambda: jeffreys(n=1, defaults=0, pd=2.0, segment="a"),
            "whole": lambda: jeffreys(n=100, defaults=1, pd=0.02, segment="a"),
        },
        segment="a",
    )

    assert [item.light for item in done] == [Light.ERROR, Light.GREEN]
    assert "ProbabilityOutOfRange" in done[0].note


@given(ROWS)
def test_auc_is_the_share_of_pairs_ranked_right(rows) -> None:
    label, score = (np.array(column, float) for column in zip(*rows, strict=True))
    bads, goods = score[label == 1], score[label == 0]

    area = area_under_curve(label=label, score=score)

    if len(bads) and len(goods):
        pairs = np.sign(bads[:, None] - goods[None, :]) / 2 + 0.5
        assert area is not None
        assert area.auc == pytest.approx(pairs.mean())
        assert 0 <= area.low <= area.auc <= area.high <= 1
        gaps = [np.mean(bads <= cut) - np.mean(goods <= cut) for cut in score]
        assert kolmogorov_smirnov(label=label, score=score) == pytest.approx(np.abs(gaps).max())
    else:
        assert area is None
        assert kolmogorov_smirnov(label=label, score=score) is None


@given(ROWS, st.randoms(use_true_random=False))
def test_row_order_changes_nothing_and_a_turned_score_mirrors(rows, random) -> None:
    shuffled = rows[:]
    random.shuffle(shuffled)
    (label, score), (label2, score2) = (
        np.array(list(zip(*entries, strict=True)), float) for entries in (rows, shuffled)
    )

    first = auc_against_development(label=label, score=score, auc_at_development=0.7, segment="all")
    second = auc_against_development(
        label=label2, score=score2, auc_at_development=0.7, segment="all"
    )
    mirrored = area_under_curve(label=label, score=-score)
    area = area_under_curve(label=label, score=score)

    assert first.inputs_hash == second.inputs_hash
    assert first.p == (None if second.p is None else pytest.approx(second.p))
    if area is not None and mirrored is not None:
        assert mirrored.auc == pytest.approx(1 - area.auc)


def test_a_slice_of_one_class_is_not_evaluated() -> None:
    alone = paired_delong(label=[1, 1], champion=[0.1, 0.2], challenger=[0.3, 0.1], segment="x")
    against = auc_against_development(
        label=[0, 0], score=[0.1, 0.2], auc_at_development=0.7, segment="x"
    )

    assert alone.light is against.light is Light.NOT_EVALUATED
    assert alone.statistic is against.statistic is None


def test_few_events_show_numbers_and_decide_nothing() -> None:
    label, score = [1] * 29 + [0] * 500, [0.0] * 29 + [1.0] * 499 + [0.5]

    outcome = auc_against_development(label=label, score=score, auc_at_development=0.9, segment="x")

    assert outcome.light is Light.INSUFFICIENT
    assert outcome.p is None or outcome.p < 0.01


def test_many_events_decide() -> None:
    random = np.random.default_rng(5)
    label = random.random(2000) < 0.2
    good, noise = label + random.normal(size=2000), random.normal(size=2000)

    worse = paired_delong(label=label, champion=noise, challenger=good, segment="all")
    fallen = auc_against_development(
        label=label, score=noise, auc_at_development=0.75, segment="all"
    )

    assert worse.light is fallen.light is Light.RED
    assert worse.statistic is not None
    assert worse.statistic < 0


def test_models_that_rank_alike_do_not_differ() -> None:
    label = [0, 1] * 40
    score = list(range(80))

    same = paired_delong(
        label=label, champion=score, challenger=[2 * value for value in score], segment="all"
    )

    assert (same.statistic, same.p, same.light) == (0.0, 1.0, Light.GREEN)


def test_perfect_against_reversed_has_no_variance_to_judge_by() -> None:
    label = [0] * 40 + [1] * 40

    opposite = paired_delong(
        label=label, champion=label, challenger=[1 - value for value in label], segment="all"
    )

    assert (opposite.statistic, opposite.light) == (None, Light.INSUFFICIENT)
    assert opposite.figures["auc_champion"] - opposite.figures["auc_challenger"] == 1


@pytest.mark.parametrize("pd", [[0.1, 0.0, 1.0], [0.2, -0.1, float("nan")]])
def test_a_certain_pd_is_an_error_that_names_its_rows(pd) -> None:
    with pytest.raises(ProbabilityOutOfRange, match="rows 1, 2"):
        brier_score(label=[0, 1, 0], pd=pd)


def test_other_inputs_that_are_refused() -> None:
    with pytest.raises(LabelNotBinary, match="rows 1 "):
        area_under_curve(label=[0, 0.5, 1], score=[1, 2, 3])
    with pytest.raises(InputNotFinite, match="rows 2"):
        area_under_curve(label=[0, 1, 1], score=[1, 2, float("nan")])
    with pytest.raises(InputNotFinite, match="0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"):
        area_under_curve(label=[0] * 12, score=[float("inf")] * 12)
    with pytest.raises(InputShape, match=r"\[2, 3\] rows"):
        area_under_curve(label=[0, 1], score=[1, 2, 3])
    with pytest.raises(InputShape, match="one column"):
        area_under_curve(label=[0, 1], score=[[1, 2]])


def test_an_empty_grade_is_not_evaluated_and_never_green() -> None:
    assert jeffreys(n=0, defaults=0, pd=0.01, segment="A").light is Light.NOT_EVALUATED
    assert binomial(n=0, defaults=0, pd=0.01, segment="A").light is Light.NOT_EVALUATED
    together = grades_chi2(n=[0, 100], defaults=[0, 1], pd=[0.01, 0.01], segment="all")
    assert (together.figures["df"], together.note) == (1, "1 empty grades left out")
    nobody = grades_chi2(n=[0], defaults=[0], pd=[0.01], segment="all")
    assert nobody.light is Light.NOT_EVALUATED


def test_an_underestimated_grade_turns_red() -> None:
    assert jeffreys(n=1000, defaults=20, pd=0.01, segment="A").light is Light.RED
    assert binomial(n=1000, defaults=20, pd=0.01, segment="A").light is Light.RED
    shared = binomial(n=1000, defaults=20, pd=0.01, correlation=0.1, segment="A")
    assert (shared.test_id, shared.light) == ("binomial_one_factor", Light.GREEN)


@given(st.integers(1, 300), st.floats(0.001, 0.3), st.sampled_from([0.0, 0.1]))
def test_the_critical_number_is_the_first_that_rejects(n, pd, correlation) -> None:
    k = critical_defaults(n=n, pd=pd, correlation=correlation)

    assert defaults_at_least(n=n, pd=pd, defaults=k, correlation=correlation) <= 0.01 + 1e-12
    assert defaults_at_least(n=n, pd=pd, defaults=k - 1, correlation=correlation) > 0.01


def test_most_prudent_pds_stay_in_order_and_end_at_one() -> None:
    bounds = most_prudent_pd(n=[50, 50, 20], defaults=[0, 3, 2], confidence=0.9)

    assert bounds == sorted(bounds)
    assert most_prudent_pd(n=[10, 5], defaults=[0, 5], confidence=0.5)[1] == 1.0


def test_one_year_alone_is_too_few() -> None:
    assert multi_year_normal(pd=[0.01], default_rate=[0.02], segment="x").light is (
        Light.INSUFFICIENT
    )


def test_equal_pds_stay_in_one_group() -> None:
    label, pd = [0, 1] * 50, [0.1] * 60 + [0.4] * 40

    table = calibration_table(label=label, pd=pd)

    assert [row["mean_pd"] for row in table] == pytest.approx([0.1, 0.4])
    assert sum(row["n"] for row in table) == 100
    short = hosmer_lemeshow(label=label, pd=pd, segment="x", in_sample=True)
    assert short.light is Light.INSUFFICIENT


def test_calibration_line_finds_what_bent_the_pds() -> None:
    random = np.random.default_rng(8)
    margin = random.normal(-1, 1, 20_000)
    label = random.random(20_000) < 1 / (1 + np.exp(-(0.3 + 0.5 * margin)))
    true = 1 / (1 + np.exp(-(0.3 + 0.5 * margin)))

    bent = calibration_line(label=label, pd=1 / (1 + np.exp(-margin)), segment="x")
    straight = calibration_line(label=label, pd=true, segment="x")
    alone = calibration_line(label=[1, 1], pd=[0.2, 0.3], segment="x")

    assert bent.figures["intercept"] == pytest.approx(0.3, abs=0.06)
    assert bent.figures["slope"] == pytest.approx(0.5, abs=0.05)
    assert (bent.light, straight.light) == (Light.RED, Light.GREEN)
    assert alone.light is Light.NOT_EVALUATED
    assert expected_calibration_error(label=label, pd=true) < 0.02
    assert expected_calibration_error(label=label, pd=1 - true) > 0.1


def test_spiegelhalter_cannot_judge_even_odds() -> None:
    assert spiegelhalter(label=[0, 1], pd=[0.5, 0.5], segment="x").light is Light.NOT_EVALUATED


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
