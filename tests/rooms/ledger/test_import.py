"""Good rows load, bad rows go to quarantine, and doing it again changes nothing."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from goodstanding.core.encryption import keyed_digest
from goodstanding.core.models import AuditEntry, OutboxMessage
from goodstanding.ledger.errors import FileUnreadable, MappingRefused, ShiftWithoutDates
from goodstanding.ledger.models import (
    Fact,
    ImportChunk,
    ImportCompletion,
    ImportRun,
    QuarantinedRow,
    SourceRow,
)
from goodstanding.ledger.operations import chunks, import_file, shift_to_arrive
from goodstanding.ledger.queries import facts_of
from goodstanding.ledger.types import ImportReport
from goodstanding.parties.models import Party, PartyVersion
from goodstanding.parties.queries import connections_of, party_by_external_id
from tests.instants import NOON
from tests.rooms.ledger.mappings import HEADER, MAPPING, ROWS, write_csv, write_mapping

pytestmark = pytest.mark.usefixtures("legal_entity")


def _import(folder: Path, *, mapping: str = MAPPING, file: Path, **changes: Any) -> ImportReport:
    return import_file(
        mapping_path=write_mapping(folder, mapping), file=file, by="ana@example.com",
        **{"at": NOON, **changes},
    )  # fmt: skip


def test_rows_become_businesses_and_facts(tmp_path: Path) -> None:
    report = _import(tmp_path, file=write_csv(tmp_path))

    assert (report.counts.rows_loaded, report.counts.parties_new, report.counts.facts_new) == (
        3, 3, 4,
    )  # fmt: skip
    party_id = party_by_external_id(scheme="small_loan", value="2", legal_entity="GS-US")
    assert party_id is not None
    facts = facts_of(party_id=party_id, as_of=NOON, known_at=NOON)
    assert [(fact.kind, fact.effective_at, fact.amount_minor) for fact in facts] == [
        ("loan_approved", datetime(1997, 2, 28, tzinfo=UTC), 4_000_000),
        ("loan_charged_off", datetime(1999, 6, 28, tzinfo=UTC), None),
    ]
    assert facts[0].attributes == {"outcome": "charged_off", "cents_minor": 4_000_000}
    assert facts[0].import_id == report.run_id


def test_one_name_in_one_place_is_connected(tmp_path: Path) -> None:
    report = _import(tmp_path, file=write_csv(tmp_path))

    party_id = party_by_external_id(scheme="small_loan", value="3", legal_entity="GS-US")
    assert party_id is not None
    connected = connections_of(party_id=party_id, as_of=NOON, known_at=NOON)

    assert report.links_new == 1
    assert [link.name for link in connected] == ["Landmark Bar & Grille (THE)"]


def test_known_at_is_when_the_source_knew(tmp_path: Path) -> None:
    _import(tmp_path, file=write_csv(tmp_path))
    party_id = party_by_external_id(scheme="small_loan", value="2", legal_entity="GS-US")
    assert party_id is not None

    before = facts_of(party_id=party_id, as_of=NOON, known_at=datetime(1999, 1, 1, tzinfo=UTC))

    assert [fact.kind for fact in before] == ["loan_approved"]


def test_the_second_time_nothing_is_new(tmp_path: Path) -> None:
    _import(tmp_path, file=write_csv(tmp_path))
    facts = Fact.objects.count()

    again = _import(tmp_path, file=write_csv(tmp_path))

    assert (again.counts.rows_loaded, again.counts.rows_known) == (0, 3)
    assert Fact.objects.count() == facts
    assert "nothing new" in again.as_text()


def test_a_changed_row_amends_and_corrects(tmp_path: Path) -> None:
    _import(tmp_path, file=write_csv(tmp_path))
    changed = (("1", "ABC Hobbycraft", "Elkhart", *ROWS[0][3:7], "61000", "P I F"), *ROWS[1:])

    report = _import(tmp_path, file=write_csv(tmp_path, changed, "b.csv"))

    counts = report.counts
    assert (counts.rows_loaded, counts.rows_known) == (1, 2)
    assert (counts.parties_new, counts.parties_amended, counts.facts_corrected) == (0, 1, 1)
    assert PartyVersion.objects.filter(city="Elkhart").get().version_no == 2


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    dry = _import(tmp_path, file=write_csv(tmp_path), dry_run=True)

    assert (dry.counts.rows_loaded, dry.links_new, dry.dry_run) == (3, 1, True)
    for table in (Party, Fact, ImportRun, ImportChunk, SourceRow, QuarantinedRow, OutboxMessage):
        assert table.objects.count() == 0
    assert AuditEntry.objects.count() == 0

    real = _import(tmp_path, file=write_csv(tmp_path))
    assert real.counts == dry.counts


def test_bad_rows_are_kept_with_line_reason_and_row(tmp_path: Path) -> None:
    bad = (
        ROWS[0],
        ("4", "", "Goshen", "IN", "", "2/28/1997", "", "10", ""),
        ("5", "Maria's", "Goshen", "IN", "Maria Inventada", "30/30/1997", "", "10", ""),
        ("6", "Six", "Goshen", "IN", "", "2/28/1997", "", "ten", ""),
        ("7", "Seven", "Goshen", "IN", "", "2/28/1997", "", "10", "GONE"),
        ROWS[1],
    )

    report = _import(tmp_path, file=write_csv(tmp_path, bad))

    kept = QuarantinedRow.objects.order_by("line")
    assert [(row.line, row.field, row.code) for row in kept] == [
        (3, "Name", "value_missing"),
        (4, "Approved", "value_unreadable"),
        (5, "Amount", "not_an_amount"),
        (6, "Status", "value_unreadable"),
    ]
    assert (report.counts.rows_loaded, report.counts.rows_quarantined) == (2, 4)
    assert kept[1].raw["Owner"] == keyed_digest("Maria Inventada")
    assert "'30/30/1997' is not a date" in report.as_text()


def test_a_mended_row_is_released(tmp_path: Path) -> None:
    bad = (("4", "Four", "Goshen", "IN", "", "2/28/1997", "", "10", "GONE"),)
    mended = MAPPING.replace("CHGOFF: charged_off", "CHGOFF: charged_off, GONE: charged_off")
    _import(tmp_path, file=write_csv(tmp_path, bad))

    report = _import(tmp_path, mapping=mended, file=write_csv(tmp_path, bad))

    assert (report.counts.rows_loaded, report.counts.rows_quarantined) == (1, 0)


def test_rows_that_cannot_be_split_do_not_stop_the_rest(tmp_path: Path) -> None:
    path = write_csv(tmp_path)
    good = path.read_bytes()
    path.write_bytes(
        good
        + b"8,too,few\r\n"
        + b"9,Nine,Goshen,IN,,2/28/1997,,10,,one,more\r\n"
        + b"10,Caf\xe9,Goshen,IN,,2/28/1997,,10,\r\n"
        + b"11,N\x00l,Goshen,IN,,2/28/1997,,10,\r\n"
        + b"12," + b"x" * 1_000_000 + b",Goshen,IN,,2/28/1997,,10,\r\n"
        + b"13,Thirteen,Goshen,IN,,2/28/1997,,10,\r\n"
    )  # fmt: skip

    report = _import(tmp_path, file=path)

    reasons = [row.reason for row in report.refused_rows]
    assert report.counts.rows_loaded == 4
    assert reasons == [
        "Line 5 has 3 fields where the header has 9.",
        "Line 6 has 11 fields where the header has 9.",
        "Line 7 is not UTF-8.",
        "Line 8 holds a NUL character.",
        "Name has 1000000 letters; at most 10000 are taken.",
    ]
    assert len(QuarantinedRow.objects.get(code="value_too_long").raw["Name"]) == 2000


def test_a_quotation_mark_left_open_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path)
    path.write_bytes(path.read_bytes() + b'8,"Eight,Goshen\r\n9,Nine,Goshen,IN,,2/28/1997,,10,\r\n')

    report = _import(tmp_path, file=path)

    (refused,) = report.refused_rows
    assert refused.reason == (
        "Line 5 has 2 fields where the header has 9, and goes on to line 6:"
        " a quotation mark may be left open."
    )


def test_an_amount_that_is_refused_is_told_with_its_column(tmp_path: Path) -> None:
    row = ("9", "Nine", "Goshen", "IN", "", "2/28/1997", "", "1,50", "")

    report = _import(tmp_path, file=write_csv(tmp_path, (*ROWS, row)))

    assert "line 5: Amount: '1,50' is not an exact amount of USD." in report.as_text()


CUT_OFF = gzip.compress(b"Loan,Name\n" * 99, mtime=0)[:20] + b"\xff" * 40


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "Loan;Name\n1;A\n".encode("ascii"), "separated by semicolons"),
        ("a.csv", "Loan,Name\n".encode("utf-16"), "it is UTF-16"),
        ("a.xlsx", b"PK\x03\x04rest", "a spreadsheet"),
        ("a.csv.gz", CUT_OFF, "cannot be read"),
        ("a.parquet", b"nope", "cannot be read"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(
    name: str, content: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(FileUnreadable, match=words):
        _import(tmp_path, file=tmp_path / name)


def test_a_row_that_stands_twice_loads_once(tmp_path: Path) -> None:
    report = _import(tmp_path, file=write_csv(tmp_path, (*ROWS, ROWS[0])))

    assert (report.counts.rows_loaded, report.counts.rows_known) == (3, 1)


@pytest.mark.parametrize("chunk_rows", [1, 2, 100])
def test_a_later_row_corrects_an_earlier_one_wherever_chunks_end(
    chunk_rows: int, tmp_path: Path
) -> None:
    later = ("1", "ABC Hobbycraft", "Elkhart", "IN", "", "2/28/1997", "", "7", "P I F")

    report = _import(tmp_path, file=write_csv(tmp_path, (ROWS[0], later)), chunk_rows=chunk_rows)

    counts = report.counts
    assert (counts.parties_new, counts.parties_amended) == (1, 1)
    assert (counts.facts_new, counts.facts_corrected) == (1, 1)
    assert Fact.objects.latest("version_no").amount_minor == 700


def test_the_file_may_be_compressed_or_parquet(tmp_path: Path) -> None:
    plain = write_csv(tmp_path)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    arrow = tmp_path / "a.parquet"
    columns = {name: [row[at] or None for row in ROWS] for at, name in enumerate(HEADER)}
    pl.DataFrame(columns).write_parquet(arrow)

    from_csv, from_parquet = (_import(tmp_path, file=file) for file in (packed, arrow))

    assert from_csv.counts.rows_loaded == 3
    assert from_parquet.counts.rows_known == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("none.csv", None),
        ("empty.csv", b""),
        ("twice.csv", b"a,a\n1,2\n"),
        ("not.parquet", b"PAR?"),
        ("not.csv.gz", b"plain"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    name: str, content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(FileUnreadable, match=name):
        _import(tmp_path, file=path)


def test_a_mapping_for_a_company_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingRefused, match="GS-XX"):
        _import(tmp_path, mapping=MAPPING.replace("GS-US", "GS-XX"), file=write_csv(tmp_path))


def test_dates_shift_so_that_the_newest_arrives_on_the_day(tmp_path: Path) -> None:
    file = write_csv(tmp_path)
    days = shift_to_arrive(mapping_path=write_mapping(tmp_path), file=file, at=NOON)

    report = _import(tmp_path, file=file, shift_days=days)

    assert report.shift_days == days == (NOON.date() - date(1999, 6, 28)).days
    charged_off = Fact.objects.get(kind="loan_charged_off")
    assert charged_off.effective_at == NOON.replace(hour=0)
    assert ImportRun.objects.get().shift_days == days


def test_a_time_of_day_ahead_of_now_arrives_a_day_earlier(tmp_path: Path) -> None:
    mapping = write_mapping(
        tmp_path, REFERRING.replace("Paid: date", "Paid: instant") + "shift: {newest_of: [Paid]}"
    )
    payments = tmp_path / "payments.csv"
    payments.write_text("Loan,Paid,Amount\n1,1998-01-01 11:59,10\n1,1998-01-01 12:01,10\n")

    days = shift_to_arrive(mapping_path=mapping, file=payments, at=NOON)

    assert days == (NOON.date() - date(1998, 1, 1)).days - 1


def test_a_file_without_a_date_cannot_be_shifted_to_a_day(tmp_path: Path) -> None:
    with pytest.raises(ShiftWithoutDates, match="small_loans"):
        shift_to_arrive(
            mapping_path=write_mapping(tmp_path),
            file=write_csv(tmp_path, (("1",) * 9,)),
            at=NOON,
        )


def test_what_the_source_will_know_is_not_known_yet(tmp_path: Path) -> None:
    report = _import(tmp_path, file=write_csv(tmp_path), shift_days=365 * 100)

    assert report.counts.rows_quarantined == 3
    assert {row.code for row in report.refused_rows} == {"recorded_in_future"}


REFERRING = """
mapping: small_payments
title: Payments
owner: credit
desk: credit
legal_entity: GS-US
source: small
provenance: Invented for a test.
columns: {Loan: text, Paid: date, Amount: {type: money, currency: USD}}
refers_to: {scheme: small_loan, column: Loan}
facts:
  - {kind: loan_payment, subject: "loan:{Loan}:{Paid}", effective_at: Paid, amount: Amount}
"""


def test_a_row_that_refers_to_nobody_waits_in_quarantine(tmp_path: Path) -> None:
    payments = tmp_path / "payments.csv"
    payments.write_text("Loan,Paid,Amount\n1,1998-01-01,10\n99,1998-01-01,10\n,1998-01-01,10\n")

    early = _import(tmp_path, mapping=REFERRING, file=payments)
    _import(tmp_path, file=write_csv(tmp_path))
    late = _import(tmp_path, mapping=REFERRING, file=payments)

    assert (early.counts.rows_loaded, early.counts.rows_quarantined) == (0, 3)
    assert (late.counts.rows_loaded, late.counts.rows_quarantined) == (1, 2)
    assert [row.code for row in late.refused_rows] == ["value_missing", "reference_unknown"]
    party_id = party_by_external_id(scheme="small_loan", value="1", legal_entity="GS-US")
    assert Fact.objects.get(kind="loan_payment").party_id == party_id


TWO_SCHEMES = MAPPING.replace("{small_loan: Loan}", "{small_loan: Loan, tax: City}")


def test_an_identifier_of_another_business_goes_to_quarantine(tmp_path: Path) -> None:
    report = _import(tmp_path, mapping=TWO_SCHEMES, file=write_csv(tmp_path))

    assert (report.counts.rows_loaded, report.counts.rows_quarantined) == (2, 1)
    assert report.refused_rows[0].code == "identifier_taken"


def test_a_business_met_again_gets_its_further_identifier(tmp_path: Path) -> None:
    _import(tmp_path, file=write_csv(tmp_path, ROWS[:1]))

    _import(tmp_path, mapping=TWO_SCHEMES, file=write_csv(tmp_path, ROWS[:1]))

    found = party_by_external_id(scheme="tax", value="EVANSVILLE", legal_entity="GS-US")
    assert found == party_by_external_id(scheme="small_loan", value="1", legal_entity="GS-US")


def test_an_import_that_was_cut_off_is_carried_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = chunks.copy_rows

    def fail_late(*, table: str, columns: Any, rows: Any) -> int:
        if table == "ledger_source_row" and ImportChunk.objects.count() == 2:
            raise ConnectionError("the cable was pulled")
        return real(table=table, columns=columns, rows=rows)

    monkeypatch.setattr(chunks, "copy_rows", fail_late)
    with pytest.raises(ConnectionError):
        _import(tmp_path, file=write_csv(tmp_path), chunk_rows=1)
    assert (Party.objects.count(), ImportCompletion.objects.count()) == (2, 0)
    monkeypatch.undo()

    report = _import(tmp_path, file=write_csv(tmp_path), chunk_rows=1)

    assert (report.resumed, report.counts.rows_loaded, Party.objects.count()) == (True, 3, 3)
    assert ImportRun.objects.count() == 1


def test_an_import_tells_the_house_and_the_trail(tmp_path: Path) -> None:
    report = _import(tmp_path, file=write_csv(tmp_path))

    message = OutboxMessage.objects.get(kind="import_finished")
    assert (message.subject_id, message.payload["counts"]["rows_loaded"]) == (report.run_id, 3)
    actions = AuditEntry.objects.filter(object_id=str(report.run_id)).order_by("id")
    assert [line.action for line in actions] == ["start_import", "finish_import"]
