"""The samples' decisions: history re-decided as of its day, the newest loans through the live path.

Every loan was approved by a lender: what the policy says of them is a re-decision.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from goodstanding.decisions.operations import ManyDecided, decide_many
from goodstanding.decisions.types import DecisionRequest, Entity, Origin
from goodstanding.ledger.queries import facts_of_kinds
from goodstanding.ledger.types import FactView

LIVE_LOANS = 200
ASKED_AGAIN = 700
POLICY, LEGAL_ENTITY, ACTOR = "sba_underwriting", "GS-US", "system:samples"
FOUR_PLACES = Decimal("0.0001")
INPUTS = ("employees", "new_business", "rural", "franchise", "sector", "state")
Progress = Callable[[int, int], None]


def decide_history(*, at: datetime, progress: Progress) -> ManyDecided:
    """Re-decide every loan but the newest, each as of the day of its approval."""
    loans = _loans(at=at)[:-LIVE_LOANS]
    requests = (_request(loan, as_of=loan.effective_at) for loan in loans)
    return _run(requests, total=len(loans), at=at, origin=Origin.IMPORTED_HISTORY, say=progress)


def decide_newest(*, at: datetime, progress: Progress) -> ManyDecided:
    """Re-decide the newest loans as of now, as live traffic: what is unsure opens a case."""
    loans = _loans(at=at)[-LIVE_LOANS:]
    requests = (_request(loan, as_of=at) for loan in loans)
    return _run(requests, total=len(loans), at=at, origin=Origin.LIVE, say=progress)


def loans_before_the_newest(*, at: datetime) -> Sequence[FactView]:
    """Real loans that an experiment asks for again."""
    return _loans(at=at)[-LIVE_LOANS - ASKED_AGAIN : -LIVE_LOANS]


def decide_again(loans: Sequence[FactView], *, name: str, at: datetime) -> ManyDecided:
    """Re-decide loans as if they were asked for at an instant of the past; it opens no case.

    `name` tells these questions from others about the same loan.
    """
    requests = [
        msgspec.structs.replace(question, idempotency_key=f"{name}-{question.entity.value}")
        for question in (_request(loan, as_of=at) for loan in loans)
    ]
    return _run(
        requests,
        total=len(requests),
        at=at,
        origin=Origin.IMPORTED_HISTORY,
        say=lambda _done, _total: None,
    )


def _run(
    requests: Iterable[DecisionRequest],
    *,
    total: int,
    at: datetime,
    origin: Origin,
    say: Progress,
) -> ManyDecided:
    totals = ManyDecided()
    for totals in decide_many(
        requests=requests, legal_entity=LEGAL_ENTITY, by=ACTOR, at=at, origin=origin
    ):
        say(totals.decided + totals.repeated + len(totals.refused), total)
    if totals.refused:
        raise totals.refused[0].refusal
    return totals


def _loans(*, at: datetime) -> Sequence[FactView]:
    """Approved loans, oldest first."""
    return facts_of_kinds(kinds=["loan_approved"], legal_entity=LEGAL_ENTITY, as_of=at, known_at=at)


def _request(loan: FactView, *, as_of: datetime) -> DecisionRequest:
    scheme, number = loan.subject.split(":", 1)
    return DecisionRequest(
        policy=POLICY,
        entity=Entity(scheme, number),
        as_of=as_of,
        inputs=dict(_inputs(loan)),
        idempotency_key=f"sample-{number}",
    )


def _inputs(loan: FactView) -> Iterator[tuple[str, Any]]:
    """What was known at the decision; the term is not: it was rewritten later."""
    amount = Decimal(loan.amount_minor or 0).scaleb(-2)
    yield "requested_amount", amount
    guaranteed = loan.attributes.get("guaranteed_minor")
    if guaranteed is not None and loan.amount_minor:
        share = Decimal(guaranteed) / Decimal(loan.amount_minor)
        yield "guaranteed_share", share.quantize(FOUR_PLACES, ROUND_HALF_UP)
    for name in INPUTS:
        if loan.attributes.get(name) is not None:
            yield name, loan.attributes[name]
