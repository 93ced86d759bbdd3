"""The auditor's card: how far the trail is sealed, and what was written last."""

from dataclasses import dataclass

from django.http import HttpRequest

from goodstanding.accounts.types import Role
from goodstanding.core.audit import audit_entries
from goodstanding.core.models import AuditEntry
from goodstanding.core.seal import SealState, seal_state
from goodstanding.web.home import register_card
from goodstanding.web.moment import moment_of

LATEST = 5


@dataclass(frozen=True, slots=True)
class Trail:
    """The seal and the latest lines."""

    seal: SealState
    unsealed: int
    latest: list[AuditEntry]


def latest_trail(request: HttpRequest) -> Trail:
    """The latest lines at the moment looked from."""
    state = seal_state()
    latest = list(audit_entries(until=moment_of(request).as_of)[:LATEST])
    return Trail(state, sum(state.unsealed.values()), latest)


for order, role in ((10, Role.INTERNAL_AUDITOR), (90, Role.MODEL_RISK_MANAGER)):
    register_card(role=role, order=order, template="audit/card_trail.html", query=latest_trail)
