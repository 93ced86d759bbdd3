"""The worked examples of the field guide on model risk, section 11, digit for digit."""

import numpy as np
import polars as pl
import pytest

from goodstanding.validation.agreement import cohen_kappa
from goodstanding.validation.calibration import brier_score, hosmer_lemeshow, spiegelhalter
from goodstanding.validation.discrimination import (
    area_under_curve,
    auc_against_development,
    kolmogorov_smirnov,
    paired_delong,
)
from goodstanding.validation.fairness import error_rates, selection_gap
from goodstanding.validation.families import benjamini_hochberg, expected_performance, holm
from goodstanding.validation.grades import (
    binomial,
    critical_defaults,
    grades_chi2,
    jeffreys,
    most_prudent_pd,
    multi_year_normal,
)
from goodstanding.validation.loss import kupiec, realised_above_estimate
from goodstanding.validation.stability import (
    concentration_of_grades,
    information_value,
    matrix_weighted_bandwidth,
    migration_z,
    population_stability,
    stability_index,
)
from goodstanding.validation.types import Light
from tests.shared import shared_data

LABEL = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
CHAMPION = [0.9, 0.8, 0.4, 0.35, 0.7, 0.5, 0.4, 0.3, 0.2, 0.2, 0.1, 0.05]
CHALLENGER = [0.6, 0.9, 0.2, 0.5, 0.8, 0.4, 0.3, 0.3, 0.6, 0.1, 0.2, 0.1]
MIGRATION = [[50, 8, 2, 0], [10, 60, 9, 1], [1, 12, 40, 7], [0, 1, 3, 16]]


def about(value: float, digits: int) -> object:
    """The guide's figure, its last digit give or take one."""
    return pytest.approx(value, abs=1.01 * 10**-digits)


@pytest.mark.parametrize(
    ("n", "defaults", "pd", "jeffreys_p", "binomial_p"),
    [
        (1000, 20, 0.01, 0.0022307, 0.0032884),
        (400, 2, 0.004, 0.3308784, 0.4754575),
        (100, 0, 0.01, 0.8442593, 1.0),
    ],
)
def test_one_grade(n, defaults, pd, jeffreys_p, binomial_p) -> None:
    assert jeffreys(n=n, defaults=defaults, pd=pd, segment="grade").p == about(jeffreys_p, 7)
    assert binomial(n=n, defaults=defaults, pd=pd, segment="grade").p == about(binomial_p, 7)


def test_three_grades_together() -> None:
    n, defaults, pd = [406, 480, 114], [55, 41, 10], [0.10342906, 0.09952396, 0.09571932]

    result = grades_chi2(n=n, defaults=defaults, pd=pd, segment="portfolio")

    assert result.statistic == about(5.644444, 6)
    assert result.figures["df"] == 3
    assert result.p == about(0.130250, 6)
    assert (result.n, result.n_events) == (1000, 106)


def test_the_same_grades_as_hosmer_lemeshow_in_sample() -> None:
    grades = zip([406, 480, 114], [55, 41, 10], [0.10342906, 0.09952396, 0.09571932], strict=True)
    rows = [(int(at < bads), pd) for n, bads, pd in grades for at in range(n)]
    label, pd = zip(*rows, strict=True)

    in_sample = hosmer_lemeshow(label=label, pd=pd, segment="all", groups=1000, in_sample=True)
    outside = hosmer_lemeshow(label=label, pd=pd, segment="all", groups=1000, in_sample=False)

    assert in_sample.statistic == about(5.644444, 6)
    assert (in_sample.figures["df"], in_sample.p) == (1, about(0.017511, 6))
    assert (outside.figures["df"], outside.p) == (3, about(0.130250, 6))


def test_concentration_of_grades() -> None:
    result = concentration_of_grades(
        current=[406, 480, 114], initial=[382, 515, 103], segment="portfolio"
    )

    assert result.figures["cv_current"] == about(0.474021, 6)
    assert result.figures["cv_initial"] == about(0.515048, 6)
    assert result.figures["hi_current"] == about(0.184499, 6)
    assert result.figures["hi_initial"] == about(0.214169, 6)
    assert result.p == about(0.557164, 6)


@pytest.mark.parametrize(("n", "expected"), [(100, [5, 6, 7, 8, 10]), (1000, [19, 35, 49, 63, 77])])
def test_critical_defaults_with_one_factor(n, expected) -> None:
    found = [critical_defaults(n=n, pd=0.01, correlation=rho) for rho in (0, 0.05, 0.1, 0.15, 0.2)]

    assert found == expected


def test_discrimination_of_champion_and_challenger() -> None:
    champion = area_under_curve(label=LABEL, score=CHAMPION)
    challenger = area_under_curve(label=LABEL, score=CHALLENGER)

    assert champion is not None
    assert challenger is not None
    assert (champion.auc, challenger.auc) == (0.828125, 0.71875)
    assert champion.variance == about(0.0172294, 7)
    assert challenger.variance == about(0.0305060, 7)
    assert champion.gini == 0.65625
    assert kolmogorov_smirnov(label=LABEL, score=CHAMPION) == 0.625


def test_paired_delong_on_the_same_rows() -> None:
    result = paired_delong(label=LABEL, champion=CHAMPION, challenger=CHALLENGER, segment="all")

    assert (result.statistic, result.p) == (about(0.752334, 6), about(0.451850, 6))
    assert result.light is Light.INSUFFICIENT


def test_auc_against_development() -> None:
    result = auc_against_development(
        label=LABEL, score=CHAMPION, auc_at_development=0.90, segment="all"
    )

    assert (result.statistic, result.p) == (about(0.547575, 6), about(0.291992, 6))


def test_migration() -> None:
    cells = migration_z(MIGRATION)

    assert matrix_weighted_bandwidth(MIGRATION) == (0.46875, 0.5)
    assert cells[1, 2] == (about(7.853555, 6), pytest.approx(1.0))
    assert cells[1, 3] is not None
    assert cells[1, 3][0] == about(1.956984, 6)


def test_population_stability() -> None:
    drifted = population_stability(
        expected=[10] * 10, actual=[4, 16, 8, 12, 7, 13, 10, 10, 6, 14], segment="all"
    )

    assert stability_index(expected=[0.25] * 4, actual=[0.1, 0.2, 0.3, 0.4]) == about(0.2282174, 7)
    assert drifted.statistic == about(0.1437501, 7)
    assert drifted.figures["benchmark"] == about(0.3383796, 7)
    assert (drifted.p, drifted.light) == (about(0.617605, 6), Light.GREEN)


def test_spiegelhalter_and_brier() -> None:
    pd, label = np.arange(1, 9) / 10, [0, 0, 1, 0, 1, 1, 1, 1]

    result = spiegelhalter(label=label, pd=pd, segment="all")

    assert (result.statistic, result.p) == (about(-0.628539, 6), about(0.529651, 6))
    assert brier_score(label=label, pd=pd) == pytest.approx(0.155)


def test_several_years() -> None:
    result = multi_year_normal(
        pd=[0.010, 0.010, 0.012, 0.012, 0.011],
        default_rate=[0.012, 0.009, 0.016, 0.015, 0.014],
        segment="portfolio",
    )

    assert (result.statistic, result.p) == (about(2.557448, 6), about(0.005272, 6))
    assert result.light is Light.RED


def test_most_prudent_pds() -> None:
    found = most_prudent_pd(n=[100, 400, 300], defaults=[0, 0, 0], confidence=0.5)

    assert [100 * bound for bound in found] == [
        about(0.086606, 6),
        about(0.098972, 6),
        about(0.230782, 6),
    ]


def test_loss_given_default() -> None:
    result = realised_above_estimate(
        estimate=[0.40, 0.35, 0.50, 0.20, 0.60, 0.45, 0.30, 0.25],
        realised=[0.55, 0.30, 0.62, 0.10, 0.80, 0.45, 0.41, 0.38],
        segment="all",
    )

    assert (result.statistic, result.p) == (about(1.861356, 6), about(0.052501, 6))
    assert result.light is Light.GREEN


def test_kupiec() -> None:
    result = kupiec(n=250, breaches=3, rate=0.05, segment="all")

    assert (result.statistic, result.p) == (about(10.812334, 6), about(0.001008, 6))


def test_agreement_and_families() -> None:
    assert cohen_kappa([[20, 5], [10, 15]]) == pytest.approx(0.40)
    assert cohen_kappa([[45, 15], [25, 15]]) == about(0.130435, 6)
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])


def test_information_value() -> None:
    value = information_value(bad=[135, 105, 14, 46], good=[139, 164, 49, 348])

    assert value == about(0.666012, 6)


def test_selection_gap_of_the_german_data() -> None:
    gap = selection_gap(selected=110, n=190, reference_selected=590, reference_n=810)

    assert gap is not None
    assert gap.gap == about(-0.149448, 6)
    assert gap.ratio == about(0.794826, 6)
    assert gap.z == about(-4.045748, 6)
    assert (gap.interval.low, gap.interval.high) == (about(-0.226412, 6), about(-0.074479, 6))


def test_error_rates() -> None:
    rates = error_rates(
        true_negatives=990, false_positives=805, false_negatives=532, true_positives=1369
    )

    assert rates.false_positive_rate == about(0.448468, 6)
    assert rates.false_negative_rate == about(0.279853, 6)
    assert rates.precision == about(0.629715, 6)


def test_expected_performance_before_labels_mature() -> None:
    told = expected_performance(p=[0.1, 0.4, 0.6, 0.9], cut=0.5)

    assert told == pytest.approx({"accuracy": 0.75, "precision": 0.75, "recall": 0.75})


def test_logit_on_the_german_data() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    rows = pl.read_csv(shared_data("consumer_credit/german_credit_1000.csv.gz"))
    label = (rows["creditability"] == "bad").cast(pl.Int8).to_numpy()
    inputs = rows.drop("creditability", "personal_status_and_sex")
    texts = [name for name, kind in inputs.schema.items() if kind == pl.String]
    dummies = inputs.to_dummies(texts, drop_first=True).to_numpy().astype(float)
    matrix = (dummies - dummies.mean(axis=0)) / dummies.std(axis=0)

    fit = linear_model.LogisticRegression(C=np.inf, max_iter=5000, tol=1e-10)
    pd = fit.fit(matrix, label).predict_proba(matrix)[:, 1]

    deviance = -2 * float(np.sum(np.where(label == 1, np.log(pd), np.log1p(-pd))))
    area = area_under_curve(label=label, score=pd)
    assert area is not None
    assert matrix.shape[1] + 1 == 46
    assert deviance == about(905.1458, 4)
    assert area.auc == about(0.829648, 6)
    assert kolmogorov_smirnov(label=label, score=pd) == about(0.516667, 6)
