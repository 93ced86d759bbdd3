"""What a backtest found as a workbook, and the answer for every case as Parquet."""

import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from goodstanding.policies.engine import read_policy
from goodstanding.policies.engine.backtest import Cancelled, backtest
from goodstanding.policies.engine.backtest_records import (
    provenance_in,
    provenance_of,
    records_file,
)
from goodstanding.policies.engine.backtest_workbook import write_workbook
from tests.rooms.policies.test_backtest import HISTORY, ROWS
from tests.rooms.policies.texts import TRADE_UK

NAMESPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
STRICTER = TRADE_UK.replace('version: "7"', 'version: "8"').replace("dpd_max > 30", "dpd_max > 20")


def read_workbook(content: bytes) -> dict[str, list[list[tuple[str | float | None, str]]]]:
    """Each sheet by its title: rows of cells, a cell its value and its number format."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = [
            "".join(part.itertext())
            for part in _tree(book, "xl/sharedStrings.xml").findall("m:si", NAMESPACE)
        ]
        styles = _tree(book, "xl/styles.xml")
        codes = {each.get("numFmtId"): each.get("formatCode") or ""
                 for each in styles.iterfind(".//m:numFmt", NAMESPACE)}  # fmt: skip
        formats = [
            codes.get(each.get("numFmtId"), each.get("numFmtId") or "")
            for each in styles.iterfind("m:cellXfs/m:xf", NAMESPACE)
        ]
        titles = [each.get("name") or "" for each in
                  _tree(book, "xl/workbook.xml").iterfind(".//m:sheet", NAMESPACE)]  # fmt: skip
        return {
            title: _rows(_tree(book, f"xl/worksheets/sheet{at}.xml"), texts, formats)
            for at, title in enumerate(titles, start=1)
        }


def _tree(book: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(book.read(name))


def _rows(
    sheet: ET.Element, texts: list[str], formats: list[str]
) -> list[list[tuple[str | float | None, str]]]:
    assert sheet.find(".//m:f", NAMESPACE) is None, "a formula"
    rows: list[list[tuple[str | float | None, str]]] = []
    for row in sheet.iterfind(".//m:row", NAMESPACE):
        cells: list[tuple[str | float | None, str]] = []
        for each in row.iterfind("m:c", NAMESPACE):
            place = ord((each.get("r") or "A")[0]) - ord("A")  # no sheet is wider than Z
            cells += [(None, "")] * (place - len(cells))  # an empty cell is left out of the file
            cells.append(_cell(each, texts, formats))
        rows.append(cells)
    return rows


def _cell(cell: ET.Element, texts: list[str], formats: list[str]) -> tuple[str | float | None, str]:
    value = cell.findtext("m:v", None, NAMESPACE)
    chosen = formats[int(cell.get("s") or 0)]
    if value is None:
        return None, chosen
    return (texts[int(value)] if cell.get("t") == "s" else float(value)), chosen


def test_the_workbook_holds_what_was_found_in_native_numbers():
    policy, stricter = read_policy(TRADE_UK), read_policy(STRICTER)
    result = backtest(stricter, HISTORY, against=policy)

    book = read_workbook(write_workbook(result, provenance={"Asked by": "=cmd()"}))

    assert list(book) == ["Eligible and skipped", "Outcomes", "Moves", "Rules", "Provenance"]
    eligible = [[value for value, _ in row] for row in book["Eligible and skipped"][1:]]
    assert eligible[2] == ["Skipped: amount is required and missing", 1.0, pytest.approx(1 / 6)]
    headings = [value for value, _ in book["Outcomes"][0]]
    declined = dict(zip(headings, book["Outcomes"][-1], strict=True))
    assert declined["Outcome"][0] == "decline"
    assert declined["Cases"] == (2.0, "#,##0")
    assert declined["Bad rate"] == (1.0, "0.0%")
    assert declined["Written off"] == (1050.0, '#,##0.00 "GBP"')
    said = {row[0][0]: row[1][0] for row in book["Provenance"][1:]}
    assert said["Tree hash"] == stricter.tree_hash
    assert said["Asked by"] == "=cmd()"


def test_every_case_is_kept_with_its_trace(tmp_path: Path):
    policy, path = read_policy(TRADE_UK), tmp_path / "records.parquet"
    described = provenance_of(policy, {"History": "invented"})

    with records_file(path, provenance=described) as keep:
        backtest(policy, HISTORY, keep_records=keep)

    kept = pl.read_parquet(path)
    wanted = policy.evaluate_table(ROWS, keep=("key",)).table
    assert kept["key"].to_list() == ROWS["key"].to_list()
    assert kept["outcome"].to_list() == wanted["outcome"].cast(pl.String).to_list()
    assert kept.select("skipped", "true_0", "unknown_0", "points").equals(
        wanted.select("skipped", "true_0", "unknown_0", "points")
    )
    said = provenance_in(path)
    assert (said["tree_hash"], said["History"]) == (policy.tree_hash, "invented")
    assert [(rule["id"], rule["bit"]) for rule in said["rules"]][:2] == [("R1", 0), ("R2", 1)]
    fired = {rule["id"] for rule in said["rules"] if kept["true_0"][1] >> rule["bit"] & 1}
    assert fired == {"R1"}


def test_a_run_that_stops_leaves_no_file(tmp_path: Path):
    path = tmp_path / "records.parquet"

    def stop_on_the_way() -> None:
        with records_file(path, provenance={}) as keep:
            keep(ROWS)
            raise Cancelled

    with pytest.raises(Cancelled):
        stop_on_the_way()
    assert list(tmp_path.iterdir()) == []


def test_provenance_is_json(tmp_path: Path):
    described = provenance_of(read_policy(TRADE_UK), {})

    assert json.loads(json.dumps(described))["policy"] == "trade_uk"
