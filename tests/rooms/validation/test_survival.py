"""Survival with and without competing events, against the field guide and lifelines."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.validation.survival import cumulative_incidence, kaplan_meier

DAYS = [12, 20, 20, 35, 40, 50, 60, 75, 90, 90]
CAUSE = [1, 0, 2, 1, 0, 1, 2, 0, 0, 0]


def test_the_restumble_table_of_the_guide() -> None:
    restumbled = cumulative_incidence(duration=DAYS, cause=CAUSE, of=1, until=90)
    closed = cumulative_incidence(duration=DAYS, cause=CAUSE, of=2, until=90)

    assert restumbled == pytest.approx(0.35143, abs=5e-6)
    assert closed == pytest.approx(0.23714, abs=5e-6)
    assert 1 - restumbled - closed == pytest.approx(0.41143, abs=5e-6)


def test_closure_taken_for_censoring_overstates() -> None:
    wrong = kaplan_meier(duration=DAYS, ended=[cause == 1 for cause in CAUSE])

    assert 1 - wrong.survival[-1] == pytest.approx(0.38286, abs=5e-6)


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=5, max_size=60))
def test_the_curve_is_that_of_lifelines(cases: list[tuple[int, bool]]) -> None:
    lifelines = pytest.importorskip("lifelines")
    duration, ended = [float(d) for d, _ in cases], [e for _, e in cases]

    ours = kaplan_meier(duration=duration, ended=ended)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifelines.KaplanMeierFitter().fit(duration, ended)

    for time, share in zip(ours.time, ours.survival, strict=True):
        assert share == pytest.approx(float(theirs.predict(time)), abs=1e-9)


def test_a_median_not_reached_is_unknown() -> None:
    curve = kaplan_meier(duration=[1, 2, 3, 4], ended=[True, False, False, False])

    assert curve.quantile(0.5)[0] is None
