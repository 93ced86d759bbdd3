"""A governed house for page tests: a blocked model, a clean one, a policy, a request that waits."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import goodstanding
from goodstanding.accounts.models import LegalEntity, User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core.money import Money
from goodstanding.core.time import utc_now
from goodstanding.governance import operations, queries
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
    UseCaseStatement,
    VersionKind,
    Weakness,
)
from goodstanding.second_line.operations import (
    block_leaks,
    enter_for_governance,
    facts_of,
    validate_policy,
)
from goodstanding.second_line.queries import embedded_tests, outcome_replication
from goodstanding.second_line.types import Hands
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult
from tests.pages.conftest import Site
from tests.rooms.governance.conftest import content

CARDS = Path(goodstanding.__file__).parent / "credit" / "models"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Governed:
    """What stands, by id."""

    site: Site
    hands: Hands
    now: datetime
    leaky: UUID
    clean: UUID
    policy: UUID
    leak_finding: UUID
    approval: UUID
    request: UUID
    second_validator: User


def leakage(name: str, *, auc: float) -> TestResult:
    """The result of the leakage test on one input."""
    return TestResult(
        test_id=f"leakage_auc:{name}",
        null_hypothesis=f"{name} alone does not rank above an AUC of 0.75",
        side="none",
        reference="field guide on model risk, section 5",
        statistic=auc,
        p=None,
        n=11_371,
        n_events=669,
        segment="approvals of 2004-01-02 to 2004-12-30",
        thresholds=HOUSE_THRESHOLDS,
        light=Light.RED if auc > 0.75 else Light.GREEN,
        inputs_hash=content(name),
        figures={"ceiling": 0.75},
    )


def govern(site: Site) -> Governed:
    """Enter the shipped models and a policy, as the second line would."""
    now = utc_now()
    LegalEntity.objects.create(code="NW", name="Northwind Credit", country="US", simulated=True)
    hands = Hands(
        owner=site.person(Role.CREDIT_RISK_MANAGER),
        developer=site.person(Role.ANALYST),
        validator=site.person(Role.MODEL_RISK_MANAGER),
        approver=site.person(Role.APPROVER),
    )
    second = add_person(
        email="vera@example.com", display_name="Vera Holm", roles=[Role.MODEL_RISK_MANAGER]
    )
    _state_use_case(hands, at=now - 90 * DAY)
    leaky = _model("sba_leaky_demo", "Default model with Term in it", hands, at=now - 60 * DAY)
    clean = _model("sba_scorecard", "Default scorecard", hands, at=now - 60 * DAY)
    leaky_run = operations.record_validation_run(
        version_id=leaky, plan={"tests": "leakage"}, data_description="11,371 loans of 2004",
        results=[leakage("state", auc=0.627), leakage("term_months", auc=0.961)],
        by=hands.validator, at=now - 50 * DAY,
    )  # fmt: skip
    (finding,) = block_leaks(
        run_id=leaky_run, written_later={"term_months": "rewritten after default"},
        responsible=hands.owner, validator=hands.validator, at=now - 50 * DAY,
    )  # fmt: skip
    approval = _approve_clean(clean, hands, now=now)
    policy = _policy(hands, at=now - 40 * DAY)
    request = _ask_for_policy(policy, hands, now=now)
    return Governed(site, hands, now, leaky, clean, policy, finding, approval, request, second)


def _state_use_case(hands: Hands, *, at: datetime) -> None:
    operations.state_use_case(
        code="sba_lending",
        title="Lending to small businesses",
        desk="credit",
        legal_entity="NW",
        statement=UseCaseStatement(
            owner=hands.owner,
            purpose="Decide how much a small business may borrow",
            decision="Approve, refer or decline a loan, with a limit",
            affected_persons="Owners of small businesses, sole traders among them",
            jurisdictions=["US"],
            ai_act_role=AiActRole.NONE,
            ai_act_class=AiActClass.OUT_OF_SCOPE,
            automation=Automation.AUTOMATIC,
            fallback=Fallback.REFER,
            yearly_decisions=12_000,
        ),
        by=hands.owner,
        at=at,
    )


def _model(name: str, title: str, hands: Hands, *, at: datetime) -> UUID:
    card = json.loads((CARDS / f"{name}.card.json").read_text())
    enter_for_governance(
        kind=VersionKind.MODEL, name=name, title=title, use_case="sba_lending", hands=hands, at=at
    )
    return operations.register_version(
        kind=VersionKind.MODEL, name=name, content_hash=card["model"]["sha256"],
        label=card["model"]["version"], developer=hands.developer, by=hands.developer, at=at,
        artefact=Artefact(facts=facts_of(card), card=card),
    )  # fmt: skip


def _approve_clean(version: UUID, hands: Hands, *, now: datetime) -> UUID:
    run = operations.record_validation_run(
        version_id=version, plan={"tests": "leakage"}, data_description="11,371 loans of 2004",
        results=[leakage("state", auc=0.627), leakage("requested_amount", auc=0.622)],
        by=hands.validator, at=now - 50 * DAY,
    )  # fmt: skip
    operations.open_finding(
        version_id=version,
        weakness=Weakness(
            title="Probabilities drift away from outcomes",
            description="6.2 % went bad in 2005 and 2006 where 4.6 % were predicted.",
            severity=Severity.S3,
            effect=Effect.NONE,
        ),
        evidence=Evidence(record_kind="note", record_id="calibration on 2005-06"),
        responsible=hands.owner,
        by=hands.validator,
        at=now - 49 * DAY,
    )
    operations.give_opinion(
        run_id=run, summary="Ranks well enough; recalibrate.", by=hands.validator,
        at=now - 48 * DAY,
    )  # fmt: skip
    request = operations.request_approval(
        run_id=run, use_case="sba_lending", conditions=_conditions(), fallback=Fallback.REFER,
        valid_from=now - 45 * DAY, expires_at=now + 93 * DAY + timedelta(hours=1),
        reason="Replaces the manual scorecard", by=hands.owner, at=now - 46 * DAY,
        is_demonstration=True,
    )  # fmt: skip
    return operations.approve(
        request_id=request, reason="Evidence read, conditions narrow", by=hands.approver,
        at=now - 45 * DAY,
    )  # fmt: skip


def _conditions() -> Conditions:
    return Conditions(allowed={"country": ["US"]}, max_exposure=Money(35_000_000, "USD"))


def _policy(hands: Hands, *, at: datetime) -> UUID:
    enter_for_governance(
        kind=VersionKind.POLICY, name="sba_underwriting", title="Small-business underwriting",
        use_case="sba_lending", hands=hands, at=at,
    )  # fmt: skip
    scorecard = queries.version_named(kind=VersionKind.MODEL, name="sba_scorecard", label="1")
    return operations.register_version(
        kind=VersionKind.POLICY, name="sba_underwriting", content_hash=content("policy text"),
        label="1", developer=hands.developer, by=hands.developer, at=at,
        pins=[scorecard.content_hash],
    )  # fmt: skip


def _ask_for_policy(version: UUID, hands: Hands, *, now: datetime) -> UUID:
    run = validate_policy(
        version_id=version,
        results=[
            embedded_tests(answers={"declines a default": True, "refers thin files": True}),
            outcome_replication(
                recorded=["approve"] * 400, recomputed=["approve"] * 400, segment="SBA 2005-06"
            ),
        ],
        data_description="400 loans of 2005 and 2006, decided on-line and in batch",
        validator=hands.validator,
        at=now - 20 * DAY,
    )
    operations.give_opinion(
        run_id=run, summary="Decides what it says.", by=hands.validator, at=now - 19 * DAY
    )
    return operations.request_approval(
        run_id=run, use_case="sba_lending", conditions=_conditions(), fallback=Fallback.REFER,
        valid_from=now - DAY, expires_at=now + 180 * DAY, reason="First policy on the scorecard",
        by=hands.owner, at=now - 2 * DAY,
    )  # fmt: skip
