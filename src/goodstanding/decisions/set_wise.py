"""Decisions derived again all at once, by the engines that decide whole tables. Pure.

The inputs are those that Python read from the records; outcome, rules, points, score and terms
must come out as the records have them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl

from goodstanding.decisions.record import Document
from goodstanding.decisions.replaying import Difference
from goodstanding.language.types import Kind, Type
from goodstanding.policies.engine import Evaluation, Policy, Truth, as_text
from goodstanding.policies.engine.batch import Engine

KEY, AS_OF = "gs_key", "gs_as_of"
_PLAIN: Mapping[Kind, pl.DataType] = {
    Kind.BOOLEAN: pl.Boolean(),
    Kind.INTEGER: pl.Int64(),
    Kind.DOUBLE: pl.Float64(),
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A decision of the sample: its record, and what Python made of the record's inputs."""

    decision_id: UUID
    recorded: Document
    evaluation: Evaluation


def set_wise_differences(
    *, policy: Policy, sample: Sequence[Evaluated], engine: Engine
) -> dict[UUID, Difference]:
    """The first difference of each decision that the engine derives otherwise.

    All decisions of the sample were made by this policy text.
    """
    if not sample:
        return {}
    answered = policy.evaluate_table(
        inputs_frame(policy, sample), engine=engine, as_of=AS_OF, keep=(KEY,)
    )
    by_key = {str(item.decision_id): item for item in sample}
    found: dict[UUID, Difference] = {}
    for number, row in enumerate(answered.table.iter_rows(named=True)):
        item = by_key[row[KEY]]
        truths = _truths(policy, answered.masks(number))
        difference = next(_differences(policy, item.recorded, row, truths), None)
        if difference is not None:
            found[item.decision_id] = difference
    return found


def inputs_frame(policy: Policy, sample: Sequence[Evaluated]) -> pl.DataFrame:
    """The inputs of the sample as a typed table, with the key and the moment of each decision."""
    values = [{item.name: item.value for item in each.evaluation.inputs} for each in sample]
    columns = [
        pl.Series(item.name, [row[item.name] for row in values], dtype=column_type(item.type))
        for item in policy.plan.inputs
    ]
    keys = pl.Series(KEY, [str(each.decision_id) for each in sample], dtype=pl.String)
    moments = pl.Series(
        AS_OF, [each.evaluation.as_of for each in sample], dtype=pl.Datetime("us", "UTC")
    )
    return pl.DataFrame([keys, moments, *columns])


def column_type(of: Type) -> pl.DataType:
    """The Polars type that holds every value of a type of the language."""
    return pl.Decimal(38, of.scale) if of.kind is Kind.DECIMAL else _PLAIN[of.kind]


def _truths(policy: Policy, masks: Mapping[str, int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, rule in enumerate(policy.plan.rules):
        is_true, is_unknown = (masks[kind] >> number & 1 for kind in ("true", "unknown"))
        truth = Truth.TRUE if is_true else Truth.UNKNOWN if is_unknown else Truth.FALSE
        found[rule.declaration.id] = truth.value
    return found


def _differences(
    policy: Policy, recorded: Document, row: Mapping[str, Any], truths: Mapping[str, str]
) -> Iterator[Difference]:
    if row["skipped"] is not None:
        yield Difference("inputs", "decided", f"skipped: no {row['skipped']}")
        return
    if row["outcome"] != recorded["policy_outcome"]:
        yield Difference("policy_outcome", recorded["policy_outcome"], row["outcome"])
    for rule in recorded["rules"]:
        truth = truths.get(rule["id"])
        if truth != rule["truth"]:
            yield Difference(f"rules.{rule['id']}", rule["truth"], truth)
    if row["points"] != recorded["points"]:
        yield Difference("points", recorded["points"], row["points"])
    if "score" in row and not _is_same(recorded["score"], row["score"]):
        yield Difference("score", recorded["score"], as_text(row["score"]))
    if recorded["decided_by"] == "policy":
        yield from _term_differences(policy, recorded, row)


def _term_differences(
    policy: Policy, recorded: Document, row: Mapping[str, Any]
) -> Iterator[Difference]:
    given = {term["name"]: term["value"] for term in recorded["terms"]}
    for term in policy.plan.terms:
        if not _is_same(given.get(term.name), row[term.name]):
            path = f"terms.{term.name}"
            yield Difference(path, given.get(term.name), as_text(row[term.name]))


def _is_same(recorded: Any, value: Any) -> bool:
    """Equal as values: an engine may carry a DECIMAL with other zeros at its end."""
    if recorded is None or value is None:
        return recorded is None and value is None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(str(recorded)) == value
    return recorded == as_text(value)
