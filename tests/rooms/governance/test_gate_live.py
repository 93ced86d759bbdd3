"""The gate between two connections: nothing uncommitted shows, everything committed does."""

import psycopg
import pytest

from goodstanding.accounts.models import LegalEntity, User
from goodstanding.accounts.operations import add_person
from goodstanding.accounts.types import Role
from goodstanding.core import seal
from goodstanding.core.named_sql import named_sql
from goodstanding.core.postgres import EmbeddedServer
from goodstanding.governance import operations, queries
from tests.instants import NOON
from tests.rooms.governance.conftest import DAY, USE_CASE, House, People, stand, statement


@pytest.fixture
def committed(fresh_database: str) -> House:
    LegalEntity.objects.create(code="NW", name="Northwind Credit Ltd", country="GB", simulated=True)

    def person(name: str, role: Role) -> User:
        return add_person(email=f"{name}@northwind.example", display_name=name, roles=[role])

    people = People(
        owner=person("olga", Role.CREDIT_RISK_MANAGER),
        developer=person("dev", Role.ANALYST),
        validator=person("vera", Role.MODEL_RISK_MANAGER),
        second_validator=person("viktor", Role.MODEL_RISK_MANAGER),
        approver=person("anna", Role.APPROVER),
    )
    operations.state_use_case(
        code=USE_CASE, title="Lending", desk="credit", legal_entity="NW",
        statement=statement(people), by=people.owner, at=NOON - 40 * DAY,
    )  # fmt: skip
    house = stand(USE_CASE, people)
    house.approve(house.request(house.model))
    house.approve(house.request(house.policy))
    return house


def poll(reader: psycopg.Connection) -> int:
    row = reader.execute(named_sql("governance", "gate_version").statement).fetchone()
    assert row is not None
    return int(row[0])


def test_another_connection_sees_a_finding_when_it_is_committed(
    committed: House, fresh_database: str
) -> None:
    from django.db import transaction

    with psycopg.connect(fresh_database, autocommit=True) as reader:
        before = poll(reader)
        with transaction.atomic():
            committed.finding(committed.model)
            during = poll(reader)
        after = poll(reader)
        with reader.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            everything = named_sql("governance", "gate_snapshot").statement
            row = cursor.execute(everything, {"as_of": "infinity"}).fetchone()

    assert row is not None
    snapshot = queries.gate_snapshot_from(row, at=NOON)
    assert (during, snapshot.version) == (before, after)
    assert after > before
    assert snapshot.versions[committed.model_hash].findings[0].number == 1


def test_an_approval_changed_behind_our_back_breaks_the_seal(
    committed: House, fresh_database: str, postgres: EmbeddedServer
) -> None:
    seal.seal_once(at=NOON)
    database = str(psycopg.conninfo.conninfo_to_dict(fresh_database)["dbname"])

    assert seal.verify().holds
    with psycopg.connect(postgres.url(database=database)) as owner:
        owner.execute("alter table governance_approval disable trigger user")
        owner.execute("update governance_approval set expires_at = expires_at + interval '1 year'")

    found = seal.verify()
    assert [broken.stream for broken in found.broken] == ["approvals"]
