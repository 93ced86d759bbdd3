"""A policy with every kind of value, and with personal ones."""

BUYER_CHECK = """\
policy: buyer_check
version: "3"
title: New buyers
desk: sellers
owner: Seller risk
purpose: Decide on new buyers, some of them persons.
legal_entities: [GS-UK]
time_zone: Europe/London
currency: GBP

inputs:
  amount: {type: "DECIMAL(14,2)", label: order amount, required: true}
  born_on: {type: DATE, label: date of birth, personal: true}
  share: {type: DOUBLE, label: share returned}
  seen_at: {type: TIMESTAMP, label: last seen}
  since: {type: DATE, label: trading since}
  country: {type: TEXT, label: country}
  checked: {type: BOOLEAN, label: identity checked, personal: true}
  visits: {type: INTEGER, label: visits, max_age: 30d}

derived:
  age_days: {value: "date_diff_days(born_on, as_of_date)", label: age in days}
  trading_days: {value: "date_diff_days(since, as_of_date)", label: days of trading}

rules:
  - id: A1
    label: Minor
    when: age_days < 6570
    effect: decline
    reason: MINOR
    on_missing: refer
  - id: A2
    label: Returns much
    when: share > 0.5
    effect: refer
    reason: RETURNS
    on_missing: ignore
    points: 5
  - id: A3
    label: Not checked
    when: NOT checked
    effect: refer
    reason: UNCHECKED
    on_missing: ignore
  - id: A4
    label: Long unseen
    when: seen_at < as_of AND visits = 0
    effect: note
    reason: UNSEEN
    on_missing: ignore

terms:
  limit:
    label: limit
    value: amount * 2
    currency: GBP

outcomes:
  refer: {queue: new_buyers}
fallback: {outcome: refer, reason: NO_APPROVAL, queue: no_approval}
reasons:
  MINOR: {text: "The buyer is {age_days} days old"}
  RETURNS: {text: "Returned {share} of orders"}
  UNCHECKED: {text: The identity was not checked}
  UNSEEN: {text: Long unseen}
  NO_APPROVAL: {text: A person must look at this}
"""
