"""What the hot path reads, it reads by an index, however full the tables are.

A prepared statement is planned for batches of any size, and the planner takes a batch for large.
"""

import psycopg
import pytest

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.decisions.operations.statements import NumberedStatement, numbered
from goodstanding.decisions.operations.writing import record_statement

KNOWN = 20_000
FILL = """
set session_replication_role = replica;
insert into parties_external_id (id, scheme, value, legal_entity_id, party_id, source)
select gen_random_uuid(), 'sba_loan', i::text, 'GS-US', gen_random_uuid(), 'test'
from generate_series(1, {known}) as numbers (i);
analyze parties_external_id
"""


@pytest.mark.parametrize(
    "statement", [numbered("find_context"), record_statement()], ids=["find", "record"]
)
def test_an_identifier_is_looked_for_by_its_index(
    statement: NumberedStatement, fresh_database: str, postgres: EmbeddedServer
) -> None:
    database = psycopg.conninfo.conninfo_to_dict(fresh_database)["dbname"]
    with psycopg.connect(
        postgres.url(database=str(database)), cursor_factory=psycopg.ClientCursor
    ) as owner:
        owner.execute(FILL.format(known=KNOWN).encode())
        lines = owner.execute(f"explain (generic_plan) {statement.text}".encode()).fetchall()
    plan = "\n".join(line for (line,) in lines)

    assert "on parties_external_id" in plan, plan
    assert "Seq Scan on parties_external_id" not in plan, plan
