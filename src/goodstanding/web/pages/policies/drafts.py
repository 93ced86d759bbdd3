"""Write a new version: check a text, see what it changes, publish it as a draft."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goodstanding.core.errors import Refusal
from goodstanding.core.time import utc_now
from goodstanding.policies.engine import Policy, PolicyRefused
from goodstanding.policies.engine.checks import errors_of
from goodstanding.policies.engine.difference import compare_policies
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.policies.operations import publish_version
from goodstanding.web.asking import refuse_on
from goodstanding.web.page import page, person_of
from goodstanding.web.pages.policies.forms import VersionForm
from goodstanding.web.pages.policies.open_draft import findings_in, read_back
from goodstanding.web.pages.policies.shown import ShownPolicy, context_of, shown_policy
from goodstanding.web.pages.policies.versions import KINDS
from goodstanding.web.pages.policies.views import tests_signal
from goodstanding.web.pages.policies.words import FINDINGS_SHOWN, SEVERITIES


@page(verb="policies.publish_version")
@require_http_methods(["GET", "POST"])
def new_version(request: HttpRequest, name: str) -> HttpResponse:
    """Check a text as often as one likes; publishing keeps it for good, and decides nothing."""
    shown = shown_policy(request, name=name, tab="policy_versions")
    if request.method != "POST":
        form = VersionForm(initial={"text": shown.policy.text})
        return render(request, "policies/new_version.html", context_of(shown, form=form))
    form = VersionForm(request.POST)
    checked: dict[str, Any] = {}
    if form.is_valid():
        try:
            policy = read_back(form.cleaned_data["text"], name=name)
            checked = checked_of(shown, policy)
            if "publish" in request.POST:
                return _published(request, policy)
        except PolicyRefused as refused:
            checked = {"mistakes": refused.mistakes}
            form.add_error("text", f"{len(refused.mistakes)} to mend before it can be read.")
        except Refusal as refusal:
            refuse_on(form, refusal)
    status = 422 if form.errors else 200
    context = context_of(shown, form=form, **checked)
    return render(request, "policies/new_version.html", context, status=status)


def checked_of(shown: ShownPolicy, policy: Policy) -> dict[str, Any]:
    """What is told of a text before it is published: findings, its tests, and what changes."""
    report = run_tests(policy)
    changes = compare_policies(shown.policy, policy)
    findings = findings_in(policy.text, on=utc_now().date())
    return {
        "checked": policy,
        "findings": [(each, SEVERITIES[each.severity]) for each in findings[:FINDINGS_SHOWN]],
        "has_errors": bool(errors_of(tuple(findings))),
        "more_findings": max(0, len(findings) - FINDINGS_SHOWN),
        "tests": tests_signal(report),
        "failed": report.failed,
        "changes": [(each, KINDS[each.kind]) for each in changes],
    }


def _published(request: HttpRequest, policy: Policy) -> HttpResponse:
    person = person_of(request)
    version = publish_version(
        text=policy.text, artefacts={}, author=person, by=person, at=utc_now()
    )
    messages.success(
        request, f"Version {version.label} is published as a draft; it decides nothing."
    )
    return redirect(f"{reverse('policy_versions', args=[version.name])}")
