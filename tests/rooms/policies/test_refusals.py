"""A policy text that is wrong is refused with line, column and mend; all faults at once."""

import pytest

from goodstanding.policies.engine import PolicyRefused, read_policy
from tests.rooms.policies.texts import CARD, TRADE_UK


def _mistakes(text):
    with pytest.raises(PolicyRefused) as refused:
        read_policy(text)
    return refused.value.mistakes


def _line(text, fragment):
    for number, line in enumerate(text.splitlines(), start=1):
        if fragment in line:
            return number, line.index(fragment) + 1
    raise AssertionError(fragment)


@pytest.mark.parametrize(
    ("old", "new", "at", "message", "mend"),
    [
        ("when: dpd_max > 30", "when: dpd_mx > 30", "dpd_mx", "dpd_mx", "'dpd_max'"),
        ("when: dpd_max > 30", "when: dpd_max / 2 > 30", "/ 2", "`/`:", "div_round"),
        (
            "when: dpd_max > 30",
            "when: dpd_m\u0430x > 30",
            "\u0430x >",
            "U+0430 (cyrillic",
            "Write a in",
        ),
        (
            "when: dpd_max > 30",
            "when: dpd_max\u200b > 30",
            "\u200b >",
            "(zero width",
            "Take it out",
        ),
        ("when: dpd_max > 30", "when: dpd_max ≥ 30", "≥", "greater-than or equal", "Write >="),
        ("when: dpd_max > 30", "when: lenght(dpd_max) > 3", "lenght", "lenght", "length(x)?"),
        ("when: dpd_max > 30", "when: safe_div(dpd_max) > 3", "safe", "2 arg", "safe_div(a, b)."),
        ("currency: GBP", "currency: GBB", "GBB", "no currency", "ISO 4217"),
        ("when: dpd_max > 30", "when: vat_ok > 30", "> 30", "BOOLEAN", ""),
        ("when: NOT vat_ok", "when: dpd_max", "when: dpd_max\n", "", ""),
        ("effect: decline", "effect: refuse", "refuse", "'refuse'", "decline"),
        ("reason: VAT", "reason: VATT", None, "'VATT'", "'VAT'"),
        ("    on_missing: refer\n", "", None, "does not say what then", "on_missing"),
        ("desk: credit", "dsk: credit", "dsk", "'dsk' is not a key", ""),
        ("type: INTEGER, label: days", "type: INT, label: days", "INT,", "'INT'", "INTEGER"),
        ("time_zone: Europe/London", "time_zone: London", "London", "no time zone", "Europe"),
        ("id: R2", "id: R1", None, "stands twice", ""),
        ("{default: {tenure_months: 0}}", "{default: {amount: 0}}", "0}}", "not read", ""),
        ("{default: {tenure_months: 0}}", "{default: {tenure_months: x}}", "x}}", "'x'", "whole"),
        ("{outcome: refer, reason: NO", "{outcome: approve, reason: NO", "approve", "never", ""),
        ("policy: trade_uk", "policy: Trade UK", "Trade", "no name", "small letters"),
        ("required: true", "required: yes", "yes", "neither true nor false", ""),
        ("dpd_max: {type", "as_of: {type", None, "has a meaning already", ""),
        ("{queue: trade_credit}", "{}", None, "queue is missing", ""),
    ],
)
def test_a_fault_is_told_with_its_place_and_mend(old, new, at, message, mend):
    assert old in TRADE_UK
    text = TRADE_UK.replace(old, new, 1)

    mistakes = _mistakes(text)

    found = [item for item in mistakes if message in item.message and mend in item.mend]
    assert found, [item.as_line(source="policy") for item in mistakes]
    if at and "\n" not in at:
        number, column = _line(text, at)
        assert (found[0].place.line, found[0].place.column) == (number, column)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("extra: [unclosed", "not YAML"),
        ("inputs: {}", "stands twice"),
        ("anchor: &a 1", "An anchor (`&name`)"),
        ("<<: {title: x}", "A merge key (`<<`)"),
        ("list: !!python/object:os.system x", "Tags"),
        ("\trules: 1", "not YAML"),
    ],
)
def test_yaml_beyond_the_closed_part_is_refused(extra, message):
    mistakes = _mistakes(f"{TRADE_UK}\n{extra}\n")

    assert any(message in item.message for item in mistakes)


def test_an_alias_is_refused_where_it_stands():
    mistakes = _mistakes(TRADE_UK.replace("title: Pay", "title: &a Pay") + "\nnote: *a\n")

    found = next(item for item in mistakes if "An alias" in item.message)
    assert (found.place.line, found.place.column) == (len(TRADE_UK.splitlines()) + 2, 7)


def test_what_follows_from_an_unknown_type_is_not_told():
    mistakes = _mistakes(TRADE_UK.replace("INTEGER, label: days", "INT, min: 0, label: days"))

    assert [item.message for item in mistakes] == ["'INT' is no type of the language."]


def test_an_alias_does_not_multiply_a_text():
    text = "a: &a [1, 2]\nb: [*a, *a]\n"

    assert any("alias" in item.message for item in _mistakes(text))


def test_all_faults_are_told_at_once():
    text = TRADE_UK.replace("dpd_max > 30", "dpd_mx > 30").replace("NOT vat_ok", "NOT vat_k")

    assert len(_mistakes(text)) == 2


def test_the_place_is_found_inside_folded_and_quoted_texts():
    folded = TRADE_UK.replace(
        "    when: utilisation >= 0.95 AND amount > 1000.00\n",
        "    when: >-\n      utilisation >= 0.95\n      AND amnt > 1000.00\n",
    )
    quoted = TRADE_UK.replace(
        "when: dpd_max > 30", "when: 'lower_ascii(''A'') = ''a'' AND dpd > 3'"
    )

    for text, name in ((folded, "amnt"), (quoted, "dpd > 3")):
        (mistake,) = _mistakes(text)
        assert (mistake.place.line, mistake.place.column) == _line(text, name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("below: cut_off", "below: 400", "do not grow"),
        ("below: cut_off", "below: pd", "no bound"),
        ("from: card\n", "from: crd\n", "'crd'"),
        ("name: high, outcome", "name: high, below: 900, outcome", "must take the rest"),
        ("base: 430", "base: many", "whole number"),
        ("{below: 36, points: 25}", "{below: 6, points: 25}", "do not grow"),
        ("monotone: increasing", "monotone: decreasing", "declared decreasing"),
        ("missing: {points: 5}\n", "\n", "needs points"),
        ("reason: DISPUTE", "reason: DISPUT", "'DISPUT'"),
        ("input: disputed_share", "input: disputed", "'disputed'"),
    ],
)
def test_a_card_or_its_bands_that_contradict_themselves_are_refused(old, new, message):
    text = CARD.replace("REFERENCE", "max")
    assert old in text

    mistakes = _mistakes(text.replace(old, new, 1))

    assert any(message in item.message for item in mistakes), mistakes


def test_a_protected_attribute_or_its_proxy_may_not_decide():
    for flag in ("protected: true", "proxy_for: ethnicity"):
        text = TRADE_UK.replace("label: days past due", f"label: days past due, {flag}")

        mistakes = _mistakes(text)

        assert [item.code for item in mistakes] == ["withheld_name"]


def test_an_artefact_that_is_not_at_hand_is_named():
    text = TRADE_UK.replace(
        "rules:\n",
        f"models:\n  pd: {{artefact: {'0' * 64}}}\n\nrules:\n",
        1,
    )

    mistakes = _mistakes(text)

    assert [item.code for item in mistakes] == ["artefact_not_found"]


def test_values_that_go_in_a_circle_are_refused():
    text = TRADE_UK.replace("rules:\n", "derived:\n  a: b + 1\n  b: a + 1\n\nrules:\n", 1)

    mistakes = _mistakes(text)

    assert [item.message for item in mistakes if "circle" in item.message] != []


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("dpd_max > now()", "now: reading the clock"),
        ("greatest(dpd_max, 3) > 1", "greatest: greatest, least and concat"),
        ("utilisation / 2 > 1", "`/`: bare division"),
        ("dpd_max > (30", "This is no expression"),
    ],
)
def test_a_message_begins_with_a_capital_and_a_word_of_code_keeps_its_case(when: str, message: str):
    found = _mistakes(TRADE_UK.replace("dpd_max > 30", when))

    assert any(mistake.message.startswith(message) for mistake in found)
