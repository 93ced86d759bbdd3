"""Power, splits, confidence sequences, grouped ratios: known answers and simulated looks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.validation.clusters import grouped_error, ratio_of_groups
from goodstanding.validation.errors import InputShape
from goodstanding.validation.power import power_of, sizes
from goodstanding.validation.sequences import (
    SideFigures,
    difference_sequence,
    half_width,
    mean_sequence,
    tuning,
)
from goodstanding.validation.splits import check_split
from goodstanding.validation.survival import share_by


def test_the_sizes_of_the_guide() -> None:
    planned = sizes(base_rate=0.01, effects=(-0.1, -0.2, -0.3, -0.5))

    assert [size.control_n for size in planned] == [147_711, 35_001, 14_698, 4_673]
    assert [round(size.control_bads) for size in planned] == [1477, 350, 147, 47]


def test_bads_decide_and_not_cases() -> None:
    """A fifth fewer needs 345 to 350 bads at low rates, whatever the rate is."""
    found = [sizes(base_rate=rate, effects=(-0.2,))[0] for rate in (0.002, 0.005, 0.01, 0.02)]

    assert all(345 <= round(size.control_bads) <= 354 for size in found)


def test_an_uneven_split_needs_more_in_all() -> None:
    even = sizes(base_rate=0.02, effects=(-0.2,))[0]
    uneven = sizes(base_rate=0.02, effects=(-0.2,), ratio=1 / 9)[0]

    assert uneven.control_n + uneven.treatment_n > 2 * (even.control_n + even.treatment_n)


@given(
    rate=st.floats(0.01, 0.4),
    effect=st.sampled_from([-0.5, -0.3, 0.3]),
    ratio=st.sampled_from([0.5, 1, 2]),
)
def test_the_planned_size_has_the_planned_power(rate: float, effect: float, ratio: float) -> None:
    size = sizes(base_rate=rate, effects=(effect,), power=0.8, ratio=ratio)[0]

    reached = power_of(
        base_rate=rate, effect=effect, control_n=size.control_n, treatment_n=size.treatment_n
    )

    assert reached == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("effect", [0.0, -1.0, 99.0])
def test_an_effect_that_cannot_be_is_refused(effect: float) -> None:
    with pytest.raises(InputShape):
        sizes(base_rate=0.02, effects=(effect,))


def test_the_split_of_the_guide() -> None:
    found = check_split(counts=[5150, 4850], shares=[1, 1])

    assert found.chi2 == pytest.approx(9.0)
    assert found.p == pytest.approx(0.0027, abs=5e-5)
    assert not found.is_mismatch  # one look in 370 is like this; somebody who looks daily sees it
    assert check_split(counts=[5400, 4600], shares=[1, 1]).is_mismatch


def test_three_arms_are_checked_at_once() -> None:
    found = check_split(counts=[600, 200, 200], shares=[6000, 2000, 2000])

    assert (found.chi2, found.p) == (pytest.approx(0.0), pytest.approx(1.0))
    assert found.p_any_time == 1.0


def test_a_split_of_one_arm_is_refused() -> None:
    with pytest.raises(InputShape):
        check_split(counts=[10], shares=[1])


def test_looking_often_at_an_even_split_raises_no_alarm() -> None:
    random = np.random.default_rng(8)
    alarms = 0
    for _ in range(60):
        left = random.binomial(250, 0.5, size=40).cumsum()
        looks = zip(left, 250 * np.arange(1, 41), strict=True)
        alarms += any(check_split(counts=[a, n - a], shares=[1, 1]).is_mismatch for a, n in looks)

    assert alarms == 0


def test_a_sequence_costs_about_1_6_times_the_width_of_one_look() -> None:
    n, variance = 10_000, 0.02 * 0.98
    rho_squared = tuning(planned_n=n, variance=variance)

    once = 1.959964 * np.sqrt(variance / n)
    ever = half_width(n=n, variance=variance, rho_squared=rho_squared)

    assert 1.5 < ever / once < 1.65


def test_a_sequence_waits_for_a_variance() -> None:
    nothing = SideFigures(n=10, mean=0.0, variance=0.0)
    some = SideFigures(n=10, mean=0.1, variance=0.09)

    assert mean_sequence(side=nothing, planned_n=100) is None
    assert difference_sequence(side=some, other=nothing, planned_n=100) is None
    look = difference_sequence(side=some, other=some, planned_n=100)
    assert look is not None
    assert not look.excludes_zero
    with pytest.raises(InputShape):
        tuning(planned_n=0, variance=0.1)


@pytest.mark.slow
def test_forty_looks_without_an_effect() -> None:
    """The guide measured 31.9 % of false alarms for the plain interval and 1.3 % for ours."""
    random = np.random.default_rng(20261128)
    runs, looks, step, rate = 1000, 40, 1000, 0.02
    plain = ours = 0
    for _ in range(runs):
        left, right = random.binomial(step, rate, size=(2, looks)).cumsum(axis=1)
        plain_alarm = our_alarm = False
        for place in range(looks):
            n = step * (place + 1)
            sides = [side_of(int(bads[place]), n) for bads in (left, right)]
            look = difference_sequence(side=sides[0], other=sides[1], planned_n=2 * step * looks)
            gap = sides[0].mean - sides[1].mean
            error = np.sqrt(sum(side.variance / side.n for side in sides))
            plain_alarm |= abs(gap) > 1.959964 * error
            our_alarm |= look is not None and look.excludes_zero
        plain, ours = plain + plain_alarm, ours + our_alarm

    assert 0.25 < plain / runs < 0.40
    assert ours / runs <= 0.03


def side_of(bads: int, n: int) -> SideFigures:
    rate = bads / n
    return SideFigures(n=n, mean=rate, variance=rate * (1 - rate))


def test_grouped_errors() -> None:
    values, groups = [1.0, 0.0, 1.0, 0.0], np.array([1, 2, 3, 4])

    assert grouped_error(values=values, groups=groups) == pytest.approx(0.5 / np.sqrt(3))
    assert grouped_error(values=values, groups=np.ones(4)) == 0.0


def test_a_ratio_of_groups_is_that_of_the_sums() -> None:
    found = ratio_of_groups(numerator=[1, 0, 2], denominator=[2, 1, 3])

    assert found.value == pytest.approx(0.5)
    assert found.standard_error == pytest.approx(np.std([0, -0.25, 0.25], ddof=1) / np.sqrt(3))
    assert ratio_of_groups(numerator=[0], denominator=[0]).value is None
    with pytest.raises(InputShape):
        ratio_of_groups(numerator=[0], denominator=[-1])


def test_arms_of_unequal_age_are_compared_at_one_horizon() -> None:
    share, low, high = share_by(
        duration=[5, 5, 10, 20, 20], ended=[True, False, True, False, True], until=12
    )

    assert share == pytest.approx(1 - 4 / 5 * 2 / 3)
    assert low < share < high
    assert share_by(duration=[5], ended=[False], until=9) == (0.0, 0.0, 0.0)
