"""The policies that ship: they load, hold no error, and pass the tests that they carry."""

from datetime import date
from pathlib import Path

import pytest

import goodstanding
from goodstanding.policies.engine import Outcome, load_policy
from goodstanding.policies.engine.checks import check_policy, errors_of
from goodstanding.policies.engine.embedded_tests import run_tests

PACKAGE = Path(goodstanding.__file__).parent
SHIPPED = sorted(PACKAGE.glob("*/policies/*.yaml"))


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem, scope="module")
def policy(request):
    return load_policy(request.param)


def test_both_desks_ship_a_policy():
    assert {path.parents[1].name for path in SHIPPED} == {"credit", "sellers"}


def test_its_own_tests_pass(policy):
    report = run_tests(policy)

    assert [(result.name, result.differences) for result in report.failed] == []


def test_every_rule_fires_in_some_test_and_every_band_is_reached(policy):
    report = run_tests(policy)

    notes = {rule.declaration.id for rule in policy.plan.rules if rule.vote is None}
    assert set(report.rules_never_true) <= notes
    assert report.bands_never_reached == ()


def test_it_has_no_error_and_no_warning(policy):
    findings = check_policy(policy, on=date(2026, 11, 22))

    assert errors_of(findings) == ()
    assert [item for item in findings if item.severity == "warning"] == []


def test_an_empty_record_goes_to_a_person_or_is_refused_by_a_knock_out(policy):
    required = {
        item.name: "US" if str(item.type) == "TEXT" else "100.00"
        for item in policy.plan.inputs
        if item.is_required
    }
    test = policy.definition.tests[0]

    evaluation = policy.evaluate(required, as_of=test.as_of)

    assert evaluation.outcome is not Outcome.APPROVE


def test_every_referral_finds_a_queue(policy):
    assert policy.definition.outcomes[Outcome.REFER].queue
    assert policy.definition.fallback.outcome is not Outcome.APPROVE
