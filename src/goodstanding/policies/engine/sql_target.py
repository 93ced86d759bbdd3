"""The batch engines in SQL: the whole policy as one query, whatever the engine that reads it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from goodstanding.language.sql import SqlEmitter
from goodstanding.language.types import DATE, TEXT, TIMESTAMP, Cell, Type
from goodstanding.policies.engine.batch import (
    Ballot,
    Batch,
    Masks,
    Names,
    levels,
    needed_values,
    outcome_rank,
    score_source,
)
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.plan import POINTS, Computed, Plan, PlannedTerm
from goodstanding.policies.engine.values import cell_reader

FEW = 16

Emitter = Callable[..., SqlEmitter]


class SqlTarget(ABC):
    """Writes the query of one plan over a relation.

    `types` gives the engine's type of each column of the source. A dialect says how names are
    quoted, how a column of the source is normalised like a record's value at the boundary, how
    scores of models come in, and how an outcome and a local day are written.
    """

    def __init__(
        self, plan: Plan, batch: Batch, types: Mapping[str, str], *, emitter: Emitter
    ) -> None:
        """Bind a plan to the columns of a relation."""
        self._plan, self._batch, self._types = plan, batch, types
        self._names, self._masks, self._ballot = Names(), Masks(plan), Ballot.of(plan)
        self._needed = needed_values(plan, batch.values)
        self._emitter = emitter(column=self._column, lists=plan.lists)

    @abstractmethod
    def _quote(self, name: str) -> str: ...

    @abstractmethod
    def _entering(self, column: str, of: Type, given: str) -> str: ...

    @abstractmethod
    def _local_day(self, instant: str, zone: str) -> str: ...

    @abstractmethod
    def _scored(self, steps: list[str], scores: str | None) -> None: ...

    @abstractmethod
    def _outcome(self, words: str) -> str: ...

    def query(self, relation: str, scores: str | None = None) -> str:
        """The statement; `scores` is a relation of the models' scores where they are no columns."""
        steps = [f"gs_0 AS ({select_from(self._inputs(), relation)})"]
        self._levels(steps, self._plan.before)
        self._scored(steps, scores)
        self._levels(steps, self._plan.after)
        self._add(steps, self._raw_rules())
        self._add(steps, self._defaulted_rules())
        self._add(steps, [*self._points(), *self._cancelled(), *self._skipped()])
        self._add(steps, [*self._band(), *self._terms()])
        self._add(steps, [(self._voted(), "gs_voted_0")])
        voted = self._term_votes(steps)
        self._add(steps, [(f"CASE WHEN gs_skipped IS NULL THEN {voted} END", "gs_outcome")])
        last = f"gs_{len(steps) - 1}"
        return f"WITH {', '.join(steps)} {select_from(', '.join(self._answer()), last)}"

    def _type(self, of: Type) -> str:
        return self._emitter.type_name(of)

    def _column(self, name: str) -> str:
        return self._quote(self._names.of(name))

    def _add(self, steps: list[str], columns: Iterable[tuple[str, str]]) -> None:
        made = "".join(f", {text} AS {self._quote(name)}" for text, name in columns)
        if made:
            chosen = select_from(f"*{made}", f"gs_{len(steps) - 1}")
            steps.append(f"gs_{len(steps)} AS ({chosen})")

    def _levels(self, steps: list[str], items: tuple[Computed, ...]) -> None:
        wanted = [item for item in items if item.name in self._needed]
        known = set(self._plan.types) - {item.name for item in wanted}
        for level in levels(wanted, known):
            self._add(
                steps,
                [
                    (self._emitter.emit(item.expression), self._names.of(item.name))
                    for item in level
                ],
            )

    def _inputs(self) -> str:
        found = ["TRUE AS gs_row"]  # a policy may read nothing
        for name in self._batch.keep:
            found += [f"{self._quote(name)} AS {self._quote(f'gs_k_{name}')}"]
        for item in self._plan.inputs:
            if item.name in self._needed or item.is_required:
                found += [f"{self._input(item)} AS {self._column(item.name)}"]
        for text, name in self._moment():
            found += [f"{text} AS {self._column(name)}"]
        return ", ".join(found)

    def _input(self, item: InputDeclaration) -> str:
        wanted = self._type(item.type)
        name = self._batch.columns.get(item.name)
        if name is None:
            return f"CAST(NULL AS {wanted})"
        column = self._quote(name)
        if self._batch.is_normalised:
            return f"CAST({column} AS {wanted})"
        value = self._entering(column, item.type, self._types[name])
        kept = f" AND {self._inside(value, item)}" if _is_bounded(item) else ""
        return f"CASE WHEN {column} IS NOT NULL{kept} THEN {value} END" if kept else value

    def _inside(self, value: str, item: InputDeclaration) -> str:
        read = cell_reader(item.type)
        parts: list[str] = []
        if item.low is not None:
            parts.append(f"{value} >= {self._literal(read(item.low), item.type)}")
        if item.high is not None:
            parts.append(f"{value} <= {self._literal(read(item.high), item.type)}")
        if item.values:
            texts = ", ".join(self._literal(text, item.type) for text in item.values)
            parts.append(f"{value} IN ({texts})")
        if item.max_length:
            parts.append(f"length({value}) <= {item.max_length}")
        return " AND ".join(parts)

    def _literal(self, cell: Cell, of: Type) -> str:
        return self._emitter.literal(cell, of)

    def _moment(self) -> Iterable[tuple[str, str]]:
        """as_of and as_of_date where the policy reads them."""
        wanted, given = self._plan.parameters, self._batch.as_of
        if not wanted or given is None:
            return
        zone = self._emitter.quote(self._plan.definition.time_zone)
        if isinstance(given, datetime):
            text = given.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
            instant = f"CAST('{text}' AS TIMESTAMP)"
        elif self._types[given] == "DATE":
            yield self._quote(given), "as_of_date"
            return
        else:
            instant = self._entering(self._quote(given), TIMESTAMP, self._types[given])
        if "as_of" in wanted:
            yield instant, "as_of"
        if "as_of_date" in wanted:
            day = self._local_day(instant, zone)
            yield f"CAST({day} AS {self._type(DATE)})", "as_of_date"

    def _raw_rules(self) -> list[tuple[str, str]]:
        return [
            (self._emitter.emit(rule.condition), self._names.raw_rule(at))
            for at, rule in enumerate(self._plan.rules)
        ]

    def _defaulted_rules(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for at, rule in enumerate(self._plan.rules):
            raw = self._quote(self._names.raw_rule(at))
            if rule.with_defaults is not None:
                raw = f"coalesce({raw}, {self._emitter.emit(rule.with_defaults)})"
            found.append((raw, self._names.rule(at)))
        return found

    def _truth(self, at: int) -> str:
        return self._quote(self._names.rule(at))

    def _points(self) -> Iterable[tuple[str, str]]:
        parts = [
            f"CASE WHEN {self._truth(at)} THEN {rule.declaration.points} ELSE 0 END"
            for at, rule in enumerate(self._plan.rules)
            if rule.declaration.points
        ]
        yield f"CAST({_bracketed(parts, ' + ') or '0'} AS BIGINT)", self._names.of(POINTS)

    def _cancelled(self) -> Iterable[tuple[str, str]]:
        for at, by in self._ballot.cancelled_by.items():
            found = " OR ".join(self._truth(canceller) for canceller in by)
            yield f"coalesce({found}, FALSE)", f"gs_c_{at}"

    def _skipped(self) -> Iterable[tuple[str, str]]:
        required = [item.name for item in self._plan.inputs if item.is_required]
        branches = " ".join(
            f"WHEN {self._column(name)} IS NULL THEN {self._emitter.quote(name)}"
            for name in required
        )
        yield (
            (f"CASE {branches} END" if branches else f"CAST(NULL AS {self._type(TEXT)})"),
            "gs_skipped",
        )

    def _band(self) -> Iterable[tuple[str, str]]:
        score = self._plan.score
        text = "CAST(NULL AS BIGINT)" if score is None else self._emitter.emit(score.band)
        yield text, "gs_band"

    def _terms(self) -> Iterable[tuple[str, str]]:
        for at, term in enumerate(self._plan.terms):
            yield self._emitter.emit(term.expression), self._names.term(at)

    def _voted(self) -> str:
        ballot = self._ballot
        decline = [self._kept(at, self._truth(at)) for at in ballot.decline_if_true]
        decline += [
            self._kept(at, f"{self._truth(at)} IS NULL") for at in ballot.decline_if_unknown
        ]
        refer = [self._kept(at, self._truth(at)) for at in ballot.refer_if_true]
        refer += [self._kept(at, f"{self._truth(at)} IS NULL") for at in ballot.refer_if_unknown]
        self._add_band_votes(decline, refer)
        return (
            f"CASE WHEN {_bracketed(decline, ' OR ') or 'FALSE'} THEN 2"
            f" WHEN {_bracketed(refer, ' OR ') or 'FALSE'} THEN 1 ELSE 0 END"
        )

    def _kept(self, at: int, vote: str) -> str:
        return f"({vote} AND NOT gs_c_{at})" if at in self._ballot.cancelled_by else f"({vote})"

    def _add_band_votes(self, decline: list[str], refer: list[str]) -> None:
        score = self._plan.score
        if score is None:
            return
        ranks = [outcome_rank(item.outcome) for item in score.bands]
        for rank, votes in ((2, decline), (1, refer)):
            numbers = [str(number) for number, found in enumerate(ranks) if found == rank]
            if numbers:
                votes.append(f"gs_band IN ({', '.join(numbers)})")
            if outcome_rank(score.vote_if_missing) == rank:
                votes.append("gs_band IS NULL")

    def _term_votes(self, steps: list[str]) -> str:
        """The rank after terms that lack a value where they would be given; its column."""
        voted = "gs_voted_0"
        for at, term in enumerate(self._plan.terms):
            if term.may_be_unknown and term.vote_if_missing is not None:
                vote, column = outcome_rank(term.vote_if_missing), self._quote(self._names.term(at))
                text = (
                    f"CASE WHEN {column} IS NULL AND {voted} IN ({_ranks(term)})"
                    f" AND {voted} < {vote} THEN {vote} ELSE {voted} END"
                )
                voted = f"gs_voted_{at + 1}"
                self._add(steps, [(text, voted)])
        return voted

    def _answer(self) -> list[str]:
        plan = self._plan
        found = [
            f"{self._quote(f'gs_k_{name}')} AS {self._quote(name)}" for name in self._batch.keep
        ]
        words = (
            "CASE gs_outcome WHEN 0 THEN 'approve' WHEN 1 THEN 'refer' WHEN 2 THEN 'decline' END"
        )
        found += [f"{self._outcome(words)} AS outcome", "gs_skipped AS skipped"]
        if self._batch.trace == "full":
            found += self._mask_columns()
            found.append(f"{self._column(POINTS)} AS points")
            found.append("CAST(gs_band AS TINYINT) AS band")
        source = score_source(plan)
        if source is not None:
            found.append(f"{self._column(source)} AS score")
        found += [f"{self._column(name)} AS {self._quote(name)}" for name in self._batch.values]
        for at, term in enumerate(plan.terms):
            value = self._quote(self._names.term(at))
            found.append(
                f"CASE WHEN gs_outcome IN ({_ranks(term)}) THEN {value} END"
                f" AS {self._quote(term.name)}"
            )
        return found

    def _mask_columns(self) -> list[str]:
        return [
            f"{self._mask(kind, word)} AS {self._quote(f'{kind}_{word}')}"
            for kind in self._masks.kinds
            for word in range(self._masks.words)
        ]

    def _mask(self, kind: str, word: int) -> str:
        parts = [
            f"CASE WHEN {holds} THEN {bit} ELSE 0 END"
            for at, bit in self._masks.rules_of(word)
            if (holds := self._bit(kind, at)) is not None
        ]
        return f"CAST({_bracketed(parts, ' + ') or '0'} AS BIGINT)"

    def _bit(self, kind: str, at: int) -> str | None:
        """The condition of one bit of a mask; None where it is never set."""
        rule, raw = self._plan.rules[at], self._quote(self._names.raw_rule(at))
        truth = self._truth(at)
        match kind:
            case "true":
                return truth
            case "unknown":
                return f"{truth} IS NULL" if rule.can_be_unknown else None
            case "defaulted":
                is_default = rule.with_defaults is not None
                return f"{raw} IS NULL AND {truth} IS NOT NULL" if is_default else None
            case _:
                return f"gs_c_{at}" if at in self._ballot.cancelled_by else None


def select_from(columns: str, relation: str) -> str:
    """A query without a condition."""
    return " ".join(("SELECT", columns, "FROM", relation))


def _is_bounded(item: InputDeclaration) -> bool:
    return bool(item.low is not None or item.high is not None or item.values or item.max_length)


def _ranks(term: PlannedTerm) -> str:
    return ", ".join(str(outcome.rank) for outcome in term.declaration.given_on)


def _bracketed(parts: Sequence[str], operator: str) -> str:
    """Parts joined in brackets of a few, since DuckDB refuses an expression a thousand deep."""
    rest = list(parts)
    while len(rest) > FEW:
        chunks = (rest[at : at + FEW] for at in range(0, len(rest), FEW))
        rest = [f"({operator.join(chunk)})" for chunk in chunks]
    return operator.join(rest)
