"""A company with its people, and policies that are published, approved and active."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from goodstanding.accounts.models import LegalEntity, User
from goodstanding.accounts.operations import add_person, make_api_key
from goodstanding.accounts.types import Role
from goodstanding.core.ids import new_id
from goodstanding.governance import operations as governance
from goodstanding.governance.models import GovernedVersion
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
from goodstanding.policies.models import PolicyVersion
from goodstanding.policies.operations import (
    activate_version,
    approve_version,
    propose_version,
    publish_version,
)
from goodstanding.scoring.artifact import load_artifact
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult

DAY = timedelta(days=1)
USE_CASE = "open_terms"
FACTORS = TierFactors(
    exposure_share=Decimal("0.3"),
    regulatory_use=1,
    criticality=3,
    complexity={"algorithm": 3, "data": 2, "explainability": None},
)
FACTS = Artefact(facts={"seed": {"value": 7, "status": "present", "evidence": ""}})


@dataclass
class Company:
    """A company whose policies decide; `now` is the instant up to which its papers are made."""

    now: datetime
    code: str
    owner: User
    developer: User
    validator: User
    approver: User
    entered: set[str] = field(default_factory=set)
    approvals: dict[str, UUID] = field(default_factory=dict)

    def key(self, *scopes: str) -> str:
        """A key for a caller of the company."""
        return make_api_key(
            label="test", scopes=scopes or ("decide",), legal_entity=self.code, by=self.owner,
            at=self.now - DAY,
        )  # fmt: skip

    def publish(
        self, text: str, *, artefacts: Mapping[str, bytes] | None = None, approved: bool = True
    ) -> PolicyVersion:
        """Publish a text with its models, approve them until 90 days from now, let it decide."""
        name = text.split("policy:", 1)[1].split("\n", 1)[0].strip()
        for sha256, content in (artefacts or {}).items():
            self._register_model(sha256, content, approved=approved)
        self._enter(name, VersionKind.POLICY)
        version = publish_version(
            text=text, artefacts=artefacts or {}, author=self.developer, by=self.developer,
            at=self.now - 12 * DAY,
        )  # fmt: skip
        if approved:
            self.approve(version.text_hash)
        approve_by_desk(self, version.text_hash)
        activate_version(
            text_hash=version.text_hash, reason="tests pass", by=self.owner, at=self.now - 2 * DAY
        )
        return version

    def approve(self, content_hash: str) -> UUID:
        """Validate, ask for approval and approve, each by another person."""
        run = governance.record_validation_run(
            version_id=governed(content_hash), results=[passed()], plan={"tests": ["leakage"]},
            data_description="2,000 decisions", by=self.validator, at=self.now - 10 * DAY,
        )  # fmt: skip
        governance.give_opinion(
            run_id=run, summary="Sound for its use", by=self.validator, at=self.now - 9 * DAY
        )
        request = governance.request_approval(
            run_id=run, use_case=USE_CASE, conditions=Conditions(allowed={}, max_exposure=None),
            fallback=Fallback.REFER, valid_from=self.now - 8 * DAY,
            expires_at=self.now + 90 * DAY, reason="First version", by=self.developer,
            at=self.now - 8 * DAY,
        )  # fmt: skip
        self.approvals[content_hash] = governance.approve(
            request_id=request, reason="Evidence read", by=self.approver, at=self.now - 7 * DAY
        )
        return self.approvals[content_hash]

    def block(self, content_hash: str, *, at: datetime) -> UUID:
        """The validator opens a finding that stops the version."""
        return governance.open_finding(
            version_id=governed(content_hash),
            weakness=Weakness(
                title="Leaks the outcome",
                description="An input is rewritten after default",
                severity=Severity.S1,
                effect=Effect.BLOCK,
            ),
            evidence=Evidence(record_kind="data_note", record_id="term"),
            responsible=self.owner,
            by=self.validator,
            at=at,
        )

    def _register_model(self, sha256: str, content: bytes, *, approved: bool) -> None:
        model = load_artifact(content, expected_sha256=sha256)
        self._enter(model.id, VersionKind.MODEL)
        governance.register_version(
            kind=VersionKind.MODEL, name=model.id, content_hash=sha256, label=model.version,
            developer=self.developer, by=self.developer, at=self.now - 20 * DAY, artefact=FACTS,
        )  # fmt: skip
        if approved:
            self.approve(sha256)

    def _enter(self, name: str, kind: VersionKind) -> None:
        if name in self.entered:
            return
        self.entered.add(name)
        entered: dict[str, Any] = {"kind": kind, "name": name, "at": self.now - 30 * DAY}
        governance.enter_inventory(
            **entered, title=name, use_case=USE_CASE, owner=self.owner, by=self.owner
        )
        governance.assess_tier(
            **entered, factors=FACTORS, rationale="A third of the book", by=self.validator
        )
        governance.set_thresholds(
            **entered, thresholds=HOUSE_THRESHOLDS, reason="House cuts", by=self.validator
        )


def stand_company(*, now: datetime, code: str = "GS-UK") -> Company:
    """Four people and a use case, forty days before `now`."""

    def person(name: str, role: Role) -> User:
        return add_person(
            email=f"{name}@northwind.example", display_name=name.capitalize(), roles=[role]
        )

    LegalEntity.objects.create(code=code, name="Northwind", country="GB", simulated=True)
    company = Company(
        now=now,
        code=code,
        owner=person("olga", Role.CREDIT_RISK_MANAGER),
        developer=person("dev", Role.ANALYST),
        validator=person("vera", Role.MODEL_RISK_MANAGER),
        approver=person("anna", Role.APPROVER),
    )
    governance.state_use_case(
        code=USE_CASE, title="Open terms", desk="credit", legal_entity=code,
        statement=UseCaseStatement(
            owner=company.owner,
            purpose="Decide orders on open terms",
            decision="approve, refer or decline an order",
            affected_persons="businesses, sole traders among them",
            jurisdictions=["GB"],
            ai_act_role=AiActRole.NONE,
            ai_act_class=AiActClass.OUT_OF_SCOPE,
            automation=Automation.AUTOMATIC,
            fallback=Fallback.REFER,
        ),
        by=company.owner, at=now - 40 * DAY,
    )  # fmt: skip
    return company


def approve_by_desk(company: Company, text_hash: str) -> None:
    """The author proposes a version and the desk's second person approves it."""
    at = company.now - 3 * DAY
    propose_version(text_hash=text_hash, reason="ready", by=company.developer, at=at)
    approve_version(
        text_hash=text_hash, reason="read", by=company.approver, at=at, change_id=new_id()
    )


def governed(content_hash: str) -> UUID:
    """The id under which governance knows a version."""
    return GovernedVersion.objects.get(content_hash=content_hash).id


def passed() -> TestResult:
    """A test that passed."""
    return TestResult(
        test_id="leakage", null_hypothesis="no single input separates the outcomes beyond 0.75",
        side="upper", reference="field guide on model risk, section 5", statistic=0.6, p=0.4,
        n=20_000, n_events=3_000, segment="all", thresholds=HOUSE_THRESHOLDS,
        light=Light.GREEN, inputs_hash="0" * 64,
    )  # fmt: skip
