"""What versions in shadow said of a decision, on its page."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.decisions.queries import ShadowOfDecision, shadows_of
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.decisions.words import outcome_signal
from goodstanding.web.types import Signal

UNANSWERED = {
    "refused": Signal("watch", "Would be refused"),
    "inputs_erased": Signal("past", "Inputs erased"),
}


def shown_shadows(
    request: HttpRequest, *, decision_id: UUID
) -> list[tuple[ShadowOfDecision, Signal, str]]:
    """Each version's answer in shadow, as a signal, and where the version is compared."""
    may_compare = request.user.has_perm("policies.see_policies")
    return [
        (each, _signal(each), _address(each) if may_compare else "")
        for each in shadows_of(decision_id=decision_id, known_at=moment_of(request).known_at)
    ]


def _signal(each: ShadowOfDecision) -> Signal:
    return outcome_signal(each.outcome) if each.outcome else UNANSWERED[each.state.value]


def _address(each: ShadowOfDecision) -> str:
    version = urlencode({"version": each.label})
    return f"{reverse('policy_shadow', args=[each.policy])}?{version}"
