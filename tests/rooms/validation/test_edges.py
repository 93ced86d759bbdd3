"""What a statistic does at its edges: one class, ties, empty grades, certain PDs, crashes."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goodstanding.validation.calibration import (
    brier_score,
    calibration_line,
    calibration_table,
    expected_calibration_error,
    hosmer_lemeshow,
    spiegelhalter,
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
from goodstanding.validation.families import (
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
from goodstanding.validation.intervals import beta_quantile, chi_square_quantile, normal_quantile
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


def test_quantiles_are_those_of_scipys_distributions() -> None:
    for probability in (0.001, 0.025, 0.5, 0.975):
        for a, b in ((0.5, 3.5), (12.5, 988.5), (4, 1e6)):
            expected = stats.beta.ppf(probability, a, b)
            assert beta_quantile(probability, a, b) == pytest.approx(expected, rel=1e-9)
        for degrees in (1, 2.5, 60, 4e5):
            expected = stats.chi2.ppf(probability, degrees)
            assert chi_square_quantile(probability, degrees) == pytest.approx(expected, rel=1e-9)
        assert normal_quantile(probability) == pytest.approx(stats.norm.ppf(probability), abs=1e-12)


def test_an_interval_costs_no_distributions() -> None:
    """The first page with a rate waits for what is imported: scipy.stats takes a second."""
    program = (
        "import sys; from goodstanding.validation.intervals import jeffreys_interval, wilson;"
        "jeffreys_interval(events=3, n=90); wilson(events=3, n=90);"
        "sys.exit('scipy.stats' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
