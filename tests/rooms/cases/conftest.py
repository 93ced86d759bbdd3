"""People, queues, a business and cases for the tests of cases."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from goodstanding.accounts.operations import add_legal_entity, add_person
from goodstanding.accounts.types import Role
from goodstanding.cases.operations import (
    load_desks,
    lodge_appeal,
    make_enforcement,
    open_case,
    open_case_for_decision,
    record_step,
)
from goodstanding.cases.queries import case_of_decision
from goodstanding.cases.types import (
    CaseKind,
    Ground,
    Measure,
    NewCase,
    NewEnforcement,
)
from goodstanding.core.ids import new_id
from goodstanding.core.outbox import Message
from goodstanding.deadlines.operations import freeze_calendar_version
from goodstanding.decisions.models import Decision
from goodstanding.regimes.operations import load_regimes
from goodstanding.team.operations import certify, join_queue
from tests.rooms.team.businesses import a_business

ENTITY = "GS-EU"


def nov(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026, UTC, which is London's time then."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


NOW = nov(18, 10)


@dataclass(frozen=True)
class House:
    """The people of the tests: lena manages ana and ben; omar manages himself."""

    lena: Any
    ana: Any
    ben: Any
    omar: Any


@pytest.fixture
def house(db: None) -> House:
    """Queues, playbooks, calendars and laws are loaded; ana and ben are certified."""
    add_legal_entity(code=ENTITY, name="Test entity", country="DE", simulated=True)
    load_regimes()
    freeze_calendar_version(name="england", first_year=2025, last_year=2028, at=nov(1, 0))
    load_desks(at=nov(1, 0))

    def person(name: str, role: Role, manager: Any = None) -> Any:
        return add_person(
            email=f"{name.lower()}@example.org", display_name=name, roles=[role], manager=manager
        )

    lena = person("Lena", Role.SELLER_RISK_MANAGER)
    people = House(
        lena=lena,
        ana=person("Ana", Role.SPECIALIST, lena),
        ben=person("Ben", Role.SPECIALIST, lena),
        omar=person("Omar", Role.SELLER_RISK_MANAGER),
    )
    for member in (people.ana, people.ben, people.omar):
        for skill in ("underwriting", "reinstatement", "registration"):
            certify(person=member, skill=skill, valid_until=nov(30, 0), at=nov(1, 0), by=lena)
    for member in (people.ana, people.ben):
        for queue in ("credit_review", "reinstatement"):
            join_queue(person=member, queue_code=queue, at=nov(1, 0), by=lena)
    return people


@pytest.fixture
def business(house: House) -> UUID:
    """A seller."""
    return a_business(ENTITY)


def referral(business: UUID | None, **changes: Any) -> Message:
    """A `decision_referred` message as decisions publishes it."""
    payload = {
        "policy": "sba_underwriting",
        "policy_hash": "0" * 64,
        "party_id": None if business is None else str(business),
        "entity": "loan-7",
        "queue": "credit_review",
        "reasons": [{"code": "thin_file", "text": "Little history"}],
        "desk": "credit",
        "legal_entity": ENTITY,
        "as_of": NOW.isoformat(),
        **changes,
    }
    return Message(new_id(), "decision_referred", new_id(), payload, NOW)


@pytest.fixture
def referred(business: UUID) -> UUID:
    """A case that a referred decision opened at NOW, due Fri 20 Nov 10:00."""
    message = referral(business)
    open_case_for_decision(message)
    row = case_of_decision(decision_id=message.subject_id, at=NOW)
    assert row is not None
    return row.id


@pytest.fixture
def open_one(business: UUID):
    """Open a case of the credit queue by hand."""

    def open_at(at: datetime = NOW, queue: str = "credit_review", **fields: Any) -> UUID:
        new = NewCase(
            kind=CaseKind.MANUAL,
            queue=queue,
            legal_entity=ENTITY,
            party_id=business,
            **fields,
        )
        return open_case(case=new, at=at, by="system:test")

    return open_at


def suspension(business: UUID, **changes: Any) -> NewEnforcement:
    """A suspension as a person would take it."""
    fields: dict[str, Any] = {
        "party_id": business,
        "legal_entity": ENTITY,
        "measure": Measure.SUSPENDED,
        "scope": "the whole account",
        "ground": Ground.INCOMPATIBLE,
        "clause": "Terms 7.2",
        "statement": "Four orders were never sent. Terms 7.2. You can complain until May.",
        "regime": "eu_p2b",
        "starts_at": NOW,
        **changes,
    }
    return NewEnforcement(**fields)


@pytest.fixture
def appealed(house: House, business: UUID) -> UUID:
    """The case of an appeal against a suspension that Ana, whom Lena manages, decided."""
    enforcement = make_enforcement(
        enforcement=suspension(business), decided_by=house.ana, decided_at=NOW
    )
    lodge_appeal(
        enforcement_id=enforcement,
        grounds="The parcels were sent; here are the receipts.",
        via="seller centre",
        lodged_at=NOW + timedelta(hours=1),
        has_new_evidence=True,
    )
    from goodstanding.cases.models import Appeal

    return Appeal.objects.get(enforcement_id=enforcement).case_id


UNDERWRITING_STEPS = ("read_trace", "read_history", "weigh_amount")
REINSTATEMENT_STEPS = ("read_statement", "read_evidence_then", "read_grounds")


def do_steps(case_id: UUID, steps: tuple[str, ...], *, by: Any, at: datetime) -> None:
    """Do the steps that a playbook requires."""
    for step in steps:
        record_step(case_id=case_id, step=step, by=by, at=at)


def keep_decision(decision_id: UUID, record: dict[str, Any]) -> None:
    """A stored decision with this record, as the hot path would have written it."""
    Decision.objects.create(
        id=decision_id,
        legal_entity=ENTITY,
        claimed_by="key:test",
        idempotency_key=str(decision_id),
        request_digest="0" * 64,
        origin="live",
        actor="key:test",
        policy="sba_underwriting",
        policy_hash="0" * 64,
        entity="sba_loan:7",
        as_of=NOW,
        outcome="refer",
        gate_state="expired",
        arm="champion",
        bucket=1,
        rule_states="T",
        reason_codes=["LATE_PAYER"],
        record=json.dumps(record),
        record_hash="0" * 64,
    )
