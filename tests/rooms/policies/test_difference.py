"""What changed between two versions, in words."""

import pytest

from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.difference import compare_policies, text_difference
from goodstanding.policies.engine.words import bands_in_words, if_missing, rules_in_words
from tests.rooms.policies.texts import CARD, TRADE_UK

SCORED = CARD.replace("REFERENCE", "max")


@pytest.mark.parametrize(
    ("text", "old", "new", "words", "decides"),
    [
        (TRADE_UK, "dpd_max > 30", "dpd_max > 29",
         "Rule R1: the condition changes from `dpd_max > 30` to `dpd_max > 29`.", True),
        (TRADE_UK, "label: Late payer", "label: Pays late",
         "Rule R1: the label changes from Late payer to Pays late.", False),
        (TRADE_UK, "{default: {tenure_months: 0}}", "refer",
         ("Rule R4: the answer to a missing value changes from taken as tenure_months = 0 to"
         " refer."), True),
        (TRADE_UK, "queue: trade_credit", "queue: credit",
         "Outcome refer: the queue changes from trade_credit to credit.", True),
        (TRADE_UK, "The VAT number could", "Your VAT number could",
         ("Reason VAT: the text changes from 'The VAT number could not be confirmed' to"
         " 'Your VAT number could not be confirmed'."), True),
        (TRADE_UK, 'version: "7"', 'version: "8"', "The version changes from 7 to 8.", False),
        (TRADE_UK, "required: true", "required: false",
         "Input amount: required changes from yes to no.", True),
        (SCORED, "value: 560", "value: 570",
         "Constant cut_off: the value changes from 560 to 570.", True),
        (SCORED, "below: 500", "below: 510",
         ("Score: the division into bands changes from low below 500 decline; middle"
          " below cut_off refer; high above approve to low below 510 decline; middle"
          " below cut_off refer; high above approve."), True),
        (SCORED, "{below: 36, points: 25}", "{below: 36, points: 24}",
         "Scorecard card: a band or points change.", True),
    ],
)  # fmt: skip
def test_a_change_is_said_in_a_sentence(text, old, new, words, decides):
    before, after = read_policy(text), read_policy(text.replace(old, new, 1))

    (change,) = compare_policies(before, after)

    assert (change.words, change.decides) == (words, decides)


def test_rules_that_come_go_or_move_are_named():
    before = read_policy(TRADE_UK)
    rules = TRADE_UK.split("  - id: ")
    swapped = "  - id: ".join([rules[0], rules[2], rules[1], *rules[3:]])
    without = "  - id: ".join([rules[0], *rules[2:]]).replace("LATE_PAYER: {text", "LATE: {text")

    moved = compare_policies(before, read_policy(swapped))
    removed = compare_policies(before, read_policy(without))

    assert [change.name for change in moved] == ["rules"]
    assert moved[0].words.endswith("so reasons do too: R2, R1.")
    assert ("removed", "rule", "R1") in {(item.kind, item.what, item.name) for item in removed}


def test_comments_are_no_change_of_meaning_and_stand_in_the_text():
    before = read_policy(TRADE_UK)
    after = read_policy("# because of the review of October\n" + TRADE_UK)

    assert compare_policies(before, after) == ()
    assert "+# because of the review of October" in text_difference(before, after)


def test_a_rule_reads_as_people_say_it():
    rules = rules_in_words(read_policy(TRADE_UK).plan)

    assert [(rule.effect, rule.if_missing) for rule in rules] == [
        ("Decline", "refer"),
        ("Refer", "refer"),
        ("Decline", "passed over"),
        ("Refer", "taken as tenure_months = 0"),
    ]


def test_bands_read_as_people_say_them():
    bands = bands_in_words(read_policy(SCORED).plan)

    assert [band.span for band in bands] == [
        "below 500",
        "500 up to 560 (cut_off)",
        "from 560 (cut_off)",
    ]


def test_what_happens_if_a_field_goes_null_tomorrow():
    found = {item.name: item for item in if_missing(read_policy(TRADE_UK).plan)}

    assert found["dpd_max"].rules == (("R1", "refer"),)
    assert found["dpd_max"].outcome == "refer"
    assert found["utilisation"].outcome == "approve"
    assert found["tenure_months"].outcome == "approve"
    assert "amount" not in found


def test_of_many_rules_that_move_only_the_stretch_is_told():
    rules = "".join(
        f"  - id: N{at:02}\n    label: number {at}\n    when: dpd_max > {at}\n"
        "    effect: refer\n    reason: LATE_PAYER\n    on_missing: refer\n"
        for at in range(31, 61)
    )
    text = TRADE_UK.replace("\nrules:\n", f"\nrules:\n{rules}")
    pieces = rules.split("  - id: ")[1:]
    turned = TRADE_UK.replace(
        "\nrules:\n",
        "\nrules:\n" + "".join(f"  - id: {each}" for each in [*pieces[1:], pieces[0]]),
    )

    (change,) = compare_policies(read_policy(text), read_policy(turned))

    told = change.words.partition("so reasons do too: ")[2]
    assert told.startswith("N32, N33, ")
    assert told.endswith("N43 and 18 more.")
