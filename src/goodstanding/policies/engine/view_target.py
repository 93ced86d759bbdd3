"""A policy as one plain SQL view, to run where the data already is: DuckDB, PostgreSQL, Spark.

The view reads a relation whose columns bear the names and the declared types of the policy's
inputs, and adds the outcome, the rules as TRUE, FALSE and NULL (unknown), points, band, score and
terms. It needs no function of ours. A model cannot run in SQL, so its score is a column too.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from goodstanding.core.errors import Refusal
from goodstanding.language.duckdb_engine import DuckdbEmitter
from goodstanding.language.postgres_engine import PostgresEmitter
from goodstanding.language.spark_engine import SparkEmitter, quote_spark_name
from goodstanding.language.sql import SqlEmitter, quote_name
from goodstanding.language.types import (
    BOOLEAN,
    DOUBLE,
    DOUBLE_MAX,
    INTEGER,
    TEXT,
    TIMESTAMP,
    Kind,
    Type,
)
from goodstanding.policies.engine.batch import Ballot, Names, levels, outcome_rank, score_source
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.plan import POINTS, Computed, Plan, PlannedTerm
from goodstanding.policies.engine.trees import PD
from goodstanding.policies.engine.values import cell_reader

ViewEngine = Literal["duckdb", "postgres", "spark"]
ENGINES: dict[str, ViewEngine] = {"duckdb": "duckdb", "postgres": "postgres", "spark": "spark"}
_EMITTERS: dict[ViewEngine, type[SqlEmitter]] = {
    "duckdb": DuckdbEmitter,
    "postgres": PostgresEmitter,
    "spark": SparkEmitter,
}
# How each engine brings a text to NFC; Spark has no function for it.
_NORMALISED: dict[ViewEngine, str] = {
    "duckdb": "nfc_normalize({0})",
    "postgres": "normalize({0}, NFC)",
    "spark": "{0}",
}
# The day of an instant in a zone.
_LOCAL_DAY: dict[ViewEngine, str] = {
    "duckdb": "CAST(timezone({zone}, timezone('UTC', {0})) AS DATE)",
    "postgres": "CAST(({0} AT TIME ZONE {zone}) AS date)",
    "spark": "to_date(from_utc_timestamp({0}, {zone}))",
}


class EngineOfViewUnknown(Refusal):
    """There is no engine {engine} for a view."""

    code = "view_engine_unknown"
    mend = "Use duckdb, postgres or spark."


class InputNotAbsent(Refusal):
    """The input {name} cannot be left out: {why}."""

    code = "input_not_absent"


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column that the relation must have."""

    name: str
    type: str
    what: str


def policy_view(
    plan: Plan,
    *,
    engine: str,
    name: str,
    relation: str,
    keep: Sequence[str] = (),
    absent: Collection[str] = (),
) -> str:
    """The statement that makes the view `name` over `relation`, both quoted part by part.

    `keep` are further columns of the relation that the view shows, such as a key; `absent` are
    optional inputs that it has no column for: missing everywhere.
    Raises EngineOfViewUnknown, InputNotAbsent.
    """
    chosen = ENGINES.get(engine)
    if chosen is None:
        raise EngineOfViewUnknown(field="engine", engine=engine)
    _check_absent(plan, absent)
    target = _ViewTarget(plan, chosen, keep, frozenset(absent))
    definition = plan.definition
    lines = [
        f"-- {definition.name}, version {definition.version}: {definition.title}",
        f"-- Reads from {relation}:",
        *(f"--   {item.name} {item.type}: {item.what}" for item in target.columns_wanted()),
    ]
    remarks = "\n".join(" ".join(line.split()) for line in lines)  # a label may span lines
    return f"{remarks}\ncreate or replace view {target.named(name)} as\n{target.query(relation)}\n"


def _check_absent(plan: Plan, absent: Collection[str]) -> None:
    known = {item.name: item for item in plan.inputs}
    for name in absent:
        if name not in known:
            raise InputNotAbsent(field="absent", name=name, why="the policy has no such input")
        if known[name].is_required:
            raise InputNotAbsent(field="absent", name=name, why="it is required")


class _ViewTarget:
    """Writes the query of one plan in one engine's SQL."""

    def __init__(
        self, plan: Plan, engine: ViewEngine, keep: Sequence[str], absent: frozenset[str]
    ) -> None:
        self._plan = plan
        self._engine: ViewEngine = engine
        self._keep, self._absent = tuple(keep), absent
        self._names, self._ballot = Names(), Ballot.of(plan)
        self._quote: Callable[[str], str] = quote_spark_name if engine == "spark" else quote_name
        self._emitter = _EMITTERS[engine](column=self._column, lists=plan.lists)

    def named(self, relation: str) -> str:
        """A relation with its schema, each part quoted."""
        return ".".join(map(self._quote, relation.split(".")))

    def columns_wanted(self) -> Iterator[ViewColumn]:
        """The columns that the relation must have."""
        type_name = self._emitter.type_name
        for item in self._plan.inputs:
            if item.name not in self._absent:
                yield ViewColumn(item.name, type_name(item.type), item.label)
        if self._plan.parameters:
            yield ViewColumn("as_of", type_name(TIMESTAMP), "the moment of the decision, UTC")
        for model in self._plan.models:
            what = f"score of the model {model.model.id} {model.model.version}"
            yield ViewColumn(model.name, type_name(PD), what)

    def query(self, relation: str) -> str:
        """The select behind the view, one common table expression a step."""
        source = self.named(relation)
        steps = [_step(0, f"source.*{self._inputs()}", f"{source} as source")]
        self._levels(steps, self._plan.before)
        self._levels(steps, self._plan.after)
        self._add(steps, [*self._rules(), *self._skipped()])
        self._add(steps, [*self._points(), *self._cancelled()])
        self._add(steps, [*self._band(), *self._terms()])
        self._add(steps, [(self._voted(), "gs_outcome_0")])
        outcome = self._term_votes(steps)
        last = f"gs_{len(steps) - 1}"
        made = ",\n    ".join(self._answer(outcome))
        return "\n".join((f"with {', '.join(steps)}\n", "select", f"    {made}", f"from {last}"))

    def _column(self, name: str) -> str:
        return self._quote(self._names.of(name))

    def _add(self, steps: list[str], columns: list[tuple[str, str]]) -> None:
        if not columns:
            return
        last = f"gs_{len(steps) - 1}"
        made = "".join(f",\n        {text} as {self._quote(name)}" for text, name in columns)
        steps.append(_step(len(steps), f"{last}.*{made}", last))

    def _levels(self, steps: list[str], items: tuple[Computed, ...]) -> None:
        known = set(self._plan.types) - {item.name for item in items}
        for level in levels(items, known):
            made = [
                (self._emitter.emit(item.expression), self._names.of(item.name)) for item in level
            ]
            self._add(steps, made)

    def _inputs(self) -> str:
        found = [(self._input(item), item.name) for item in self._plan.inputs]
        found += [
            (self._cast(f"source.{self._quote(model.name)}", PD), model.name)
            for model in self._plan.models
        ]
        if self._plan.parameters:
            moment = f"source.{self._quote('as_of')}"
            zone = self._emitter.quote(self._plan.definition.time_zone)
            found.append((self._cast(moment, TIMESTAMP), "as_of"))
            found.append((_LOCAL_DAY[self._engine].format(moment, zone=zone), "as_of_date"))
        return "".join(f",\n        {text} as {self._column(name)}" for text, name in found)

    def _input(self, item: InputDeclaration) -> str:
        if item.name in self._absent:
            return f"cast(null as {self._emitter.type_name(item.type)})"
        value = self._cast(f"source.{self._quote(item.name)}", item.type)
        if item.type == TEXT:
            value = _NORMALISED[self._engine].format(value)
        limits = " and ".join(self._limits(value, item))
        return f"case when {limits} then {value} end" if limits else value

    def _limits(self, value: str, item: InputDeclaration) -> Iterator[str]:
        """What the boundary demands of a value; anything else is missing."""
        read, literal = cell_reader(item.type), self._emitter.literal
        if item.type == DOUBLE:
            ends = [literal(end, DOUBLE) for end in (-DOUBLE_MAX, DOUBLE_MAX)]
            yield f"{value} between {ends[0]} and {ends[1]}"
        if item.low is not None:
            yield f"{value} >= {literal(read(item.low), item.type)}"
        if item.high is not None:
            yield f"{value} <= {literal(read(item.high), item.type)}"
        if item.values:
            texts = ", ".join(literal(text, item.type) for text in item.values)
            yield f"{value} in ({texts})"
        if item.max_length:
            yield f"length({value}) <= {item.max_length}"

    def _cast(self, text: str, of: Type) -> str:
        return text if of.kind is Kind.TIMESTAMP else f"cast({text} as {self._type(of)})"

    def _type(self, of: Type) -> str:
        return self._emitter.type_name(of)

    def _rules(self) -> Iterator[tuple[str, str]]:
        for at, rule in enumerate(self._plan.rules):
            truth = self._emitter.emit(rule.condition)
            if rule.with_defaults is not None:
                truth = f"coalesce({truth}, {self._emitter.emit(rule.with_defaults)})"
            yield truth, self._names.rule(at)

    def _truth(self, at: int) -> str:
        return self._quote(self._names.rule(at))

    def _skipped(self) -> Iterator[tuple[str, str]]:
        branches = " ".join(
            f"when {self._column(item.name)} is null then {self._emitter.quote(item.name)}"
            for item in self._plan.inputs
            if item.is_required
        )
        yield (f"case {branches} end" if branches else self._null(TEXT)), "gs_skipped"

    def _null(self, of: Type) -> str:
        return f"cast(null as {self._type(of)})"

    def _points(self) -> Iterator[tuple[str, str]]:
        parts = [
            f"case when {self._truth(at)} then {rule.declaration.points} else 0 end"
            for at, rule in enumerate(self._plan.rules)
            if rule.declaration.points
        ]
        text = f"cast({' + '.join(parts) or '0'} as {self._type(INTEGER)})"
        yield text, self._names.of(POINTS)

    def _cancelled(self) -> Iterator[tuple[str, str]]:
        for at, by in self._ballot.cancelled_by.items():
            found = " or ".join(self._truth(canceller) for canceller in by)
            yield f"coalesce({found}, false)", f"gs_c_{at}"

    def _band(self) -> Iterator[tuple[str, str]]:
        score = self._plan.score
        yield self._null(INTEGER) if score is None else self._emitter.emit(score.band), "gs_band"

    def _terms(self) -> Iterator[tuple[str, str]]:
        for at, term in enumerate(self._plan.terms):
            yield self._emitter.emit(term.expression), self._names.term(at)

    def _voted(self) -> str:
        ballot = self._ballot
        votes = {
            2: self._votes(ballot.decline_if_true, ballot.decline_if_unknown, rank=2),
            1: self._votes(ballot.refer_if_true, ballot.refer_if_unknown, rank=1),
        }
        branches = " ".join(f"when {votes[rank]} then {rank}" for rank in (2, 1) if votes[rank])
        return f"case {branches} else 0 end" if branches else "0"

    def _votes(self, if_true: tuple[int, ...], if_unknown: tuple[int, ...], *, rank: int) -> str:
        found = [self._kept(at, self._truth(at)) for at in if_true]
        found += [self._kept(at, f"{self._truth(at)} is null") for at in if_unknown]
        score = self._plan.score
        if score is not None:
            numbers = [
                str(number)
                for number, band in enumerate(score.bands)
                if outcome_rank(band.outcome) == rank
            ]
            found += [f"gs_band in ({', '.join(numbers)})"] if numbers else []
            found += ["gs_band is null"] if outcome_rank(score.vote_if_missing) == rank else []
        return " or ".join(found)

    def _kept(self, at: int, vote: str) -> str:
        return f"({vote} and not gs_c_{at})" if at in self._ballot.cancelled_by else f"({vote})"

    def _term_votes(self, steps: list[str]) -> str:
        """The outcome after terms that lack a value where they would be given; its column."""
        outcome = "gs_outcome_0"
        for at, term in enumerate(self._plan.terms):
            if term.may_be_unknown and term.vote_if_missing is not None:
                vote, column = outcome_rank(term.vote_if_missing), self._quote(self._names.term(at))
                text = (
                    f"case when {column} is null and {outcome} in ({_ranks(term)})"
                    f" and {outcome} < {vote} then {vote} else {outcome} end"
                )
                self._add(steps, [(text, f"gs_outcome_{at + 1}")])
                outcome = f"gs_outcome_{at + 1}"
        return outcome

    def _answer(self, outcome: str) -> Iterator[str]:
        decided = f"case when gs_skipped is null then {outcome} end"
        words = " ".join(f"when {rank} then '{word}'" for rank, word in enumerate(_WORDS))
        wanted = [item.name for item in self.columns_wanted()]
        for name in dict.fromkeys((*self._keep, *wanted)):
            yield self._quote(name)
        yield f"case {decided} {words} end as outcome"
        yield "gs_skipped as skipped"
        for at, rule in enumerate(self._plan.rules):
            truth = f"cast({self._truth(at)} as {self._type(BOOLEAN)})"
            yield f"{truth} as {self._quote(f'rule_{rule.declaration.id.lower()}')}"
        yield f"{self._column(POINTS)} as points"
        yield "gs_band as band"
        source = score_source(self._plan)
        if source is not None:
            yield f"{self._column(source)} as score"
        for at, term in enumerate(self._plan.terms):
            value = self._quote(self._names.term(at))
            given = f"case when {decided} in ({_ranks(term)}) then {value} end"
            yield f"{given} as {self._quote(f'term_{term.name}')}"


def _step(number: int, columns: str, relation: str) -> str:
    """A common table expression."""
    return "\n".join((f"gs_{number} as (", f"    select {columns}", f"    from {relation}", ")"))


_WORDS = ("approve", "refer", "decline")


def _ranks(term: PlannedTerm) -> str:
    return ", ".join(str(outcome.rank) for outcome in term.declaration.given_on)


__all__ = ["ENGINES", "EngineOfViewUnknown", "InputNotAbsent", "ViewEngine", "policy_view"]
