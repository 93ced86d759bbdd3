"""Arms: the same unit always falls in the same bucket, whatever the share."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.decisions.arms import BUCKETS, Arm, assign, bucket, fine_bucket

CHAMPION = Arm("champion", "c" * 64, BUCKETS)


@pytest.mark.parametrize(
    ("salt", "unit", "expected"),
    [
        ("exp-limit-01", "seller-1", 1009),
        ("exp-limit-01", "seller-2", 6328),
        ("exp-terms-07", "buyer-000042", 7979),
    ],
)
def test_the_known_buckets(salt: str, unit: str, expected: int) -> None:
    assert bucket(salt=salt, unit=unit) == expected


def test_without_challengers_the_champion_decides_for_all() -> None:
    found = assign(salt="exp-limit-01", unit="seller-1", champion=CHAMPION)

    assert (found.arm, found.bucket, found.propensity) == (CHAMPION, 1009, Decimal("1.0000"))


@pytest.mark.parametrize(
    ("unit", "share", "arm"),
    [("seller-1", 1009, "champion"), ("seller-1", 1010, "first"), ("seller-2", 1500, "second")],
)
def test_a_challenger_owns_its_buckets_from_the_start_of_its_range(
    unit: str, share: int, arm: str
) -> None:
    challengers = [Arm("first", "1" * 64, share), Arm("second", "2" * 64, share)]

    found = assign(salt="exp-limit-01", unit=unit, champion=CHAMPION, challengers=challengers)

    assert found.arm.name == arm


@given(unit=st.text(min_size=1), small=st.integers(0, 5000), more=st.integers(0, 5000))
def test_a_larger_share_never_moves_a_unit_between_challengers(
    unit: str, small: int, more: int
) -> None:
    def arm(share: int) -> str:
        challengers = [Arm("first", "1" * 64, share), Arm("second", "2" * 64, share)]
        found = assign(salt="s", unit=unit, champion=CHAMPION, challengers=challengers)
        return found.arm.name

    before, after = arm(small), arm(min(small + more, 5000))

    assert before in {"champion", after}


@given(share=st.integers(0, 5000))
def test_the_chances_of_the_arms_add_up_to_one(share: int) -> None:
    challengers = [Arm("first", "1" * 64, share), Arm("second", "2" * 64, share)]
    chances: dict[str, Decimal] = {}
    for number in range(300):
        found = assign(salt="s", unit=str(number), champion=CHAMPION, challengers=challengers)
        chances[found.arm.name] = found.propensity

    if len(chances) == 3:
        assert sum(chances.values()) == 1
    assert chances.get("first", Decimal(share) / BUCKETS) == Decimal(share) / BUCKETS


@pytest.mark.parametrize(("unit", "place"), [("G1", 3382), ("G2", 215306)])
def test_the_finer_bucket_of_experiment_tables(unit: str, place: int) -> None:
    assert fine_bucket(salt="exp-2026-07", unit=unit) == place
