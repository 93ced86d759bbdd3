"""Live decisions of the credit desk's policy, for pages that compare what versions say."""

from typing import Any

from goodstanding.core.time import utc_now
from goodstanding.decisions.answer import StoredDecision
from goodstanding.decisions.operations import decide
from goodstanding.decisions.types import DecisionRequest, Entity
from tests.pages.published import NAME

LOAN: dict[str, Any] = {
    "requested_amount": "120000.00", "guaranteed_share": "0.7500", "employees": 12,
    "new_business": False, "rural": False, "franchise": False, "sector": "33", "state": "OH",
    "connected_exposure": "0.00",
}  # fmt: skip
BETWEEN_THE_LINES = {"requested_amount": "30000.00", "state": "CA"}
"""575 points on a card of 12 employees or fewer: approved from 572, referred from 582."""


def decide_loan(number: int, **changes: Any) -> StoredDecision:
    """Decide one loan live, by what is in force."""
    now = utc_now()
    return decide(
        request=DecisionRequest(
            policy=NAME,
            entity=Entity("sba_loan", f"10000{number:05}"),
            as_of=now,
            inputs=LOAN | changes,
            idempotency_key=f"live-{number}",
        ),
        legal_entity="GS-US",
        by="somebody",
        at=now,
    )
