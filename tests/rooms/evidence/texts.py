"""A policy whose score alone declines: 350, 450 and 490 points lie below its cut, 600 above."""

LINE_UK = """\
policy: line_uk
version: "1"
title: Credit lines
desk: credit
owner: Credit risk
purpose: Decide credit lines by a score.
legal_entities: [GS-UK]
time_zone: Europe/London
currency: GBP

inputs:
  amount: {type: "DECIMAL(14,2)", label: line asked for, required: true}
  paid_on_time: {type: INTEGER, label: invoices paid on time}
  insolvent: {type: BOOLEAN, label: insolvent}

constants:
  cut_off: {type: INTEGER, value: 500, label: lowest score to approve}

scorecards:
  card:
    base: 300
    scale: {pdo: 20, score: 600, odds: 50}
    reference: mean
    characteristics:
      - id: paid
        input: paid_on_time
        reason: LOW
        rank: 1
        monotone: increasing
        bands:
          - {below: 3, points: 50}
          - {below: 10, points: 150}
          - {below: 20, points: 190}
          - {points: 300}
        missing: {points: 20}
        mean_points: 200

rules:
  - id: OUT
    label: Insolvent
    when: insolvent
    effect: decline
    reason: INSOLVENT
    on_missing: ignore

score:
  from: card
  label: score
  on_missing: refer
  bands:
    - {name: low, below: cut_off, outcome: decline}
    - {name: high, outcome: approve}

terms:
  limit:
    label: credit line
    currency: GBP
    given_on: [approve]
    table:
      - value: amount

outcomes:
  refer: {queue: trade_credit}
fallback: {outcome: refer, reason: NO_APPROVAL}
reasons:
  INSOLVENT: {text: The business is insolvent}
  LOW: {text: Too few invoices were paid on time}
  NO_APPROVAL: {text: A person must look at this}

tests:
  - name: a business that pays on time
    inputs: {amount: 100.00, paid_on_time: 30, insolvent: false}
    expect: {outcome: approve}
  - name: a business that is insolvent
    inputs: {amount: 100.00, paid_on_time: 30, insolvent: true}
    expect: {outcome: decline, reasons: [INSOLVENT]}
"""
LINE_UK_2 = LINE_UK.replace('version: "1"', 'version: "2"').replace("value: 500", "value: 480")
