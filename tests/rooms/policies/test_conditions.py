"""A condition in form lines, and edits of a text that touch nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goodstanding
from goodstanding.language.types import Kind
from goodstanding.policies.engine import Policy, PolicyRefused, read_policy
from goodstanding.policies.engine.conditions import (
    Condition,
    Group,
    Joiner,
    Line,
    Opaque,
    Vocabulary,
    problems_of,
    read_condition,
    write_condition,
)
from goodstanding.policies.engine.definition import OnMissing
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.rule_edits import (
    RuleAnswer,
    add_reason,
    add_rule,
    change_rule,
    move_rule,
    set_constant,
    set_reason,
    switch_off,
    switch_on,
    switched_off,
)
from goodstanding.policies.engine.text_edits import TextNotEditable
from tests.parity.draws import expressions
from tests.parity.policy_draws import policies
from tests.rooms.policies.texts import TRADE_UK, TRADE_UK_TESTS

PACKAGE = Path(goodstanding.__file__).parent
REGISTRATION = (PACKAGE / "sellers" / "policies" / "registration.yaml").read_text("utf-8")
TEXT = TRADE_UK + TRADE_UK_TESTS


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.of(read_policy(REGISTRATION).plan)


@pytest.fixture(scope="module")
def registration() -> Policy:
    return read_policy(REGISTRATION)


ALL, ANY = Joiner.ALL, Joiner.ANY
SHOWN = [
    ("phone_confirmed", Condition(ALL, (Line("phone_confirmed", "is"),))),
    ("NOT self_certified", Condition(ALL, (Line("self_certified", "is_not"),))),
    ("legal_form IS NOT NULL", Condition(ALL, (Line("legal_form", "not_null"),))),
    ("link_bits >= surely_linked",
     Condition(ALL, (Line("link_bits", ">=", than="surely_linked"),))),
    ("founded_on < DATE '2026-01-01'", Condition(ALL, (Line("founded_on", "<", ("2026-01-01",)),))),
    ("category IN ('toys', 'it''s')", Condition(ALL, (Line("category", "in", ("toys", "it's")),))),
    ("NOT in_list(bank_country, 'payout_countries')",
     Condition(ALL, (Line("bank_country", "not_listed", ("payout_countries",)),))),
    ("link_bits NOT BETWEEN -2 AND 3.5",
     Condition(ALL, (Line("link_bits", "not_between", ("-2.0", "3.5")),))),
    ("phone_confirmed AND (country = 'DE' OR category = 'toys')",
     Condition(ALL, (Line("phone_confirmed", "is"),
                     Group(ANY, (Line("country", "=", ("DE",)),
                                 Line("category", "=", ("toys",))))))),
    ("lower_ascii(country) = 'de' OR self_certified",
     Condition(ANY, (Opaque("lower_ascii(country) = 'de'"), Line("self_certified", "is")))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_a_condition_comes_apart_into_lines(
    text: str, shown: Condition, vocabulary: Vocabulary
) -> None:
    found = read_condition(text, vocabulary)

    if "BETWEEN" not in text:  # its literals may be written with another number of zeros
        assert found == shown
    again = vocabulary.parse(write_condition(found, vocabulary))
    assert again.sha256 == vocabulary.parse(text).sha256


def test_what_has_no_line_stays_text(vocabulary: Vocabulary) -> None:
    text = "CASE WHEN self_certified THEN phone_confirmed ELSE FALSE END"

    found = read_condition(text, vocabulary)

    assert found.is_opaque
    assert vocabulary.parse(write_condition(found, vocabulary)) == vocabulary.parse(text)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (Line("founded_on", "<", ("2026-02-30",)), "2026-02-30"),
        (Line("link_bits", ">", ("many",)), "is not a number"),
        (Line("link_bits", ">", ()), "Give a value."),
        (Line("category", "in", ()), "at least one value"),
        (Line("link_bits", "between", ("1",)), "both ends"),
        (Line("self_certified", "=", ("yes",)), "how it is compared"),
        (Line("shoe_size", "=", ("9",)), "what is looked at"),
        (Line("category", "listed", ("nothing",)), "choose a list"),
    ],
)
def test_a_line_that_is_not_complete_is_told(
    line: Line, problem: str, vocabulary: Vocabulary
) -> None:
    found = problems_of(Condition(ALL, (Line("self_certified", "is"), line)), vocabulary)

    assert problem.lower() in found[1, -1].lower()
    assert (0, -1) not in found


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_reading_and_writing_keeps_the_tree_of_drawn_policies(data: st.DataObject) -> None:
    text = data.draw(policies())
    try:
        policy = read_policy(text)
    except PolicyRefused:
        return
    words = Vocabulary.of(policy.plan)

    for rule in policy.definition.rules:
        written = write_condition(read_condition(rule.when.text, words), words)
        assert words.parse(written).sha256 == words.parse(rule.when.text).sha256
        answer = RuleAnswer.of(rule)
        assert change_rule(text, answer, answer) == text


WITHOUT_VALUE = [OnMissing.REFER, OnMissing.DECLINE, OnMissing.IGNORE]


def chunk_of(text: str, rule_id: str) -> str:
    """The bytes of a rule, up to the next one."""
    _, _, rest = text.partition(f"id: {rule_id}\n")
    return rest.split("\n  - id:")[0].split("\nscore:")[0]


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_editing_one_rule_leaves_every_other_byte(data: st.DataObject) -> None:
    policy = read_policy(REGISTRATION)
    rules = policy.definition.rules
    rule = data.draw(st.sampled_from(rules))
    before = RuleAnswer.of(rule)
    words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)
    after = replace(
        before,
        label=" ".join(data.draw(words).split()) or "x",
        when=data.draw(st.sampled_from([before.when, "country = 'DE'", "link_bits > 1"])),
        reason=data.draw(st.sampled_from(sorted(policy.definition.reasons))),
        on_missing=data.draw(st.sampled_from(WITHOUT_VALUE)),
        defaults={},
        points=data.draw(st.integers(-5, 90)),
        queue=data.draw(st.sampled_from(["", "another_queue"])),
    )  # fmt: skip

    changed = change_rule(REGISTRATION, before, after)

    found = read_policy(changed).definition
    assert RuleAnswer.of(next(item for item in found.rules if item.id == rule.id)) == after
    for other in rules:
        if other is not rule:
            assert chunk_of(changed, other.id) == chunk_of(REGISTRATION, other.id)
    head, tail = REGISTRATION.partition("rules:")[0], REGISTRATION.partition("\nscore:")[2]
    assert changed.startswith(head)
    assert changed.endswith(tail)


def test_moving_and_switching_are_undone_byte_for_byte(registration: Policy) -> None:
    rules = registration.definition.rules
    for rule in rules:
        off = switch_off(REGISTRATION, rule.id)
        assert [item.id for item in switched_off(off)] == [rule.id]
        assert switch_on(off, rule.id) == REGISTRATION
        assert rule.id not in {item.id for item in load_policy_or_none(off)}
    for rule in rules[:-1]:
        moved = move_rule(REGISTRATION, rule.id, by=1)
        order = [item.id for item in read_policy(moved).definition.rules]
        assert sorted(order) == sorted(item.id for item in rules)
        assert order.index(rule.id) == [item.id for item in rules].index(rule.id) + 1
        assert move_rule(moved, rule.id, by=-1) == REGISTRATION
    assert move_rule(REGISTRATION, rules[0].id, by=-1) == REGISTRATION


def load_policy_or_none(text: str):
    """The rules of a text; none where a test of it still speaks of a rule that is gone."""
    try:
        return read_policy(text).definition.rules
    except PolicyRefused:
        return ()


def test_comments_above_a_rule_go_with_it() -> None:
    text = TEXT.replace("  - id: R2\n", "  # The register is asked twice.\n  - id: R2  # VAT\n")

    moved = move_rule(text, "R2", by=-1)

    assert "rules:\n  # The register is asked twice.\n  - id: R2  # VAT\n" in moved
    assert move_rule(moved, "R2", by=1) == text


NEW = RuleAnswer(
    id="BIG",
    label="Order: very large",
    when="amount > 90000.00 AND (tenure_months < 3 OR utilisation IS NULL) AND vat_ok IS NOT NULL",
    effect=Effect.REFER,
    reason="NEW_BUYER",
    on_missing=OnMissing.DEFAULT,
    defaults={"tenure_months": "0"},
    points=3,
)


@pytest.mark.parametrize("at", [None, 0, 2])
def test_a_new_rule_reads_back_as_it_was_said(at: int | None) -> None:
    text = add_rule(TEXT, NEW, at=at)

    rules = read_policy(text).definition.rules
    assert RuleAnswer.of(rules[-1 if at is None else at]) == NEW
    assert len(rules) == 5


def test_a_long_condition_is_folded_and_means_the_same() -> None:
    when = " OR ".join(f"amount = {n}.00" for n in range(10, 40))

    text = change_rule(TEXT, *(pair := answers("R1", when=when)))

    assert max(map(len, text.splitlines())) <= 110
    assert RuleAnswer.of(read_policy(text).definition.rules[0]) == pair[1]


def answers(rule_id: str, **changes: object) -> tuple[RuleAnswer, RuleAnswer]:
    rules = read_policy(TEXT).definition.rules
    before = RuleAnswer.of(next(rule for rule in rules if rule.id == rule_id))
    return before, replace(before, **changes)  # pyright: ignore[reportArgumentType]


def test_constants_and_reasons_change_where_they_stand() -> None:
    text = set_constant(REGISTRATION, "person_from", "45")
    text = set_reason(text, "VAT", "The VAT number: not confirmed")
    text = add_reason(text, "TOO_BIG", "The order is 'too' large, for now")

    found = read_policy(text).definition
    assert next(item.value for item in found.constants if item.name == "person_from") == 45
    assert found.reasons["VAT"].text() == "The VAT number: not confirmed"
    assert found.reasons["TOO_BIG"].text() == "The order is 'too' large, for now"
    changed = [line for line in text.splitlines() if line not in REGISTRATION.splitlines()]
    assert len(changed) == 3


def test_what_a_form_cannot_change_is_refused() -> None:
    flow = TEXT.partition("rules:")[0] + (
        "rules: [{id: R1, label: Late, when: dpd_max > 30, effect: refer, reason: VAT,"
        " on_missing: refer}]\n"
    )
    only = TEXT.partition("  - id: R2")[0]

    for text, act in (
        (flow, lambda text: move_rule(text, "R1", by=1)),
        (only, lambda text: switch_off(text, "R1")),
        (TEXT, lambda text: switch_on(text, "R1")),
        (TEXT, lambda text: set_constant(text, "none", "1")),
        (TEXT, lambda text: move_rule(text, "R9", by=1)),
    ):
        with pytest.raises(TextNotEditable):
            act(text)


@settings(max_examples=20, deadline=None)
@given(text=expressions(Kind.BOOLEAN, 3))
def test_any_condition_survives_being_written_into_a_text(text: str) -> None:
    before, after = answers("R1", when=" ".join(text.split()))
    if after.when != text:
        return

    changed = change_rule(TEXT, before, after)

    from goodstanding.policies.engine.reader import read_definition

    assert read_definition(changed, source="drawn").rules[0].when.text.strip() == text
