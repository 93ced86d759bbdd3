"""The text of a policy with the numbers of its lines."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goodstanding.web.page import page
from goodstanding.web.pages.policies.shown import context_of, shown_policy


@page(verb="policies.see_policies")
@require_GET
def policy_text(request: HttpRequest, name: str) -> HttpResponse:
    """The YAML as it was published, each line with its number and address."""
    shown = shown_policy(request, name=name, tab="policy_text")
    lines = list(enumerate(shown.policy.text.splitlines(), start=1))
    return render(request, "policies/text.html", context_of(shown, lines=lines))
