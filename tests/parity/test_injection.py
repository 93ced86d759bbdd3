"""Nobody executes code or SQL through an expression: attempts are refused, or inert on engines."""

import json

import duckdb
import polars as pl
import pytest

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.language import (
    BOOLEAN,
    TEXT,
    ExpressionRefused,
    PythonEmitter,
    compile_function,
    parse_expression,
)
from goodstanding.language.conform import AREA, run_cases
from goodstanding.policies.engine import PolicyRefused, read_policy
from goodstanding.policies.engine.view_target import policy_view
from tests.engines import postgres_runner
from tests.parity.policy_draws import HEAD, TAIL

REFUSED = [
    "__import__('os').system('id')",
    "eval('1')",
    "exec('import os')",
    "t.__class__.__mro__",
    "(lambda: 1)()",
    "[x for x in t]",
    "t := 'a'",
    "open('/etc/passwd')",
    "t = 'a'; DROP TABLE gs_rows; --",
    "t = 'a' UNION SELECT 1",
    "t = (SELECT version())",
    "t IN (SELECT t FROM gs_rows)",
    "read_text('/etc/passwd') = t",
    "read_csv('/etc/passwd') IS NULL",
    "pg_read_file('/etc/passwd') = t",
    "pg_sleep(10) IS NULL",
    "getenv('HOME') = t",
    "java_method('java.lang.Runtime', 'getRuntime') = t",
    "reflect('java.lang.System', 'exit', 0) = t",
    "COPY gs_rows TO '/tmp/x'",
    "ATTACH 'x' AS y",
    "INSTALL httpfs",
    "SET enable_external_access = true",
    "${spark.app.name} = t",
    "{{ t }} = t",
    "%(t)s = t",
    "t = $$a$$",
    "t = E'\\x41'",
    't = "t"',
    "/*+ BROADCAST(t) */ t = 'a'; SELECT 1",
]
INERT = [
    "'; DROP TABLE gs_rows; --",
    "' OR '1'='1",
    "\\' OR 1=1 --",
    "a\\",
    "\\",
    "''",
    "%s %(t)s %d %%",
    ":t ?1 $1 $$ @t",
    "{t} {{t}} {0.__class__} ${spark.app.name} ${env:HOME}",
    "\"); __import__('os').system('id'); (\"",
    "'''\n__import__('os')\n'''",
    "\\N{BULLET}\\x41\\u0041\\101",
    "a\nb\r\tc",
    "/* not a comment */ -- nor this",
    "U&'\\0041'",
    "(SELECT 1)",
    '`t` [t] "t"',
    "\u202e\u200bname",
]


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_an_attempt_to_execute_is_refused(text: str):
    with pytest.raises(ExpressionRefused):
        parse_expression(text, types={"t": TEXT}, expect=BOOLEAN)


def inert_lines() -> list[tuple[int, str]]:
    """Each text equals itself as a constant, and comes back unchanged as a result."""
    lines: list[dict[str, object]] = []
    for text in INERT:
        quoted = "'" + text.replace("'", "''") + "'"
        lines.append({"expr": f"t = {quoted}", "in": {"t": text}, "out": True})
        lines.append({"expr": f"t || {quoted}", "in": {"t": ""}, "out": text})
        lines.append({"expr": f"contains(t, {quoted})", "in": {"t": f"<{text}>"}, "out": True})
    return [
        (number, json.dumps({"id": str(number), "types": {"t": "TEXT"}, **line}))
        for number, line in enumerate(lines, start=1)
    ]


@pytest.mark.parametrize("engine", AREA.usual)
def test_a_hostile_text_is_only_a_text(engine: str):
    results = run_cases(inert_lines(), [engine])

    assert [result for result in results if not result.passed] == []


def test_a_hostile_text_is_only_a_text_on_postgres(postgres: EmbeddedServer):
    with postgres_runner(postgres):
        results = run_cases(inert_lines(), ["postgres"])

    assert [result for result in results if not result.passed] == []


@pytest.mark.slow
def test_a_hostile_text_is_only_a_text_on_spark():
    pytest.importorskip("pyspark", reason="Spark is an extra")

    results = run_cases(inert_lines(), ["spark"])

    assert [result for result in results if not result.passed] == []


def cell_policy(cell: str, value: str = "'hit'") -> str:
    """A policy of one decision table, whose first row holds the texts."""
    return f"""{HEAD}
inputs: {{t: {{type: TEXT, required: true}}}}
tables:
  probe:
    hit: first
    outputs: {{out: TEXT}}
    rows: |
      row | t || out
      A | {cell} || {value}
      B | - || 'miss'
rules: []
terms: {{out_given: {{value: out}}}}
{TAIL}"""


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_an_attempt_to_execute_from_a_cell_is_refused(text: str):
    for policy in (cell_policy(text), cell_policy("-", value=text)):
        with pytest.raises(PolicyRefused):
            read_policy(policy)


@pytest.mark.parametrize("text", [text for text in INERT if text.isprintable()], ids=ascii)
def test_a_hostile_text_in_a_cell_is_only_a_text(text: str):
    quoted = "'" + text.replace("'", "''") + "'"
    policy = read_policy(cell_policy(quoted, value=quoted))
    frame = pl.DataFrame({"t": [text, text + "x"]})

    assert policy.evaluate({"t": text}).derived == {"probe_row": "A", "out": text}
    for engine in ("polars", "duckdb"):
        found = policy.evaluate_table(frame, engine=engine).table["out_given"].to_list()
        assert found == [text, "miss"]
    with duckdb.connect() as connection:
        connection.register("records", frame)
        connection.execute(
            policy_view(policy.plan, engine="duckdb", relation="records", name="probe")
        )
        rows = connection.sql("select term_out_given from probe").fetchall()
    assert rows == [(text,), ("miss",)]


@pytest.mark.parametrize("name", ["a b", "x:=1", "lambda", "_hidden", "i.real", "1x", ""])
def test_a_local_variable_has_a_plain_name(name: str):
    with pytest.raises(ValueError, match="local variable"):
        PythonEmitter(naming={"t": name})


def test_generated_code_sees_no_builtins():
    function = compile_function("def probe():\n    return open\n", name="probe", constants={})

    with pytest.raises(NameError):
        function()
