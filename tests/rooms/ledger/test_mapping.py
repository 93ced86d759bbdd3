"""A mapping is checked whole before a single row is read; each refusal names place and mend."""

from pathlib import Path

import pytest

from goodstanding.ledger.errors import MappingRefused, UnknownColumn
from goodstanding.ledger.imports.mapping import check_against_file, load_mapping, parse_mapping
from tests.rooms.ledger.mappings import HEADER, MAPPING


@pytest.mark.parametrize(
    ("written", "instead", "field", "words"),
    [
        ("owner: credit\n", "owner: credit\nowners: credit\n", "", "unknown field `owners`"),
        ("desk: credit", "desk: lending", "desk", "Invalid enum value"),
        ("mapping: small_loans\n", "", "", "missing required field `mapping`"),
        ("City: text", "City: words", "columns[...]", "words"),
        ("timezone", "timezone", "", ""),
        ("kind: by_legal_form", "kind: Business", "party.kind", "no kind of party"),
        ("{type: money, currency: USD, required: true}", "money", "columns.Amount.currency",
         "missing for money"),
        ("currency: USD", "currency: XYZ", "columns.Amount.currency", "not an ISO 4217"),
        ("formats: [month_day_year]", "formats: [iso]", "columns.Approved.formats", "'iso'"),
        ("City: text", "City: {formats: [month_day_year]}", "columns.City.formats", "dates"),
        ("amount: Amount", "amount: City", "facts.loan_approved.amount", "not a money column"),
        ("cents_minor: Amount", "cents: Amount", "facts.loan_approved.attributes.cents",
         "must end in `_minor`"),
        ("{label: outcome}", "{label: result}", "facts.loan_approved.attributes.outcome",
         "result"),
        ("effective_at: ChargedOff", "effective_at: City", "facts.loan_charged_off", "no date"),
        ("{small_loan: Loan}", "{}", "party.identifiers", "names none"),
        ("source: small", "source: small\ntimezone: Mars/Olympus", "timezone", "no IANA"),
        ("source: small", "source: [", "", "not YAML"),
        ("owner: credit\n", "owner: credit\nowner: sellers\n", "owner", "'owner' twice"),
        ('"loan:{Loan}"', '"loan:{Loan"', "", "braces do not close"),
        ("%m/%d/%Y", "%m/%d", "formats.month_day_year.pattern", "no whole day"),
        ("%m/%d/%Y", "%Q", "formats.month_day_year.pattern", "no whole day"),
        ("pivot: 69", "pivot: 1969", "formats.day_month_short_year.pivot", "two digits"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused(written: str, instead: str, field: str, words: str) -> None:
    assert written == "timezone" or written in MAPPING
    if not words:
        parse_mapping(MAPPING)
        return

    with pytest.raises(MappingRefused) as refused:
        parse_mapping(MAPPING.replace(written, instead, 1))

    assert words in str(refused.value)
    assert (refused.value.field or "") == field


@pytest.mark.parametrize(
    ("written", "instead", "place", "guess"),
    [
        ("legal_name: Name", "legal_name: Nmae", "party.legal_name", "'Name'"),
        ('"loan:{Loan}"', '"loan:{Laon}"', "facts.loan_approved", "'Loan'"),
        ("[Approved, ChargedOff]", "[Aproved]", "shift.newest_of", "'Approved'"),
        ("{Status: {is: paid_in_full}}", "{Statsu: {is: x}}", "labels.outcome", "'Status'"),
    ],
)
def test_a_column_that_is_not_described_is_refused_with_a_guess(
    written: str, instead: str, place: str, guess: str
) -> None:
    with pytest.raises(UnknownColumn) as refused:
        parse_mapping(MAPPING.replace(written, instead, 1))

    assert (refused.value.field or "").startswith(place)
    assert guess in refused.value.advice


def test_the_file_must_have_every_column_of_the_mapping() -> None:
    columns = ["Lone" if name == "Loan" else name for name in HEADER]

    with pytest.raises(UnknownColumn, match="'Loan' is not in the file") as refused:
        check_against_file(parse_mapping(MAPPING), columns=columns)

    assert "'Lone'" in refused.value.advice


def test_a_column_nobody_mentions_is_refused_until_it_is_listed_as_unused() -> None:
    columns = [*HEADER, "Term"]

    with pytest.raises(UnknownColumn, match="'Term' is not in the mapping"):
        check_against_file(parse_mapping(MAPPING), columns=columns)

    check_against_file(parse_mapping(MAPPING + "unused: [Term]\n"), columns=columns)


def test_comments_and_layout_do_not_make_another_mapping() -> None:
    assert parse_mapping(MAPPING).hash == parse_mapping("# said twice\n" + MAPPING).hash
    assert parse_mapping(MAPPING).hash != parse_mapping(MAPPING.replace("pivot: 69", "")).hash


def test_a_mapping_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingRefused, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml")


def test_a_mapping_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(MAPPING.replace("a test", "a caf\u00e9").encode("latin-1"))

    with pytest.raises(MappingRefused, match="is not UTF-8"):
        load_mapping(path)
