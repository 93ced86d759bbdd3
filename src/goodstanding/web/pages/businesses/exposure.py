"""What a business and those connected to it owe: the same business under several loans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from goodstanding.core.money import Money
from goodstanding.ledger.queries import facts_of_parties
from goodstanding.ledger.types import FactView
from goodstanding.parties.queries import connections_of
from goodstanding.parties.types import Connection, LinkKind, PartyView
from goodstanding.validation.intervals import wilson
from goodstanding.web.types import Estimate, Signal

LOAN_KINDS = ("loan_approved", "loan_charged_off", "loan_outcome_reported")
ORDER_KINDS = ("order_placed", "order_delivered", "review_received")
LOW_SCORE = 2
MARKETPLACE_ZONE = ZoneInfo("America/Sao_Paulo")
OUTCOMES = {
    "charged_off": Signal("act", "Charged off"),
    "paid_in_full": Signal("good", "Paid in full"),
    "unknown": Signal("neutral", "Not known"),
}


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan of the group: whose it is, when and how much, and how it ended as known."""

    business: str
    party_id: UUID
    subject: str
    fact_id: UUID
    approved_at: datetime
    amount: Money
    outcome: Signal
    charged_off: Money | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class Exposure:
    """Loans of a business and of those that share its name and place, with their sums."""

    loans: Sequence[Loan]
    approved: Money
    own_approved: Money
    charged_off: Money | None
    others: Sequence[Connection]

    @property
    def is_connected(self) -> bool:
        """Whether the group is more than the business itself."""
        return bool(self.others)


@dataclass(frozen=True, slots=True)
class Trade:
    """A seller's orders as the source's facts say, shares with their intervals."""

    orders: int
    value: Money
    late: Estimate
    low_reviews: Estimate


def total_of(amounts: Sequence[Money]) -> Money:
    """The sum of at least one amount, all in one currency."""
    total = amounts[0]
    for amount in amounts[1:]:
        total += amount
    return total


def exposure_of(*, business: PartyView, as_of: datetime, known_at: datetime) -> Exposure | None:
    """The loans of the business and of its group; None if there is no loan."""
    others = connections_of(
        party_id=business.party_id,
        as_of=as_of,
        known_at=known_at,
        kinds=[LinkKind.SAME_AS, LinkKind.SHARES_NAME_AND_PLACE],
    )
    names = {business.party_id: business.name} | {each.party_id: each.name for each in others}
    facts = facts_of_parties(
        party_ids=list(names), as_of=as_of, known_at=known_at, kinds=LOAN_KINDS
    )
    approved = [fact for fact in facts if fact.kind == "loan_approved" and fact.currency]
    if not approved:
        return None
    ended = {(fact.kind, fact.subject): fact for fact in facts}
    loans = [_loan(fact, ended, names=names, own=business.party_id) for fact in approved]
    written_off = [loan.charged_off for loan in loans if loan.charged_off is not None]
    return Exposure(
        loans=loans,
        approved=total_of([loan.amount for loan in loans]),
        own_approved=total_of([loan.amount for loan in loans if loan.is_own] or [_none_of(loans)]),
        charged_off=total_of(written_off) if written_off else None,
        others=others,
    )


def trade_of(*, business: PartyView, as_of: datetime, known_at: datetime) -> Trade | None:
    """The orders of a seller; None if there is none."""
    facts = facts_of_parties(
        party_ids=[business.party_id], as_of=as_of, known_at=known_at, kinds=ORDER_KINDS
    )
    placed = [fact for fact in facts if fact.kind == "order_placed"]
    if not placed:
        return None
    delivered = [fact for fact in facts if fact.kind == "order_delivered"]
    reviews = [fact for fact in facts if fact.kind == "review_received"]
    return Trade(
        orders=len(placed),
        value=total_of([Money(fact.amount_minor or 0, fact.currency or "") for fact in placed]),
        late=_share([_is_late(fact) for fact in delivered]),
        low_reviews=_share([fact.attributes["score"] <= LOW_SCORE for fact in reviews]),
    )


def _loan(
    fact: FactView,
    ended: dict[tuple[str, str], FactView],
    *,
    names: dict[UUID, str],
    own: UUID,
) -> Loan:
    charged_off = ended.get(("loan_charged_off", fact.subject))
    reported = ended.get(("loan_outcome_reported", fact.subject))
    outcome = "unknown"
    if charged_off is not None:
        outcome = "charged_off"
    elif reported is not None:
        outcome = str(reported.attributes["outcome"])
    party_id = fact.party_id or own
    return Loan(
        business=names[party_id],
        party_id=party_id,
        subject=fact.subject,
        fact_id=fact.fact_id,
        approved_at=fact.effective_at,
        amount=Money(fact.amount_minor or 0, fact.currency or ""),
        outcome=OUTCOMES[outcome],
        charged_off=_amount_of(charged_off),
        is_own=party_id == own,
    )


def _amount_of(fact: FactView | None) -> Money | None:
    if fact is None or fact.amount_minor is None or fact.currency is None:
        return None
    return Money(fact.amount_minor, fact.currency)


def _none_of(loans: Sequence[Loan]) -> Money:
    return Money(0, loans[0].amount.currency)


def _is_late(fact: FactView) -> bool:
    """Delivered after the promised day, by the marketplace's own days, as the metric counts it."""
    promised = fact.attributes.get("promised_on")
    delivered_on = fact.effective_at.astimezone(MARKETPLACE_ZONE).date()
    return promised is not None and delivered_on > date.fromisoformat(promised)


def _share(hits: Sequence[bool]) -> Estimate:
    rate = wilson(events=sum(hits), n=len(hits))
    return Estimate(rate.value, rate.n, rate.low, rate.high)
