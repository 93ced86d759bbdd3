"""The live lookup: all features of a batch of decisions in one statement of PostgreSQL.

What is emitted joins onto a relation `asked` of the caller's statement, a row a decision:

    party_id uuid, entity text, event text, legal_entity text, instant timestamptz

`entity` is the key of features of a subject, `event` the subject of the event being decided,
whose own facts stay out of features of a party. Each group of features that look at the same facts
is one lateral sub-query, read by an index; scalar sub-queries with a limit keep it so whatever the
planner thinks of the tables. A group that converts amounts looks for the rate of each fact in
another currency in the same way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from goodstanding.ledger.types import EXCHANGE_RATE
from goodstanding.policies.features.definition import Conversion, EntityKey, FeatureDefinition
from goodstanding.policies.features.dialects import Postgres
from goodstanding.policies.features.emission import Group, GroupSql, grouped
from goodstanding.policies.features.rates import pair_of, quotient, rate_units, rounded

LEDGER = "ledger_fact"
_KEYS = {EntityKey.PARTY: "party_id", EntityKey.SUBJECT: "subject"}
_ASKED = {EntityKey.PARTY: "asked.party_id", EntityKey.SUBJECT: "asked.entity"}


@dataclass(frozen=True, slots=True)
class PointLookup:
    """Parts of a statement. `columns` are two a feature: `f0`, its value, and `f0_missing`."""

    definitions: tuple[FeatureDefinition, ...]
    columns: tuple[str, ...]
    joins: str

    def names(self, at: int) -> tuple[str, str]:
        """The columns of the value and of the kind of missing value of a definition."""
        return f"f{at}", f"f{at}_missing"


def point_lookup(
    definitions: Sequence[FeatureDefinition],
    *,
    wanted: Callable[[FeatureDefinition], str] | None = None,
    ledger: str = LEDGER,
) -> PointLookup:
    """The lookup of these features. `wanted` says, as a condition over `asked`, for which rows.

    A row for which a feature is not wanted has NULL in both of its columns.
    """
    emitted = _Emission(wanted or (lambda _: "TRUE"), ledger)
    groups = grouped(definitions)
    joins = [emitted.group(group, number) for number, group in enumerate(groups)]
    places = {item.reference: at for at, item in enumerate(definitions)}
    columns = sorted(emitted.columns, key=lambda found: places[found[0].reference])
    texts = [
        text
        for at, (_, value, missing) in enumerate(columns)
        for text in (f"{value} as f{at}", f"{missing} as f{at}_missing")
    ]
    return PointLookup(tuple(definitions), tuple(texts), "\n".join(joins))


def facts_without_rate(definition: FeatureDefinition, *, ledger: str = LEDGER) -> str:
    """A query over `asked`: currency and day of each fact that spoils the value for want of a rate.

    Only for a definition that converts.
    """
    emission = _Emission(lambda _: "TRUE", ledger)
    [group] = grouped([definition])
    emitted = GroupSql(group, Postgres(), number=0)
    spoils = emitted.spoils(definition)
    [money] = emitted.moneys.values()
    day = Postgres().day("fact.effective_at")
    return (
        f"select distinct fact.currency, {day} as effective_on from asked"
        f" cross join lateral (select * from {ledger} as fact where {emission.counted(group)})"
        f" as fact {emission.moneys(emitted)}"
        f" where {spoils} and {money}.rate is null order by effective_on, fact.currency"
    )


class _Emission:
    def __init__(self, wanted: Callable[[FeatureDefinition], str], ledger: str) -> None:
        self._wanted, self._ledger = wanted, ledger
        self._dialect = Postgres()
        self.columns: list[tuple[FeatureDefinition, str, str]] = []

    def group(self, group: Group, number: int) -> str:
        """The lateral sub-queries of a group; its columns are kept."""
        emitted = GroupSql(group, self._dialect, number=number)
        wanted = " OR ".join(dict.fromkeys(self._wanted(item) for item in group.features))
        begins = [f"source_{number}_{at}" for at in range(len(group.kinds))]
        for item in group.features:
            self._column(item, emitted, begins)
        sources = [
            self._source(kind, name, wanted, silent=self._ages(group))
            for kind, name in zip(group.kinds, begins, strict=True)
        ]
        return "\n".join([*sources, self._stats(group, emitted, wanted)])

    def _ages(self, group: Group) -> bool:
        return any(item.max_age is not None for item in group.features)

    def _column(self, item: FeatureDefinition, emitted: GroupSql, sources: list[str]) -> None:
        start = self._dialect.earlier("asked.instant", item.window)
        covered = " AND ".join(f"coalesce({name}.begins <= {start}, FALSE)" for name in sources)
        before = [(f"{_ASKED[item.entity]} IS NULL", "not_applicable")]
        before.append((f"NOT ({covered})", "no_history"))
        if item.max_age is not None:
            oldest = self._dialect.earlier("asked.instant", item.max_age)
            fresh = " AND ".join(f"coalesce({name}.newest >= {oldest}, FALSE)" for name in sources)
            before.append((f"NOT ({fresh})", "stale"))
        usable = " AND ".join(f"NOT ({condition})" for condition, _ in before)
        value = emitted.value(item, usable=usable)
        missing = emitted.missing(item, before=before)
        condition = self._wanted(item)
        if condition != "TRUE":
            value = f"CASE WHEN {condition} THEN {value} END"
            missing = f"CASE WHEN {condition} THEN {missing} END"
        self.columns.append((item, value, missing))

    def _source(self, kind: str, name: str, wanted: str, *, silent: bool) -> str:
        """How far back the facts of a kind reach, by what was known; and the newest of them."""
        known = (
            f"from {self._ledger} as fact where fact.legal_entity_id = asked.legal_entity"
            f" and fact.kind = '{kind}' and fact.recorded_at <= asked.instant"
        )
        first = f"select fact.effective_at {known} order by fact.effective_at asc limit 1"
        columns = f"({first}) as begins"
        if silent:
            columns += (
                f", (select fact.effective_at {known} and fact.effective_at < asked.instant"
                " order by fact.effective_at desc limit 1) as newest"
            )
        return f"left join lateral (select {columns}) as {name} on {wanted}"

    def _stats(self, group: Group, emitted: GroupSql, wanted: str) -> str:
        """What is aggregated over the facts of one decision, in their versions then known."""
        seen = ["fact.effective_at as instant", "fact.recorded_at as recorded", "fact.subject"]
        seen += ["fact.kind", *emitted.seen.items()]
        moneys = self.moneys(emitted)
        inner = (
            f"select {', '.join(seen)} from {self._ledger} as fact{moneys}"
            f" where {self.counted(group)}"
        )
        stats = ", ".join(emitted.stats.items())
        aggregated = f"select {stats} from ({inner}) as seen"
        return f"left join lateral ({aggregated}) as {emitted.stat} on {wanted}"

    def counted(self, group: Group) -> str:
        """Which facts are looked at for one decision."""
        kinds = ", ".join(f"'{kind}'" for kind in group.kinds)
        kind = f"fact.kind = {kinds}" if len(group.kinds) == 1 else f"fact.kind in ({kinds})"
        start = self._dialect.earlier("asked.instant", group.longest.window)
        conditions = [
            f"fact.{_KEYS[group.entity]} = {_ASKED[group.entity]}",
            "fact.legal_entity_id = asked.legal_entity",
            kind,
            f"fact.effective_at >= {start}",
            "fact.effective_at < asked.instant",
            "fact.recorded_at <= asked.instant",
            "not fact.retracted",
            self._is_latest("fact"),
        ]
        if group.entity is EntityKey.PARTY:
            conditions.append("fact.subject is distinct from asked.event")
        return " and ".join(conditions)

    def moneys(self, emitted: GroupSql) -> str:
        """The joins by which each fact in another currency gets its rate and converted amount."""
        return "".join(
            f" cross join lateral ({self._money(conversion)}) as {name}"
            for conversion, name in emitted.moneys.items()
        )

    def _money(self, conversion: Conversion) -> str:
        """OFFSET 0 keeps the planner from looking for the rate at each place that reads it."""
        own = self._dialect.quote(conversion.currency)
        direct = self._rate(f"fact.currency || '/' || {own}", conversion)
        inverse = self._rate(f"{own} || '/' || fact.currency", conversion)
        rate = f"case when fact.currency <> {own} then coalesce({direct}, -{inverse}) end"
        above, below = quotient(
            conversion, amount="fact.amount_minor", currency="fact.currency", rate="quoted.rate",
            dialect=self._dialect,
        )  # fmt: skip
        quoted = f"(select {rate} as rate offset 0) as quoted"
        divided = f"(select quoted.rate, {above} as above, {below} as below from {quoted} offset 0)"
        amount = rounded("divided.above", "divided.below", dialect=self._dialect)
        return f"select divided.rate, {amount} as amount from {divided} as divided offset 0"

    def _rate(self, pair: str, conversion: Conversion) -> str:
        """The latest rate of a pair when the fact took effect, as known then; read by its index."""
        units = rate_units("quote", dialect=self._dialect)
        oldest = self._dialect.earlier("fact.effective_at", conversion.rate_max_age)
        return (
            f"(select {units} from {self._ledger} as quote"
            f" where quote.legal_entity_id = asked.legal_entity and quote.kind = '{EXCHANGE_RATE}'"
            f" and {pair_of('quote')} = {pair} and quote.effective_at <= fact.effective_at"
            f" and quote.effective_at >= {oldest} and quote.recorded_at <= asked.instant"
            f" and not quote.retracted and {self._is_latest('quote')} and {units} > 0"
            " order by quote.effective_at desc, quote.recorded_at desc,"
            ' quote.subject collate "C" asc limit 1)'
        )

    def _is_latest(self, fact: str) -> str:
        """No correction was known: versions count without a gap, and are recorded in order."""
        return (
            f"(select later.version_no from {self._ledger} as later"
            f" where later.subject = {fact}.subject and later.kind = {fact}.kind"
            f" and later.legal_entity_id = {fact}.legal_entity_id"
            f" and later.version_no = {fact}.version_no + 1 and later.version_no > 1"
            " and later.recorded_at <= asked.instant limit 1) is null"
        )
