"""Moving the lines of a score at once: what is told equals what a backtest finds."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

import goodstanding
from goodstanding.credit.history import sba_history
from goodstanding.evidence.datasets import dataset_named
from goodstanding.evidence.errors import DatasetOfAnotherPolicy, HistoryTooLong
from goodstanding.evidence.lines import lines_of, move_lines
from goodstanding.evidence.types import MovedLines
from goodstanding.policies.engine import Policy, load_policy, read_policy
from goodstanding.policies.engine.mistakes import PolicyRefused
from goodstanding.policies.engine.policy import ConstantNotOfType, ConstantUnknown

CREDIT = Path(goodstanding.__file__).parent / "credit"
Move = Callable[..., MovedLines]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(CREDIT / "policies" / "sba_underwriting.yaml")


@pytest.fixture(scope="module")
def move(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., MovedLines]:
    folder = tmp_path_factory.mktemp("histories")

    def moved(by: Policy = policy, *, most_rows: int = 10_000, **constants: str) -> MovedLines:
        return move_lines(
            by,
            dataset=dataset_named("sba_loans"),
            window="2005_2006",
            constants=constants,
            folder=folder,
            most_rows=most_rows,
        )

    return moved


def test_the_shipped_sample_is_the_history_of_the_policy() -> None:
    rows = sba_history()

    assert rows.height == 22_427
    assert rows["bad"].drop_nulls().is_in([0, 1]).all()


def test_the_lines_of_a_policy_are_its_named_bounds(policy: Policy) -> None:
    found = lines_of(policy)

    assert [(line.constant, line.value, line.step) for line in found] == [
        ("decline_below", Decimal(556), Decimal(1)),
        ("approve_from", Decimal(572), Decimal(1)),
    ]


def test_nothing_moved_flips_nobody(move: Move) -> None:
    moved = move()

    assert moved.flips.is_empty()
    assert moved.result.decided == 3_500
    assert moved.result.comparison is not None
    assert moved.result.comparison.flips == 0


def test_a_higher_line_avoids_write_offs_on_the_book(move: Move) -> None:
    moved = move(approve_from="580")

    comparison = moved.result.comparison
    assert comparison is not None
    assert (comparison.flips, comparison.swap_out.n, comparison.swap_out.bads) == (334, 334, 33)
    assert comparison.swap_out.loss == Decimal("651078.00")
    low, high = comparison.swap_out.loss_ends
    assert low < 651_078 < high
    assert moved.flips["written_off"].sum() == Decimal("651078.00")


@pytest.mark.parametrize("line", ["560", "572", "600", "650"])
def test_the_curve_is_the_backtest_at_every_place(move: Move, line: str) -> None:
    moved = move(approve_from=line)

    approved = moved.result.outcome("approve")
    (here,) = [point for point in moved.curve if point.value == Decimal(line)]
    assert (here.approved, here.labelled, here.bads) == (
        approved.n,
        approved.labelled,
        approved.bads,
    )
    assert here.loss == pytest.approx(float(approved.loss))
    assert here.decided == moved.result.decided


def test_the_curve_falls_as_the_line_rises(move: Move) -> None:
    curve = move().curve

    assert len(curve) > 20
    assert all(a.approved >= b.approved for a, b in pairwise(curve))


def test_a_constant_that_a_rule_reads_has_no_curve(policy: Policy, move: Move) -> None:
    text = policy.text.replace("when: pd_trees >= pd_challenge", "when: points_card < approve_from")

    assert move(read_policy(text, artefacts=CREDIT / "models")).curve == ()


@pytest.mark.parametrize(
    ("constants", "refusal"),
    [
        ({"cut_off": "580"}, ConstantUnknown),
        ({"approve_from": "many"}, ConstantNotOfType),
        ({"approve_from": "550"}, PolicyRefused),
    ],
)
def test_a_line_that_cannot_be_moved_there_is_refused(
    move: Move, constants: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        move(**constants)


def test_a_long_history_is_left_to_the_worker(move: Move) -> None:
    with pytest.raises(HistoryTooLong, match="3,500 rows"):
        move(most_rows=3_499)


def test_a_history_of_another_policy_is_refused(policy: Policy, tmp_path: Path) -> None:
    other = replace(dataset_named("sba_loans"), policy="trade_uk")

    with pytest.raises(DatasetOfAnotherPolicy):
        move_lines(policy, dataset=other, window="2005_2006", constants={}, folder=tmp_path)


def test_the_sample_is_declared_with_its_words() -> None:
    declared = dataset_named("sba_loans")

    assert "re-decision" in declared.words
    assert declared.everybody_was_approved
