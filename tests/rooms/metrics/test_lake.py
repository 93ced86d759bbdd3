"""The lake holds each committed row once, and never half an export."""

import json
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest

from goodstanding.core.ids import new_id
from goodstanding.metrics import lake as lakes
from goodstanding.metrics.errors import LakeAhead
from goodstanding.metrics.export import LakeTable, export_table
from goodstanding.metrics.tables import lake_tables

pytestmark = pytest.mark.usefixtures("fresh_database")
FACT = LakeTable("fact", "ledger")
INSERT = (
    "insert into ledger_fact (id, kind, subject, version_no, retracted, effective_at, attributes,"
    " content_digest, source, simulated, legal_entity_id) values (%s, 'charged_off', %s, 1, false,"
    " '2026-01-05', '{\"a\": \"1,5\"}', repeat('0', 64), 'test', false, 'GS')"
)


@pytest.fixture
def entity(fresh_database: str) -> str:
    from goodstanding.accounts.operations import add_legal_entity

    add_legal_entity(code="GS", name="Test", country="GB", simulated=True)
    return fresh_database


def _add(url: str, *subjects: str) -> None:
    with psycopg.connect(url) as connection:
        for subject in subjects:
            connection.execute(INSERT, [new_id(), subject])


def _subjects(folder: Path) -> list[str]:
    with lakes.open_lake(folder) as lake:
        return [row[0] for row in lake.execute("select subject from fact order by 1").fetchall()]


def test_each_row_is_exported_once(entity: str, tmp_path: Path) -> None:
    _add(entity, "loan:1", "loan:2")
    first = export_table(FACT, folder=tmp_path)
    _add(entity, "loan:3")
    second = export_table(FACT, folder=tmp_path)
    third = export_table(FACT, folder=tmp_path)

    assert (first.rows, second.rows, third.rows) == (2, 1, 0)
    assert _subjects(tmp_path) == ["loan:1", "loan:2", "loan:3"]
    assert lakes.damaged_files(tmp_path) == []


def test_types_survive(entity: str, tmp_path: Path) -> None:
    _add(entity, 'loan:"x", y\n')
    export_table(FACT, folder=tmp_path)

    with lakes.open_lake(tmp_path) as lake:
        row = lake.execute(
            "select subject, typeof(effective_at), attributes, amount_minor, typeof(xid) from fact"
        ).fetchall()

    assert row == [('loan:"x", y\n', "TIMESTAMP WITH TIME ZONE", '{"a": "1,5"}', None, "BIGINT")]


def test_a_text_like_the_mark_of_nothing_is_not_nothing(entity: str, tmp_path: Path) -> None:
    _add(entity, "\\N")
    export_table(FACT, folder=tmp_path)

    assert _subjects(tmp_path) == ["\\N"]


def test_a_row_longer_than_duckdb_expects_is_exported(entity: str, tmp_path: Path) -> None:
    with psycopg.connect(entity) as connection:
        long = INSERT.replace('\'{"a": "1,5"}\'', "jsonb_build_object('a', repeat('x', 3000000))")
        connection.execute(long, [new_id(), "loan:long"])
    export_table(FACT, folder=tmp_path)

    with lakes.open_lake(tmp_path) as lake:
        found = lake.execute("select subject, length(attributes) > 3000000 from fact").fetchall()
    assert found == [("loan:long", True)]


def test_a_lake_that_is_ahead_of_its_database_is_refused(entity: str, tmp_path: Path) -> None:
    _add(entity, "loan:1")
    export_table(FACT, folder=tmp_path)
    manifest = lakes.read_manifest(tmp_path, table="fact")
    assert manifest is not None
    lakes.write_manifest(tmp_path, replace(manifest, below_xid=manifest.below_xid + 1000))

    with pytest.raises(LakeAhead, match="goodstanding lake rebuild"):
        export_table(FACT, folder=tmp_path)


def test_files_that_no_manifest_names_go_when_no_reader_has_them(
    entity: str, tmp_path: Path
) -> None:
    for number in range(3):
        _add(entity, f"loan:{number}")
        export_table(FACT, folder=tmp_path)
    manifest = lakes.read_manifest(tmp_path, table="fact")
    assert manifest is not None
    lakes.compact_day(tmp_path, table="fact", day=manifest.files[0].day)

    assert lakes.sweep(tmp_path, older_than=0) == 0
    assert lakes.sweep(tmp_path, older_than=time.time() + 1) == 3
    assert _subjects(tmp_path) == ["loan:0", "loan:1", "loan:2"]


def test_a_column_that_came_later_is_empty_before(entity: str, tmp_path: Path) -> None:
    _add(entity, "loan:1")
    export_table(FACT, folder=tmp_path)
    manifest = lakes.read_manifest(tmp_path, table="fact")
    assert manifest is not None
    later = replace(manifest.files[0], path="day=later/1-2.parquet", rows=1)
    (tmp_path / "fact" / "day=later").mkdir()
    with duckdb.connect() as writer:
        writer.execute(
            f"copy (select 'loan:2' as subject, 'new' as added) to '{tmp_path}/fact/{later.path}'"
        )
    lakes.write_manifest(tmp_path, replace(manifest, files=(*manifest.files, later)))

    with lakes.open_lake(tmp_path) as lake:
        found = lake.execute("select subject, added from fact order by subject").fetchall()

    assert found == [("loan:1", None), ("loan:2", "new")]


def test_a_row_that_commits_late_is_not_missed(entity: str, tmp_path: Path) -> None:
    with psycopg.connect(entity) as slow:
        slow.execute(INSERT, [new_id(), "loan:late"])
        _add(entity, "loan:early")
        export_table(FACT, folder=tmp_path)
        assert _subjects(tmp_path) == []

    export_table(FACT, folder=tmp_path)

    assert _subjects(tmp_path) == ["loan:early", "loan:late"]


def test_a_crash_before_the_manifest_leaves_the_lake_as_it_was(
    entity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodstanding.metrics import export

    _add(entity, "loan:1")

    def crash(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(export, "write_manifest", crash)
        with pytest.raises(OSError, match="disk full"):
            export_table(FACT, folder=tmp_path)
    assert lakes.tables(tmp_path) == []

    assert export_table(FACT, folder=tmp_path).rows == 1
    assert _subjects(tmp_path) == ["loan:1"]


def test_compaction_changes_no_row(entity: str, tmp_path: Path) -> None:
    for number in range(4):
        _add(entity, f"loan:{number}")
        export_table(FACT, folder=tmp_path)
    before = _subjects(tmp_path)
    manifest = lakes.read_manifest(tmp_path, table="fact")
    assert manifest is not None

    saved = lakes.compact_day(tmp_path, table="fact", day=manifest.files[0].day)

    assert saved == 3
    assert _subjects(tmp_path) == before
    assert lakes.damaged_files(tmp_path) == []


def test_a_changed_file_is_named(entity: str, tmp_path: Path) -> None:
    _add(entity, "loan:1")
    export_table(FACT, folder=tmp_path)
    file = next(tmp_path.glob("fact/day=*/*.parquet"))
    file.write_bytes(file.read_bytes() + b" ")

    assert lakes.damaged_files(tmp_path) == [f"fact/{file.parent.name}/{file.name}"]


def test_a_manifest_is_whole_json(entity: str, tmp_path: Path) -> None:
    _add(entity, "loan:1")
    export_table(FACT, folder=tmp_path)

    read = json.loads((tmp_path / "fact" / "manifest.json").read_text())

    assert read["files"][0]["rows"] == 1
    assert ["effective_at", "TIMESTAMPTZ"] in read["columns"]


def test_every_lake_query_runs_and_ends_in_xid(tmp_path: Path) -> None:
    for table in lake_tables():
        export_table(table, folder=tmp_path)

    for manifest in lakes.tables(tmp_path):
        assert manifest.columns[-1] == ("xid", "BIGINT"), manifest.table
        assert "recorded_at" in dict(manifest.columns), manifest.table


def test_a_table_not_exported_yet_is_there_and_empty(tmp_path: Path) -> None:
    with lakes.open_lake(tmp_path, expected={"fact": [("subject", "VARCHAR")]}) as lake:
        assert lake.execute("select subject from fact").fetchall() == []
        with pytest.raises(duckdb.Error):
            lake.execute("select * from read_csv('/etc/hostname')")
