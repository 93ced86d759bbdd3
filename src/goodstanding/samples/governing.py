"""The demonstration's governance: real models, really validated, approved by invented people.

Every approval made here is marked 'demonstration'. The leaky model is entered and blocked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from goodstanding.accounts.queries import person_by_email
from goodstanding.core.money import Money
from goodstanding.governance.operations import state_use_case
from goodstanding.governance.queries import version_by_hash
from goodstanding.governance.types import (
    AiActClass,
    AiActRole,
    Automation,
    Conditions,
    Fallback,
    Person,
    UseCaseStatement,
    VersionKind,
)
from goodstanding.policies import operations as policies
from goodstanding.policies.engine import Policy, load_policy
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.samples.errors import SamplePersonMissing
from goodstanding.scoring.artifact import load_artifact
from goodstanding.second_line import operations as second_line
from goodstanding.second_line.development import read_development
from goodstanding.second_line.queries import embedded_tests
from goodstanding.second_line.types import Hands

APPROVED_FOR = timedelta(days=180)
WRITTEN_LATER = {
    "term_months": (
        "the term appears to be rewritten after default: 86.5 % of the charged-off loans have one"
        " that is no multiple of 12 months, 11.2 % of the paid"
    ),
}
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class GovernedDesk:
    """What of a desk is entered: its use case, its models, its policy."""

    use_case: str
    title: str
    desk: str
    legal_entity: str
    models: tuple[str, ...]
    policy: str
    conditions: Conditions
    fallback: Fallback
    purpose: str
    decision: str
    affected: str
    jurisdictions: tuple[str, ...]
    ai_act_class: AiActClass


CREDIT = GovernedDesk(
    use_case="sba_lending",
    title="Guaranteed small-business lending",
    desk="credit",
    legal_entity="GS-US",
    models=("sba_scorecard", "sba_gbm"),
    policy="sba_underwriting",
    conditions=Conditions(max_exposure=Money(500_000_000, "USD")),
    fallback=Fallback.REFER,
    purpose="Re-decide real guaranteed loans, to show the loop",
    decision="Approve with a limit, refer to an underwriter, or decline a request for a loan",
    affected="Small businesses; sole traders among them are natural persons",
    jurisdictions=("US",),
    ai_act_class=AiActClass.HIGH_RISK,
)
SELLERS = GovernedDesk(
    use_case="seller_registration",
    title="Registration of sellers",
    desk="sellers",
    legal_entity="GS-MARKET",
    models=(),
    policy="registration",
    conditions=Conditions(),
    fallback=Fallback.REFER,
    purpose="Decide whether a registering seller may start",
    decision="Start at once, look first, or refuse",
    affected="Sellers; sole traders among them are natural persons",
    jurisdictions=("EU", "GB"),
    ai_act_class=AiActClass.MINIMAL,
)


def load_governance(*, data: Path, at: datetime, progress: Progress) -> int:
    """Enter, validate and approve what the samples decide by; returns versions approved.

    `data` is the folder of the SBA file. Each desk is one transaction.
    """
    hands = demo_hands()
    progress("Validate the leaky model")
    approved = 0
    with transaction.atomic():
        _state_use_case(CREDIT, hands=hands, at=at)
        _block_leaky_model(data=data, hands=hands, at=at)
        for name in CREDIT.models:
            progress(f"Validate {name}")
            approved += _approve_model(name, data=data, hands=hands, at=at)
        progress(f"Publish {CREDIT.policy}")
        approved += _approve_policy(CREDIT, hands=hands, at=at)
    progress(f"Publish {SELLERS.policy}")
    return approved + govern_registration(hands=hands, at=at)


@transaction.atomic
def govern_registration(*, hands: Hands, at: datetime) -> int:
    """Enter, validate and approve the policy of registrations; returns versions approved."""
    _state_use_case(SELLERS, hands=hands, at=at)
    return _approve_policy(SELLERS, hands=hands, at=at)


def demo_hands() -> Hands:
    """Owner, developer, validator and approver of the demonstration: four people."""
    return Hands(
        owner=_person("carla@demo.example"),
        developer=_person("dev@demo.example"),
        validator=_person("mira@demo.example"),
        approver=_person("olga@demo.example"),
    )


def _person(email: str) -> Person:
    person = person_by_email(email=email)
    if person is None:
        raise SamplePersonMissing(email=email)
    return person


def _state_use_case(desk: GovernedDesk, *, hands: Hands, at: datetime) -> None:
    statement = UseCaseStatement(
        owner=hands.owner,
        purpose=desk.purpose,
        decision=desk.decision,
        affected_persons=desk.affected,
        jurisdictions=desk.jurisdictions,
        ai_act_role=AiActRole.DEPLOYER,
        ai_act_class=desk.ai_act_class,
        automation=Automation.HUMAN_IN_LOOP,
        fallback=desk.fallback,
    )
    state_use_case(
        code=desk.use_case,
        title=desk.title,
        desk=desk.desk,
        legal_entity=desk.legal_entity,
        statement=statement,
        by=hands.owner,
        at=at,
    )


def _block_leaky_model(*, data: Path, hands: Hands, at: datetime) -> None:
    run = _validated("sba_leaky_demo", data=data, hands=hands, at=at)
    second_line.block_leaks(
        run_id=run,
        written_later=WRITTEN_LATER,
        responsible=hands.owner,
        validator=hands.validator,
        at=at,
    )


def _approve_model(name: str, *, data: Path, hands: Hands, at: datetime) -> int:
    run = _validated(name, data=data, hands=hands, at=at)
    second_line.answer_red_results(
        run_id=run, responsible=hands.owner, validator=hands.validator, at=at
    )
    second_line.approve_for_demonstration(
        run_id=run,
        use_case=CREDIT.use_case,
        conditions=CREDIT.conditions,
        fallback=CREDIT.fallback,
        expires_at=at + APPROVED_FOR,
        hands=hands,
        summary="Ranks out of time, drifts in level: use within the conditions, recalibrate",
        at=at,
    )
    return 1


def _validated(name: str, *, data: Path, hands: Hands, at: datetime) -> UUID:
    """Enter the model, rebuild its data independently, run the plan; returns the run's id."""
    with as_file(files("goodstanding.credit").joinpath("models")) as folder:
        found = read_development(recipe=folder / f"{name}.recipe.yaml", rows=data)
        card: Mapping[str, Any] = json.loads((folder / f"{name}.card.json").read_text())
    second_line.enter_for_governance(
        kind=VersionKind.MODEL,
        name=name,
        title=str(card["purpose"]).split(".", 1)[0],
        use_case=CREDIT.use_case,
        hands=hands,
        at=at,
    )
    version = second_line.register_model(
        card=card, content_hash=found.model.sha256, name=name, hands=hands, at=at
    )
    return second_line.validate_model(
        version_id=version,
        model=found.model,
        development=found.learned,
        current=found.tested,
        validator=hands.validator,
        at=at,
    )


def _approve_policy(desk: GovernedDesk, *, hands: Hands, at: datetime) -> int:
    text, artefacts, policy = _shipped(desk)
    second_line.enter_for_governance(
        kind=VersionKind.POLICY,
        name=desk.policy,
        title=policy.definition.title,
        use_case=desk.use_case,
        hands=hands,
        at=at,
    )
    author, approver, owner = hands.developer, hands.approver, hands.owner
    policies.publish_version(text=text, artefacts=artefacts, author=author, by=author, at=at)
    _second_line_approves(desk, policy, hands=hands, at=at)
    reason = "First version of the demonstration"
    policies.propose_version(text_hash=policy.text_hash, reason=reason, by=author, at=at)
    policies.approve_version(text_hash=policy.text_hash, reason=reason, by=approver, at=at)
    policies.activate_version(text_hash=policy.text_hash, reason=reason, by=owner, at=at)
    return 1


def _second_line_approves(
    desk: GovernedDesk, policy: Policy, *, hands: Hands, at: datetime
) -> None:
    version = version_by_hash(content_hash=policy.text_hash)
    if version is None:
        raise RuntimeError(f"{desk.policy} was published and governance does not know it")
    report = run_tests(policy)
    run = second_line.validate_policy(
        version_id=version.version_id,
        results=[embedded_tests(answers={r.name: r.passed for r in report.results})],
        data_description="The tests that the policy carries",
        validator=hands.validator,
        at=at,
    )
    second_line.approve_for_demonstration(
        run_id=run,
        use_case=desk.use_case,
        conditions=desk.conditions,
        fallback=desk.fallback,
        expires_at=at + APPROVED_FOR,
        hands=hands,
        summary="The rules say what the desk means",
        at=at,
    )


def _shipped(desk: GovernedDesk) -> tuple[str, dict[str, bytes], Policy]:
    """The policy's text and the artefacts that it names, as the desk ships them."""
    package = files(f"goodstanding.{desk.desk}")
    with as_file(package) as folder:
        path = folder / "policies" / f"{desk.policy}.yaml"
        policy = load_policy(path)
        artefacts = {
            load_artifact(file).sha256: file.read_bytes()
            for name in desk.models
            for file in [folder / "models" / f"{name}.model.json"]
        }
        return path.read_text("utf-8"), artefacts, policy
