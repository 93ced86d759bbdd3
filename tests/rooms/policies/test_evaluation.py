"""The policy of the field guide, section 3, and its scorecard, section 5."""

from decimal import Decimal

import pytest

from goodstanding.policies.engine import MissingKind, Outcome, Truth, read_policy
from tests.rooms.policies.texts import CARD, TRADE_UK

INPUTS = ("dpd_max", "vat_ok", "utilisation", "amount", "tenure_months")
T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


@pytest.fixture(scope="module")
def trade_uk():
    return read_policy(TRADE_UK)


@pytest.mark.parametrize(
    ("values", "outcome", "truths", "codes"),
    [
        ((0, True, "0.99", "1000.00", 6), "approve", (F, F, F, F), []),
        ((None, True, "0.50", "100.00", 24), "refer", (U, F, F, F), ["MISSING_DPD_MAX"]),
        ((31, True, "0.50", "100.00", 24), "decline", (T, F, F, F), ["LATE_PAYER"]),
        ((0, False, "0.95", "1000.01", 24), "decline", (F, T, T, F), ["LIMIT_USED"]),
        ((0, True, None, "2000.00", 24), "approve", (F, F, U, F), []),
        ((0, True, None, "1000.00", 24), "approve", (F, F, F, F), []),
        ((0, True, "0.50", "100.00", None), "refer", (F, F, F, T), ["NEW_BUYER"]),
        ((None, None, "0.50", "1.00", 3), "refer", (U, U, F, T), None),
    ],
)
def test_the_guides_policy_decides_as_the_guide_says(trade_uk, values, outcome, truths, codes):
    evaluation = trade_uk.evaluate(dict(zip(INPUTS, values, strict=True)))

    assert evaluation.outcome == outcome
    assert tuple(rule.truth for rule in evaluation.rules) == truths
    if codes is not None:
        assert [reason.code for reason in evaluation.reasons] == codes


def test_an_unknown_rule_says_what_was_not_available(trade_uk):
    record = dict(zip(INPUTS, (None, True, "0.50", "100.00", 24), strict=True))

    evaluation = trade_uk.evaluate(record)

    assert [reason.text for reason in evaluation.reasons] == ["days past due not available"]
    assert evaluation.rule("R1").by_missing
    assert evaluation.rule("R1").missing[0].kind is MissingKind.NULL
    assert evaluation.queue == "trade_credit"


def test_a_default_is_put_in_and_marked(trade_uk):
    record = dict(zip(INPUTS, (0, True, "0.50", "100.00", None), strict=True))

    rule = trade_uk.evaluate(record).rule("R4")

    assert (rule.truth, rule.defaults, rule.vote) == (T, {"tenure_months": 0}, Outcome.REFER)


def test_facts_fill_the_text_of_a_reason(trade_uk):
    record = dict(zip(INPUTS, (45, True, "0.50", "100.00", 24), strict=True))

    reason = trade_uk.evaluate(record).reasons[0]

    assert reason.text == "Invoices were paid 45 days late"
    assert reason.facts == {"dpd_max": "45"}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("twelve", MissingKind.INVALID),
        (2**63, MissingKind.OVERFLOW),
        (True, MissingKind.INVALID),
        (2.5, MissingKind.INVALID),
        (None, MissingKind.NULL),
    ],
)
def test_a_bad_optional_value_is_missing_with_its_kind(trade_uk, raw, kind):
    record = {"amount": 1, "dpd_max": raw}

    evaluation = trade_uk.evaluate(record)

    kinds = {item.name: item.missing for item in evaluation.inputs}
    assert kinds["dpd_max"] is kind
    assert kinds["vat_ok"] is MissingKind.ABSENT


@pytest.mark.parametrize(
    ("reference", "reasons"),
    [
        ("max", ["UTIL", "TENURE", "DISPUTE"]),
        ("mean", ["UTIL", "DISPUTE", "TENURE"]),
    ],
)
def test_the_guides_scorecard_gives_its_points_pd_and_reasons(reference, reasons):
    policy = read_policy(CARD.replace("REFERENCE", reference))
    applicant = {
        "tenure_months": 12,
        "dpd_max_12m": 0,
        "utilisation": "0.80",
        "disputed_share": "0.02",
    }

    evaluation = policy.evaluate(applicant)

    card = evaluation.scorecards[0]
    assert (card.points, card.pd) == (541, Decimal("0.133862"))
    assert evaluation.score == 541
    assert evaluation.outcome is Outcome.REFER
    assert [reason.code for reason in evaluation.reasons] == reasons


def test_moving_a_cut_off_makes_another_policy():
    policy = read_policy(CARD.replace("REFERENCE", "max"))
    record = {
        "tenure_months": 12,
        "dpd_max_12m": 0,
        "utilisation": "0.80",
        "disputed_share": "0.02",
    }

    moved = policy.with_constants({"cut_off": "541"})

    assert moved.tree_hash != policy.tree_hash
    assert moved.evaluate(record).outcome is Outcome.APPROVE
