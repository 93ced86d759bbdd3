"""The benchmarks compare like with like: every form of a policy means the same."""

import duckdb
import pytest

from bench import forms, shipped
from bench.contests import hundred_contest, shipped_contest
from bench.hundred import records, rulebook
from goodstanding.policies.engine import Policy, read_policy

ROWS = 10_000


@pytest.fixture(scope="module")
def hundred() -> Policy:
    return read_policy(forms.policy_text(rulebook()))


def test_the_large_policy_has_a_hundred_expressions_over_sixty_fields(hundred: Policy):
    plan = hundred.plan
    optional = [item for item in plan.inputs if not item.is_required]
    derived = [item for item in plan.computed if not item.is_card]
    characteristics = [part for card in plan.cards for part in card.model.features]

    assert (len(plan.inputs), len(optional)) == (60, 37)
    assert len(derived) + len(plan.rules) + len(characteristics) + len(plan.terms) == 100


def test_the_same_records_are_drawn_every_time():
    assert records(50) == records(50)


@pytest.mark.parametrize("name", ["hundred", "shipped"])
def test_sql_by_hand_answers_as_our_policy(name: str, hundred: Policy, tmp_path):
    policy = hundred if name == "hundred" else shipped.policy()
    table = _history(name, tmp_path)
    relation = f"read_parquet('{table}')"
    text = (
        forms.sql_policy(rulebook(), relation, is_full=True)
        if name == "hundred"
        else shipped.sql_policy(relation, is_full=True)
    )
    shared = ["outcome", "score", "true_0"] + (["true_1"] if name == "hundred" else [])

    theirs = duckdb.sql(f"SELECT {', '.join(shared)} FROM ({text})").fetchall()
    ours = policy.evaluate_table(table).table.select(shared).rows()

    assert len(ours) == ROWS
    assert ours == theirs
    assert len({row[0] for row in ours}) == 3


def _history(name: str, folder) -> str:
    from bench.history import hundred_history, shipped_history

    return str((hundred_history if name == "hundred" else shipped_history)(ROWS, folder=folder))


@pytest.mark.parametrize("contest", [hundred_contest, shipped_contest])
def test_a_contest_holds_peers_to_our_answers(contest):
    found = contest(40)
    fired = found.fired[0]

    assert len(found.given) == len(found.own) == 40
    assert found.wanted(0, {"rules": []}) == {"rules": fired}
    assert found.wanted(0, {"rules": [], "outcome": ""})["outcome"] == found.outcomes[0]
    assert all(set(found.work[peer]["ids"]) >= set(fired) for peer in found.work)


def test_the_rules_as_python_are_our_rules():
    """ezrules runs this Python; here it is run without ezrules."""
    found = hundred_contest(300)
    bodies = []
    for rule in found.work["ezrules_executor"]["logic"]:
        condition = rule["logic"].partition(":\n")[0].removeprefix("if ").replace("$", "")
        bodies.append(compile(condition, rule["rid"], "eval"))

    for given, fired in zip(found.given, found.fired, strict=True):
        names = found.work["ezrules_executor"]["ids"]
        truths = [eval(body, {}, dict(given)) for body in bodies]
        assert [name for name, holds in zip(names, truths, strict=True) if holds] == fired
