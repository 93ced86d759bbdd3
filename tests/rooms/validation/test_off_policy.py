"""Off-policy evaluation: the guide's example to its digits, a simulation with known truth."""

import numpy as np
import pytest

from goodstanding.validation.errors import (
    InputShape,
    LabelNotBinary,
    NoOverlap,
    PropensityOutOfRange,
)
from goodstanding.validation.off_policy import (
    Evidence,
    OfflineEvaluation,
    Quadrant,
    evaluate_offline,
)

KEEP_IN, SWAP_IN = 5000, 1000


def worked_example(*, explored: int, bads: int, chance: float = 0.05) -> OfflineEvaluation:
    """6,000 cases that the challenger approves: 5,000 both, 1,000 it alone, some explored."""
    approved = np.r_[np.ones(KEEP_IN + explored), np.zeros(SWAP_IN - explored)]
    outcome = np.full(KEEP_IN + SWAP_IN, np.nan)
    outcome[: KEEP_IN + explored] = 0
    outcome[:150] = 1
    outcome[KEEP_IN : KEEP_IN + bads] = 1
    return evaluate_offline(
        approved=approved,
        propensity=np.r_[np.ones(KEEP_IN), np.full(SWAP_IN, chance)],
        outcome=outcome,
        candidate_approves=np.ones(KEEP_IN + SWAP_IN),
        champion_approves=np.r_[np.ones(KEEP_IN), np.zeros(SWAP_IN)],
        model=np.r_[np.full(KEEP_IN, np.nan), np.full(SWAP_IN, 0.09)],
    )


def test_the_worked_example_of_the_guide() -> None:
    few, more = worked_example(explored=50, bads=6), worked_example(explored=58, bads=7)

    assert few.point("IPS").value == pytest.approx(0.0450, abs=5e-7)
    assert few.point("IPS").standard_error == pytest.approx(0.0084, abs=5e-5)
    assert more.point("IPS").value == pytest.approx(0.04833, abs=5e-6)
    assert more.point("SNIPS").value == pytest.approx(0.04708, abs=5e-6)
    assert more.point("DR").value == pytest.approx(0.04593, abs=5e-6)


def test_every_class_of_evidence_is_counted_by_quadrant() -> None:
    found = worked_example(explored=50, bads=6)

    quadrants = {each.quadrant: each for each in found.quadrants}
    assert quadrants[Quadrant.KEEP_IN].by_class[Evidence.OBSERVED] == KEEP_IN
    assert quadrants[Quadrant.SWAP_IN].by_class[Evidence.RANDOMISED] == SWAP_IN
    assert quadrants[Quadrant.SWAP_OUT].weak_share is None
    assert found.weak_share == 0
    assert (found.explored.value, found.explored.n) == (pytest.approx(6 / 50), 50)
    assert found.bounds == (pytest.approx(156 / 6000), pytest.approx((156 + 950) / 6000))
    assert found.overlap.effective_n == pytest.approx((5000 + 1000) ** 2 / (5000 + 50 * 400))


def test_no_point_estimate_where_nothing_could_be_approved() -> None:
    found = worked_example(explored=0, bads=0, chance=0.0)

    assert found.estimates == ()
    with pytest.raises(NoOverlap) as refused:
        found.point("DR")
    assert "1000 of 6000 cases" in str(refused.value)
    assert found.bounds == (pytest.approx(150 / 6000), pytest.approx(1150 / 6000))
    assert found.weak_share == pytest.approx(1 / 6)


def test_immature_and_indeterminate_cases_are_never_good() -> None:
    found = evaluate_offline(
        approved=[1, 1, 1, 1],
        propensity=[1, 1, 1, 1],
        outcome=[1, 0, np.nan, np.nan],
        candidate_approves=[1, 1, 1, 1],
        champion_approves=[1, 1, 1, 1],
        matured=[1, 1, 1, 0],
    )

    assert (found.immature, found.indeterminate, found.n) == (1, 1, 3)
    assert found.point("IPS").value == pytest.approx(1 / 2)
    assert found.bounds == (pytest.approx(1 / 3), pytest.approx(2 / 3))


def test_connected_cases_count_as_one_draw() -> None:
    rows = {
        "approved": np.ones(40), "propensity": np.ones(40), "candidate_approves": np.ones(40),
        "champion_approves": np.ones(40), "outcome": np.repeat([1, 0, 0, 0], 10),
    }  # fmt: skip

    alone = evaluate_offline(**rows).point("IPS")
    together = evaluate_offline(**rows, group=np.repeat(np.arange(20), 2)).point("IPS")

    assert together.value == alone.value
    # pairs of equal outcomes halve the draws: sqrt(2), with G / (G - 1) on both sides
    assert together.standard_error / alone.standard_error == pytest.approx(
        np.sqrt(2 * (20 / 19) / (40 / 39))
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"propensity": [1.2, 1]}, PropensityOutOfRange),
        ({"propensity": [0, 1]}, PropensityOutOfRange),
        ({"approved": [1, 0]}, PropensityOutOfRange),
        ({"outcome": [2, 0]}, LabelNotBinary),
        ({"propensity": [1]}, InputShape),
        ({"outcome": [3.0, 0.5], "outcome_range": (0.0, 2.0)}, InputShape),
    ],
)
def test_columns_that_make_no_log_are_refused(
    change: dict[str, list[float]], refusal: type[Exception]
) -> None:
    columns = {"approved": [1, 1], "propensity": [1, 1], "outcome": [1, 0]}
    columns |= {"candidate_approves": [1, 1], "champion_approves": [1, 1]}

    with pytest.raises(refusal):
        evaluate_offline(**(columns | change))


def test_a_method_without_its_columns_is_refused() -> None:
    found = evaluate_offline(
        approved=[1, 1],
        propensity=[1, 1],
        outcome=[1, 0],
        candidate_approves=[1, 1],
        champion_approves=[1, 1],
    )

    with pytest.raises(InputShape):
        found.point("DR")


def test_two_percent_of_exploration_takes_the_bias_away() -> None:
    """An underwriter saw something unrecorded: keep-in alone is off, the weighted are not."""
    random = np.random.default_rng(20260701)
    truth, naive, covered = [], [], []
    errors: dict[str, list[float]] = {"IPS": [], "SNIPS": [], "DR": [], "stratified": []}
    for _ in range(40):
        log, candidate, bad = book(random)
        found = evaluate_offline(**log)
        real = bad[candidate].mean()
        truth.append(real)
        kept = log["approved"].astype(bool) & (log["propensity"] == 1) & candidate
        naive.append(bad[kept].mean() - real)
        for method, gaps in errors.items():
            gaps.append(found.point(method).value - real)
        stratified = found.point("stratified")
        covered.append(stratified.low <= real <= stratified.high)

    assert np.mean(truth) == pytest.approx(0.029, abs=0.003)
    assert np.mean(naive) < -0.005
    for gaps in errors.values():
        assert abs(np.mean(gaps)) < 3 * np.std(gaps) / np.sqrt(40) + 1e-4
    assert np.mean(covered) >= 0.85


def book(
    random: np.random.Generator, n: int = 60_000
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """A log of `n` cases with 2 % of the declined approved, the candidate's, and the truth."""
    score, unseen = random.normal(size=n), random.normal(size=n)
    pd = 1 / (1 + np.exp(3.75 + 0.9 * score + 0.8 * unseen))
    bad = random.random(n) < pd
    champion = score + 1.2 * unseen > -0.6
    propensity = np.where(champion, 1.0, 0.02)
    approved = champion | (random.random(n) < propensity)
    candidate = score > -1.0
    log = {
        "approved": approved.astype(float),
        "propensity": propensity,
        "outcome": np.where(approved, bad, np.nan),
        "candidate_approves": candidate.astype(float),
        "champion_approves": champion.astype(float),
        "model": 1 / (1 + np.exp(3.75 + 0.9 * score)),
    }
    return log, candidate, bad
