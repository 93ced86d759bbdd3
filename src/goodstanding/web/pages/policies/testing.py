"""The tests that travel with a policy: what they demand, and what comes of them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from goodstanding.policies.engine.definition import TestDeclaration
from goodstanding.policies.engine.embedded_tests import TestReport, TestResult, run_tests
from goodstanding.web.page import page
from goodstanding.web.pages.decisions.words import outcome_signal
from goodstanding.web.pages.policies.covering import covering_of
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.pages.policies.views import tests_of, tests_signal
from goodstanding.web.types import Signal


@dataclass(frozen=True, slots=True)
class ShownTest:
    """A test's row: what it puts in, what it demands, what came out."""

    name: str
    line: int
    inputs: Sequence[tuple[str, str]]
    demands: Sequence[str]
    result: TestResult
    signal: Signal
    outcome: Signal


@page(verb="policies.run_tests", in_past=True)
@require_http_methods(["GET", "POST"])
def policy_tests(request: HttpRequest, name: str) -> HttpResponse:
    """Every test with its result; posting runs them again, now."""
    shown = shown_policy(request, name=name, tab="policy_tests")
    took = ""
    report = tests_of(shown.version.text_hash)
    if request.method == "POST":
        begun = time.perf_counter()
        report = run_tests(shown.policy)
        took = f"{1000 * (time.perf_counter() - begun):,.0f} ms"
    return render(
        request,
        "policies/tests.html",
        context_of(
            shown,
            report=report,
            signal=tests_signal(report),
            tests=_shown_tests(shown, report),
            took=took,
            covered=len(shown.policy.plan.rules) - len(report.rules_never_true),
            **covering_of(request, shown),
        ),
    )


def _shown_tests(shown: ShownPolicy, report: TestReport) -> list[ShownTest]:
    declared = shown.policy.definition.tests
    return [
        ShownTest(
            name=test.name,
            line=test.place.line,
            inputs=[
                (shown.policy.plan.label_of(name), "missing" if given is None else given.text)
                for name, given in test.inputs.items()
            ],
            demands=_demands(test),
            result=result,
            signal=Signal("good", "Passed") if result.passed else Signal("act", "Failed"),
            outcome=outcome_signal(result.evaluation.outcome.value),
        )
        for test, result in zip(declared, report.results, strict=True)
    ]


def _demands(test: TestDeclaration) -> list[str]:
    expect = test.expect
    found = [] if expect.outcome is None else [f"outcome {expect.outcome.value}"]
    if expect.reasons is not None:
        found.append(f"reasons {', '.join(expect.reasons) or 'none'}")
    if expect.score is not None:
        found.append(f"score {expect.score}")
    if expect.points is not None:
        found.append(f"points {expect.points}")
    if expect.queue is not None:
        found.append(f"queue {expect.queue}")
    found += [
        f"{name} {'nothing' if given is None else given.text}"
        for name, given in expect.terms.items()
    ]
    return found + [f"{rule} {truth}" for rule, truth in expect.rules.items()]
