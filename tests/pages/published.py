"""The credit desk's policy as page tests need it: published twice, the first version decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import goodstanding
from goodstanding.accounts.models import LegalEntity
from goodstanding.accounts.types import Role
from goodstanding.core.time import utc_now
from goodstanding.governance import operations as governance
from goodstanding.governance.types import (
    AiActClass,
    AiActRole,
    Automation,
    Fallback,
    UseCaseStatement,
    VersionKind,
)
from goodstanding.policies import operations as policies
from goodstanding.policies.models import PolicyVersion
from goodstanding.policies.queries import compiled
from goodstanding.scoring.artifact import load_artifact
from tests.pages.conftest import Site

DESK = Path(goodstanding.__file__).parent / "credit"
TEXT = (DESK / "policies" / "sba_underwriting.yaml").read_text("utf-8")
STRICTER = TEXT.replace('version: "1"', 'version: "2"').replace("value: 572", "value: 582")
MODELS = ("sba_scorecard", "sba_gbm")
NAME = "sba_underwriting"


@dataclass(frozen=True)
class Published:
    """What stands: version 1 decides, version 2 is a draft with a higher line."""

    site: Site
    first: PolicyVersion
    second: PolicyVersion
    now: datetime


def published_on(site: Site) -> Published:
    """What `publish` left in a database that this site's is a copy of."""
    compiled.cache_clear()
    versions = {version.label: version for version in PolicyVersion.objects.filter(name=NAME)}
    entered = versions["1"].published_at
    return Published(site, versions["1"], versions["2"], entered)


def publish(site: Site) -> Published:
    """Enter the policy and its models, publish both versions, let the first decide."""
    now = utc_now() - timedelta(days=2)
    author, manager = site.person(Role.ANALYST), site.person(Role.CREDIT_RISK_MANAGER)
    approver = site.person(Role.APPROVER)
    _begin(site, at=now)
    artefacts: dict[str, bytes] = {}
    for name in MODELS:
        path = DESK / "models" / f"{name}.model.json"
        artefact = load_artifact(path)
        artefacts[artefact.sha256] = path.read_bytes()
        enter(VersionKind.MODEL, name, site, at=now)
        governance.register_version(
            kind=VersionKind.MODEL, name=name, content_hash=artefact.sha256, label="1",
            developer=author, by=author, at=now,
        )  # fmt: skip
    enter(VersionKind.POLICY, NAME, site, at=now)
    first = policies.publish_version(
        text=TEXT, artefacts=artefacts, author=author, by=author, at=now
    )
    step = {"text_hash": first.text_hash, "reason": "The first version"}
    policies.propose_version(**step, by=author, at=now)
    policies.approve_version(**step, by=approver, at=now)
    policies.activate_version(**step, by=manager, at=now)
    second = policies.publish_version(
        text=STRICTER, artefacts={}, author=author, by=author, at=now + timedelta(days=1)
    )
    compiled.cache_clear()
    return Published(site, first, second, now)


def enter_policy_of_its_own(site: Site, name: str) -> None:
    """A company, a use case and the policy in the inventory, and nothing else."""
    now = utc_now() - timedelta(days=2)
    _begin(site, at=now)
    enter(VersionKind.POLICY, name, site, at=now)


def _begin(site: Site, *, at: datetime) -> None:
    manager = site.person(Role.CREDIT_RISK_MANAGER)
    LegalEntity.objects.create(code="GS-US", name="Northwind Inc", country="US", simulated=True)
    governance.state_use_case(
        code="sba_lending", title="Lending to small businesses", desk="credit",
        legal_entity="GS-US",
        statement=UseCaseStatement(
            owner=manager, purpose="Decide loans", decision="Approve, refer or decline a loan",
            affected_persons="Small businesses", jurisdictions=["US"],
            ai_act_role=AiActRole.NONE, ai_act_class=AiActClass.OUT_OF_SCOPE,
            automation=Automation.AUTOMATIC, fallback=Fallback.REFER,
        ),
        by=manager, at=at,
    )  # fmt: skip


def enter(kind: VersionKind, name: str, site: Site, *, at: datetime) -> None:
    manager = site.person(Role.CREDIT_RISK_MANAGER)
    governance.enter_inventory(
        kind=kind, name=name, title=name, use_case="sba_lending", owner=manager, by=manager, at=at
    )
