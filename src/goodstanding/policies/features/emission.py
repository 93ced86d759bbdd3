"""A feature as SQL: what is read of a fact, what is aggregated, and how that becomes the value.

The same three steps in every engine, so that the engines can differ only in spelling:

    seen     of each fact: whether the filter holds (`ok`), what is measured in units (`x`)
    stat     of each decision: counts, sums, sorted arrays over the facts seen
    answer   of each decision: the value in its type, and the kind of missing value where there is
             none
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from goodstanding.language.expression import Expression
from goodstanding.language.types import INTEGER, TEXT, decimal
from goodstanding.policies.features.attributes import attribute_of
from goodstanding.policies.features.definition import (
    AMOUNT,
    AMOUNT_DIGITS,
    EFFECTIVE_ON,
    ESTIMATE_SCALE,
    OF_THE_FACT,
    QUANTILE_PARTS,
    Conversion,
    EntityKey,
    FeatureDefinition,
    Measure,
    OtherCurrencies,
)
from goodstanding.policies.features.dialects import Dialect, collated

MOST_FACTS = 10**6  # of one decision, for a deviation to be exact
LARGEST_SQUARED = 10**12
LARGEST_DEVIATION = 10**15  # in units of the value: where a DOUBLE still points at the right one
_WIDE_DIGITS = 36


@dataclass(frozen=True, slots=True)
class Group:
    """Features that look at the same facts: one entity key, the same kinds; read together."""

    entity: EntityKey
    kinds: tuple[str, ...]
    features: tuple[FeatureDefinition, ...]

    @property
    def longest(self) -> FeatureDefinition:
        """The feature with the longest window."""
        return max(self.features, key=lambda item: item.window)


def grouped(definitions: Iterable[FeatureDefinition]) -> tuple[Group, ...]:
    """The definitions in groups, both in the order of first mention."""
    found: dict[tuple[EntityKey, tuple[str, ...]], list[FeatureDefinition]] = {}
    for item in definitions:
        found.setdefault((item.entity, item.kinds), []).append(item)
    return tuple(Group(entity, kinds, tuple(items)) for (entity, kinds), items in found.items())


@dataclass(slots=True)
class Columns:
    """Columns that several features may share, each under one name."""

    prefix: str
    texts: dict[str, str] = field(default_factory=dict[str, str])

    def name(self, text: str) -> str:
        """The name of a column with this text."""
        return self.texts.setdefault(text, f"{self.prefix}{len(self.texts)}")

    def items(self) -> list[str]:
        """The columns as a select list has them."""
        return [f"{text} as {name}" for text, name in self.texts.items()]


class GroupSql:
    """The SQL of one group of features in one dialect.

    `seen` are columns over `fact`, `stats` aggregates over `seen` and `asked`; `value` and
    `missing` are texts over the aggregates, whose relation is called `stat`. `moneys` are the
    amounts in other currencies that the texts over `fact` read converted, each under its name.
    """

    def __init__(self, group: Group, dialect: Dialect, *, number: int) -> None:
        """Emit the group; `number` tells it from its neighbours."""
        self.group = group
        self._dialect, self._place = dialect, number
        self.stat = f"stat_{number}"
        self.seen = Columns("seen_")
        self.stats = Columns("s_")
        self.moneys: dict[Conversion, str] = {}
        self._answers = {item.reference: self._emit(item) for item in group.features}

    def value(self, definition: FeatureDefinition, *, usable: str) -> str:
        """The value, typed; NULL unless `usable`, or where there is none."""
        found = self._answers[definition.reference]
        conditions = " AND ".join(filter(None, [usable, *found.exists]))
        return f"CASE WHEN {conditions} THEN {found.value} END"

    def missing(self, definition: FeatureDefinition, *, before: Sequence[tuple[str, str]]) -> str:
        """The kind of missing value, NULL where there is one.

        `before` are conditions with the kind that each means, tried first.
        """
        found = self._answers[definition.reference]
        cases = [*before, *found.kinds]
        lines = " ".join(f"WHEN {condition} THEN '{kind}'" for condition, kind in cases)
        return f"CASE {lines} END"

    def spoils(self, definition: FeatureDefinition) -> str:
        """Over `fact`: whether it leaves the value unknown, by its currency; empty if none can."""
        return self._filters(definition)[1]

    def _emit(self, item: FeatureDefinition) -> "_Answer":
        ok, foreign = self._filters(item)
        start = self._dialect.earlier("asked.instant", item.window)
        within = f"seen.instant >= {start}"
        counted = f"seen.{self.seen.name(ok)} AND {within}"
        answer = self._measured(item, counted)
        if foreign:
            seen = self.seen.name(foreign)
            newest = self._stat(f"max(seen.instant) filter (where seen.{seen})")
            condition = f"coalesce({newest} >= {start}, FALSE)"
            answer = _Answer(
                answer.value,
                (f"NOT ({condition})", *answer.exists),
                ((condition, "invalid"), *answer.kinds),
            )
        return answer

    def _stat(self, text: str) -> str:
        return f"{self.stat}.{self.stats.name(text)}"

    def _filters(self, item: FeatureDefinition) -> tuple[str, str]:
        """Whether a fact counts; and whether it spoils the value by its currency."""
        condition = "TRUE" if item.filter is None else f"({self._text(item, item.filter)})"
        ok = "TRUE" if item.filter is None else f"{condition} IS TRUE"
        if not item.currency:
            return ok, ""
        currency = self._dialect.quote(item.currency)
        if item.other_currencies is OtherCurrencies.LEFT_OUT:
            return f"{ok} AND (fact.currency IS NULL OR fact.currency = {currency})", ""
        strange = f"fact.currency IS NOT NULL AND fact.currency <> {currency}"
        if item.conversion is not None:
            strange += f" AND {self._money(item.conversion)} IS NULL"
        return ok, f"{condition} IS NOT FALSE AND {strange}"

    def _money(self, conversion: Conversion) -> str:
        """The fact's amount as it was converted, whichever engine does that where."""
        name = f"money_{self._place}_{len(self.moneys)}"
        return self._dialect.converted_amount(self.moneys.setdefault(conversion, name))

    def _text(self, item: FeatureDefinition, expression: Expression) -> str:
        emitter = self._dialect.emitter(column=lambda name: self._column(item, name))
        return emitter.emit(expression)

    def _column(self, item: FeatureDefinition, name: str) -> str:
        if name == EFFECTIVE_ON:
            return self._dialect.day("fact.effective_at")
        if name in OF_THE_FACT:
            return f"fact.{name}"
        if name == AMOUNT:
            return self._amount(item, in_units=False)
        return attribute_of("fact", name, item.attributes[name], dialect=self._dialect)

    def _amount(self, item: FeatureDefinition, *, in_units: bool) -> str:
        """The fact's amount, converted or NULL in another currency; NULL beyond eighteen digits."""
        most = 10**AMOUNT_DIGITS - 1
        currency = self._dialect.quote(item.currency)
        conversion = item.conversion
        other = (
            ""
            if conversion is None
            else f" WHEN fact.currency <> {currency} THEN {self._money(conversion)}"
        )
        units = (
            f"CASE WHEN fact.currency = {currency}"
            f" AND fact.amount_minor BETWEEN -{most} AND {most} THEN fact.amount_minor{other} END"
        )
        if in_units:
            return units
        return f"({self._dialect.exactly(units, item.names[AMOUNT])})"

    def _units(self, item: FeatureDefinition) -> str:
        """What is measured: numbers as whole numbers of their unit, a condition as 1 and 0."""
        value = item.value
        assert value is not None  # noqa: S101 - the measure has one
        if value.names == (AMOUNT,) and value.to_text() == AMOUNT:
            return self._amount(item, in_units=True)
        text = self._text(item, value)
        if item.measure is Measure.RATIO:
            return f"CAST(CASE WHEN {text} THEN 1 WHEN NOT ({text}) THEN 0 END AS BIGINT)"
        if value.type.is_exact_number and value.type != INTEGER:
            power = self._dialect.literal(10**value.type.scale, decimal(19, 0))
            return f"CAST(({text}) * {power} AS BIGINT)"
        return f"({text})"

    def _measured(self, item: FeatureDefinition, counted: str) -> "_Answer":
        if item.value is None:
            number = self._stat(f"count(*) filter (where {counted})")
            return _Answer(f"CAST(coalesce({number}, 0) AS BIGINT)", (), ())
        x = f"seen.{self.seen.name(self._units(item))}"
        condition = f"{counted} AND {x} IS NOT NULL"
        match item.measure:
            case Measure.COUNT | Measure.COUNT_DISTINCT:
                what = (
                    x if item.measure is Measure.COUNT else f"distinct {self._comparable(item, x)}"
                )
                number = self._stat(f"count({what}) filter (where {condition})")
                return _Answer(f"CAST(coalesce({number}, 0) AS BIGINT)", (), ())
            case Measure.MIN | Measure.MAX:
                found = self._stat(f"{item.measure}({x}) filter (where {condition})")
                return self._plain(item, found)
            case Measure.LAST:
                order = ("seen.instant", "seen.recorded", self._by_code("seen.subject"))
                order = (*order, self._by_code("seen.kind"))
                return self._plain(item, self._stat(self._dialect.latest(x, order, condition)))
            case Measure.SUM:
                return self._sum(item, x, condition)
            case Measure.AVG | Measure.RATIO:
                return self._mean(item, x, condition)
            case Measure.STDDEV:
                return self._deviation(item, x, condition)
            case Measure.MEDIAN | Measure.QUANTILE:
                return self._quantile(item, x, condition)

    def _by_code(self, column: str) -> str:
        return collated(self._dialect, column)

    def _comparable(self, item: FeatureDefinition, x: str) -> str:
        assert item.value is not None  # noqa: S101 - the measure has one
        return self._by_code(x) if item.value.type == TEXT else x

    def _plain(self, item: FeatureDefinition, found: str) -> "_Answer":
        """A value that is one of the values measured."""
        exists = f"{found} IS NOT NULL"
        absent = ((f"{found} IS NULL", "not_applicable"),)
        if item.type.is_exact_number and item.type != INTEGER:
            return _Answer(
                self._dialect.typed(self._dialect.as_wide(found), item.type), (exists,), absent
            )
        return _Answer(found, (exists,), absent)

    def _total(self, x: str, condition: str) -> str:
        """The sum of the units as a wide integer, 0 without any."""
        found = self._stat(f"sum({self._dialect.summand(x)}) filter (where {condition})")
        return f"coalesce({self._dialect.as_wide(found)}, 0)"

    def _number(self, x: str, condition: str) -> str:
        """How many values were measured, as a wide integer."""
        found = self._stat(f"count({x}) filter (where {condition})")
        return f"coalesce({self._dialect.as_wide(found)}, 0)"

    def _sum(self, item: FeatureDefinition, x: str, condition: str) -> "_Answer":
        total = self._total(x, condition)
        beyond = f"abs({total}) >= {self._dialect.number(10**18)}"
        return _Answer(
            self._dialect.typed(total, item.type), (f"NOT ({beyond})",), ((beyond, "overflow"),)
        )

    def _mean(self, item: FeatureDefinition, x: str, condition: str) -> "_Answer":
        total, number = self._total(x, condition), self._number(x, condition)
        most = f"{self._dialect.number(10 ** (12 + item.scale))} * {number}"
        beyond = f"abs({total}) >= {most}"
        held = self._dialect.clamped(total, f"({most})")
        power = 10 ** (ESTIMATE_SCALE - item.scale)
        units = self._dialect.half_up(f"({held} * {power})", f"greatest({number}, 1)")
        return self._estimated(item, units, number=number, beyond=beyond)

    def _estimated(
        self, item: FeatureDefinition, units: str, *, number: str, beyond: str
    ) -> "_Answer":
        return _Answer(
            self._dialect.typed(units, item.type),
            (f"{number} > 0", f"NOT ({beyond})"),
            ((f"{number} = 0", "not_applicable"), (beyond, "overflow")),
        )

    def _quantile(self, item: FeatureDefinition, x: str, condition: str) -> "_Answer":
        """Linear between the two values around the place (n - 1) * q, exactly."""
        dialect = self._dialect
        values = self._stat(dialect.in_order(x, condition))
        count = self._stat(f"count({x}) filter (where {condition})")
        place = f"(greatest(coalesce({count}, 0) - 1, 0) * {item.quantile})"
        whole, rest = f"floor({place} / {QUANTILE_PARTS})", f"mod({place}, {QUANTILE_PARTS})"
        low = dialect.as_wide(dialect.item(values, whole))
        above = dialect.as_wide(dialect.item(values, f"{whole} + 1"))
        high = f"coalesce({above}, {low})"
        most = dialect.number(10 ** (12 + item.scale))
        weighted = (
            f"({dialect.clamped(low, most)} * ({QUANTILE_PARTS} - {dialect.as_wide(rest)})"
            f" + {dialect.clamped(high, most)} * {dialect.as_wide(rest)})"
        )
        power = 10 ** (ESTIMATE_SCALE - item.scale)
        units = dialect.bind(
            f"{weighted} * {power}",
            lambda over: dialect.half_up(over, dialect.number(QUANTILE_PARTS)),
        )
        beyond = f"greatest(abs({low}), abs({high})) >= {most}"
        return self._estimated(item, units, number=f"coalesce({count}, 0)", beyond=beyond)

    def _deviation(self, item: FeatureDefinition, x: str, condition: str) -> "_Answer":
        """Of the whole population: a root in DOUBLE, set right in whole numbers."""
        dialect = self._dialect
        held = dialect.clamped(dialect.as_wide(x), dialect.number(LARGEST_SQUARED))
        squares = self._stat(f"sum({held} * {held}) filter (where {condition})")
        total = self._stat(f"sum({held}) filter (where {condition})")
        largest = self._stat(f"max(abs({dialect.as_wide(x)})) filter (where {condition})")
        number = self._number(x, condition)
        count = f"least({number}, {dialect.number(MOST_FACTS)})"
        spread = (
            f"({count} * coalesce({dialect.as_wide(squares)}, 0)"
            f" - coalesce({dialect.as_wide(total)}, 0) * coalesce({dialect.as_wide(total)}, 0))"
        )
        shift = 2 * (ESTIMATE_SCALE - item.scale)
        most = dialect.number(9 * 10 ** (_WIDE_DIGITS - shift))
        scaled = f"greatest(least({spread}, {most}), 0) * {dialect.number(10**shift)}"

        def root(m: str, n: str) -> str:
            near = (
                f"sqrt(CAST({m} AS {dialect.double})) / greatest(CAST({n} AS {dialect.double}), 1)"
            )
            bounded = f"floor(least({near}, CAST('{LARGEST_DEVIATION}' AS {dialect.double})))"
            return dialect.bind(dialect.as_wide(bounded), lambda e: self._settled(e, m, n))

        units = dialect.bind(scaled, lambda m: dialect.bind(count, lambda n: root(m, n)))
        beyond = (
            f"coalesce({dialect.as_wide(largest)}, 0) > {dialect.number(LARGEST_SQUARED)}"
            f" OR {number} > {dialect.number(MOST_FACTS)} OR {spread} > {most}"
            f" OR {units} >= {dialect.number(LARGEST_DEVIATION)}"
        )
        return self._estimated(item, units, number=number, beyond=f"({beyond})")

    def _settled(self, e: str, m: str, n: str) -> str:
        """The whole number nearest to the root of m over n, given one at most 1 beside it."""
        above = f"4 * {m} >= (2 * {e} + 1) * {n} * ((2 * {e} + 1) * {n})"
        below = f"{e} > 0 AND 4 * {m} < (2 * {e} - 1) * {n} * ((2 * {e} - 1) * {n})"
        return f"({e} + CASE WHEN {above} THEN 1 WHEN {below} THEN -1 ELSE 0 END)"


@dataclass(frozen=True, slots=True)
class _Answer:
    """The value, what must hold for it to exist, and the kinds of missing value else."""

    value: str
    exists: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]


__all__ = ["Group", "GroupSql", "grouped"]
