"""Which parts of a policy no embedded test, and no case of a history, ever reaches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from goodstanding.policies.engine.backtest import History
from goodstanding.policies.engine.batch import WORD, Batch, Masks
from goodstanding.policies.engine.embedded_tests import record_of
from goodstanding.policies.engine.histories import ROW, cases_of, numbered
from goodstanding.policies.engine.parts import (
    NO_SCORE,
    Part,
    PartKey,
    PartKind,
    look,
    parts_of,
    row_key,
    row_number,
    with_probes,
)
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.table import evaluate_batches

TOLD_MAX = 2_000


@dataclass(frozen=True, slots=True)
class CoveredPart:
    """A part, the tests that reach it, and how many cases of the history do.

    `cases` is None without a history; `first_case` is the number of the first such row, from 0.
    """

    part: Part
    tests: tuple[str, ...]
    cases: int | None = None
    first_case: int | None = None

    @property
    def kind(self) -> PartKind:
        """What the part is."""
        return self.part.key.kind

    @property
    def by_tests(self) -> bool:
        """Whether some test reaches it."""
        return bool(self.tests)

    @property
    def by_history(self) -> bool:
        """Whether some case of the history reaches it."""
        return bool(self.cases)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every part of a policy with what reaches it.

    `rows` counts the cases of the history that were decided, None without one. Reasons are told
    one record at a time, so they were looked for in `told` of the cases only.
    """

    parts: tuple[CoveredPart, ...]
    tests: int
    rows: int | None = None
    told: int = 0

    @property
    def untested(self) -> tuple[CoveredPart, ...]:
        """The parts that no test reaches."""
        return tuple(item for item in self.parts if not item.by_tests)

    @property
    def unseen(self) -> tuple[CoveredPart, ...]:
        """The parts that no case of the history reaches; none without a history."""
        return tuple(item for item in self.parts if item.cases == 0)

    def of(self, key: PartKey) -> CoveredPart | None:
        """One part; None where the policy has no such part."""
        return next((item for item in self.parts if item.part.key == key), None)


def coverage(policy: Policy, *, history: History | None = None) -> Coverage:
    """What the embedded tests reach and, with a history, what its cases reach.

    Raises what `evaluate_batches` raises for a history that does not fit.
    """
    tested = _tested(policy)
    seen = None if history is None else _seen(policy, history)
    return Coverage(
        parts=tuple(_covered(part, tested, seen) for part in parts_of(policy.plan)),
        tests=len(policy.definition.tests),
        rows=None if seen is None else seen.rows,
        told=0 if seen is None else seen.told,
    )


def _covered(
    part: Part, tested: Mapping[PartKey, tuple[str, ...]], seen: "_Seen | None"
) -> CoveredPart:
    tests = tested.get(part.key, ())
    if seen is None:
        return CoveredPart(part, tests)
    cases = seen.counts.get(part.key, 0)
    return CoveredPart(part, tests, cases, seen.firsts.get(part.key) if cases else None)


def _tested(policy: Policy) -> dict[PartKey, tuple[str, ...]]:
    found: dict[PartKey, tuple[str, ...]] = {}
    for test in policy.definition.tests:
        for key in look(policy, record_of(policy, test), as_of=test.as_of).reached:
            found[key] = (*found.get(key, ()), test.name)
    return found


@dataclass(slots=True)
class _Seen:
    """Counts over the batches of a history, and the first row that reached each part."""

    rows: int = 0
    told: int = 0
    counts: dict[PartKey, int] = field(default_factory=dict[PartKey, int])
    firsts: dict[PartKey, int] = field(default_factory=dict[PartKey, int])
    told_rows: dict[tuple[object, ...], int] = field(default_factory=dict[tuple[object, ...], int])

    def add(self, key: PartKey, count: int, first: int | None) -> None:
        """Count some more rows."""
        if count:
            self.counts[key] = self.counts.get(key, 0) + count
            self.firsts.setdefault(key, first or 0)


def _seen(policy: Policy, history: History) -> _Seen:
    plan = policy.plan
    numbers = {term.name: row_number(term) for term in plan.terms}
    probes = {f"gs_row_{name}": tree for name, tree in numbers.items() if tree is not None}
    batch = Batch(as_of=history.as_of, columns=history.columns, keep=(ROW,), values=tuple(probes))
    found = _Seen()
    for part in evaluate_batches(with_probes(plan, probes), numbered(history), batch):
        decided = part.filter(pl.col("skipped").is_null())
        found.rows += decided.height
        if decided.height:
            _add_rules(found, plan, decided)
            _add_bands(found, plan, decided)
            _add_rows(found, plan, decided)
            _choose_told(found, plan, decided)
    _tell(found, policy, history)
    return found


def _add_rules(found: _Seen, plan: Plan, decided: pl.DataFrame) -> None:
    wanted: list[pl.Expr] = []
    for at in range(len(plan.rules)):
        for kind, holds in (("true", _true(at)), ("lacks", _lacks(plan, at))):
            wanted.append(holds.sum().alias(f"{kind}_{at}"))
            wanted.append(pl.col(ROW).filter(holds).first().alias(f"{kind}_first_{at}"))
    if not wanted:
        return
    row = decided.select(wanted).row(0, named=True)
    for at, rule in enumerate(plan.rules):
        name = rule.declaration.id
        for kind, of in (("true", PartKind.RULE), ("lacks", PartKind.MISSING)):
            found.add(PartKey(of, name), row[f"{kind}_{at}"], row[f"{kind}_first_{at}"])


def _bit(column: str, at: int) -> pl.Expr:
    bit = pl.lit(1 << (at % WORD), dtype=pl.Int64)
    return (pl.col(f"{column}_{at // WORD}") & bit) != 0


def _true(at: int) -> pl.Expr:
    return _bit("true", at)


def _lacks(plan: Plan, at: int) -> pl.Expr:
    """Whether the rule's own condition lacked a value: UNKNOWN, or decided by a default."""
    unknown = _bit("unknown", at)
    if plan.rules[at].with_defaults is None:
        return unknown
    return unknown | _bit("defaulted", at)


def _add_bands(found: _Seen, plan: Plan, decided: pl.DataFrame) -> None:
    if plan.score is None:
        return
    for band, count, first in _grouped(decided, "band"):
        name = NO_SCORE if band is None else plan.score.bands[int(band)].name
        found.add(PartKey(PartKind.BAND, name), count, first)


def _add_rows(found: _Seen, plan: Plan, decided: pl.DataFrame) -> None:
    for term in plan.terms:
        column = f"gs_row_{term.name}"
        if column in decided.columns:
            words = [outcome.value for outcome in term.declaration.given_on]
            given = decided.filter(pl.col("outcome").cast(pl.String).is_in(words))
            for at, count, first in _grouped(given, column):
                if at is not None:
                    found.add(row_key(term, int(at)), count, first)


def _grouped(decided: pl.DataFrame, column: str) -> Iterator[tuple[int | None, int, int]]:
    found = decided.group_by(column).agg(pl.len().alias("n"), pl.col(ROW).min().alias("first"))
    yield from found.iter_rows()


def _choose_told(found: _Seen, plan: Plan, decided: pl.DataFrame) -> None:
    """One row of each combination of votes, and beside them some more for the cards' cells."""
    by = ["outcome", "band", *Masks(plan).names]
    distinct = decided.group_by(by).agg(pl.col(ROW).min().alias(ROW)).sort(ROW)
    for row in distinct.head(TOLD_MAX).iter_rows():
        if len(found.told_rows) < TOLD_MAX:
            found.told_rows.setdefault(tuple(row[:-1]), int(row[-1]))
    spread = max(1, decided.height // (TOLD_MAX // 4))
    for at in decided.get_column(ROW).gather_every(spread):
        if len(found.told_rows) < TOLD_MAX:
            found.told_rows.setdefault(("spread", at), int(at))


def _tell(found: _Seen, policy: Policy, history: History) -> None:
    """Reasons are told record by record: look at the chosen rows."""
    for case in cases_of(policy.plan, history, set(found.told_rows.values())):
        looked = look(policy, case.record, as_of=case.as_of)
        found.told += 1
        for reason in looked.evaluation.reasons:
            found.add(PartKey(PartKind.REASON, reason.code), 1, case.at)
