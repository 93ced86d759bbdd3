"""The batch engine in SQL on one machine: the whole policy as one DuckDB query."""

from collections.abc import Mapping

from goodstanding.language.duckdb_engine import DuckdbEmitter, quote_name
from goodstanding.language.types import Kind, Type
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.sql_target import SqlTarget, select_from

OUTCOME = "ENUM('approve', 'refer', 'decline')"


class DuckdbTarget(SqlTarget):
    """Writes the query of one plan over a relation whose columns have these DuckDB types."""

    def __init__(self, plan: Plan, batch: Batch, types: Mapping[str, str]) -> None:
        """Bind a plan to the columns of a relation."""
        super().__init__(plan, batch, types, emitter=DuckdbEmitter)

    def _quote(self, name: str) -> str:
        return quote_name(name)

    def _entering(self, column: str, of: Type, given: str) -> str:
        """A column of the source normalised like a record's value at the boundary."""
        wanted = self._type(of)
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

    def _local_day(self, instant: str, zone: str) -> str:
        return f"timezone({zone}, timezone('UTC', {instant}))"

    def _scored(self, steps: list[str], scores: str | None) -> None:
        if scores is None:
            return
        columns = ", ".join(
            f"CAST(s.{quote_name(model.name)} AS DECIMAL(9,6)) AS {self._column(model.name)}"
            for model in self._plan.models
        )
        last = f"gs_{len(steps) - 1}"
        joined = f"{last} POSITIONAL JOIN {scores} AS s"
        steps.append(f"gs_{len(steps)} AS ({select_from(f'{last}.*, {columns}', joined)})")

    def _outcome(self, words: str) -> str:
        return f"CAST({words} AS {OUTCOME})"
