"""A morning at the desk: who is there, and which cases wait."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from goodstanding.accounts.operations import add_legal_entity, add_person
from goodstanding.accounts.types import Role
from goodstanding.cases.models import Appeal
from goodstanding.cases.operations import (
    load_desks,
    lodge_appeal,
    make_enforcement,
    open_case,
)
from goodstanding.cases.types import CaseKind, NewCase
from goodstanding.core.time import utc_now
from goodstanding.deadlines.operations import freeze_calendar_version
from goodstanding.regimes.operations import load_regimes
from goodstanding.team.operations import certify, join_queue
from tests.pages.conftest import Site
from tests.rooms.cases.conftest import ENTITY, suspension
from tests.rooms.team.businesses import a_business

DAY = timedelta(days=1)
SKILLS = ("underwriting", "reinstatement", "registration")


@dataclass
class Morning:
    """A specialist, her manager, a colleague, a business, and three cases of different age."""

    ana: Any
    sam: Any
    ben: Any
    business: UUID
    fresh: UUID
    overdue: UUID
    appeal: UUID


def begin_morning(site: Site) -> Morning:
    """Fill the database with it."""
    now = utc_now()
    add_legal_entity(code=ENTITY, name="Test entity", country="DE", simulated=True)
    load_regimes()
    freeze_calendar_version(
        name="england", first_year=now.year - 1, last_year=now.year + 2, at=now - 60 * DAY
    )
    load_desks(at=now - 60 * DAY)
    ana, sam = site.person(Role.SPECIALIST), site.person(Role.SELLER_RISK_MANAGER)
    olga = add_person(
        email="olga@example.com", display_name="Olga Marsh", roles=[Role.SELLER_RISK_MANAGER]
    )
    ana.manager = sam
    ana.save()
    ben = add_person(
        email="ben@example.com", display_name="Ben Whitlock", roles=[Role.SPECIALIST], manager=olga
    )
    for person in (ana, ben):
        for skill in SKILLS:
            certify(
                person=person, skill=skill, valid_until=now + 90 * DAY, at=now - 60 * DAY, by=sam
            )
        for queue in ("credit_review", "reinstatement"):
            join_queue(person=person, queue_code=queue, at=now - 60 * DAY, by=sam)
    business = a_business(ENTITY)

    def opened(at: Any) -> UUID:
        new = NewCase(
            kind=CaseKind.MANUAL,
            queue="credit_review",
            legal_entity=ENTITY,
            party_id=business,
            policy="sba_underwriting",
            policy_outcome="refer",
            reasons=({"code": "THIN_FILE", "text": "The business has traded for 8 months"},),
        )
        return open_case(case=new, at=at, by="system:test")

    enforcement = make_enforcement(
        enforcement=suspension(business, starts_at=now - 2 * DAY),
        decided_by=ben,
        decided_at=now - 2 * DAY,
    )
    lodge_appeal(
        enforcement_id=enforcement,
        grounds="The parcels were sent; here are the receipts.",
        via="seller centre",
        lodged_at=now - DAY,
    )
    return Morning(
        ana=ana,
        sam=sam,
        ben=ben,
        business=business,
        fresh=opened(now - timedelta(minutes=5)),
        overdue=opened(now - 20 * DAY),
        appeal=Appeal.objects.get(enforcement_id=enforcement).case_id,
    )
