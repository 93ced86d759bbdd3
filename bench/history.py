"""Tables of past records as Parquet, the same bytes of values at every making, kept in a folder."""

from pathlib import Path

import duckdb

from bench.hundred import FIRST_DAY, WORDS, Field, rulebook
from bench.shipped import SECTORS, STATES
from goodstanding.core.environment import home_folder


def hundred_history(rows: int, *, folder: Path | None = None) -> Path:
    """60 columns for the policy of 100 expressions; one value in ten of the optional is NULL."""
    columns = [
        f"{_column(field, number)} AS {field.name}"
        for number, field in enumerate(rulebook().fields)
    ]
    return _made(f"hundred-{rows}", columns, rows, folder)


def shipped_history(rows: int, *, folder: Path | None = None) -> Path:
    """The columns of the shipped underwriting policy."""
    states = ", ".join(f"'{state}'" for state in [*STATES, "XX"])
    sectors = ", ".join(f"'{sector}'" for sector in SECTORS)
    amount = f"CAST(round(power(10, 3.5 + {_unit(0)} * 3.3), 2) AS DECIMAL(14,2))"
    optional = {
        "guaranteed_share": (
            f"CAST([0.4, 0.5, 0.75, 0.9][1 + CAST({_draw(1)} % 4 AS INTEGER)] AS DECIMAL(5,4))"
        ),
        "employees": f"CAST(power(10, {_unit(2)} * 2.5) - 1 AS BIGINT)",
        "new_business": f"{_draw(3)} % 10 < 3",
        "rural": f"{_draw(4)} % 10 < 2",
        "franchise": f"{_draw(5)} % 20 = 0",
        "sector": f"[{sectors}][1 + CAST({_draw(6)} % {len(SECTORS)} AS INTEGER)]",
        "state": f"[{states}][1 + CAST({_draw(7)} % {len(STATES) + 1} AS INTEGER)]",
        "connected_exposure": (
            f"CAST(CASE WHEN {_draw(8)} % 2 = 0 THEN 0 ELSE {_draw(8)} END AS DECIMAL(16,2))"
        ),
    }
    columns = [f"{amount} AS requested_amount"]
    columns += [
        f"{_sometimes(text, number)} AS {name}"
        for number, (name, text) in enumerate(optional.items())
    ]
    return _made(f"shipped-{rows}", columns, rows, folder)


def _made(name: str, columns: list[str], rows: int, folder: Path | None) -> Path:
    folder = folder or home_folder() / "bench" / "history"
    path = folder / f"{name}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(
                f"COPY (SELECT {', '.join(columns)} FROM range({rows}) AS t(i))"
                f" TO '{unfinished}' (FORMAT parquet, COMPRESSION zstd)"
            )
        unfinished.rename(path)
    return path


def _draw(number: int) -> str:
    """A whole number below a million that depends on the row and the column alone."""
    return f"(hash(i, {number}) % 1000000)"


def _unit(number: int) -> str:
    return f"(CAST({_draw(number)} AS DOUBLE) / 1000000)"


def _sometimes(text: str, number: int) -> str:
    return f"CASE WHEN hash(i, {number + 1000}) % 10 <> 0 THEN {text} END"


def _column(field: Field, number: int) -> str:
    words = ", ".join(f"'{word}'" for word in WORDS)
    draw = _draw(number)
    text = {
        "money": f"CAST(CAST({draw} AS DECIMAL(14,2)) * {field.high} / 1000000 AS DECIMAL(14,2))",
        "count": f"CAST({draw} % {field.high} AS BIGINT)",
        "rate": f"CAST(CAST({draw} % 10000 AS DOUBLE) / 10000 AS DECIMAL(7,4))",
        "index": _unit(number),
        "flag": f"{draw} % 2 = 0",
        "text": f"[{words}][1 + CAST({draw} % {len(WORDS)} AS INTEGER)]",
        "day": f"DATE '{FIRST_DAY}' + CAST({draw} % {field.high} AS INTEGER)",
    }[field.kind]
    return text if field.is_required else _sometimes(text, number)
