"""Features: a history joined set-wise, and all features of one decision in one round trip.

Set-wise: five features of a party as of each decision, over facts with corrections and retractions,
by DuckDB from Parquet, against the same join as an analyst writes it by hand. Live: the statement
that the service runs before it decides, claim, party and features, against `SELECT 1` on the same
connection; both prepared and binary. Answers are compared before anything is timed.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from bench.figures import Figure, machine
from goodstanding.core.postgres import ensure_database, start_server
from goodstanding.policies.features import FeatureDefinition, as_of_join, read_feature

DATABASE = "goodstanding"
FACTS, DECISIONS = 10_000_000, 1_000_000
QUICK_FACTS, QUICK_DECISIONS = 200_000, 20_000
FACTS_EACH = 20  # of a party
LIVE_FACTS, QUICK_LIVE_FACTS = 2_000_000, 100_000
TURNS = 3
CALLS = 2_000
AMOUNT = "currency: EUR\n"
TEXT = """\
feature: {name}
version: "1"
title: {name}
owner: Benchmark
entity: party
source: order_placed
measure: {measure}
window: {window}
unit: orders
{more}"""
MEASURES = (
    ("orders_30d", "count", "30d", ""),
    ("sales_30d", "{sum: amount}", "30d", AMOUNT),
    ("mean_90d", "{avg: amount}", "90d", AMOUNT),
    ("largest_90d", "{max: amount}", "90d", AMOUNT),
    ("large_orders_90d", "count", "90d", AMOUNT + "filter: amount >= 500.00\n"),
)
# Facts over two years, each known up to two days later; one in twenty was corrected thirty days
# on, one in a hundred retracted.
MAKE_FACTS = """
copy (
    with fact as (
        select
            i,
            md5((i % {parties})::varchar)::uuid as party_id,
            'order:' || i as subject,
            timestamp '2024-01-01' + to_microseconds(
                (hash(i, 1) % (730 * 86400))::bigint * 1000000
            ) as effective_at,
            to_microseconds((hash(i, 2) % 172800)::bigint * 1000000) as lag,
            (hash(i, 3) % 100000)::bigint + 1 as amount_minor
        from range({facts}) as numbers (i)
    ),
    version as (
        select i, party_id, subject, 1 as version_no, false as retracted, effective_at,
            effective_at + lag as recorded_at, amount_minor
        from fact
        union all
        select i, party_id, subject, 2, i % 100 = 0, effective_at,
            effective_at + lag + interval 30 days, amount_minor + 1
        from fact where i % 20 = 0
    )
    select
        'order_placed' as kind, party_id, subject, version_no, retracted, effective_at,
        recorded_at, amount_minor, 'EUR' as currency, '{{}}' as attributes,
        'GS-UK' as legal_entity
    from version order by recorded_at
) to '{path}' (format parquet, compression zstd)
"""
MAKE_ASKED = """
copy (
    select
        i as place,
        md5((hash(i, 4) % {parties})::bigint::varchar)::uuid as party_id,
        'GS-UK' as legal_entity,
        timestamp '2024-06-01' + to_microseconds(
            (hash(i, 5) % (570 * 86400))::bigint * 1000000
        ) as as_of
    from range({decisions}) as numbers (i)
) to '{path}' (format parquet, compression zstd)
"""
# The same by hand, with why a value is missing: corrections found by joining each version to the
# next, which is faster than a window over all facts. It reads once when the history begins, since
# every decision lies after the first fact was known; ours asks what was known by each decision.
BY_HAND = """
with history as (
    select legal_entity, min(effective_at) as begins
    from facts
    where kind = 'order_placed'
    group by legal_entity
),
correction as (
    select subject, version_no - 1 as corrects, recorded_at
    from facts
    where version_no > 1
),
version as (
    select fact.party_id, fact.legal_entity, fact.effective_at, fact.recorded_at,
        fact.amount_minor, fact.currency, correction.recorded_at as corrected_at
    from facts as fact
    left join correction
        on correction.subject = fact.subject and correction.corrects = fact.version_no
    where fact.kind = 'order_placed' and not fact.retracted
),
measured as (
    select
        asked.place,
        count(*) filter (where version.effective_at >= asked.as_of - interval 30 days) as orders,
        sum(version.amount_minor) filter (
            where version.effective_at >= asked.as_of - interval 30 days
                and version.currency = 'EUR'
        ) as sales,
        count(*) filter (
            where version.effective_at >= asked.as_of - interval 30 days
                and version.currency <> 'EUR'
        ) as foreign_30,
        sum(version.amount_minor) filter (where version.currency = 'EUR') as total,
        count(*) filter (where version.currency = 'EUR') as number,
        max(version.amount_minor) filter (where version.currency = 'EUR') as largest,
        count(*) filter (where version.amount_minor >= 50000 and version.currency = 'EUR') as large,
        count(*) filter (where version.currency <> 'EUR') as foreign_90
    from asked
    inner join version
        on version.party_id = asked.party_id and version.legal_entity = asked.legal_entity
    where version.effective_at >= asked.as_of - interval 90 days
        and version.effective_at < asked.as_of
        and version.recorded_at <= asked.as_of
        and (version.corrected_at is null or version.corrected_at > asked.as_of)
    group by asked.place
),
answer as (
    select
        asked.place,
        coalesce(history.begins <= asked.as_of - interval 30 days, false) as has_30,
        coalesce(history.begins <= asked.as_of - interval 90 days, false) as has_90,
        coalesce(foreign_30, 0) as foreign_30,
        coalesce(foreign_90, 0) as foreign_90,
        coalesce(orders, 0)::bigint as orders,
        (coalesce(sales, 0)::decimal(18, 0) * 0.01)::decimal(18, 2) as sales,
        (((2 * total * 10000 + number) // (2 * number))::decimal(18, 0) * 0.000001)::decimal(18, 6)
            as mean,
        (largest::decimal(18, 0) * 0.01)::decimal(18, 2) as largest,
        coalesce(large, 0)::bigint as large
    from asked
    left join history on history.legal_entity = asked.legal_entity
    left join measured on measured.place = asked.place
)
select
    place,
    case when has_30 then orders end as f0,
    case when not has_30 then 'no_history' end as f0_missing,
    case when has_30 and foreign_30 = 0 then sales end as f1,
    case when not has_30 then 'no_history' when foreign_30 > 0 then 'invalid' end as f1_missing,
    case when has_90 and foreign_90 = 0 then mean end as f2,
    case when not has_90 then 'no_history' when foreign_90 > 0 then 'invalid'
        when mean is null then 'not_applicable' end as f2_missing,
    case when has_90 and foreign_90 = 0 then largest end as f3,
    case when not has_90 then 'no_history' when foreign_90 > 0 then 'invalid'
        when largest is null then 'not_applicable' end as f3_missing,
    case when has_90 and foreign_90 = 0 then large end as f4,
    case when not has_90 then 'no_history' when foreign_90 > 0 then 'invalid' end as f4_missing
from answer
"""
VALUES = ", ".join(f"f{at}, f{at}_missing" for at in range(len(MEASURES)))
ADDED_UP = "select count(*), " + ", ".join(
    f"sum(f{at}), count(f{at}_missing)" for at in range(len(MEASURES))
)


def run(*, full: bool) -> Iterator[Figure]:
    """Ten million facts and a million decisions; two million facts in PostgreSQL."""
    del full
    yield _set_wise(FACTS, DECISIONS, turns=TURNS)
    yield _live(LIVE_FACTS, calls=CALLS)


def quick() -> Iterator[Figure]:
    """A fiftieth of it."""
    yield _set_wise(QUICK_FACTS, QUICK_DECISIONS, turns=3)
    yield _live(QUICK_LIVE_FACTS, calls=500)


def definitions() -> list[FeatureDefinition]:
    """The five features."""
    return [
        read_feature(TEXT.format(name=name, measure=measure, window=window, more=more), source=name)
        for name, measure, window, more in MEASURES
    ]


@contextmanager
def history(facts: int, decisions: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB on two threads with the facts and the decisions as views of Parquet."""
    parties = max(1, facts // FACTS_EACH)
    with (
        tempfile.TemporaryDirectory(prefix="goodstanding-bench-") as folder,
        duckdb.connect(
            config={"threads": 2, "memory_limit": "6GB", "temp_directory": folder}
        ) as connection,
    ):
        for name, make in (("facts", MAKE_FACTS), ("asked", MAKE_ASKED)):
            path = Path(folder) / f"{name}.parquet"
            text = make.format(path=path, facts=facts, decisions=decisions, parties=parties)
            connection.execute(text)
            connection.execute(f"create view {name} as select * from read_parquet('{path}')")
        yield connection


def our_query() -> str:
    """The query that the compiler emits."""
    return as_of_join(definitions(), engine="duckdb", facts="facts", asked="asked")


def differing(connection: duckdb.DuckDBPyConnection) -> int:
    """How many decisions the two queries answer differently."""
    ours = f"select place, {VALUES} from ({our_query()})"
    theirs = f"select place, {VALUES} from ({BY_HAND})"
    query = f"select count(*) from (({ours} except {theirs}) union all ({theirs} except {ours}))"
    [(found,)] = connection.execute(query).fetchall()
    return int(found)


def _set_wise(facts: int, decisions: int, *, turns: int) -> Figure:
    conditions = machine()
    with history(facts, decisions) as connection:
        if differing(connection):
            raise RuntimeError("the two queries differ")
        sides = {"ours": our_query(), "by hand": BY_HAND}
        taken: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(turns):
            for name, text in sides.items():
                query = f"{ADDED_UP} from ({text})"
                taken[name].append(
                    _seconds(lambda query=query: connection.execute(query).fetchall())
                )
    ours, theirs = min(taken["ours"]), min(taken["by hand"])
    return Figure(
        "features_set_wise",
        ours,
        "s",
        f"the same as-of join by hand in DuckDB, {theirs:.2f} s",
        ours / theirs,
        f"{decisions:,} decisions x {facts:,} facts and their corrections, five features, Parquet,"
        f" 2 threads, best of {turns} turns each; {conditions}",
    )


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _live(facts: int, *, calls: int) -> Figure:
    conditions = machine()
    with ledger(facts) as (url, party):
        ours, floor = live_times(url, party, calls=calls)
    return Figure(
        "features_live",
        1e6 * statistics.median(ours),
        "us a decision, p50",
        f"SELECT 1 on the same connection, {1e6 * statistics.median(floor):.0f} us",
        statistics.median(ours) / statistics.median(floor),
        f"claim, party and five features in one statement, {facts:,} facts, {FACTS_EACH} of the"
        f" party, p99 {1e6 * statistics.quantiles(ours, n=100)[98]:.0f} us, {calls} turns;"
        f" {conditions}",
    )


def live_times(url: str, party: str, *, calls: int) -> tuple[list[float], list[float]]:
    """Seconds of each call of the lookup and of SELECT 1, which take turns."""
    from goodstanding.decisions.operations.link import OPTIONS
    from goodstanding.decisions.operations.packed_arrays import register_packed_arrays

    text, parameters = _statement(party)
    ours: list[float] = []
    floor: list[float] = []
    with psycopg.connect(url, autocommit=True, prepare_threshold=0, options=OPTIONS) as connection:
        register_packed_arrays(connection)

        def ask(query: bytes, values: Any) -> list[Any]:
            cursor = psycopg.RawCursor(connection)
            cursor.execute(query, values, binary=True)
            return cursor.fetchall()

        [found] = ask(text, parameters)
        if found[2] != _count_by_hand(connection, party):
            raise RuntimeError("the lookup counts other orders")
        for _ in range(calls):
            ours.append(_seconds(lambda: ask(text, parameters)))
            floor.append(_seconds(lambda: ask(b"select 1", ())))
    return ours, floor


def _count_by_hand(connection: psycopg.Connection[Any], party: str) -> int:
    """The orders of thirty days by a plain count: nothing of the last month was corrected yet."""
    [row] = connection.execute(
        "select count(*) from ledger_fact where party_id = %s and version_no = 1"
        " and effective_at >= %s and effective_at < %s and recorded_at <= %s",
        [party, AS_OF - timedelta(days=30), AS_OF, AS_OF],
    ).fetchall()
    return int(row[0])


AS_OF = datetime(2025, 11, 1, tzinfo=UTC)


def _statement(party: str) -> tuple[bytes, list[Any]]:
    """The service's own statement for a policy that reads the five features."""
    from goodstanding.core.ids import new_id
    from goodstanding.decisions.operations import context
    from goodstanding.decisions.types import Caller, DecisionRequest, Entity, Question

    found = {item.reference: item for item in definitions()}
    query = context.query_of(list(found.values()), dict.fromkeys(found, ("benchmark",)))
    question = Question(
        request=DecisionRequest("benchmark", Entity("bench", party), AS_OF, {}, "key"),
        caller=Caller("bench", "GS-UK", "bench"),
        arrived_at=AS_OF,
        request_digest="",
        decision_id=new_id(),
    )
    return query.statement.text.encode(), query.columns([question])


FILL = """
insert into ledger_fact (
    id, kind, party_id, subject, version_no, retracted, effective_at, recorded_at, amount_minor,
    currency, attributes, content_digest, source, simulated, legal_entity_id
)
select
    gen_random_uuid(), 'order_placed', md5((i %% {parties})::text)::uuid, 'order:' || i, 1, false,
    moment, moment + make_interval(secs => (i * 7919) %% 172800), 1 + (i * 104729) %% 100000,
    'EUR', '{{}}', '', 'bench', true, 'GS-UK'
from (
    select i, timestamptz '2024-01-01 00:00Z'
        + make_interval(secs => ((i::bigint * 15485863) %% (730 * 86400))) as moment
    from generate_series(0, %s::bigint) as numbers (i)
) as drawn
"""
CORRECT = """
insert into ledger_fact (
    id, kind, party_id, subject, version_no, retracted, effective_at, recorded_at, amount_minor,
    currency, attributes, content_digest, source, simulated, legal_entity_id
)
select
    gen_random_uuid(), kind, party_id, subject, 2, false, effective_at,
    recorded_at + interval '30 days', amount_minor + 1, currency, attributes, '', source, true,
    legal_entity_id
from ledger_fact
where right(subject, 2) in ('00', '20', '40', '60', '80')
"""
NAMED = """
insert into parties_external_id (id, scheme, value, legal_entity_id, party_id, source)
select gen_random_uuid(), 'bench', %s, 'GS-UK', %s, 'bench'
"""


@contextmanager
def ledger(facts: int) -> Iterator[tuple[str, str]]:
    """A server with the product's tables and so many facts; its address and a typical party."""
    with tempfile.TemporaryDirectory(prefix="goodstanding-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_server(folder / "postgres")
        try:
            ensure_database(server, database=DATABASE)
            url = server.url(database=DATABASE)
            _migrate(folder, url)
            with psycopg.connect(url, autocommit=True) as connection:
                # Rows are made as they are: keys and triggers would ask for parties of each.
                connection.execute("set session_replication_role = replica")
                connection.execute(FILL.format(parties=facts // FACTS_EACH).encode(), [facts - 1])
                connection.execute(CORRECT)
                connection.execute("vacuum analyze ledger_fact")
                [(party,)] = connection.execute("select md5('17')::uuid::text").fetchall()
                connection.execute(NAMED, [party, party])
            yield url, party
        finally:
            server.stop()


def _migrate(folder: Path, url: str) -> None:
    os.environ["GOODSTANDING_HOME"] = str(folder)
    os.environ["GOODSTANDING_DATABASE_URL"] = url
    root = Path(__file__).resolve().parents[1]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(root / "src"), str(root)])
    subprocess.run(
        [sys.executable, "-m", "goodstanding", "migrations", "--quiet"],
        env=os.environ, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    from goodstanding.cli.django_start import start_django

    start_django()
