"""The sealed chain: what it proves, and what breaks it."""

from datetime import timedelta

import psycopg
import pytest

from goodstanding.core import seal
from goodstanding.core.audit import write_audit
from goodstanding.core.postgres import EmbeddedServer
from tests.instants import NOON


def _three_lines() -> None:
    for number in range(3):
        write_audit(actor="ana", action="claim", object_kind="case", object_id=str(number), at=NOON)


def _as_owner(url: str, postgres: EmbeddedServer, *statements: str) -> None:
    database = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(postgres.url(database=database)) as owner:
        for statement in statements:
            owner.execute(statement)


def test_sealed_lines_verify_and_the_tail_is_counted(fresh_database: str) -> None:
    _three_lines()
    sealed = seal.seal_once(at=NOON)
    write_audit(actor="ben", action="close", object_kind="case", object_id="9", at=NOON)

    found = seal.verify()

    assert sealed == 3
    assert found.holds
    assert (found.links, found.rows) == (1, 3)
    assert found.unsealed["audit"] == 1


def test_each_window_links_to_the_one_before(fresh_database: str) -> None:
    _three_lines()
    seal.seal_once(at=NOON)
    _three_lines()
    seal.seal_once(at=NOON + timedelta(minutes=1))

    found = seal.verify()

    assert (found.links, found.rows, found.holds) == (2, 6, True)


def test_nothing_new_adds_no_link(fresh_database: str) -> None:
    _three_lines()
    seal.seal_once(at=NOON)

    assert seal.seal_once(at=NOON) == 0
    assert seal.verify().links == 1


@pytest.mark.parametrize(
    ("tampering", "reason"),
    [
        ("update core_audit_entry set actor = 'nobody' where object_id = '1'", "was changed"),
        ("delete from core_audit_entry where object_id = '2'", "3 rows were sealed, 2 are there"),
    ],
)
def test_tampering_behind_our_back_is_found(
    tampering: str, reason: str, fresh_database: str, postgres: EmbeddedServer
) -> None:
    _three_lines()
    seal.seal_once(at=NOON)
    _as_owner(
        fresh_database, postgres, "alter table core_audit_entry disable trigger user", tampering
    )

    found = seal.verify()

    assert not found.holds
    assert reason in found.broken[0].reason


def test_a_transaction_still_running_is_not_sealed_past(
    fresh_database: str, postgres: EmbeddedServer
) -> None:
    with psycopg.connect(fresh_database) as slow:
        slow.execute("select pg_current_xact_id()")
        _three_lines()

        assert seal.seal_once(at=NOON) == 0

    assert seal.seal_once(at=NOON) == 3
