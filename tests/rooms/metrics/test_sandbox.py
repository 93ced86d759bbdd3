"""A person's own query reads the lake, and can do nothing else."""

from pathlib import Path

import duckdb
import pytest

from goodstanding.metrics.errors import QueryRefused, QueryTookTooLong
from goodstanding.metrics.lake import LakeFile, Manifest, open_lake, write_manifest
from goodstanding.metrics.sandbox import run_query


@pytest.fixture
def lake_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    (folder / "decision" / "day=2026-11-18").mkdir(parents=True)
    name = "day=2026-11-18/0-9.parquet"
    with duckdb.connect() as writer:
        writer.execute(
            f"copy (select range as id, 'approve' as outcome from range(2000))"
            f" to '{folder / 'decision' / name}'"
        )
    columns = (("id", "BIGINT"), ("outcome", "VARCHAR"))
    file = LakeFile(name, "2026-11-18", 0, 9, 2000, 1, "")
    write_manifest(folder, Manifest("decision", columns, 9, (file,)))
    return folder


def test_a_select_gives_typed_rows_and_says_when_there_are_more(lake_folder: Path) -> None:
    found = run_query(open_lake(lake_folder), text="select id, outcome from decision order by id")

    assert found.columns == (("id", "BIGINT"), ("outcome", "VARCHAR"))
    assert len(found.rows) == 1000
    assert found.cut


@pytest.mark.parametrize(
    "text",
    [
        "copy (select 1) to '{lake}/decision/day=2026-11-18/0-9.parquet'",
        "with x as (copy (select 1) to '{lake}/decision/day=2026-11-18/0-9.parquet') from x",
        "with x as (insert into decision values (1, 'x') returning *) select * from x",
        "select * from (with y as (delete from decision returning *) select * from y)",
        "from query('with x as (copy (select 1) to ''{lake}/new.parquet'') from x')",
        "from query('select 1')",
        "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
        "select write_log('x')",
        "copy (select 1) to '.tmp/new.parquet'",
        "from read_text('.tmp/anything')",
        "select * from read_csv('/etc/hostname')",
        "select * from glob('/etc/*')",
        "select * from read_parquet('{lake}/../secret.parquet')",
        "attach '{lake}/other.db'",
        "install httpfs",
        "set memory_limit = '1TB'",
        "create table t (a int)",
        "drop view decision",
        "pragma database_list",
        "select 1; select 2",
        "",
        "-- nothing",
        "select nothing from decision",
        "selec 1",
        "select 1 " + "+ 1 " * 6000,
    ],
)
def test_everything_else_is_refused_and_changes_nothing(text: str, lake_folder: Path) -> None:
    before = {path: path.read_bytes() for path in lake_folder.rglob("*") if path.is_file()}

    with pytest.raises(QueryRefused) as refused:
        run_query(open_lake(lake_folder), text=text.format(lake=lake_folder))

    assert refused.value.field == "query"
    assert {p: p.read_bytes() for p in lake_folder.rglob("*") if p.is_file()} == before


def test_a_query_that_wants_all_the_memory_is_refused(lake_folder: Path) -> None:
    greedy = "select list(range || repeat('x', 1000)) from range(1000000)"

    with pytest.raises(QueryRefused, match="memory"):
        run_query(open_lake(lake_folder, memory_mb=64), text=greedy)


def test_a_query_that_never_ends_is_stopped(lake_folder: Path) -> None:
    endless = "select count(*) from range(1000000) a, range(1000000) b where a.range > b.range"

    with pytest.raises(QueryTookTooLong, match=r"0\.2 seconds"):
        run_query(open_lake(lake_folder), text=endless, seconds=0.2)
