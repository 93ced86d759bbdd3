"""The set-wise lookup: features of many decisions at once, over a table of facts.

For DuckDB over Parquet, or Spark SQL over the same files. The facts are those of the lake (kind,
party_id, subject, version_no, retracted, effective_at, recorded_at, amount_minor, currency,
attributes as JSON text, legal_entity); the decisions a relation with

    place bigint, legal_entity text, as_of timestamp (UTC)

and, as the features need them, `party_id` (of the type that the facts have), `entity` and `event`.
"""

from collections.abc import Sequence
from typing import Literal

from goodstanding.policies.features.definition import EntityKey, FeatureDefinition
from goodstanding.policies.features.dialects import Dialect, DuckDB, Spark
from goodstanding.policies.features.emission import Group, GroupSql, grouped
from goodstanding.policies.features.rates_as_of import OF_A_FACT, amounts_of, quotes, rates

SetEngine = Literal["duckdb", "spark"]
_DIALECTS: dict[SetEngine, type[Dialect]] = {"duckdb": DuckDB, "spark": Spark}
_KEYS = {EntityKey.PARTY: "party_id", EntityKey.SUBJECT: "subject"}
_ASKED = {EntityKey.PARTY: "party_id", EntityKey.SUBJECT: "entity"}
_MICROSECONDS_A_DAY = 86_400_000_000


def as_of_join(
    definitions: Sequence[FeatureDefinition],
    *,
    engine: SetEngine,
    facts: str,
    asked: str,
    events: bool = False,
) -> str:
    """The query: `place`, then two columns a feature, `f0` and `f0_missing`, in their order.

    `facts` and `asked` are relations of the engine, `events` whether `asked` has the column
    `event`: the subject of the event being decided.
    """
    emission = _Emission(_DIALECTS[engine](), facts, events=events)
    for number, group in enumerate(grouped(definitions)):
        emission.group(group, number)
    return emission.query(definitions, asked)


class _Emission:
    def __init__(self, dialect: Dialect, facts: str, *, events: bool) -> None:
        self._dialect, self._facts, self._events = dialect, facts, events
        self._steps: list[str] = []
        self._joins: list[str] = []
        self._columns: dict[str, tuple[str, str]] = {}
        self._keys: set[EntityKey] = set()
        self._has_rates = False

    def query(self, definitions: Sequence[FeatureDefinition], asked: str) -> str:
        """The whole query."""
        names = ["place", "legal_entity", *(["event"] if self._events else [])]
        names += [_ASKED[key] for key in EntityKey if key in self._keys]
        given = ", ".join(f"given.{name}" for name in names)
        at = self._dialect.moment("given.as_of")
        steps = [f"asked as (select {given}, {at} as instant from {asked} as given)", *self._steps]
        columns = ["asked.place"]
        for number, item in enumerate(definitions):
            value, missing = self._columns[item.reference]
            columns += [f"{value} as f{number}", f"{missing} as f{number}_missing"]
        body = ",\n    ".join(columns)
        joins = "\n".join(self._joins)
        return f"with {', '.join(steps)}\nselect\n    {body}\nfrom asked\n{joins}"

    def group(self, group: Group, number: int) -> None:
        """Add the steps, joins and columns of a group."""
        emitted = GroupSql(group, self._dialect, number=number)
        self._keys.add(group.entity)
        reach = f"reach_{number}"
        self._steps += self._reaches(group, number)
        self._steps.append(self._stats(group, emitted, number))
        self._joins.append(f"left join {reach} on asked.place = {reach}.place")
        self._joins.append(f"left join {emitted.stat} on asked.place = {emitted.stat}.place")
        for item in group.features:
            self._column(item, emitted, reach)

    def _column(self, item: FeatureDefinition, emitted: GroupSql, reach: str) -> None:
        start = self._dialect.earlier("asked.instant", item.window)
        before = [(f"asked.{_ASKED[item.entity]} IS NULL", "not_applicable")]
        before.append((f"NOT coalesce({reach}.begins <= {start}, FALSE)", "no_history"))
        if item.max_age is not None:
            oldest = self._dialect.earlier("asked.instant", item.max_age)
            before.append((f"NOT coalesce({reach}.newest >= {oldest}, FALSE)", "stale"))
        usable = " AND ".join(f"NOT ({condition})" for condition, _ in before)
        self._columns[item.reference] = (
            emitted.value(item, usable=usable),
            emitted.missing(item, before=before),
        )

    def _stats(self, group: Group, emitted: GroupSql, number: int) -> str:
        """What is aggregated over the facts of each decision, in their versions then known."""
        stats = ", ".join(emitted.stats.items())
        self._steps.append(self._versions(group, emitted, number))
        if emitted.moneys:
            self._steps += self._converted(group, emitted, number)
            return (
                f"{emitted.stat} as (select asked.place, {stats} from asked"
                f" inner join converted_{number} as seen on seen.place = asked.place"
                " group by asked.place)"
            )
        return (
            f"{emitted.stat} as (select asked.place, {stats} from asked"
            f" inner join version_{number} as seen on {self._belongs(group, 'seen')}"
            f" where {self._counted(group, 'seen')} group by asked.place)"
        )

    def _belongs(self, group: Group, fact: str) -> str:
        return (
            f"{fact}.entity_key = asked.{_ASKED[group.entity]}"
            f" and {fact}.legal_entity = asked.legal_entity"
        )

    def _counted(self, group: Group, fact: str) -> str:
        """Which versions of facts are looked at for a decision."""
        start = self._dialect.earlier("asked.instant", group.longest.window)
        conditions = [
            f"{fact}.instant >= {start}",
            f"{fact}.instant < asked.instant",
            f"{fact}.recorded <= asked.instant",
            f"({fact}.corrected IS NULL OR {fact}.corrected > asked.instant)",
        ]
        if self._events and group.entity is EntityKey.PARTY:
            conditions.append(f"{fact}.subject IS DISTINCT FROM asked.event")
        return " and ".join(conditions)

    def _converted(self, group: Group, emitted: GroupSql, number: int) -> list[str]:
        """What is read of each fact for each decision, where rates as of the decision are read."""
        version, dialect = f"version_{number}", self._dialect
        steps = [] if self._has_rates else [rates(self._facts, dialect=dialect)]
        self._has_rates = True
        for conversion, name in emitted.moneys.items():
            steps.append(quotes(conversion, name, dialect=dialect))
        seen = ", ".join(emitted.seen.items())
        looked_at = amounts_of(
            emitted.moneys,
            pairs=f"asked inner join {version} as fact on {self._belongs(group, 'fact')}",
            condition=self._counted(group, "fact"),
            dialect=dialect,
        )
        columns = "fact.place, fact.instant, fact.recorded, fact.subject, fact.kind"
        step = f"converted_{number} as (select {columns}, {seen} from ({looked_at}) as fact)"
        return [*steps, step]

    def _versions(self, group: Group, emitted: GroupSql, number: int) -> str:
        """Versions of facts, each with the moment from which its correction was known.

        Versions count without a gap and are recorded in order, so the next one is that. Where
        amounts are converted, what is read of a fact waits for the rate.
        """
        read = [f"fact.{name}" for name in OF_A_FACT] if emitted.moneys else emitted.seen.items()
        moment = self._dialect.moment
        columns = [
            f"fact.{_KEYS[group.entity]} as entity_key",
            "fact.legal_entity",
            "fact.subject",
            "fact.kind",
            f"{moment('fact.effective_at')} as instant",
            f"{moment('fact.recorded_at')} as recorded",
            f"{moment('later.recorded_at')} as corrected",
            *read,
        ]
        kinds = self._kinds(group)
        later = (
            "select later.subject, later.kind, later.legal_entity,"
            f" later.version_no - 1 as corrects, later.recorded_at from {self._facts} as later"
            f" where later.version_no > 1 and later.kind in ({kinds})"
        )
        same_kind = "" if len(group.kinds) == 1 else " and later.kind = fact.kind"
        return (
            f"version_{number} as (select {', '.join(columns)} from {self._facts} as fact"
            f" left join ({later}) as later on later.subject = fact.subject"
            f"{same_kind} and later.legal_entity = fact.legal_entity"
            " and later.corrects = fact.version_no"
            f" where fact.kind in ({kinds}) and not fact.retracted)"
        )

    def _kinds(self, group: Group) -> str:
        return ", ".join(f"'{kind}'" for kind in group.kinds)

    def _known(self, group: Group) -> str:
        """Every version of the group's facts: when it took effect, when it was recorded."""
        moment = self._dialect.moment
        return (
            f"select fact.legal_entity, fact.kind, {moment('fact.effective_at')} as instant,"
            f" {moment('fact.recorded_at')} as recorded from {self._facts} as fact"
            f" where fact.kind in ({self._kinds(group)})"
        )

    def _lows(self, group: Group, number: int) -> list[str]:
        """From when on it was known that the facts of a kind reach back so far.

        Only facts that reach further back than all days before them can say more than those, so
        the rest is left out before anything is sorted.
        """
        known, day = self._known(group), f"day_{number}"
        on = "fact.legal_entity = day.legal_entity and fact.kind = day.kind"
        in_day = f"CAST(floor(fact.recorded / {_MICROSECONDS_A_DAY}) AS BIGINT)"
        deeper = "(day.before is null or day.lowest < day.before)"
        last = f"(select max(day_number) + 1 from {day} as day where {deeper})"
        by_day = (
            f"select fact.legal_entity, fact.kind, {in_day} as day_number,"
            f" min(fact.instant) as lowest from ({known}) as fact group by 1, 2, 3"
        )
        candidates = (
            "select fact.legal_entity, fact.kind, fact.recorded, min(fact.instant) over"
            " (partition by fact.legal_entity, fact.kind order by fact.recorded) as begins"
            f" from (select * from ({known}) as every"
            f" where every.recorded < {last} * {_MICROSECONDS_A_DAY}) as fact"
            f" inner join {day} as day on {on} and day.day_number = {in_day}"
            " where day.before is null or fact.instant < day.before"
        )
        return [
            (
                f"{day} as (select legal_entity, kind, day_number, lowest, min(lowest) over"
                " (partition by legal_entity, kind order by day_number"
                f" rows between unbounded preceding and 1 preceding) as before"
                f" from ({by_day}) as lows)"
            ),
            (
                f"low_{number} as (select legal_entity, kind, begins, min(recorded) as known_from"
                f" from ({candidates}) as steps group by 1, 2, 3)"
            ),
        ]

    def _reaches(self, group: Group, number: int) -> list[str]:
        """Of each decision: how far back the facts of every kind of the group reach, as known."""
        ages = any(item.max_age is not None for item in group.features)
        steps = self._lows(group, number)
        if not ages and len(group.kinds) == 1:
            begins = (
                f"select asked.place, min(low.begins) as begins from asked inner join low_{number}"
                " as low on low.legal_entity = asked.legal_entity"
                " and low.known_from <= asked.instant group by asked.place"
            )
            return [*steps, f"reach_{number} as ({begins})"]
        none = "CAST(NULL AS BIGINT)"
        parts = (
            f"select asked.place, low.kind, min(low.begins) as begins, {none} as newest"
            f" from asked inner join low_{number} as low on low.legal_entity = asked.legal_entity"
            " and low.known_from <= asked.instant group by asked.place, low.kind"
        )
        if ages:
            steps.append(self._newest(group, number))
            parts += (
                f" union all select place, kind, {none} as begins, newest"
                f" from newest_{number} where place is not null"
            )
        by_kind = (
            "select place, kind, min(begins) as begins, max(newest) as newest"
            f" from ({parts}) as parts group by place, kind"
        )
        count = len(group.kinds)
        steps.append(
            f"reach_{number} as (select place,"
            f" CASE WHEN count(begins) = {count} THEN max(begins) END as begins,"
            f" CASE WHEN count(newest) = {count} THEN min(newest) END as newest"
            f" from ({by_kind}) as kinds group by place)"
        )
        return steps

    def _newest(self, group: Group, number: int) -> str:
        """The newest fact of each kind before each decision, among those known then."""
        kinds = " union all ".join(f"select '{kind}' as kind" for kind in group.kinds)
        events = (
            "select CAST(NULL AS BIGINT) as place, fact.legal_entity, fact.kind,"
            " greatest(fact.recorded, fact.instant + 1) as moment, fact.instant, 0 as turn"
            f" from ({self._known(group)}) as fact union all"
            " select asked.place, asked.legal_entity, kinds.kind, asked.instant as moment,"
            f" CAST(NULL AS BIGINT) as instant, 1 as turn from asked cross join ({kinds}) as kinds"
        )
        newest = (
            "max(instant) over (partition by legal_entity, kind order by moment, turn"
            " rows between unbounded preceding and current row)"
        )
        return f"newest_{number} as (select place, kind, {newest} as newest from ({events}) as e)"
