"""The batch engine beyond one machine: the whole policy as one query of Spark SQL, ANSI mode on.

The relation holds the models' scores as columns of their names in millionths, since Spark joins
no rows by place, and its texts are in NFC, since Spark has no function for it.
"""

from collections.abc import Mapping

from goodstanding.language.spark_engine import SparkEmitter, quote_spark_name
from goodstanding.language.types import DOUBLE, DOUBLE_MAX, Kind, Type
from goodstanding.policies.engine.batch import Batch
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.sql_target import SqlTarget

PLACE = ("gs_file", "gs_index")  # where a row stood in the source: its file, its row in there


class SparkTarget(SqlTarget):
    """Writes the query of one plan over a relation; `types` says DATE of a column of days."""

    def __init__(self, plan: Plan, batch: Batch, types: Mapping[str, str]) -> None:
        """Bind a plan to the columns of a relation, which has those of PLACE too."""
        super().__init__(plan, batch, types, emitter=SparkEmitter)

    def _quote(self, name: str) -> str:
        return quote_spark_name(name)

    def _inputs(self) -> str:
        scores = [
            f"CAST({quote_spark_name(model.name)} * CAST('0.000001' AS DECIMAL(7,6))"
            f" AS DECIMAL(9,6)) AS {self._column(model.name)}"
            for model in self._plan.models
        ]
        return ", ".join((super()._inputs(), *PLACE, *scores))

    def _entering(self, column: str, of: Type, given: str) -> str:  # noqa: ARG002 - all alike
        wanted = self._type(of)
        match of.kind:
            case Kind.DOUBLE:
                value = f"CAST({column} AS DOUBLE)"
                low, high = (self._literal(end, DOUBLE) for end in (-DOUBLE_MAX, DOUBLE_MAX))
                return f"CASE WHEN {value} BETWEEN {low} AND {high} THEN {value} + 0.0D END"
            case Kind.DECIMAL | Kind.INTEGER:
                return f"try_cast({column} AS {wanted})"
            case _:
                return f"CAST({column} AS {wanted})"

    def _local_day(self, instant: str, zone: str) -> str:
        return f"from_utc_timestamp({instant}, {zone})"

    def _scored(self, steps: list[str], scores: str | None) -> None:
        """The scores came in with the inputs."""

    def _outcome(self, words: str) -> str:
        return words

    def _answer(self) -> list[str]:
        return [*PLACE, *super()._answer()]
