"""What the hot path reads, it reads by an index, however full the tables are.

A prepared statement is planned for batches of any size, and the planner takes a batch for large.
"""

import psycopg
import pytest

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.decisions.operations.context import query_of
from goodstanding.decisions.operations.statements import NumberedStatement, numbered
from goodstanding.decisions.operations.writing import record_statement
from goodstanding.policies.features import feature_named

KNOWN = 20_000
FILL = """
set session_replication_role = replica;
insert into parties_external_id (id, scheme, value, legal_entity_id, party_id, source)
select gen_random_uuid(), 'sba_loan', i::text, 'GS-US', gen_random_uuid(), 'test'
from generate_series(1, {known}) as numbers (i);
analyze parties_external_id
"""


FILL_RATES = """
set session_replication_role = replica;
insert into ledger_fact (
    id, kind, party_id, subject, version_no, retracted, effective_at, amount_minor, currency,
    attributes, content_digest, source, simulated, legal_entity_id, recorded_at
)
select
    gen_random_uuid(), 'loan_approved', gen_random_uuid(), 'loan:' || i, 1, false,
    timestamptz '2026-01-01Z' + i * interval '1 minute', 100, 'EUR', '{{}}'::jsonb, 'x', 'test',
    false, 'GS-US', timestamptz '2026-01-01Z' + i * interval '1 minute'
from generate_series(1, {known}) as numbers (i)
union all
select
    gen_random_uuid(), 'exchange_rate', null, 'EUR/' || pair || ' ' || i, 1, false,
    timestamptz '2020-01-01Z' + i * interval '1 day', null, null, '{{"rate": "1.1"}}'::jsonb, 'x',
    'test', false, 'GS-US', timestamptz '2020-01-01Z' + i * interval '1 day'
from generate_series(1, 2000) as numbers (i)
cross join unnest(array['USD', 'GBP', 'JPY', 'CHF', 'SEK']) as pairs (pair);
analyze ledger_fact
"""


def plan_of(
    statement: NumberedStatement, fill: str, database_url: str, postgres: EmbeddedServer
) -> str:
    """The plan for batches of any size, with the tables full."""
    database = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(
        postgres.url(database=str(database)), cursor_factory=psycopg.ClientCursor
    ) as owner:
        owner.execute(fill.format(known=KNOWN).encode())
        lines = owner.execute(f"explain (generic_plan) {statement.text}".encode()).fetchall()
    return "\n".join(line for (line,) in lines)


@pytest.mark.parametrize(
    "statement", [numbered("find_context"), record_statement()], ids=["find", "record"]
)
def test_an_identifier_is_looked_for_by_its_index(
    statement: NumberedStatement, fresh_database: str, postgres: EmbeddedServer
) -> None:
    plan = plan_of(statement, FILL, fresh_database, postgres)

    assert "on parties_external_id" in plan, plan
    assert "Seq Scan on parties_external_id" not in plan, plan


def test_rates_are_looked_for_by_their_index_once_a_fact(
    fresh_database: str, postgres: EmbeddedServer
) -> None:
    lent = feature_named("other_loans_in_dollars_5y@1")
    statement = query_of([lent], {lent.reference: ("loan_review",)}).statement

    plan = plan_of(statement, FILL_RATES, fresh_database, postgres)

    assert plan.count("rate_by_pair") == 2, plan  # direct, else inverse
    assert "Seq Scan on ledger_fact" not in plan, plan
