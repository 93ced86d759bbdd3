"""Rates of exchange come in as facts without a party, in the form of the ECB's reference rates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

import goodstanding
from goodstanding.ledger.errors import MappingRefused
from goodstanding.ledger.imports.mapping import parse_mapping
from goodstanding.ledger.models import Fact
from goodstanding.ledger.operations import import_file, retract_fact
from goodstanding.ledger.queries import fact_history
from goodstanding.ledger.types import EXCHANGE_RATE, ImportReport
from tests.instants import NOON
from tests.rooms.ledger.mappings import MAPPING

MAPPINGS = Path(goodstanding.__file__).parent / "credit" / "mappings"
HEADER = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\n"
ROWS = (
    "EXR.D.JPY.EUR.SP00.A,D,JPY,EUR,SP00,A,2026-11-17,162.35\n"
    "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-07-01,1.0912\n"
    "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-11-17,1.0850\n"
    "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-11-16,NaN\n"
)


def _import(folder: Path, rows: str, *, mapping: str = "ecb_rates", days: int = 0) -> ImportReport:
    file = folder / "rates.csv"
    file.write_text(HEADER + rows)
    return import_file(
        mapping_path=MAPPINGS / f"{mapping}.yaml", file=file, by="ana@example.com",
        at=NOON + timedelta(days=days),
    )  # fmt: skip


@pytest.mark.usefixtures("legal_entity")
def test_reference_rates_are_facts_of_a_pair_from_their_publication_on(tmp_path: Path) -> None:
    report = _import(tmp_path, ROWS)

    assert (report.counts.facts_new, report.counts.rows_loaded, report.counts.parties_new) == (
        3, 4, 0,
    )  # fmt: skip
    found = Fact.objects.filter(kind=EXCHANGE_RATE).order_by("subject")
    assert [(one.subject, one.attributes["rate"], one.effective_at) for one in found] == [
        ("EUR/JPY 2026-11-17", "162.35", datetime(2026, 11, 17, 15, tzinfo=UTC)),
        ("EUR/USD 2026-07-01", "1.0912", datetime(2026, 7, 1, 14, tzinfo=UTC)),
        ("EUR/USD 2026-11-17", "1.0850", datetime(2026, 11, 17, 15, tzinfo=UTC)),
    ]
    assert {(one.party_id, one.legal_entity_id, one.recorded_at) for one in found} == {
        (None, "GS-US", NOON)
    }


@pytest.mark.usefixtures("legal_entity")
def test_a_rate_is_corrected_by_its_next_file_and_retracted_as_any_fact(tmp_path: Path) -> None:
    _import(tmp_path, ROWS, mapping="ecb_rates_history")
    again = _import(tmp_path, ROWS, days=1)
    corrected = _import(tmp_path, ROWS.replace("1.0850", "1.0851"), days=2)
    rate = {"kind": EXCHANGE_RATE, "subject": "EUR/USD 2026-11-17", "legal_entity": "GS-US"}
    retract_fact(**rate, reason="not ours", by="ana@example.com", at=NOON + timedelta(days=3))

    assert (again.counts.facts_new, again.counts.facts_corrected) == (0, 0)
    assert (corrected.counts.facts_new, corrected.counts.facts_corrected) == (0, 1)
    versions = fact_history(**rate)
    assert [(one.attributes.get("rate"), one.retracted, one.recorded_at) for one in versions] == [
        ("1.0850", False, datetime(2026, 11, 17, 15, tzinfo=UTC)),
        ("1.0851", False, NOON + timedelta(days=2)),
        (None, True, NOON + timedelta(days=3)),
    ]


def test_a_time_of_day_is_one_and_a_mapping_without_it_is_the_same_as_ever() -> None:
    wrong = MAPPING.replace("    amount: Amount\n", '    amount: Amount\n    time_of_day: "4 pm"\n')

    with pytest.raises(MappingRefused, match='write one such as "16:00"') as refused:
        parse_mapping(wrong)

    assert refused.value.field == "facts.loan_approved.time_of_day"
    assert "time_of_day" not in msgspec.to_builtins(parse_mapping(MAPPING))["facts"][0]
