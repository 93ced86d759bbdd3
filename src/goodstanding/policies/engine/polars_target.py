"""The fast batch engine: the whole policy as one lazy Polars query."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import polars as pl

from goodstanding.language.expression import Expression
from goodstanding.language.polars_engine import PolarsEmitter, polars_cells, polars_values
from goodstanding.language.polars_parts import cell_type
from goodstanding.language.types import DATE, TIMESTAMP, Kind, Type
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
from goodstanding.policies.engine.plan import POINTS, Computed, Plan
from goodstanding.policies.engine.values import cell_reader

OUTCOME = pl.Enum(["approve", "refer", "decline"])
BEYOND_ASCII = "gs_beyond_ascii"


class PolarsTarget:
    """Writes the query of one plan over a lazy frame."""

    def __init__(
        self,
        plan: Plan,
        batch: Batch,
        schema: Mapping[str, pl.DataType],
        *,
        composes: bool = True,
    ) -> None:
        """Bind a plan to the columns of a table with this schema.

        To bring texts into NFC costs a third of the time, and ASCII is in it. With `composes` off
        texts are read as they are, and the answer has a column `BEYOND_ASCII` where the policy
        reads texts: TRUE where a row's answer may be wrong for that.
        """
        self._plan, self._batch, self._schema = plan, batch, schema
        self._names, self._masks = Names(), Masks(plan)
        self._needed = needed_values(plan, batch.values)
        is_careful = composes or batch.is_normalised
        self._as_they_are = frozenset(() if is_careful else self._texts_read())
        self._emitter = PolarsEmitter(
            column=lambda name: pl.col(self._names.of(name)), lists=plan.lists
        )

    def features(self, source: pl.LazyFrame) -> pl.LazyFrame:
        """What the models read, one column a name, DECIMAL as Decimal."""
        reads = dict.fromkeys(name for model in self._plan.models for name in model.reads)
        frame = self._before(self._inputs(source))
        return frame.select(
            polars_values(pl.col(self._names.of(name)), self._plan.types[name]).alias(name)
            for name in reads
        )

    def query(self, source: pl.LazyFrame, scores: pl.LazyFrame | None) -> pl.LazyFrame:
        """The answer for every row; `scores` holds the models' scores in millionths, by name."""
        frame = self._before(self._inputs(source))
        if scores is not None:
            renamed = scores.select(
                pl.col(model.name).alias(self._names.of(model.name)) for model in self._plan.models
            )
            frame = pl.concat([frame, renamed], how="horizontal")
        frame = self._levels(frame, self._plan.after)
        frame = self._rules(frame)
        return self._answer(frame)

    def _emit(self, expression: Expression) -> pl.Expr:
        return self._emitter.emit(expression)

    def _inputs(self, source: pl.LazyFrame) -> pl.LazyFrame:
        kept = [pl.col(name).alias(f"gs_k_{name}") for name in self._batch.keep]
        inputs = [
            self._input(item).alias(self._names.of(item.name))
            for item in self._plan.inputs
            if item.name in self._needed or item.is_required
        ]
        row = pl.lit(value=True).alias("gs_row")  # keeps the height where no input is read
        made = [row, *kept, *inputs, *self._moment()]
        if self._as_they_are:
            made.append(self._is_beyond_ascii().alias(BEYOND_ASCII))
        return source.with_columns(made).select(item.meta.output_name() for item in made)

    def _input(self, item: InputDeclaration) -> pl.Expr:
        name = self._batch.columns.get(item.name)
        if name is None:
            return pl.lit(None, dtype=cell_type(item.type))
        if self._batch.is_normalised:
            return polars_cells(pl.col(name), item.type)
        column = pl.col(name)
        if name in self._as_they_are:
            return _bounded(column.cast(pl.String), item)
        return _bounded(entering(column, item.type, self._schema[name]), item)

    def _texts_read(self) -> Iterable[str]:
        """The columns of texts that something reads."""
        for item in self._plan.inputs:
            column = self._batch.columns.get(item.name)
            if item.type.kind is Kind.TEXT and item.name in self._needed and column is not None:
                yield column

    def _is_beyond_ascii(self) -> pl.Expr:
        """Whether some text has a character of more than one byte."""
        texts = (pl.col(name).cast(pl.String).str for name in self._as_they_are)
        return pl.any_horizontal(*(text.len_bytes() != text.len_chars() for text in texts))

    def _moment(self) -> Iterable[pl.Expr]:
        """Columns as_of and as_of_date where the policy reads them."""
        wanted, given = self._plan.parameters, self._batch.as_of
        names, zone = self._names, self._plan.definition.time_zone
        if not wanted or given is None:
            return
        if isinstance(given, datetime):
            instant = pl.lit(given.astimezone(UTC).replace(tzinfo=None), dtype=pl.Datetime("us"))
        elif self._schema[given] == pl.Date:
            yield pl.col(given).alias(names.of("as_of_date"))
            return
        else:
            instant = _instant(pl.col(given), self._schema[given])
        if "as_of" in wanted:
            yield instant.alias(names.of("as_of"))
        if "as_of_date" in wanted:
            local = instant.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
            yield local.dt.date().alias(names.of("as_of_date"))

    def _before(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        return self._levels(frame, self._plan.before)

    def _levels(self, frame: pl.LazyFrame, items: tuple[Computed, ...]) -> pl.LazyFrame:
        wanted = [item for item in items if item.name in self._needed]
        known = set(self._plan.types) - {item.name for item in wanted}
        for level in levels(wanted, known):
            frame = frame.with_columns(
                self._emit(item.expression).alias(self._names.of(item.name)) for item in level
            )
        return frame

    def _rules(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """A BOOLEAN column for every rule, defaults put in; what nothing reads later is dropped.

        A streaming engine has a batch of rows in each step, so columns that are carried along for
        nothing cost memory in every one.
        """
        plan, names = self._plan, self._names
        frame = frame.with_columns(
            self._emit(rule.condition).alias(
                names.rule(at) if rule.with_defaults is None else names.raw_rule(at)
            )
            for at, rule in enumerate(plan.rules)
        )
        defaulted = [
            (at, self._emit(rule.with_defaults))
            for at, rule in enumerate(plan.rules)
            if rule.with_defaults is not None
        ]
        if defaulted:
            frame = frame.with_columns(
                pl.coalesce(pl.col(names.raw_rule(at)), otherwise).alias(names.rule(at))
                for at, otherwise in defaulted
            )
        return frame.select(
            pl.col("gs_row"),
            *(pl.col(f"gs_k_{name}") for name in self._batch.keep),
            *(pl.col(names.of(name)) for name in self._read_later()),
            *(pl.col(names.rule(at)) for at in range(len(plan.rules))),
            *(pl.col(names.raw_rule(at)) for at, _ in defaulted),
            self._skipped(),
            *self._warned(),
        )

    def _read_later(self) -> list[str]:
        """Inputs and computed values that the score, the terms or the answer read."""
        plan = self._plan
        expressions = [term.expression for term in plan.terms]
        if plan.score is not None:
            expressions.append(plan.score.band)
        read = [name for expression in expressions for name in expression.names]
        read += [name for name in (score_source(plan), *self._batch.values) if name is not None]
        parameters = [name for expression in expressions for name in expression.parameters]
        return [name for name in dict.fromkeys([*read, *parameters]) if name != POINTS]

    def _answer(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        plan, names = self._plan, self._names
        frame = frame.with_columns(self._points().alias(names.of(POINTS)), *self._cancelled())
        band = pl.lit(None, dtype=pl.Int64) if plan.score is None else self._emit(plan.score.band)
        frame = frame.with_columns(
            band.alias("gs_band"),
            *(
                self._emit(term.expression).alias(names.term(at))
                for at, term in enumerate(plan.terms)
            ),
        )
        frame = frame.with_columns(self._voted().alias("gs_outcome"))
        for at, term in enumerate(plan.terms):
            if term.may_be_unknown and term.vote_if_missing is not None:
                frame = frame.with_columns(self._term_vote(at).alias("gs_outcome"))
        frame = frame.with_columns(
            pl.when(pl.col("gs_skipped").is_null()).then(pl.col("gs_outcome")).alias("gs_outcome")
        )
        return frame.select(self._columns())

    def _columns(self) -> list[pl.Expr]:
        plan, names = self._plan, self._names
        found = [pl.col(f"gs_k_{name}").alias(name) for name in self._batch.keep]
        found.append(pl.col("gs_outcome").cat.to(OUTCOME).alias("outcome"))
        found.append(pl.col("gs_skipped").alias("skipped"))
        found += self._warned()
        if self._batch.trace == "full":
            found += self._mask_columns()
            found.append(pl.col(names.of(POINTS)).alias("points"))
            found.append(pl.col("gs_band").cast(pl.Int8).alias("band"))
        source = score_source(plan)
        if source is not None and plan.score is not None:
            cells = pl.col(names.of(source))
            found.append(polars_values(cells, plan.score.type).alias("score"))
        for name in self._batch.values:
            cells = pl.col(names.of(name))
            found.append(polars_values(cells, plan.types[name]).alias(name))
        for at, term in enumerate(plan.terms):
            ranks = [outcome.rank for outcome in term.declaration.given_on]
            given = pl.col("gs_outcome").is_in(ranks)
            value = polars_values(pl.col(names.term(at)), term.expression.type)
            found.append(pl.when(given).then(value).alias(term.name))
        return found

    def _warned(self) -> list[pl.Expr]:
        return [pl.col(BEYOND_ASCII)] if self._as_they_are else []

    def _truth(self, at: int) -> pl.Expr:
        return pl.col(self._names.rule(at))

    def _points(self) -> pl.Expr:
        """The points of the TRUE rules, added up in as few bits as hold every sum."""
        gains = [(at, rule.declaration.points) for at, rule in enumerate(self._plan.rules)]
        reach = sum(abs(points) for _, points in gains)
        of = pl.Int16() if reach < 2**15 else pl.Int64()
        parts = [
            pl.when(self._truth(at)).then(pl.lit(points, dtype=of)).otherwise(pl.lit(0, dtype=of))
            for at, points in gains
            if points
        ]
        total = _folded([pl.lit(0, dtype=of), *parts], pl.Expr.add)
        return total.cast(pl.Int64)

    def _cancelled(self) -> Iterable[pl.Expr]:
        """For each rule that can be cancelled, whether it was."""
        for at, by in Ballot.of(self._plan).cancelled_by.items():
            yield _any(self._truth(canceller) for canceller in by).alias(f"gs_c_{at}")

    def _skipped(self) -> pl.Expr:
        """The first required input that is missing."""
        required = [item.name for item in self._plan.inputs if item.is_required]
        if not required:
            return pl.lit(None, dtype=pl.String).alias("gs_skipped")
        of = pl.UInt8() if len(required) < 2**8 else pl.UInt16()
        chain = pl.lit(None, dtype=of)
        for number, name in reversed(list(enumerate(required))):
            lacking = pl.col(self._names.of(name)).is_null()
            chain = pl.when(lacking).then(pl.lit(number, dtype=of)).otherwise(chain)
        return chain.cat.to(pl.Enum(required)).cast(pl.String).alias("gs_skipped")

    def _voted(self) -> pl.Expr:
        """The rank of the rules' and the band's votes."""
        ballot, score = Ballot.of(self._plan), self._plan.score

        def kept(at: int, vote: pl.Expr) -> pl.Expr:
            return vote & ~pl.col(f"gs_c_{at}") if at in ballot.cancelled_by else vote

        decline = [kept(at, self._truth(at)) for at in ballot.decline_if_true]
        decline += [kept(at, self._truth(at).is_null()) for at in ballot.decline_if_unknown]
        refer = [kept(at, self._truth(at)) for at in ballot.refer_if_true]
        refer += [kept(at, self._truth(at).is_null()) for at in ballot.refer_if_unknown]
        if score is not None:
            band = pl.col("gs_band")
            ranks = [outcome_rank(item.outcome) for item in score.bands]
            missing = outcome_rank(score.vote_if_missing)
            for rank, votes in ((2, decline), (1, refer)):
                numbers = [number for number, found in enumerate(ranks) if found == rank]
                if numbers:
                    votes.append(_any([band == number for number in numbers]))
                if missing == rank:
                    votes.append(band.is_null())
        code = pl.when(_any(decline)).then(_rank(2)).when(_any(refer)).then(_rank(1))
        return code.otherwise(_rank(0))

    def _term_vote(self, at: int) -> pl.Expr:
        """The rank after a term that lacks a value where it would be given."""
        term, outcome = self._plan.terms[at], pl.col("gs_outcome")
        vote = outcome_rank(term.vote_if_missing)
        given = outcome.is_in([item.rank for item in term.declaration.given_on])
        lacking = pl.col(self._names.term(at)).is_null() & given & (outcome < vote)
        return pl.when(lacking).then(_rank(vote)).otherwise(outcome)

    def _mask_columns(self) -> list[pl.Expr]:
        names = self._names
        parts: dict[str, Callable[[int], pl.Expr | None]] = {
            "true": self._truth,
            "unknown": lambda at: (
                self._truth(at).is_null() if self._plan.rules[at].can_be_unknown else None
            ),
            "defaulted": lambda at: (
                pl.col(names.raw_rule(at)).is_null() & self._truth(at).is_not_null()
                if self._plan.rules[at].with_defaults is not None
                else None
            ),
            "cancelled": lambda at: (
                pl.col(f"gs_c_{at}") if at in Ballot.of(self._plan).cancelled_by else None
            ),
        }
        return [
            self._mask(word, parts[kind]).alias(f"{kind}_{word}")
            for kind in self._masks.kinds
            for word in range(self._masks.words)
        ]

    def _mask(self, word: int, part: Callable[[int], pl.Expr | None]) -> pl.Expr:
        """A word of bits, put together byte by byte: a byte of eight rules costs as one rule."""
        octets: dict[int, list[pl.Expr]] = {}
        for at, bit in self._masks.rules_of(word):
            holds = part(at)
            if holds is not None:
                octet, place = divmod(bit.bit_length() - 1, 8)
                value = pl.lit(1 << place, dtype=pl.UInt8)
                chosen = pl.when(holds).then(value).otherwise(pl.lit(0, dtype=pl.UInt8))
                octets.setdefault(octet, []).append(chosen)
        total = _zero()
        for octet, bits in octets.items():
            byte = _joined(bits).cast(pl.Int64)
            total = total | (byte * pl.lit(1 << 8 * octet, dtype=pl.Int64) if octet else byte)
        return total


def _zero() -> pl.Expr:
    return pl.lit(0, dtype=pl.Int64)


def _rank(rank: int) -> pl.Expr:
    return pl.lit(rank, dtype=pl.UInt8)


def _any(parts: Iterable[pl.Expr]) -> pl.Expr:
    """Whether some part is TRUE; NULL counts as no."""
    known = [part.fill_null(value=False) for part in parts]
    return _joined(known) if known else pl.lit(value=False)


def _joined(parts: Sequence[pl.Expr]) -> pl.Expr:
    return _folded(parts, pl.Expr.or_)


def _folded(parts: Sequence[pl.Expr], join: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.Expr:
    """Parts joined in pairs, so that two thousand of them are eleven levels deep."""
    rest = list(parts)
    while len(rest) > 1:
        pairs = [join(left, right) for left, right in zip(rest[::2], rest[1::2], strict=False)]
        rest = pairs + rest[len(pairs) * 2 :]
    return rest[0]


def entering(column: pl.Expr, of: Type, given: pl.DataType) -> pl.Expr:
    """A column of the source as cells, normalised like a record's value at the boundary."""
    match of.kind:
        case Kind.DOUBLE:
            value = column.cast(pl.Float64)
            return pl.when(value.is_finite()).then(value + 0.0)
        case Kind.TEXT:
            return in_nfc(column.cast(pl.String))
        case Kind.DECIMAL if _holds(of, given):
            return column.to_physical().cast(cell_type(of), wrap_numerical=True)
        case Kind.DECIMAL:
            units = column.cast(pl.Decimal(38, of.scale), strict=False).to_physical()
            limit = pl.lit(10**of.precision, dtype=pl.Int128)
            inside = (units < limit) & (units > pl.lit(0, dtype=pl.Int128) - limit)
            return pl.when(inside).then(units).cast(cell_type(of))
        case Kind.TIMESTAMP:
            return _instant(column, given)
        case _:
            return column.cast(cell_type(of), strict=False)


def _holds(of: Type, given: pl.DataType) -> bool:
    """Whether a DECIMAL column has the type's scale, and no digit too many before the point."""
    return (
        isinstance(given, pl.Decimal)
        and given.scale == of.scale
        and given.precision <= of.precision
    )


def in_nfc(texts: pl.Expr) -> pl.Expr:
    """Texts in Unicode's composed normal form, as the boundary brings them in."""
    return texts.map_batches(_composed, return_dtype=pl.String(), is_elementwise=True)


def _composed(texts: pl.Series) -> pl.Series:
    """The texts in NFC; those of ASCII are, and most columns hold nothing else."""
    if texts.str.len_bytes().sum() == texts.str.len_chars().sum():
        return texts
    return texts.str.normalize("NFC")


def _instant(column: pl.Expr, given: pl.DataType) -> pl.Expr:
    """A column of instants in UTC; one without a zone is in UTC already."""
    if isinstance(given, pl.Datetime) and given.time_zone is not None:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return column.cast(pl.Datetime("us"))


def _bounded(cells: pl.Expr, item: InputDeclaration) -> pl.Expr:
    """Cells inside of the declared bounds; others are invalid, so NULL."""
    read = cell_reader(item.type)
    kept = cells
    if item.low is not None:
        kept = pl.when(cells >= _bound(read(item.low), item.type)).then(kept)
    if item.high is not None:
        kept = pl.when(cells <= _bound(read(item.high), item.type)).then(kept)
    if item.values:
        kept = pl.when(cells.is_in(list(item.values))).then(kept)
    if item.max_length:
        kept = pl.when(cells.str.len_chars() <= item.max_length).then(kept)
    return kept


def _bound(cell: object, of: Type) -> pl.Expr:
    if of == DATE:
        return pl.lit(int(str(cell)) - 719_163, dtype=pl.Int32).cast(pl.Date)
    if of == TIMESTAMP:
        return pl.lit(int(str(cell)), dtype=pl.Int64).cast(pl.Datetime("us"))
    return pl.lit(cell, dtype=cell_type(of))
