"""A record as it comes, read against the declared inputs."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import getcontext
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec

from goodstanding.core.errors import Refusal
from goodstanding.language.types import Cell, Kind
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.evaluation import MissingKind
from goodstanding.policies.engine.given import Given, as_given
from goodstanding.policies.engine.mistakes import nearest
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.usual import EXACT_DIGITS, usual_values
from goodstanding.policies.engine.values import (
    NotOfType,
    ReadCell,
    cell_reader,
    microseconds,
    value_of,
)

BETTER_VALUE = "Send {name} in that form; the policy cannot do without it."


class InputUnknown(Refusal):
    """The policy has no input {name}."""

    code = "input_unknown"


class RecordNotInputs(Refusal):
    """A record maps inputs to values, and this is a {given}."""

    code = "record_not_inputs"
    mend = "Give a dict such as {{'amount': '120.00'}}; for many records, evaluate_table."


class InputRequired(Refusal):
    """The policy needs the input {name} ({wanted}), and {problem}."""

    code = "input_required"
    mend = "Send {name} with every record of this policy."


class AsOfRequired(Refusal):
    """The policy reads the moment of the decision, and none was given."""

    code = "as_of_required"
    mend = "Give as_of: an instant with its zone, such as 2026-11-22T14:05:00Z."


class RecordReading(msgspec.Struct, frozen=True):
    """A record as cells, in the order of the policy's inputs, then as_of and as_of_date.

    `missing` has the kind of each input that is not there, `problems` why a value was invalid,
    `given` what came with its source.
    """

    cells: tuple[Cell | None, ...]
    as_of: datetime | None
    missing: Mapping[str, MissingKind] = msgspec.field(default_factory=dict[str, MissingKind])
    problems: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    given: Mapping[str, Given] = msgspec.field(default_factory=dict[str, Given])


class RecordReader:
    """Reads records for one policy. A bad optional value becomes a missing one of its kind.

    Values of the usual Python type are taken by one generated function; it hands the rest to
    `_Rest`, which says for each what is wrong with it, or reads it the long way.
    """

    def __init__(self, plan: Plan) -> None:
        """Make a reader for each input."""
        self.inputs = tuple(
            (item.name, cell_reader(item.type), item, _is_checked(item)) for item in plan.inputs
        )
        self._names = frozenset(item.name for item in plan.inputs)
        self._required = tuple(item for item in plan.inputs if item.is_required)
        self._zone = ZoneInfo(plan.definition.time_zone)
        self._needs_as_of = bool(plan.parameters)
        self._usual = usual_values(plan.inputs)

    def read(self, record: Mapping[str, object], *, as_of: datetime | None = None) -> RecordReading:
        """The record's cells.

        Raises RecordNotInputs for what is no mapping, InputUnknown for a name that the policy
        does not declare, InputRequired where a required value is missing or not of its type,
        InputValueUnreadable for a value given as an object that says something else, AsOfRequired
        where the policy reads as_of.
        """
        get = getattr(record, "get", None)  # asking for a Mapping takes ten times as long
        if get is None:
            raise RecordNotInputs(given=type(record).__name__)
        if not self._names.issuperset(record):
            self._refuse_unknown(record)
        rest = _Rest(self.inputs, record, as_of)
        exact = getcontext().prec >= EXACT_DIGITS
        cells = self._usual(get, rest, exact)
        if rest.missing:
            self._check_required(rest.missing, rest.problems)
        cells += self._moment(as_of)
        return RecordReading(cells, as_of, rest.missing, rest.problems, rest.given)

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
        for declared in self._required:
            name = declared.name
            if name in missing:
                problem = problems.get(name) or f"it is {missing[name].value.replace('_', ' ')}"
                raise InputRequired(
                    field=name, name=name, wanted=str(declared.type), problem=problem,
                    mend=BETTER_VALUE if name in problems else None,
                )  # fmt: skip

    def _refuse_unknown(self, record: Mapping[str, object]) -> None:
        for name in record:
            if name not in self._names:
                known = ", ".join(sorted(self._names))
                mend = nearest(str(name), self._names) or f"Its inputs are: {known}."
                raise InputUnknown(
                    field=name, name=name, mend=mend.replace("{", "").replace("}", "")
                )


class _Rest:
    """Reads the values that the generated function did not take, and remembers what is missing."""

    __slots__ = ("_as_of", "_inputs", "_record", "given", "missing", "problems")

    def __init__(
        self,
        inputs: tuple[tuple[str, ReadCell, InputDeclaration, bool], ...],
        record: Mapping[str, object],
        as_of: datetime | None,
    ) -> None:
        self._inputs, self._record, self._as_of = inputs, record, as_of
        self.missing: dict[str, MissingKind] = {}
        self.problems: dict[str, str] = {}
        self.given: dict[str, Given] = {}

    def __call__(self, at: int, raw: object) -> Cell | None:
        """The cell of one value, or None with its kind and problem."""
        name, read, declared, is_checked = self._inputs[at]
        if isinstance(raw, dict):
            raw = as_given(name, cast("dict[str, Any]", raw))
        if type(raw) is Given:
            self.given[name] = raw
            raw = self._fresh(raw, declared)
        if raw is None:
            if name not in self.missing:
                known = name in self._record
                self.missing[name] = MissingKind.NULL if known else MissingKind.ABSENT
            return None
        try:
            cell = read(raw)
            if is_checked:
                _check(cell, declared)
        except NotOfType as problem:
            self.missing[name], self.problems[name] = problem.kind, str(problem)
            return None
        return cell

    def _fresh(self, given: Given, declared: InputDeclaration) -> object:
        kind = given.missing
        if kind is None and declared.max_age is not None and given.observed_at is not None:
            if self._as_of is None:
                raise AsOfRequired(field="as_of")
            if self._as_of - given.observed_at > declared.max_age:
                kind = MissingKind.STALE
        if kind is not None:
            self.missing[declared.name] = kind
            return None
        return given.value


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
