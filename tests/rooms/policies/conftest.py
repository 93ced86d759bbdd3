"""People, and a policy and the card's model in the inventory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from goodstanding.accounts.models import LegalEntity, User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core.ids import new_id
from goodstanding.governance import operations as governance
from goodstanding.governance.types import (
    AiActClass,
    AiActRole,
    Automation,
    Fallback,
    UseCaseStatement,
    VersionKind,
)
from goodstanding.policies.models import PolicyVersion
from goodstanding.policies.operations import approve_version, propose_version, publish_version
from tests.instants import NOON
from tests.rooms.policies.texts import TRADE_UK, TRADE_UK_TESTS

VERSION_7 = TRADE_UK + TRADE_UK_TESTS
VERSION_8 = VERSION_7.replace('version: "7"', 'version: "8"').replace(
    "dpd_max > 30", "dpd_max > 29"
)


@dataclass(frozen=True)
class Desk:
    """The desk's people, and shorthands."""

    author: User
    manager: User
    approver: User

    def publish(
        self, text: str = VERSION_7, *, at: datetime = NOON, **changes: Any
    ) -> PolicyVersion:
        given: dict[str, Any] = {"artefacts": {}, "author": self.author, "by": self.author}
        return publish_version(text=text, at=at, **(given | changes))

    def approve(self, version: PolicyVersion, *, at: datetime = NOON) -> None:
        """Propose and approve, as the last signature under a change request does."""
        step = {"text_hash": version.text_hash, "reason": "Read the evidence", "at": at}
        propose_version(**step, by=self.author)
        approve_version(**step, by=self.approver, change_id=new_id())


@pytest.fixture
def desk(db: None) -> Desk:
    return stand_desk()


def stand_desk() -> Desk:
    """Three people and what their policies stand in."""

    def person(name: str, role: Role) -> User:
        return add_person(
            email=f"{name}@northwind.example", display_name=name.capitalize(), roles=[role]
        )

    return lay_desk(
        Desk(
            author=person("ada", Role.ANALYST),
            manager=person("max", Role.CREDIT_RISK_MANAGER),
            approver=person("anna", Role.APPROVER),
        )
    )


def lay_desk(desk: Desk) -> Desk:
    """The company and the use case that the desk's policies stand in."""
    LegalEntity.objects.create(code="GS-UK", name="Northwind Ltd", country="GB", simulated=True)
    governance.state_use_case(
        code="trade_credit",
        title="Open terms",
        desk="credit",
        legal_entity="GS-UK",
        statement=UseCaseStatement(
            owner=desk.manager,
            purpose="Decide orders on open terms",
            decision="approve, refer or decline an order",
            affected_persons="businesses, sole traders among them",
            jurisdictions=["GB"],
            ai_act_role=AiActRole.NONE,
            ai_act_class=AiActClass.OUT_OF_SCOPE,
            automation=Automation.AUTOMATIC,
            fallback=Fallback.REFER,
        ),
        by=desk.manager,
        at=NOON,
    )
    enter_policy(desk, "trade_uk")
    return desk


def enter_policy(desk: Desk, name: str, kind: VersionKind = VersionKind.POLICY) -> None:
    """Enter a policy or model into the inventory."""
    governance.enter_inventory(
        kind=kind,
        name=name,
        title=name,
        use_case="trade_credit",
        owner=desk.manager,
        by=desk.manager,
        at=NOON,
    )
