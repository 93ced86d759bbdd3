"""A list that ended stops the policy that reads it: the declared answer decides, and says why."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from goodstanding.decisions.deciding import decide_one
from goodstanding.decisions.types import InForce
from tests.instants import NOON
from tests.rooms.decisions.in_force import approval_of, in_force_of
from tests.rooms.decisions.requests import a_question, a_request
from tests.rooms.policies.texts import TRADE_UK

RULE = """\
  - id: SLOW
    label: Known as a slow payer
    when: in_list(dpd_max, 'slow')
    effect: note
    on_missing: ignore
"""


def deciding_with(expires_on: date) -> InForce:
    listed = (
        f'lists:\n  slow: {{type: INTEGER, version: "2026-11", values: [7], '
        f"expires_on: {expires_on}}}\n\nrules:\n{RULE}"
    )
    text = TRADE_UK.replace("rules:\n", listed, 1)
    return in_force_of(text, permit=approval_of(expires_at=NOON + timedelta(days=60)))


def test_a_list_decides_on_its_last_day():
    in_force = deciding_with(NOON.date())

    decided = decide_one(question=a_question(a_request()), in_force=in_force)

    assert decided.row.gate_state == "current"
    assert decided.record["lists"] == {"slow": "2026-11"}


def test_the_day_after_the_fallback_decides_and_names_the_list():
    in_force = deciding_with(NOON.date() - timedelta(days=1))

    decided = decide_one(question=a_question(a_request()), in_force=in_force)

    assert (decided.row.gate_state, decided.row.outcome) == ("suspended", "refer")
    gate = decided.record["gate"]
    assert gate["code"] == "list_expired"
    assert gate["reason"] == "Version 2026-11 of the list slow expired on 2026-11-17"
    assert decided.record["decided_by"] == "gate"


@pytest.mark.parametrize("withdrawn", ["2026-11", "2026-12"])
def test_a_withdrawn_version_stops_only_the_policies_that_pin_it(withdrawn: str):
    in_force = deciding_with(NOON.date())
    (standing,) = in_force.standings.values()
    ((key, version),) = standing.versions.items()
    declared = version.policy.definition.lists[0]
    definition = replace(
        version.policy.plan.definition, lists=(replace(declared, kept="slow_payers"),)
    )
    plan = replace(version.policy.plan, definition=definition)
    kept = replace(version, policy=replace(version.policy, plan=plan))
    changed = replace(standing, versions={key: kept})
    in_force = replace(
        in_force,
        standings={changed.name: changed},
        withdrawn_lists=frozenset({("slow_payers", withdrawn)}),
    )

    decided = decide_one(question=a_question(a_request()), in_force=in_force)

    is_stopped = withdrawn == "2026-11"
    assert decided.row.gate_state == ("suspended" if is_stopped else "current")
    code = decided.record["gate"]["code"]
    assert code == ("list_missing" if is_stopped else "approval_in_force")
