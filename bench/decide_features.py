"""The shipped underwriting policy with features of the ledger, and businesses that have facts.

Three features of a business, looked up for each decision in the statement that finds the claim
and the party; beside them the card and the trees of the shipped policy.
"""

from pathlib import Path

import psycopg

import goodstanding.credit

SHIPPED = Path(goodstanding.credit.__file__).parent / "policies" / "sba_underwriting.yaml"
NAME = "sba_with_history"
SCHEME = "bench_business"
BUSINESSES = 20_000
FACTS_EACH = 10
FEATURES = """\
features:
  other_loans: {type: INTEGER, label: other loans, definition: other_loans_5y@1}
  other_loans_amount:
    {type: "DECIMAL(18,2)", label: amount of other loans, definition: other_loans_amount_5y@1}
  charged_off:
    {type: "DECIMAL(18,2)", label: principal charged off, definition: charged_off_5y@1}
"""
RULES = """\
rules:
  - id: LOSSES
    label: Losses on other loans
    when: charged_off > 150000.00
    effect: refer
    reason: AMOUNT
    on_missing: ignore

  - id: MANY_LOANS
    label: Many and large other loans
    when: other_loans >= 8 AND other_loans_amount > 5000000.00
    effect: refer
    reason: AMOUNT
    on_missing: ignore

"""
TESTS = """
tests:
  - name: an established manufacturer in Ohio without losses is approved
    inputs:
      {requested_amount: 120000.00, guaranteed_share: 0.7500, employees: 12,
       new_business: false, rural: false, franchise: false, sector: "33", state: OH,
       connected_exposure: 0.00, other_loans: 2, other_loans_amount: 90000.00, charged_off: 0.00}
    expect: {outcome: approve}
"""
FILL = """
set session_replication_role = replica;

insert into parties_party (id, kind, desk, legal_entity_id)
select md5('business ' || i)::uuid, 'Company', 'credit', 'GS-US'
from generate_series(0, {businesses} - 1) as numbers (i);

insert into parties_external_id (id, scheme, value, legal_entity_id, party_id, source)
select gen_random_uuid(), '{scheme}', i::text, 'GS-US', md5('business ' || i)::uuid, 'bench'
from generate_series(0, {businesses} - 1) as numbers (i);

insert into ledger_fact (
    id, kind, party_id, subject, version_no, retracted, effective_at, recorded_at, amount_minor,
    currency, attributes, content_digest, source, simulated, legal_entity_id
)
select
    gen_random_uuid(),
    case when (i / {businesses}) % 5 = 0 then 'loan_charged_off' else 'loan_approved' end,
    md5('business ' || i % {businesses})::uuid,
    'bench_loan:' || i,
    1,
    false,
    now() - make_interval(days => 10 + (i * 7919) % 2000),
    now() - make_interval(days => 9),
    1 + (i::bigint * 104729) % 9000000,
    'USD',
    '{{}}',
    '',
    'bench',
    true,
    'GS-US'
from generate_series(0, {facts} - 1) as numbers (i);

set session_replication_role = origin;
vacuum analyze parties_party;
vacuum analyze parties_external_id;
vacuum analyze ledger_fact
"""


def policy_text() -> str:
    """The policy; the shipped one with its features and two rules that read them added."""
    text = SHIPPED.read_text("utf-8").partition("\ntests:\n")[0] + "\n" + TESTS
    for old, new in (
        ("policy: sba_underwriting\n", f"policy: {NAME}\n"),
        ("features:\n", FEATURES),
        ("rules:\n", RULES),
    ):
        if f"\n{old}" not in text:
            raise AssertionError(f"the shipped policy has no line {old!r}")
        text = text.replace(f"\n{old}", f"\n{new}", 1)
    return text


def fill_ledger(owner_url: str) -> None:
    """Businesses under their numbers, each with facts of other loans."""
    text = FILL.format(
        businesses=BUSINESSES, facts=BUSINESSES * FACTS_EACH, scheme=SCHEME
    )  # fmt: skip
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for statement in text.split(";"):
            owner.execute(statement.encode())
