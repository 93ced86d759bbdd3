"""Rows decided one by one, as live traffic is, against the batch engines; and their reasons."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from goodstanding.evidence.changes.effect_figures import Parity, ReasonChange
from goodstanding.language.types import DOUBLE
from goodstanding.policies.engine import Evaluation, InputRequired, Policy
from goodstanding.policies.engine.backtest import OUTCOMES, History
from goodstanding.policies.engine.batch import Batch, Masks, whole_mask
from goodstanding.policies.engine.policy import CompiledPolicy
from goodstanding.policies.engine.table import evaluate_table
from goodstanding.policies.engine.values import value_of

Row = dict[str, object]
PARITY_ROWS = 2_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parity_of(policy: Policy, history: History, rows: pl.DataFrame, *, of: int) -> Parity:
    """How many of these rows any engine answers otherwise than Python, field by field."""
    wanted = [_answer(policy, record, moment) for record, moment in records(policy, history, rows)]
    batch = Batch(as_of=history.as_of, columns=history.columns)
    differ: dict[str, int] = {}
    first = ""
    for engine in ("polars", "duckdb"):
        table = evaluate_table(policy.plan, rows, batch, engine=engine).table
        found = list(_rows(policy, table))
        wrong = [at for at, row in enumerate(found) if row != wanted[at]]
        differ[engine] = len(wrong)
        if wrong and not first:
            first = f"{engine}: {_first_difference(wanted[wrong[0]], found[wrong[0]])}"
    return Parity(
        rows=rows.height, of=of, polars=differ["polars"], duckdb=differ["duckdb"], first=first
    )


def reasons_of(
    policy: Policy, against: Policy, history: History, rows: pl.DataFrame
) -> tuple[ReasonChange, ...]:
    """The principal reasons of these rows as they stand and as asked, the most moved first."""
    texts: dict[str, str] = {}
    counts = [Counter[str](), Counter[str]()]
    for count, each in zip(counts, (against, policy), strict=True):
        for record, moment in records(each, history, rows):
            for reason in _evaluated(each, record, moment):
                count[reason[0]] += 1
                texts[reason[0]] = reason[1]
    before, after = counts
    found = [
        ReasonChange(code=code, text=text, before=before[code], after=after[code])
        for code, text in texts.items()
    ]
    return tuple(sorted(found, key=lambda each: (-abs(each.after - each.before), each.code)))


def codes_by_row(policy: Policy, history: History, rows: pl.DataFrame) -> list[list[str]]:
    """The codes of each row's principal reasons, each once, in the order of the rows."""
    return [
        [code for code, _ in _evaluated(policy, record, moment)]
        for record, moment in records(policy, history, rows)
    ]


def _evaluated(
    policy: Policy, record: Mapping[str, object], moment: datetime | None
) -> Iterator[tuple[str, str]]:
    """Each reason once, with the text of its policy, unfilled."""
    try:
        evaluation: Evaluation = policy.evaluate(record, as_of=moment)
    except InputRequired:
        return
    declared = policy.definition.reasons
    for code in dict.fromkeys(reason.code for reason in evaluation.reasons):
        yield code, declared[code].text() if code in declared else code


def records(
    policy: Policy, history: History, rows: pl.DataFrame
) -> Iterator[tuple[dict[str, object], datetime | None]]:
    """The rows as records that a caller would send, each with the instant of its decision."""
    columns = {item.name: history.columns.get(item.name, item.name) for item in policy.plan.inputs}
    present = {name: column for name, column in columns.items() if column in rows.columns}
    moment = history.as_of
    zone = ZoneInfo(policy.definition.time_zone)
    for row in rows.iter_rows(named=True):
        when = row[moment] if isinstance(moment, str) else moment
        yield {name: row[column] for name, column in present.items()}, _instant(when, zone)


def _instant(moment: Any, zone: ZoneInfo) -> datetime | None:
    match moment:
        case datetime():
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case date():
            return datetime.combine(moment, time(12), zone)
        case _:
            return EPOCH


def _answer(policy: Policy, record: Mapping[str, object], moment: datetime | None) -> Row:
    """What the live engine says, laid out as a row of a batch."""
    compiled: CompiledPolicy = policy.compiled
    try:
        reading = compiled.read(record, as_of=moment)
    except InputRequired as refused:
        return {"skipped": refused.field, "outcome": None}
    decided = compiled.decide(*reading.cells)
    outcome = OUTCOMES[decided.outcome]
    row: Row = {"skipped": None, "outcome": outcome, "points": decided.points}
    row["band"] = decided.band
    row |= {kind: getattr(decided, kind) for kind in Masks(policy.plan).kinds}
    for term, cell in zip(policy.plan.terms, decided.terms, strict=True):
        is_given = outcome in {each.value for each in term.declaration.given_on}
        value = value_of(cell, term.expression.type) if is_given else None
        is_double = term.expression.type == DOUBLE and value is not None
        row[term.name] = repr(float(str(value)) if is_double else value)
    return row


def _rows(policy: Policy, table: pl.DataFrame) -> Iterator[Row]:
    masks = Masks(policy.plan)
    for line in table.iter_rows(named=True):
        if line["skipped"] is not None:
            yield {"skipped": line["skipped"], "outcome": line["outcome"]}
            continue
        row: Row = {name: line[name] for name in ("skipped", "outcome", "points", "band")}
        for kind in masks.kinds:
            row[kind] = whole_mask(line[f"{kind}_{word}"] for word in range(masks.words))
        row |= {term.name: repr(line[term.name]) for term in policy.plan.terms}
        yield row


def _first_difference(wanted: Row, found: Row) -> str:
    name = next(name for name in wanted if wanted[name] != found.get(name))
    return f"{name} is {found.get(name)}, one by one {wanted[name]}"
