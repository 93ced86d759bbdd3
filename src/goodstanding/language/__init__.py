"""What may a policy say?  The closed expression profile, its tree and its engines. Pure.

One text, one typed tree, one meaning. `parse_expression` reads SQL text by an allow-list, types
it against the record's inputs, and gives an `Expression`; every engine is emitted from its tree,
never from author text.

    from goodstanding.language import parse_expression, parse_type

    types = {"dpd": parse_type("INTEGER"), "amount": parse_type("DECIMAL(18,2)")}
    rule = parse_expression("dpd > 30 AND amount >= 1000.00", types=types, expect=BOOLEAN)

**Cells.** Engines work on cells (see `types`): DECIMAL is the int of its units, DATE the int of
proleptic days, TIMESTAMP the int of microseconds since 1970 UTC, unknown is None. Values cross
the boundary by `normalise` (Python, JSON) or `read_value` (text), which tell the kind of a
missing value, and come back by `python_value` and `format_value`.

**One Python function for many expressions.** `PythonEmitter` emits texts for the body of a
function that has the inputs as locals. Every emitted text stands alone: it may be used anywhere
in that function, also after `and`, in a conditional, or repeated.

    emitter = PythonEmitter(naming={"dpd": "dpd", "amount": "amount"}, never_null={"dpd"})
    source = f"def decide(dpd, amount):\\n    return {emitter.is_true(rule)}\\n"
    decide = compile_function(source, name="decide", constants=emitter.constants)

`value` gives the cell or None; `is_true` and `is_false` give the two halves of a BOOLEAN as
plain two-valued Python (unknown is neither). A derived feature is a local that the caller
assigns from its `value` and names in `naming`; lists are frozensets of cells, named in `lists`.
`compile_python` compiles one expression alone.

**One query for many expressions.** `emit_duckdb(expression, column=...)` gives one scalar of
SQL with the three-valued result of the engine itself; `column` gives the text of an input, by
default its quoted name, so that a derived feature can be a column of an inner query.

Polars is faster over many rows: `polars_engine.emit_polars(expression, column=..., lists=...)`
gives a `pl.Expr` over columns of cells, and `polars_cells` turns a table's column into cells
once. The SQL emitters of the other engines have the same shape as `emit_duckdb`.

**Totality.** No engine raises, whatever the row. What cannot be calculated is NULL; `explain`
evaluates one record again in Python and tells which operation lost its value, and why.
"""

from goodstanding.language.boundary import (
    Reading,
    Value,
    check_text,
    format_value,
    normalise,
    python_value,
    read_value,
)
from goodstanding.language.duckdb_engine import emit_duckdb
from goodstanding.language.errors import ExpressionRefused, ValueRefused
from goodstanding.language.explain import Explanation, Warned, explain
from goodstanding.language.expression import Expression, parse_expression
from goodstanding.language.python_engine import PythonEmitter, compile_function, compile_python
from goodstanding.language.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    PARAMETERS,
    TEXT,
    TIMESTAMP,
    Cell,
    Kind,
    Type,
    decimal,
    parse_type,
)

__all__ = [
    "BOOLEAN",
    "DATE",
    "DOUBLE",
    "INTEGER",
    "PARAMETERS",
    "TEXT",
    "TIMESTAMP",
    "Cell",
    "Explanation",
    "Expression",
    "ExpressionRefused",
    "Kind",
    "PythonEmitter",
    "Reading",
    "Type",
    "Value",
    "ValueRefused",
    "Warned",
    "check_text",
    "compile_function",
    "compile_python",
    "decimal",
    "emit_duckdb",
    "explain",
    "format_value",
    "normalise",
    "parse_expression",
    "parse_type",
    "python_value",
    "read_value",
]
