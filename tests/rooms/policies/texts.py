"""Policy texts that tests share."""

TRADE_UK = """\
policy: trade_uk
version: "7"
title: Pay by invoice, United Kingdom
desk: credit
owner: Credit risk
purpose: Decide orders on open terms.
legal_entities: [GS-UK]
time_zone: Europe/London
currency: GBP

inputs:
  dpd_max: {type: INTEGER, label: days past due}
  vat_ok: {type: BOOLEAN, label: VAT number check}
  utilisation: {type: "DECIMAL(5,2)", label: utilisation of the limit}
  amount: {type: "DECIMAL(14,2)", label: order amount, required: true}
  tenure_months: {type: INTEGER, label: months of business with us}

rules:
  - id: R1
    label: Late payer
    when: dpd_max > 30
    effect: decline
    reason: LATE_PAYER
    on_missing: refer
  - id: R2
    label: VAT number not confirmed
    when: NOT vat_ok
    effect: refer
    reason: VAT
    on_missing: refer
  - id: R3
    label: Limit nearly used, large order
    when: utilisation >= 0.95 AND amount > 1000.00
    effect: decline
    reason: LIMIT_USED
    on_missing: ignore
  - id: R4
    label: New buyer
    when: tenure_months < 6
    effect: refer
    reason: NEW_BUYER
    on_missing: {default: {tenure_months: 0}}

outcomes:
  refer: {queue: trade_credit}

fallback: {outcome: refer, reason: NO_APPROVAL}

reasons:
  LATE_PAYER: {text: "Invoices were paid {dpd_max} days late"}
  VAT: {text: The VAT number could not be confirmed}
  LIMIT_USED: {text: The credit limit is nearly used}
  NEW_BUYER: {text: The trading relationship is younger than six months}
  NO_APPROVAL: {text: A person must look at this while the policy has no approval}
"""

CARD = """\
policy: card_uk
version: "1"
title: Points
desk: credit
owner: Credit risk
purpose: The scorecard of the guide.
legal_entities: [GS-UK]
time_zone: Europe/London

inputs:
  tenure_months: {type: INTEGER, label: months of business}
  dpd_max_12m: {type: INTEGER, label: days past due in twelve months}
  utilisation: {type: "DECIMAL(5,2)", label: utilisation}
  disputed_share: {type: "DECIMAL(5,2)", label: disputed share}

constants:
  cut_off: {type: INTEGER, value: 560, label: lowest score to approve}

scorecards:
  card:
    base: 430
    scale: {pdo: 20, score: 600, odds: 50}
    reference: REFERENCE
    characteristics:
      - id: tenure
        input: tenure_months
        reason: TENURE
        rank: 1
        monotone: increasing
        bands: [{below: 12, points: 10}, {below: 36, points: 25}, {points: 40}]
        missing: {points: 5}
        mean_points: 28
      - id: dpd
        input: dpd_max_12m
        reason: DPD
        rank: 2
        monotone: decreasing
        bands: [{below: 1, points: 60}, {below: 31, points: 35}, {points: 0}]
        missing: {points: 20}
        mean_points: 50
      - id: utilisation
        input: utilisation
        reason: UTIL
        rank: 3
        bands: [{below: 0.30, points: 45}, {below: 0.80, points: 30}, {points: 8}]
        missing: {points: 15}
        mean_points: 33
      - id: disputes
        input: disputed_share
        reason: DISPUTE
        rank: 4
        bands: [{below: 0.02, points: 30}, {below: 0.10, points: 18}, {points: 2}]
        missing: {points: 18}
        mean_points: 24

rules: []

score:
  from: card
  label: score
  on_missing: refer
  bands:
    - {name: low, below: 500, outcome: decline}
    - {name: middle, below: cut_off, outcome: refer}
    - {name: high, outcome: approve}

outcomes:
  refer: {queue: trade_credit}
fallback: {outcome: refer, reason: NO_APPROVAL}
reasons:
  TENURE: {text: The business is young}
  DPD: {text: Invoices were paid late}
  UTIL: {text: Much of the limit is used}
  DISPUTE: {text: Many invoices are disputed}
  NO_APPROVAL: {text: A person must look at this}
"""

TRADE_UK_TESTS = """
tests:
  - name: a late payer
    inputs: {amount: 100.00, dpd_max: 31}
    expect: {outcome: decline, reasons: [LATE_PAYER], rules: {R2: UNKNOWN}}
  - name: a good payer
    inputs: {amount: 100.00, dpd_max: 0, vat_ok: true, utilisation: 0.10, tenure_months: 6}
    expect: {outcome: approve}
"""


def table_policy(tables: str, *, rule: str = "amount < 0", terms: str = "") -> str:
    """A policy around the given decision tables."""
    return f"""\
policy: tabled
version: "1"
title: Tabled
desk: credit
owner: Credit risk
purpose: Decision tables.
legal_entities: [GS-UK]
time_zone: Europe/London

inputs:
  amount: {{type: "DECIMAL(14,2)", label: order amount, required: true, min: 0}}
  country: {{type: TEXT, label: country}}
  age: {{type: INTEGER, label: months of business with us, min: 0}}
  form: {{type: TEXT, label: legal form, values: [company, partnership, sole_trader]}}
  vat_ok: {{type: BOOLEAN, label: VAT number check}}
  since: {{type: DATE, label: first order}}
  share: {{type: DOUBLE, label: disputed share}}

constants:
  top: {{type: INTEGER, value: 500}}

tables:
{tables}
rules:
  - {{id: OPEN, label: Opening, when: "{rule}", effect: refer, reason: R, on_missing: ignore}}
{terms}
outcomes: {{refer: {{queue: q}}}}
fallback: {{outcome: refer, reason: R}}
reasons: {{R: {{text: A reason}}}}
"""
