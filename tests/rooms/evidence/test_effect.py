"""What a change would do, on a history small enough to count by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from goodstanding.evidence.changes.effect import Cases, Maker, effect_of, fingerprint_of
from goodstanding.evidence.changes.effect_figures import Effect, QueueTerms
from goodstanding.evidence.datasets import Segment
from goodstanding.policies.engine import Policy, read_policy
from goodstanding.policies.engine.backtest import Cancelled, History
from goodstanding.policies.engine.backtest_figures import loss_interval
from tests.rooms.policies.conftest import VERSION_7, VERSION_8

# Monday 6 to Sunday 12 January 2025: one week.
ROWS = pl.DataFrame(
    [
        # key, day, dpd_max, vat_ok, tenure, amount, bad, lost, pd of a chance
        ("a", 6, 30, True, 24, "100.00", 1, "60.00", None),
        ("b", 7, 0, True, 24, "200.00", 0, "0.00", None),
        ("c", 8, 30, True, 48, "400.00", None, None, None),
        ("d", 8, 0, False, 48, "50.00", 0, "0.00", 0.05),
        ("e", 12, 40, True, 48, "70.00", 1, "70.00", 0.05),
    ],
    schema=["key", "on", "dpd_max", "vat_ok", "tenure_months", "amount", "bad", "lost", "chance"],
    orient="row",
).with_columns(
    pl.date(2025, 1, pl.col("on")).alias("day"),
    pl.col("amount").cast(pl.Decimal(14, 2)),
    pl.col("lost").cast(pl.Decimal(14, 2)),
).drop("on")  # fmt: skip
QUEUE = QueueTerms(code="trade_credit", title="Trade credit", standard_minutes=30)
CASES = Cases(
    dataset="orders",
    window="2025",
    history=History(
        source=ROWS, as_of="day", key="key", label="bad", amount="amount", loss="lost",
        currency="GBP", everybody_was_approved=True,
    ),
    segments=(Segment("tenure_months", "Tenure", (12, 36)),),
    propensity="chance",
)  # fmt: skip
MAKER = Maker(code_version="1", at=datetime(2025, 2, 1, tzinfo=UTC), queues={"trade_credit": QUEUE})
# Buyers of less than 30 months go to a person: a and b are referred, and no more approved.
SLOWER = VERSION_7.replace('version: "7"', 'version: "9"').replace(
    "tenure_months < 6", "tenure_months < 30"
)
OLD, STRICTER = read_policy(VERSION_7), read_policy(VERSION_8)


def effect(policy: Policy = STRICTER, cases: Cases = CASES, **more) -> Effect:
    return effect_of(policy, OLD, cases, maker=MAKER, **more)


def test_every_case_stands_in_one_of_four_quadrants_with_what_its_outcome_rests_on():
    found = effect()

    sums = {
        each.name: (each.tally.n, each.tally.amount, each.tally.bads, each.rests_on)
        for each in found.quadrants
    }
    assert sums == {
        "kept in": (1, Decimal("200.00"), 0, "A"),
        "swapped in": (0, Decimal(0), 0, "A"),
        "swapped out": (2, Decimal("500.00"), 1, "D"),
        "kept out": (2, Decimal("120.00"), 1, "B"),
    }
    assert found.quadrant("swapped out").by_class == {"A": 1, "B": 0, "C": 0, "D": 1}
    assert found.quadrant("swapped out").bad_bounds == (0.5, 1.0)
    assert found.quadrant("swapped out").loss_bounds == (60.0, 460.0)
    assert found.quadrant("kept out").weighted_bad_rate == pytest.approx(0.5)
    assert found.resting_on_models == (1, 2)
    assert found.approval_rates == (0.6, 0.2)
    assert found.exposures == (Decimal("700.00"), Decimal("200.00"))
    assert (found.wrongly_stopped, found.let_through) == ((1, 1), (1, 0))
    assert found.flips == 2


def test_the_loss_that_changes_has_an_interval_widened_by_what_is_not_known():
    change = effect().loss_change

    _, high = loss_interval(total=60.0, squares=3600.0, largest=60.0)
    low, _ = loss_interval(total=60.0, squares=3600.0, largest=60.0)
    assert change is not None
    assert change.value == -60.0
    assert change.low == pytest.approx(-high - 400.0)
    assert change.high == pytest.approx(-low)
    assert change.rests_on == "D"


def test_without_any_outcome_on_one_side_there_are_bounds_and_no_point():
    unseen = ROWS.with_columns(
        pl.when(pl.col("key") == "a").then(None).otherwise(pl.col("bad")).alias("bad"),
        pl.when(pl.col("key") == "a").then(None).otherwise(pl.col("lost")).alias("lost"),
    )

    change = effect(cases=replace(CASES, history=replace(CASES.history, source=unseen))).loss_change

    assert change is not None
    assert (change.value, change.low, change.high) == (None, -500.0, 0.0)


def test_referrals_that_appear_are_hours_of_the_lane_by_day():
    found = effect(read_policy(SLOWER))

    (lane,) = found.queues
    assert (lane.before, lane.after) == ((0, 0, 1, 0, 0, 0, 0), (1, 1, 1, 0, 0, 0, 0))
    assert (lane.appear, lane.vanish, lane.weeks) == (2, 0, 1.0)
    assert (lane.hours_before, lane.hours_after, found.hours_change) == (0.5, 1.5, 1.0)
    assert lane.hours_by_day == (0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_the_reasons_of_who_flips_are_counted_before_and_after():
    reasons = {each.code: (each.before, each.after) for each in effect().reasons}

    assert reasons == {"LATE_PAYER": (0, 2)}


def test_a_small_group_shows_no_figures():
    (group,) = effect().groups

    assert group.is_small
    assert (group.segment, group.value, group.n) == ("Tenure", "2 smaller groups", None)


def test_a_group_large_enough_shows_how_its_approvals_change():
    many = (
        pl.concat([ROWS] * 30)
        .with_row_index("at")
        .with_columns(pl.concat_str("key", "at").alias("key"))
    )

    groups = effect(cases=replace(CASES, history=replace(CASES.history, source=many.drop("at"))))

    found = {
        each.value: (each.n, each.approved_before, each.approved_after) for each in groups.groups
    }
    assert found == {"36 or more": (90, 30, 0), "12 to under 36": (60, 60, 30)}


def test_the_engines_agree_row_by_row_and_the_tests_are_told():
    found = effect()

    assert (found.parity.rows, found.parity.of, found.parity.differ) == (5, 5, 0)
    assert (found.tests.count, found.tests.failed) == (2, ())


def test_a_document_reads_back_as_it_was_written():
    found = effect()

    assert Effect.from_json(found.to_json()) == found


def test_the_fingerprint_is_of_values_and_not_of_their_order():
    shuffled = ROWS.sample(fraction=1.0, shuffle=True, seed=3).select(sorted(ROWS.columns))
    corrected = ROWS.with_columns(pl.col("bad").fill_null(0))

    assert fingerprint_of(shuffled, key="key") == fingerprint_of(ROWS, key="key")
    assert fingerprint_of(corrected, key="key") != fingerprint_of(ROWS, key="key")


def test_the_flipped_cases_are_kept_and_the_work_can_be_stopped():
    kept: list[pl.DataFrame] = []
    told: list[tuple[int, int]] = []

    effect(keep_flips=kept.append, tell=lambda done, total: told.append((done, total)))

    assert pl.concat(kept)["key"].to_list() == ["a", "c"]
    assert told[-1] == (15, 15)
    with pytest.raises(Cancelled):
        effect(is_cancelled=lambda: True)


def test_the_day_of_the_history_is_read():
    assert (effect().result.first, effect().result.last) == (date(2025, 1, 6), date(2025, 1, 12))
