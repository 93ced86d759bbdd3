"""`goodstanding import` in processes of its own: exit codes; kills lose and double nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from goodstanding.accounts.operations import add_legal_entity
from tests.rooms.ledger.mappings import MAPPING, ROWS, write_csv, write_mapping

COMMAND = "from goodstanding.cli.main import main; main()"


@pytest.fixture(autouse=True)
def _our_company(fresh_database: str) -> None:
    add_legal_entity(code="GS-US", name="Good Standing US", country="US", simulated=True)


def _start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "import", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy(),
    )  # fmt: skip


def _run(*arguments: str | Path) -> tuple[int, str, str]:
    process = _start(*arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_exit_codes_and_answers(tmp_path: Path) -> None:
    mapping, file = write_mapping(tmp_path), write_csv(tmp_path)
    bad = write_csv(tmp_path, (*ROWS, ("9", "", "", "", "", "", "", "", "")), "bad.csv")
    (tmp_path / "wrong").mkdir()
    wrong = write_mapping(tmp_path / "wrong", MAPPING.replace("Name:", "Nmae:", 1))

    clean = _run(mapping, file, "--json")
    partly = _run(mapping, bad)
    refused = _run(wrong, file)

    assert clean[0] == 0
    assert json.loads(clean[1])["rows_loaded"] == 3
    assert partly[0] == 1
    assert "3 known before, 1 in quarantine" in partly[1]
    assert refused[0] == 2
    assert "'Name' is not in `columns`" in refused[2]
    assert "Did it mean 'Nmae'?" in refused[2]


@pytest.mark.slow
def test_killed_again_and_again_it_loads_everything_once(
    tmp_path: Path, fresh_database: str
) -> None:
    count = 3000
    rows = tuple(
        (str(number), f"Business {number}", "Goshen", "IN", "", "2/28/1997", "", "10", "P I F")
        for number in range(count)
    )
    mapping, file = write_mapping(tmp_path), write_csv(tmp_path, rows)
    arguments = (mapping, file, "--chunk-rows", "25", "--json")
    kills = 0

    for wanted in range(1, 6):
        process = _start(*arguments)
        _wait_for_chunks(fresh_database, at_least=wanted * 12, process=process)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    code, out, err = _run(*arguments)

    assert kills == 5, "the import ended before it could be killed"
    assert code == 0, err
    assert json.loads(out)["resumed"] is True
    assert json.loads(out)["rows_loaded"] == count
    with psycopg.connect(fresh_database) as connection:
        counted = connection.execute(
            "select (select count(*) from parties_party), (select count(*) from ledger_fact),"
            " (select count(*) from ledger_source_row), (select count(*) from ledger_import_run)"
        ).fetchone()
    assert counted == (count, count, count, 1)


def _wait_for_chunks(url: str, *, at_least: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline and process.poll() is None:
            row = connection.execute("select count(*) from ledger_import_chunk").fetchone()
            if row is not None and row[0] >= at_least:
                return
            time.sleep(0.02)
    assert process.poll() is not None, "no chunk was loaded within a minute"
