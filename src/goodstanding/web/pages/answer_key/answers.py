"""What is true about each invention, what was done about it, and the verdict over the loop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.urls import reverse

from goodstanding.accounts.queries import simulated_companies
from goodstanding.cases.queries import CaseFilters, case_rows, enforcements_of_parties
from goodstanding.cases.types import CaseRow, EnforcementView
from goodstanding.decisions.queries import DecisionFilter, decisions_matching
from goodstanding.ledger.queries import facts_of_kinds
from goodstanding.ledger.types import FactView
from goodstanding.parties.queries import parties_as_of
from goodstanding.web.moment import Moment

KIND = "answer_key"
POLICY = "registration"
NOT_HONEST = {"returned_after_removal", "false_identity", "account_taken_over", "violation"}
STOPPED = {"decline", "hold", "stands"}
LIFTED = "lifted"
UNDECIDED = {"", "refer"}


class About(StrEnum):
    """What kind of invention an answer is about."""

    REGISTRATION = "registration"
    BANK_CHANGE = "bank_account_changed"
    ENFORCEMENT = "enforcement"


class Verdict(StrEnum):
    """How the loop did, against the truth."""

    CAUGHT = "caught"
    MISSED = "missed"
    WRONGLY_STOPPED = "wrongly_stopped"
    PUT_RIGHT = "put_right"
    LET_THROUGH = "let_through"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An invention with its truth, what the policy said, what happened in the end, the verdict.

    policy_outcome is empty where no policy was asked; happened is an outcome in the words of the
    cases room, `stands` or `lifted` for a measure, or empty while nothing is decided.
    """

    about: About
    business: str
    party_id: UUID | None
    truth: str
    because: str
    policy_outcome: str
    decision_id: UUID | None
    case_id: UUID | None
    happened: str
    verdict: Verdict

    @property
    def side(self) -> str:
        """`stop` for who should be stopped, `start` for who should be let through."""
        return "stop" if self.truth in NOT_HONEST else "start"

    @property
    def url(self) -> str:
        """The case, the decision or the business in which it can be followed."""
        if self.case_id is not None:
            return reverse("case", args=[self.case_id])
        if self.decision_id is not None:
            return reverse("decision", args=[self.decision_id])
        return ""


def answers_at(moment: Moment) -> list[Answer]:
    """Every answer as known at a moment, the newest invention first."""
    facts = [
        fact
        for company in sorted(simulated_companies())
        for fact in facts_of_kinds(
            kinds=[KIND], legal_entity=company, as_of=moment.as_of, known_at=moment.known_at
        )
    ]
    seen = _Seen.read(facts, moment)
    return [_answer(fact, seen) for fact in reversed(facts)]


def policy_decisions(moment: Moment) -> dict[str, int]:
    """How many decisions of the registration policy are on record by then, by outcome."""
    found = decisions_matching(DecisionFilter(policy=POLICY, known_at=moment.known_at))
    outcomes = list(found.values_list("outcome", flat=True))
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}


def verdict_of(*, truth: str, happened: str) -> Verdict:
    """How the loop did.

    A measure against an honest seller that was lifted later was wrong, and put right; one against
    a seller who did it and was lifted is a miss.
    """
    is_guilty = truth in NOT_HONEST
    if happened in UNDECIDED:
        return Verdict.OPEN
    if happened in STOPPED:
        return Verdict.CAUGHT if is_guilty else Verdict.WRONGLY_STOPPED
    if is_guilty:
        return Verdict.MISSED
    return Verdict.PUT_RIGHT if happened == LIFTED else Verdict.LET_THROUGH


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the loop made of the businesses of the key."""

    names: Mapping[UUID, str]
    decisions: Mapping[str, tuple[UUID, str]]
    cases: Mapping[str, CaseRow]
    appeals: Mapping[UUID, CaseRow]
    enforcements: Mapping[UUID, Sequence[EnforcementView]]

    @classmethod
    def read(cls, facts: Sequence[FactView], moment: Moment) -> "_Seen":
        """Names, decisions by entity, cases by reference, measures by business, at the moment."""
        party_ids = {fact.party_id for fact in facts if fact.party_id is not None}
        if not party_ids:
            return cls({}, {}, {}, {}, {})
        parties = parties_as_of(
            party_ids=sorted(party_ids), as_of=moment.as_of, known_at=moment.known_at
        )
        found = decisions_matching(DecisionFilter(policy=POLICY, known_at=moment.known_at))
        rows = case_rows(at=moment.as_of, filters=CaseFilters(state=None, desk="sellers"))
        return cls(
            names={party_id: party.name for party_id, party in parties.items()},
            decisions={
                entity: (decision_id, outcome)
                for decision_id, entity, outcome in found.order_by("id").values_list(
                    "id", "entity", "outcome"
                )
            },
            cases={row.reference: row for row in rows if row.reference},
            appeals={
                row.party_id: row
                for row in rows
                if row.kind == "reinstatement" and row.party_id is not None
            },
            enforcements=enforcements_of_parties(party_ids=party_ids, at=moment.as_of),
        )


def _answer(fact: FactView, seen: _Seen) -> Answer:
    about = About(fact.attributes["about"])
    _, _, key = fact.subject.partition(":")
    decision_id: UUID | None = None
    policy_outcome = ""
    if about is About.ENFORCEMENT:
        row = seen.appeals.get(fact.party_id) if fact.party_id else None
        happened = _measure_now(fact, seen)
    elif about is About.BANK_CHANGE:
        row = seen.cases.get(fact.subject)
        happened = row.outcome if row is not None else ""
    else:
        entity = f"seller_registration:{key}"
        row = seen.cases.get(entity)
        if entity in seen.decisions:
            decision_id, policy_outcome = seen.decisions[entity]
        happened = row.outcome if row is not None else policy_outcome
    truth = str(fact.attributes["truth"])
    return Answer(
        about=about,
        business=seen.names.get(fact.party_id, key) if fact.party_id else key,
        party_id=fact.party_id,
        truth=truth,
        because=str(fact.attributes["because"]),
        policy_outcome=policy_outcome,
        decision_id=decision_id,
        case_id=None if row is None else row.id,
        happened=happened,
        verdict=verdict_of(truth=truth, happened=happened),
    )


def _measure_now(fact: FactView, seen: _Seen) -> str:
    """Whether the measure of that instant stands; empty if it had not been taken."""
    for measure in seen.enforcements.get(fact.party_id, ()) if fact.party_id else ():
        if _is_same(measure.decided_at, fact.effective_at):
            return LIFTED if measure.reinstated else "stands"
    return ""


def _is_same(left: datetime, right: datetime) -> bool:
    return abs((left - right).total_seconds()) < 1
