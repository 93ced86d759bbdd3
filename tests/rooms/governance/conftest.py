"""Five people, a use case, a model and a policy that names it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from goodstanding.accounts.models import LegalEntity, User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core.money import Money
from goodstanding.governance import operations
from goodstanding.governance.types import (
    AiActClass,
    AiActRole,
    Artefact,
    Automation,
    Conditions,
    Effect,
    Evidence,
    Fallback,
    Severity,
    TierFactors,
    UseCaseStatement,
    VersionKind,
    Weakness,
)
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult
from tests.instants import NOON

DAY = timedelta(days=1)
USE_CASE = "sba_lending"


def content(name: str) -> str:
    """A content hash for a test's version."""
    return hashlib.sha256(name.encode()).hexdigest()


def result(*, p: float = 0.4, test_id: str = "leakage_of_an_input", **changes: Any) -> TestResult:
    """A test result whose light follows from p."""
    given: dict[str, Any] = {
        "test_id": test_id,
        "null_hypothesis": "no single input separates the outcomes beyond 0.75",
        "side": "upper",
        "reference": "field guide on model risk, section 5",
        "statistic": 1.0 - p,
        "p": p,
        "n": 20_000,
        "n_events": 3_000,
        "segment": "all",
        "thresholds": HOUSE_THRESHOLDS,
        "light": HOUSE_THRESHOLDS.light_of_p(p),
        "inputs_hash": content("inputs"),
    }
    return TestResult(**(given | changes))


def insufficient() -> TestResult:
    """A result that could not be decided."""
    return result(light=Light.INSUFFICIENT, p=0.5)


@dataclass(frozen=True)
class People:
    """Who plays which part."""

    owner: User
    developer: User
    validator: User
    second_validator: User
    approver: User


@pytest.fixture
def legal_entity(db: None) -> str:
    LegalEntity.objects.create(code="NW", name="Northwind Credit Ltd", country="GB", simulated=True)
    return "NW"


@pytest.fixture
def people(db: None) -> People:
    def person(name: str, role: Role) -> User:
        email = f"{name}@northwind.example"
        return add_person(email=email, display_name=name.capitalize(), roles=[role])

    return People(
        owner=person("olga", Role.CREDIT_RISK_MANAGER),
        developer=person("dev", Role.ANALYST),
        validator=person("vera", Role.MODEL_RISK_MANAGER),
        second_validator=person("viktor", Role.MODEL_RISK_MANAGER),
        approver=person("anna", Role.APPROVER),
    )


@pytest.fixture
def use_case(legal_entity: str, people: People) -> str:
    operations.state_use_case(
        code=USE_CASE,
        title="Lending to small businesses",
        desk="credit",
        legal_entity=legal_entity,
        statement=statement(people),
        by=people.owner,
        at=NOON - 40 * DAY,
    )
    return USE_CASE


def statement(people: People, **changes: Any) -> UseCaseStatement:
    given: dict[str, Any] = {
        "owner": people.owner,
        "purpose": "Decide how much a small business may borrow",
        "decision": "approve, refer or decline a loan",
        "affected_persons": "owners of small businesses, sole traders among them",
        "jurisdictions": ["US"],
        "ai_act_role": AiActRole.NONE,
        "ai_act_class": AiActClass.OUT_OF_SCOPE,
        "automation": Automation.AUTOMATIC,
        "fallback": Fallback.DECLINE,
    }
    return UseCaseStatement(**(given | changes))


@dataclass(frozen=True)
class House:
    """The room with a policy and a model in it, and shorthands over its verbs."""

    people: People
    use_case: str
    policy: UUID
    model: UUID
    policy_hash: str
    model_hash: str

    def run(self, version: UUID, *results: TestResult, **changes: Any) -> UUID:
        given: dict[str, Any] = {
            "version_id": version,
            "results": results or (result(),),
            "plan": {"tests": ["leakage_of_an_input"], "seed": 7},
            "data_description": "2,000 loans approved in 2005 and 2006",
            "by": self.people.validator,
            "at": NOON - 10 * DAY,
        }
        return operations.record_validation_run(**(given | changes))

    def opinion(self, run: UUID, **changes: Any) -> int:
        given: dict[str, Any] = {
            "run_id": run,
            "summary": "Sound for its use",
            "by": self.people.validator,
            "at": NOON - 9 * DAY,
        }
        return operations.give_opinion(**(given | changes))

    def request(self, version: UUID, *, run: UUID | None = None, **changes: Any) -> UUID:
        if run is None:
            run = self.run(version)
            self.opinion(run)
        given: dict[str, Any] = {
            "run_id": run,
            "use_case": self.use_case,
            "conditions": Conditions(
                allowed={"country": ["US"]}, max_exposure=Money(50_000_000, "USD")
            ),
            "fallback": Fallback.REFER,
            "valid_from": NOON - 8 * DAY,
            "expires_at": NOON + 90 * DAY,
            "reason": "Replaces the manual scorecard",
            "by": self.people.developer,
            "at": NOON - 8 * DAY,
        }
        return operations.request_approval(**(given | changes))

    def approve(self, request: UUID, **changes: Any) -> UUID:
        given: dict[str, Any] = {
            "request_id": request,
            "reason": "Evidence read, conditions narrow",
            "by": self.people.approver,
            "at": NOON - 7 * DAY,
        }
        return operations.approve(**(given | changes))

    def finding(self, version: UUID, **changes: Any) -> UUID:
        words = {
            "title": "Term is known only after the outcome",
            "description": "Term is rewritten after default",
            "severity": Severity.S1,
            "effect": Effect.BLOCK,
        }
        stated = Weakness(**(words | changes.pop("weakness", {})))
        given: dict[str, Any] = {
            "version_id": version,
            "weakness": stated,
            "evidence": Evidence(record_kind="data_note", record_id="term-36"),
            "responsible": self.people.owner,
            "by": self.people.validator,
            "at": NOON,
        }
        return operations.open_finding(**(given | changes))


@pytest.fixture
def house(use_case: str, people: People) -> House:
    return stand(use_case, people)


@pytest.fixture
def standing() -> Callable[..., House]:
    return stand


def stand(use_case: str, people: People) -> House:
    """Enter a model and a policy with tier and thresholds, and register one version of each."""
    ids: dict[VersionKind, UUID] = {}
    before = NOON - 30 * DAY
    for kind, name in ((VersionKind.MODEL, "pd"), (VersionKind.POLICY, "lending")):
        operations.enter_inventory(
            kind=kind, name=name, title=name.title(), use_case=use_case,
            owner=people.owner, by=people.owner, at=before,
        )  # fmt: skip
        operations.assess_tier(
            kind=kind, name=name, factors=FACTORS, rationale="A third of the book",
            by=people.validator, at=before,
        )  # fmt: skip
        operations.set_thresholds(
            kind=kind, name=name, thresholds=HOUSE_THRESHOLDS, reason="House cuts",
            by=people.validator, at=before,
        )  # fmt: skip
        ids[kind] = operations.register_version(
            kind=kind, name=name, content_hash=content(name), label="1",
            developer=people.developer, by=people.developer, at=before,
            artefact=Artefact(facts={"seed": {"value": 7, "status": "present", "evidence": ""}}),
            pins=[content("pd")] if kind is VersionKind.POLICY else [],
        )  # fmt: skip
    return House(
        people=people,
        use_case=use_case,
        policy=ids[VersionKind.POLICY],
        model=ids[VersionKind.MODEL],
        policy_hash=content("lending"),
        model_hash=content("pd"),
    )


FACTORS = TierFactors(
    exposure_share=Decimal("0.3"),
    regulatory_use=1,
    criticality=3,
    complexity={"algorithm": 3, "data": 2, "explainability": None},
)
