"""The batch engine in SQL: the whole policy as one DuckDB query."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from goodstanding.language.duckdb_engine import DuckdbEmitter, quote_name
from goodstanding.language.types import DATE, TIMESTAMP, Cell, Kind, Type
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

OUTCOME = "ENUM('approve', 'refer', 'decline')"


class DuckdbTarget:
    """Writes the query of one plan over a relation.

    `types` gives the DuckDB type of each column of the source.
    """

    def __init__(self, plan: Plan, batch: Batch, types: Mapping[str, str]) -> None:
        """Bind a plan to the columns of a relation."""
        self._plan, self._batch, self._types = plan, batch, types
        self._names, self._masks, self._ballot = Names(), Masks(plan), Ballot.of(plan)
        self._needed = needed_values(plan, batch.values)
        self._emitter = DuckdbEmitter(column=self._column, lists=plan.lists)

    def query(self, relation: str, scores: str | None = None) -> str:
        """The statement; `scores` is a relation of the models' scores, row by row."""
        steps = [f"gs_0 AS ({_select(self._inputs(), relation)})"]
        self._levels(steps, self._plan.before)
        if scores is not None:
            columns = ", ".join(
                f"CAST(s.{quote_name(model.name)} AS DECIMAL(9,6)) AS {self._column(model.name)}"
                for model in self._plan.models
            )
            last = f"gs_{len(steps) - 1}"
            joined = f"{last} POSITIONAL JOIN {scores} AS s"
            steps.append(f"gs_{len(steps)} AS ({_select(f'{last}.*, {columns}', joined)})")
        self._levels(steps, self._plan.after)
        self._add(steps, self._raw_rules())
        self._add(steps, self._defaulted_rules())
        self._add(steps, [*self._points(), *self._cancelled(), *self._skipped()])
        self._add(steps, [*self._band(), *self._terms()])
        self._add(steps, [(self._voted(), "gs_outcome")])
        for at, term in enumerate(self._plan.terms):
            if term.may_be_unknown and term.vote_if_missing is not None:
                self._replace_outcome(steps, self._term_vote(at))
        self._replace_outcome(steps, "CASE WHEN gs_skipped IS NULL THEN gs_outcome END")
        last = f"gs_{len(steps) - 1}"
        return f"WITH {', '.join(steps)} {_select(', '.join(self._answer()), last)}"

    def _column(self, name: str) -> str:
        return quote_name(self._names.of(name))

    def _add(self, steps: list[str], columns: Iterable[tuple[str, str]]) -> None:
        made = "".join(f", {text} AS {quote_name(name)}" for text, name in columns)
        if made:
            chosen = _select(f"*{made}", f"gs_{len(steps) - 1}")
            steps.append(f"gs_{len(steps)} AS ({chosen})")

    def _replace_outcome(self, steps: list[str], text: str) -> None:
        last = f"gs_{len(steps) - 1}"
        chosen = _select(f"* REPLACE ({text} AS gs_outcome)", last)
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
            found += [f"{quote_name(name)} AS {quote_name(f'gs_k_{name}')}"]
        for item in self._plan.inputs:
            if item.name in self._needed or item.is_required:
                found += [f"{self._input(item)} AS {self._column(item.name)}"]
        for text, name in self._moment():
            found += [f"{text} AS {self._column(name)}"]
        return ", ".join(found)

    def _input(self, item: InputDeclaration) -> str:
        wanted = self._emitter.type_name(item.type)
        name = self._batch.columns.get(item.name)
        if name is None:
            return f"CAST(NULL AS {wanted})"
        column = quote_name(name)
        if self._batch.is_normalised:
            return f"CAST({column} AS {wanted})"
        value = self._entering(column, item.type, self._types[name])
        kept = f" AND {self._inside(value, item)}" if _is_bounded(item) else ""
        return f"CASE WHEN {column} IS NOT NULL{kept} THEN {value} END" if kept else value

    def _entering(self, column: str, of: Type, given: str) -> str:
        """A column of the source normalised like a record's value at the boundary."""
        wanted = self._emitter.type_name(of)
        match of.kind:
            case Kind.DOUBLE:
                value = f"CAST({column} AS DOUBLE)"
                return f"CASE WHEN isfinite({value}) THEN {value} + CAST('0.0' AS DOUBLE) END"
            case Kind.TEXT:
                return f"nfc_normalize(CAST({column} AS VARCHAR))"
            case Kind.TIMESTAMP if given.endswith("WITH TIME ZONE"):
                return f"CAST(timezone('UTC', {column}) AS TIMESTAMP)"
            case Kind.DECIMAL | Kind.INTEGER:
                return f"TRY_CAST({column} AS {wanted})"
            case _:
                return f"CAST({column} AS {wanted})"

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
            yield quote_name(given), "as_of_date"
            return
        else:
            instant = self._entering(quote_name(given), TIMESTAMP, self._types[given])
        if "as_of" in wanted:
            yield instant, "as_of"
        if "as_of_date" in wanted:
            local = f"timezone({zone}, timezone('UTC', {instant}))"
            yield f"CAST({local} AS {self._emitter.type_name(DATE)})", "as_of_date"

    def _raw_rules(self) -> list[tuple[str, str]]:
        return [
            (self._emitter.emit(rule.condition), self._names.raw_rule(at))
            for at, rule in enumerate(self._plan.rules)
        ]

    def _defaulted_rules(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for at, rule in enumerate(self._plan.rules):
            raw = quote_name(self._names.raw_rule(at))
            if rule.with_defaults is not None:
                raw = f"coalesce({raw}, {self._emitter.emit(rule.with_defaults)})"
            found.append((raw, self._names.rule(at)))
        return found

    def _truth(self, at: int) -> str:
        return quote_name(self._names.rule(at))

    def _points(self) -> Iterable[tuple[str, str]]:
        parts = [
            f"CASE WHEN {self._truth(at)} THEN {rule.declaration.points} ELSE 0 END"
            for at, rule in enumerate(self._plan.rules)
            if rule.declaration.points
        ]
        yield f"CAST({' + '.join(parts) or '0'} AS BIGINT)", self._names.of(POINTS)

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
        yield (f"CASE {branches} END" if branches else "CAST(NULL AS VARCHAR)"), "gs_skipped"

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
            f"CASE WHEN {' OR '.join(decline) or 'FALSE'} THEN 2"
            f" WHEN {' OR '.join(refer) or 'FALSE'} THEN 1 ELSE 0 END"
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

    def _term_vote(self, at: int) -> str:
        """The rank after a term that lacks a value where it would be given."""
        term = self._plan.terms[at]
        vote = outcome_rank(term.vote_if_missing)
        column = quote_name(self._names.term(at))
        return (
            f"CASE WHEN {column} IS NULL AND gs_outcome IN ({_ranks(term)})"
            f" AND gs_outcome < {vote} THEN {vote} ELSE gs_outcome END"
        )

    def _answer(self) -> list[str]:
        plan = self._plan
        found = [f"{quote_name(f'gs_k_{name}')} AS {quote_name(name)}" for name in self._batch.keep]
        words = (
            "CASE gs_outcome WHEN 0 THEN 'approve' WHEN 1 THEN 'refer' WHEN 2 THEN 'decline' END"
        )
        found += [f"CAST({words} AS {OUTCOME}) AS outcome", "gs_skipped AS skipped"]
        if self._batch.trace == "full":
            found += self._mask_columns()
            found.append(f"{self._column(POINTS)} AS points")
            found.append("CAST(gs_band AS TINYINT) AS band")
        source = score_source(plan)
        if source is not None:
            found.append(f"{self._column(source)} AS score")
        found += [f"{self._column(name)} AS {quote_name(name)}" for name in self._batch.values]
        for at, term in enumerate(plan.terms):
            value = quote_name(self._names.term(at))
            found.append(
                f"CASE WHEN gs_outcome IN ({_ranks(term)}) THEN {value} END"
                f" AS {quote_name(term.name)}"
            )
        return found

    def _mask_columns(self) -> list[str]:
        return [
            f"{self._mask(kind, word)} AS {quote_name(f'{kind}_{word}')}"
            for kind in self._masks.kinds
            for word in range(self._masks.words)
        ]

    def _mask(self, kind: str, word: int) -> str:
        parts = [
            f"CASE WHEN {holds} THEN {bit} ELSE 0 END"
            for at, bit in self._masks.rules_of(word)
            if (holds := self._bit(kind, at)) is not None
        ]
        return f"CAST({' + '.join(parts) or '0'} AS BIGINT)"

    def _bit(self, kind: str, at: int) -> str | None:
        """The condition of one bit of a mask; None where it is never set."""
        rule, raw = self._plan.rules[at], quote_name(self._names.raw_rule(at))
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


def _select(columns: str, relation: str) -> str:
    return " ".join(("SELECT", columns, "FROM", relation))


def _is_bounded(item: InputDeclaration) -> bool:
    return bool(item.low is not None or item.high is not None or item.values or item.max_length)


def _ranks(term: PlannedTerm) -> str:
    return ", ".join(str(outcome.rank) for outcome in term.declaration.given_on)
