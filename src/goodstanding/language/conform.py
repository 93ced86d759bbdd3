"""Known-answer cases of the language, for whoever re-performs our computations.

A line is `{"id","expr","types":{name:type},"in":{name:text|null},"out":text|true|false|null}` or
`{"id","expr","types","refuse":true}`. A refuse line is a rule at publish, so a result that is
not BOOLEAN is refused as well. Answers are compared as values of the result's type: `5.0` and
`5.00` are one DECIMAL, a DOUBLE must be the same to the last bit, texts the same in NFC.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from goodstanding.core.conform import Area, CaseResult, MalformedCase, UnknownEngine
from goodstanding.core.errors import Refusal
from goodstanding.language.boundary import Value, format_value, normalise, read_value
from goodstanding.language.errors import ExpressionRefused, ValueRefused
from goodstanding.language.expression import Expression, parse_expression
from goodstanding.language.runners import (
    DuckdbRunner,
    Job,
    PolarsRunner,
    PythonRunner,
    Runner,
    SparkRunner,
    run_all,
)
from goodstanding.language.types import BOOLEAN, PARAMETERS, Cell, Kind, Type, parse_type

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Case:
    """One line, read but not yet typed."""

    line: int
    case_id: str
    expression: str
    types: Mapping[str, object]
    lists: Mapping[str, tuple[str, list[object]]]
    given: Mapping[str, object]
    wanted: object
    refuse: bool


def run_cases(lines: Iterable[tuple[int, str]], engines: Sequence[str]) -> list[CaseResult]:
    """Every case on every engine named. Raises MalformedCase, UnknownEngine."""
    cases = [read_case(number, text) for number, text in lines if text.strip()]
    runners = [_runner(engine) for engine in engines]
    jobs = [_attempt(case) for case in cases]
    wanted = [job for case, job in zip(cases, jobs, strict=True) if _is_run(case, job)]
    results: list[CaseResult] = []
    for runner in runners:
        answers = iter(run_all(runner, cast("list[Job]", wanted)))
        for case, job in zip(cases, jobs, strict=True):
            answer = next(answers) if _is_run(case, job) else [None]
            results.append(_compare(case, runner, job, answer[0]))
    return results


def read_case(line: int, text: str) -> Case:
    """One line of a file of cases. Raises MalformedCase with the line and what is wrong."""
    try:
        found = json.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise MalformedCase(line=line, problem=f"it is not JSON ({error.msg}).") from error
    if not isinstance(found, dict):
        raise MalformedCase(line=line, problem="it is not a JSON object.")
    case = cast("dict[str, object]", found)
    refuse = case.get("refuse", False)
    _check_line(line, case, refuse)
    return Case(
        line=line,
        case_id=str(case.get("id", line)),
        expression=str(case["expr"]),
        types=_mapping(line, case, "types"),
        lists=_lists(line, case),
        given=_mapping(line, case, "in"),
        wanted=case.get("out"),
        refuse=refuse is True,
    )


def _check_line(line: int, case: Mapping[str, object], refuse: object) -> None:
    if not isinstance(case.get("expr"), str):
        raise MalformedCase(line=line, problem="`expr` is missing or no text.")
    if not isinstance(refuse, bool):
        raise MalformedCase(line=line, problem="`refuse` is true or false.")
    if refuse == ("out" in case):
        raise MalformedCase(line=line, problem="it needs either `out` or `refuse`: true.")
    if isinstance(case.get("out"), dict | list):
        raise MalformedCase(line=line, problem="`out` is a text, true, false or null.")
    names = {*_mapping(line, case, "types"), *PARAMETERS}
    unknown = [name for name in _mapping(line, case, "in") if name not in names]
    if unknown:
        raise MalformedCase(line=line, problem=f"`in` gives {unknown[0]}, which has no type.")


def _mapping(line: int, case: Mapping[str, object], key: str) -> dict[str, object]:
    found = case.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise MalformedCase(line=line, problem=f"`{key}` is no object.")
    return cast("dict[str, object]", found)


def _lists(line: int, case: Mapping[str, object]) -> dict[str, tuple[str, list[object]]]:
    lists: dict[str, tuple[str, list[object]]] = {}
    for name, held in _mapping(line, case, "lists").items():
        described = cast("dict[str, object]", held) if isinstance(held, dict) else {}
        of, values = described.get("type"), described.get("values")
        if not isinstance(of, str) or not isinstance(values, list):
            raise MalformedCase(line=line, problem=f"list {name} needs `type` and `values`.")
        lists[name] = of, cast("list[object]", values)
    return lists


def _runner(engine: str) -> Runner:
    made = RUNNERS.get(engine)
    if made is None:
        raise UnknownEngine(engine=engine, engines=", ".join(AREA.engines))
    return made()


# PostgreSQL is added by whoever has a connection: this room opens none.
RUNNERS: dict[str, Callable[[], Runner]] = {
    "python": PythonRunner,
    "duckdb": DuckdbRunner,
    "polars": PolarsRunner,
    "spark": SparkRunner,
}


def _attempt(case: Case) -> Job | Refusal:
    """The case as a job, or the refusal of its expression or of a value in it."""
    try:
        return _job(case)
    except (ExpressionRefused, ValueRefused) as refusal:
        return refusal


def _is_run(case: Case, job: Job | Refusal) -> bool:
    return isinstance(job, Job) and not case.refuse


def _compare(case: Case, runner: Runner, job: Job | Refusal, cell: Cell | None) -> CaseResult:
    wanted = "refused" if case.refuse else _show(case.wanted)
    if not isinstance(job, Job):
        return _result(case, runner, wanted, f"refused: {job}", passed=case.refuse)
    if case.refuse:
        return _result(
            case, runner, wanted, f"accepted as {job.expression.to_text()}", passed=False
        )
    came = format_value(job.expression.type, cell)
    passed = _is_wanted(job.expression.type, cell, case.wanted)
    return _result(case, runner, wanted, "null" if came is None else came, passed=passed)


def _job(case: Case) -> Job:
    types = {name: parse_type(str(text)) for name, text in case.types.items()}
    lists = {name: parse_type(of) for name, (of, _) in case.lists.items()}
    expression = parse_expression(
        case.expression, types=types, lists=lists, expect=BOOLEAN if case.refuse else None
    )
    members = {
        name: frozenset(_cell(lists[name], value) for value in values) - {None}
        for name, (_, values) in case.lists.items()
    }
    row = {name: _cell(of, case.given.get(name)) for name, of in expression.inputs.items()}
    return Job(expression, [row], cast("Mapping[str, frozenset[Cell]]", members))


def _cell(of: Type, value: object) -> Cell | None:
    return normalise(of, cast("Value | None", value)).cell


def _is_wanted(of: Type, cell: Cell | None, wanted: object) -> bool:
    if wanted is None or cell is None:
        return wanted is None and cell is None
    text = _show(wanted)
    if of.is_exact_number:
        number = Decimal(str(format_value(of, cell)))
        return _NUMBER.fullmatch(text) is not None and Decimal(text) == number
    answer = read_value(of, text).cell
    if of.kind is Kind.TEXT:
        return answer == read_value(of, str(cell)).cell
    return answer is not None and repr(answer) == repr(cell)


def _show(value: object) -> str:
    if value is None:
        return "null"
    return str(value).upper() if isinstance(value, bool) else str(value)


def _result(case: Case, runner: Runner, wanted: str, came: str, *, passed: bool) -> CaseResult:
    return CaseResult(
        case_id=case.case_id,
        line=case.line,
        engine=runner.name,
        passed=passed,
        wanted=wanted,
        came=came,
    )


def operations() -> dict[str, str]:
    """What a case can use, by name."""
    from goodstanding.language.functions import CALLS

    symbols = ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "||")
    words = ("AND", "OR", "NOT", "IS", "IN", "BETWEEN", "LIKE", "CASE")
    return dict.fromkeys((*symbols, *words), "operator") | dict.fromkeys(CALLS, "function")


def evaluate_expression(expression: Expression, cells: Mapping[str, Cell | None]) -> Cell | None:
    """One expression on one record in Python, for tools and tests."""
    return PythonRunner().run(Job(expression, [cells]))[0]


AREA = Area(
    name="language",
    title="Expressions of a policy: one scalar formula over typed inputs.",
    keys={
        "id": "name of the case",
        "expr": "the expression",
        "types": "by input: BOOLEAN, INTEGER, DECIMAL(p,s), DOUBLE, TEXT, DATE or TIMESTAMP",
        "in": "value of each input as text or null; as_of and as_of_date may stand here too",
        "out": "the answer as text, true, false or null",
        "refuse": "true where the expression must be refused at publish, instead of `out`",
        "lists": 'optional: {name: {"type": type, "values": [text]}} for in_list',
    },
    operations=operations(),
    engines=("python", "duckdb", "polars", "postgres", "spark"),
    usual=("python", "duckdb", "polars"),
    run=run_cases,
)
