"""A small mapping and a small file, to be changed by the tests."""

import csv
from pathlib import Path

MAPPING = """
mapping: small_loans
title: Small loans
owner: credit
desk: credit
legal_entity: GS-US
source: small
provenance: Invented for a test.
formats:
  month_day_year: {pattern: "%m/%d/%Y"}
  day_month_short_year: {pattern: "%d-%b-%y", pivot: 69}
columns:
  Loan: {required: true}
  Name: {required: true}
  City: text
  State: text
  Owner: {personal: true}
  Approved: {type: date, formats: [month_day_year], required: true}
  ChargedOff: {type: date, formats: [day_month_short_year]}
  Amount: {type: money, currency: USD, required: true}
  Status: {values: {"P I F": paid_in_full, CHGOFF: charged_off}}
labels:
  outcome:
    - {label: charged_off, when: {ChargedOff: {present: true}}, because: it happened}
    - {label: paid_in_full, when: {Status: {is: paid_in_full}}, because: as the agency says}
    - {label: unknown, because: nobody says}
party:
  identifiers: {small_loan: Loan}
  kind: by_legal_form
  legal_name: Name
  city: City
  region: State
  country: {constant: US}
  personal: {owner_name: Owner}
  effective_at: Approved
  recorded_at: Approved
facts:
  - kind: loan_approved
    subject: "loan:{Loan}"
    effective_at: Approved
    recorded_at: Approved
    amount: Amount
    attributes: {outcome: {label: outcome}, cents_minor: Amount}
  - kind: loan_charged_off
    subject: "loan:{Loan}"
    when: {ChargedOff: {present: true}}
    effective_at: ChargedOff
    recorded_at: ChargedOff
shift: {newest_of: [Approved, ChargedOff]}
"""

HEADER = (
    "Loan", "Name", "City", "State", "Owner", "Approved", "ChargedOff", "Amount", "Status",
)  # fmt: skip
ROWS = (
    ("1", "ABC Hobbycraft", "Evansville", "IN", "", "2/28/1997", "", "$60,000.00 ", "P I F"),
    ("2", "Landmark Bar & Grille (THE)", "New Paris", "IN", "A. Invented", "2/28/1997",
     "28-Jun-99", "40000", "CHGOFF"),
    ("3", "Landmark Bar and Grille, Inc.", "New Paris", "IN", "", "3/1/1997", "", "10", ""),
)  # fmt: skip


def write_mapping(folder: Path, text: str = MAPPING) -> Path:
    path = folder / "small.yaml"
    path.write_text(text)
    return path


def write_csv(folder: Path, rows: tuple[tuple[str, ...], ...] = ROWS, name: str = "a.csv") -> Path:
    path = folder / name
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path
