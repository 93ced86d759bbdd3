"""A record as it comes, read against the declared inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from goodstanding.core.errors import Refusal
from goodstanding.language.types import Cell, Kind
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.evaluation import MissingKind
from goodstanding.policies.engine.mistakes import nearest
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.values import NotOfType, cell_reader, microseconds, value_of


class InputUnknown(Refusal):
    """The policy has no input {name}."""

    code = "input_unknown"


class InputRequired(Refusal):
    """The policy needs the input {name} ({wanted}), and {problem}."""

    code = "input_required"
    mend = "Send {name} with every record of this policy."


class AsOfRequired(Refusal):
    """The policy reads the moment of the decision, and none was given."""

    code = "as_of_required"
    mend = "Give as_of: an instant with its zone, such as 2026-11-22T14:05:00Z."


@dataclass(frozen=True, slots=True)
class Given:
    """A value with where it came from; or the kind of missing value, if it did not come.

    `observed_at` is when we knew it, for the input's max_age; `source` says who told us.
    """

    value: object = None
    missing: MissingKind | None = None
    observed_at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class RecordReading:
    """A record as cells, in the order of the policy's inputs, then as_of and as_of_date.

    `missing` has the kind of each input that is not there, `problems` why a value was invalid,
    `given` what came with its source.
    """

    cells: tuple[Cell | None, ...]
    as_of: datetime | None
    missing: Mapping[str, MissingKind] = field(default_factory=dict[str, MissingKind])
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    given: Mapping[str, Given] = field(default_factory=dict[str, Given])


class RecordReader:
    """Reads records for one policy. A bad optional value becomes a missing one of its kind."""

    def __init__(self, plan: Plan) -> None:
        """Make a reader for each input."""
        self._inputs = tuple((item.name, cell_reader(item.type), item) for item in plan.inputs)
        self._names = frozenset(item.name for item in plan.inputs)
        self._zone = ZoneInfo(plan.definition.time_zone)
        self._needs_as_of = bool(plan.parameters)
        self._checks = {item.name: item for item in plan.inputs if _is_checked(item)}

    def read(self, record: Mapping[str, object], *, as_of: datetime | None = None) -> RecordReading:
        """The record's cells.

        Raises InputUnknown for a name that the policy does not declare, InputRequired where a
        required value is missing or not of its type, AsOfRequired where the policy reads as_of.
        """
        if not self._names.issuperset(record):
            self._refuse_unknown(record)
        cells: list[Cell | None] = []
        missing: dict[str, MissingKind] = {}
        problems: dict[str, str] = {}
        given: dict[str, Given] = {}
        for name, read, declared in self._inputs:
            raw = record.get(name)
            if type(raw) is Given:
                given[name] = raw
                raw = self._fresh(raw, declared, as_of, missing)
            if raw is None:
                if name not in missing:
                    missing[name] = MissingKind.NULL if name in record else MissingKind.ABSENT
                cells.append(None)
                continue
            try:
                cell = read(raw)
                if name in self._checks:
                    _check(cell, declared)
                cells.append(cell)
            except NotOfType as problem:
                missing[name], problems[name] = problem.kind, str(problem)
                cells.append(None)
        self._check_required(missing, problems)
        cells += self._moment(as_of)
        return RecordReading(tuple(cells), as_of, missing, problems, given)

    def _fresh(
        self,
        given: Given,
        declared: InputDeclaration,
        as_of: datetime | None,
        missing: dict[str, MissingKind],
    ) -> object:
        kind = given.missing
        if kind is None and declared.max_age is not None and given.observed_at is not None:
            if as_of is None:
                raise AsOfRequired(field="as_of")
            if as_of - given.observed_at > declared.max_age:
                kind = MissingKind.STALE
        if kind is not None:
            missing[declared.name] = kind
            return None
        return given.value

    def _moment(self, as_of: datetime | None) -> tuple[Cell | None, Cell | None]:
        if as_of is None:
            if self._needs_as_of:
                raise AsOfRequired(field="as_of")
            return None, None
        if as_of.tzinfo is None:
            raise AsOfRequired(field="as_of")
        return microseconds(as_of.astimezone(UTC)), self.day_of(as_of).toordinal()

    def day_of(self, as_of: datetime) -> date:
        """The day of an instant in the policy's time zone."""
        return as_of.astimezone(self._zone).date()

    def _check_required(
        self, missing: Mapping[str, MissingKind], problems: Mapping[str, str]
    ) -> None:
        for name, _, declared in self._inputs:
            if declared.is_required and name in missing:
                problem = problems.get(name) or f"it is {missing[name].value.replace('_', ' ')}"
                raise InputRequired(
                    field=name, name=name, wanted=str(declared.type), problem=problem
                )

    def _refuse_unknown(self, record: Mapping[str, object]) -> None:
        for name in record:
            if name not in self._names:
                known = ", ".join(sorted(self._names))
                mend = nearest(name, self._names) or f"Its inputs are: {known}."
                raise InputUnknown(
                    field=name, name=name, mend=mend.replace("{", "").replace("}", "")
                )


def _is_checked(item: InputDeclaration) -> bool:
    return bool(item.low is not None or item.high is not None or item.values or item.max_length)


def _check(cell: Cell, declared: InputDeclaration) -> None:
    if declared.type.kind is Kind.TEXT:
        if declared.values and cell not in declared.values:
            raise NotOfType(f"the text is none of: {', '.join(declared.values)}")
        if declared.max_length and len(str(cell)) > declared.max_length:
            raise NotOfType(f"the text is longer than {declared.max_length} characters")
        return
    value = value_of(cell, declared.type)
    if declared.low is not None and value < declared.low:  # pyright: ignore[reportOperatorIssue]
        raise NotOfType(f"{value} is below {declared.low}")
    if declared.high is not None and value > declared.high:  # pyright: ignore[reportOperatorIssue]
        raise NotOfType(f"{value} is above {declared.high}")
