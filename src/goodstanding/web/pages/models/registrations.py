"""Cards, searches and commands of models and approvals."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.types import Role
from goodstanding.governance.queries import findings_at, inventory_at, requests_at
from goodstanding.web.home import register_card
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.models.inventory import summary_of
from goodstanding.web.pages.models.versions import shown_finding
from goodstanding.web.pages.models.words import STATUS_WORDS
from goodstanding.web.search import Hit, register_command, register_search

WORST = 5


def what_may_decide(request: HttpRequest) -> dict[str, Any] | None:
    """The counts of the inventory; nothing before the first version."""
    rows = inventory_at(as_of=moment_of(request).as_of)
    return summary_of(rows) if rows else None


def open_findings(request: HttpRequest) -> dict[str, Any] | None:
    """The worst open findings; nothing where none is open."""
    found = [each for each in findings_at(at=moment_of(request).as_of) if each.is_open]
    worst = [shown_finding(each) for each in found[:WORST]]
    return {"open": len(found), "worst": worst} if found else None


def waiting_requests(request: HttpRequest) -> list[Any] | None:
    """Requests that nobody has answered; nothing where there is none."""
    waiting = [each for each in requests_at(as_of=moment_of(request).as_of) if each.is_waiting]
    return list(waiting) or None


def find_versions(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Versions by name, label or the beginning of their content's digest."""
    wanted = text.casefold()
    for row in inventory_at(as_of=moment_of(request).as_of):
        named = f"{row.name} {row.label} {row.title}".casefold()
        if wanted in named or row.content_hash.startswith(wanted):
            yield Hit(
                f"{row.name} {row.label}",
                reverse("version", args=[row.version_id]),
                f"{row.kind}, {row.state.words.lower()}",
            )


def find_findings(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Findings by number or title."""
    wanted = text.casefold()
    for each in findings_at(at=moment_of(request).as_of):
        if wanted in each.title.casefold() or wanted == str(each.number):
            yield Hit(
                f"Finding {each.number}: {each.title}",
                reverse("finding", args=[each.finding_id]),
                f"{each.severity}, {STATUS_WORDS[each.state].lower()}, {each.version_words}",
            )


SEE = "governance.see_models"
for role in (Role.MODEL_RISK_MANAGER, Role.APPROVER, Role.INTERNAL_AUDITOR):
    register_card(role=role, order=10, template="models/card_home.html", query=what_may_decide)
    register_card(role=role, order=20, template="models/card_findings.html", query=open_findings)
    register_card(role=role, order=5, template="models/card_requests.html", query=waiting_requests)
register_search(words="Models and policies", verb=SEE, find=find_versions)
register_search(words="Findings", verb=SEE, find=find_findings)
register_command(words="Findings on models", url_name="model_findings")
register_command(words="Approvals of models", url_name="model_approvals")
