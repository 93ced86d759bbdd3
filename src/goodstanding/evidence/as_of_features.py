"""Features joined onto a history, as of each of its rows, by the set-wise join in DuckDB."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from goodstanding.policies.features import FeatureDefinition, as_of_join

LEGAL_ENTITY = "history"
FACT_COLUMNS = (
    "kind", "party_id", "subject", "version_no", "retracted", "effective_at", "recorded_at",
    "amount_minor", "currency", "attributes",
)  # fmt: skip


def with_features(
    rows: pl.DataFrame,
    *,
    facts: pl.DataFrame,
    definitions: Sequence[FeatureDefinition],
    entity: str,
    event: str,
    as_of: str,
) -> pl.DataFrame:
    """The rows with a column for each feature, named as the feature is.

    `facts` have the columns of `FACT_COLUMNS`, their `party_id` holding what the column `entity`
    of the rows holds; `event` is the column with the subject of what is decided, whose own facts
    stay out. Where a feature converts, the rates stand among the facts. A day of `as_of` counts
    from its beginning, UTC. A value that is missing is NULL.
    """
    asked: Any = rows.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("place"),
        pl.col(entity).cast(pl.String).alias("party_id"),
        pl.col(event).cast(pl.String).alias("event"),
        pl.lit(LEGAL_ENTITY).alias("legal_entity"),
        pl.col(as_of).cast(pl.Datetime("us")).alias("as_of"),
    )
    known: Any = facts.select(*FACT_COLUMNS, pl.lit(LEGAL_ENTITY).alias("legal_entity"))
    query = as_of_join(definitions, engine="duckdb", facts="known", asked="asked", events=True)
    values = ", ".join(f"f{at} as {item.name}" for at, item in enumerate(definitions))
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("asked", asked.to_arrow())
        connection.register("known", known.to_arrow())
        answer = connection.sql(f"select place, {values} from ({query}) order by place")  # noqa: S608 - from typed trees
        found = pl.DataFrame(answer.to_arrow_table())
    return pl.concat([rows, found.drop("place")], how="horizontal")
