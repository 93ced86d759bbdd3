"""Texts in a table: read as they are while all is ASCII, in Unicode's normal form from then on."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.policies.engine import Policy, read_policy
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.polars_target import BEYOND_ASCII, PolarsTarget
from goodstanding.policies.engine.table import Source, evaluate_batches

CAFE = """\
policy: cafe
version: "1"
title: A text in two forms
desk: credit
owner: Credit risk
purpose: One letter with an accent, or a letter and its accent.
legal_entities: [GS-UK]
time_zone: Europe/London

inputs:
  name: {type: TEXT, label: name}
  amount: {type: "DECIMAL(9,2)", label: amount}

derived:
  spelled: {label: letters, value: length(name)}

rules:
  - id: NAMED
    label: The name on the sign
    when: name = 'Caf\u00e9' AND amount > 0.00
    effect: decline
    reason: SIGN
    on_missing: refer

outcomes:
  refer: {queue: trade_credit}

fallback: {outcome: refer, reason: NO_APPROVAL}

reasons:
  SIGN: {text: The name on the sign}
  NO_APPROVAL: {text: A person must look at this while the policy has no approval}
"""
NAMES = ("Cafe", "Cafe\u0301", "Caf\u00e9", "\u212bngstrom", "", None)
ROWS = 40


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy(CAFE)


def table(names: list[str | None]) -> pl.DataFrame:
    amounts = pl.Series([1] * len(names)).cast(pl.Decimal(9, 2))
    return pl.DataFrame(
        {"name": pl.Series(names, dtype=pl.String), "amount": amounts}
    ).with_row_index("place")


def answers(policy: Policy, source: Source, engine: str = "polars") -> pl.DataFrame:
    batch = Batch(keep=("place",), values=("spelled",))
    return pl.concat(evaluate_batches(policy.plan, source, batch, engine=engine, chunk_rows=7))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=ROWS), st.integers(0, ROWS))
def test_every_row_answers_as_alone_wherever_the_first_accent_stands(
    policy: Policy, names: list[str | None], plain: int
):
    given_names = ["Cafe"] * plain + names

    found = answers(policy, table(given_names))

    alone = [policy.evaluate({"name": name, "amount": "1"}) for name in given_names]
    assert found["outcome"].to_list() == [each.outcome.value for each in alone]
    assert found["spelled"].to_list() == [each.derived["spelled"] for each in alone]
    assert found["place"].to_list() == list(range(len(given_names)))


@pytest.mark.parametrize("names", [["Cafe"] * 30, ["Cafe"] * 20 + ["Cafe\u0301"] * 10, []])
def test_file_frame_and_query_answer_alike_and_show_nothing_of_the_way(
    policy: Policy, names: list[str | None], tmp_path: Path
):
    rows = table(names)
    rows.write_parquet(tmp_path / "rows.parquet", row_group_size=8)
    sources: list[Source] = [tmp_path / "rows.parquet", rows, rows.lazy(), rows.to_arrow()]

    found = [answers(policy, source) for source in sources]

    other = answers(policy, rows, engine="duckdb")
    assert all(each.equals(other) for each in found)
    assert found[0].columns == other.columns


def test_a_text_that_nothing_reads_holds_nobody_up():
    text = CAFE.replace(
        "  name: {type: TEXT, label: name}",
        "  name: {type: TEXT, label: name}\n  town: {type: TEXT, label: town}",
    )
    plan = read_policy(text).plan
    frame = table(["Cafe"]).with_columns(town=pl.lit("K\u00f6ln"))

    target = PolarsTarget(
        plan, Batch(columns={"name": "name", "town": "town"}), frame.schema, composes=False
    )

    found = target.query(frame.lazy(), None).collect()
    assert found[BEYOND_ASCII].to_list() == [False]
