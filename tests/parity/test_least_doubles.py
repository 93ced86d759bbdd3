"""DOUBLEs at the edges of what is: the least, the greatest, and halves between them."""

import pytest

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.language import DOUBLE, TEXT, parse_expression
from goodstanding.language.runners import DuckdbRunner, Job, PolarsRunner, PythonRunner
from tests.engines import postgres_runner

LEAST = 5e-324
SIDES = [
    *(LEAST * n for n in (0, 1, 2, 3, 4, 5, 7)),
    2.0**-1022,
    2.0**-1022 - LEAST,
    2.0**-1021,
    2.0**-538,
    2.0**-537,
    1.5 * 2.0**-537,
    0.25,
    0.5,
    0.75,
    1.0,
    1.5,
    2.0,
    3.0,
    2.0**53 + 1,
    1.7976931348623157e308,
    2.0**1023,
]
PAIRS = [(a, b) for a in SIDES for b in (*SIDES, *(-side for side in SIDES[:8]))]


@pytest.mark.parametrize("text", ["x * y", "safe_div(x, y)", "x + y", "x - y"])
def test_the_least_doubles_are_alike_on_every_engine(text: str, postgres: EmbeddedServer):
    job = Job(
        parse_expression(text, types={"x": DOUBLE, "y": DOUBLE}),
        [{"x": a, "y": b} for a, b in PAIRS],
    )
    wanted = list(map(repr, PythonRunner().run(job)))

    with postgres_runner(postgres) as on_postgres:
        for runner in (DuckdbRunner(), PolarsRunner(), on_postgres):
            found = list(map(repr, runner.run(job)))
            differ = [
                (runner.name, pair, want, got)
                for pair, want, got in zip(PAIRS, wanted, found, strict=True)
                if want != got
            ]
            assert differ == []


HALF = f"0.{5**1075:01075d}"  # exactly half of the least DOUBLE: the tie goes to 0
TEXTS = [
    HALF,
    HALF + "1",
    HALF[:-1] + "4",
    f"0.{5**1074:01074d}",
    f"0.{3 * 5**1075:01075d}",
    f"0.{3 * 5**1075:01075d}1",
    f"-0.{5**1074:01074d}",
    f"-{HALF}",
    "0." + "0" * 323 + "25",
    "0." + "0" * 323 + "24",
    "0." + "0" * 400 + "1",
]


def test_texts_of_the_least_doubles_are_read_alike(postgres: EmbeddedServer):
    job = Job(parse_expression("to_double(x)", types={"x": TEXT}), [{"x": text} for text in TEXTS])
    wanted = list(map(repr, PythonRunner().run(job)))

    with postgres_runner(postgres) as on_postgres:
        for runner in (DuckdbRunner(), PolarsRunner(), on_postgres):
            assert list(map(repr, runner.run(job))) == wanted, runner.name
