"""What change requests add to home, search and commands."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.types import MANAGERS, Role
from goodstanding.evidence.queries import changes, changes_returned_to, changes_waiting_for
from goodstanding.evidence.types import ChangeSummary
from goodstanding.policies.queries import emergencies_to_review
from goodstanding.policies.types import EmergencyView
from goodstanding.web.home import register_card
from goodstanding.web.moment import moment_of
from goodstanding.web.objects import register_object
from goodstanding.web.page import person_of
from goodstanding.web.pages.changes.words import STATES
from goodstanding.web.search import Hit, register_command, register_search


def waiting_changes(request: HttpRequest) -> dict[str, Any] | None:
    """Change requests whose next signature is this person's; nothing where there is none."""
    waiting = changes_waiting_for(person=person_of(request), at=moment_of(request).as_of)
    return {"rows": waiting, "url": f"{reverse('changes')}?state=waiting"} if waiting else None


def returned_changes(request: HttpRequest) -> Sequence[ChangeSummary] | None:
    """Requests of this person that were sent back; nothing where there is none."""
    at = moment_of(request).as_of
    return changes_returned_to(person=person_of(request), at=at) or None


def emergencies(request: HttpRequest) -> Sequence[EmergencyView] | None:
    """Emergency approvals that wait for this person's review; nothing where there is none."""
    at = moment_of(request).as_of
    return emergencies_to_review(person=person_of(request), at=at) or None


def find_changes(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Change requests by policy, title or the first digits of the id."""
    wanted = text.casefold()
    for row in changes(at=moment_of(request).as_of):
        named = f"{row.policy} {row.title}".casefold()
        if wanted in named or str(row.change_id).startswith(wanted):
            yield Hit(
                f"{row.title}: version {row.against_label} → {row.label}",
                reverse("change", args=[row.change_id]),
                f"change request, {STATES[row.state].word.lower()}",
            )


for role in (*MANAGERS, Role.APPROVER):
    register_card(role=role, order=4, template="changes/card_changes.html", query=waiting_changes)
for role in (Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER, Role.APPROVER):
    register_card(role=role, order=3, template="changes/card_emergencies.html", query=emergencies)
for role in (Role.CREDIT_RISK_MANAGER, Role.SELLER_RISK_MANAGER, Role.ANALYST):
    register_card(role=role, order=4, template="changes/card_returned.html", query=returned_changes)
register_object(kind="change_request", url=lambda key: reverse("change", args=[key]))
register_search(words="Change requests", verb="evidence.see_changes", find=find_changes)
register_command(words="Change requests", url_name="changes")
