"""What a record's values become, and that the quick way reads as the long way does."""

from datetime import UTC, date, datetime
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.policies.engine import MissingKind, read_policy
from goodstanding.policies.engine.reading import RecordReader
from goodstanding.policies.engine.usual import usual_values
from tests.rooms.policies.texts import TRADE_UK

INPUTS = """\
inputs:
  flag: {type: BOOLEAN, label: flag}
  count: {type: INTEGER, label: count}
  few: {type: INTEGER, label: few, min: -3, max: 40}
  money: {type: "DECIMAL(14,2)", label: money}
  share: {type: "DECIMAL(5,4)", label: share, min: 0, max: 0.75}
  wide: {type: "DECIMAL(38,4)", label: wide}
  whole: {type: "DECIMAL(10,0)", label: whole}
  index: {type: DOUBLE, label: index}
  word: {type: TEXT, label: word}
  code: {type: TEXT, label: code, max_length: 2}
  kind: {type: TEXT, label: kind, values: [A, B]}
  day: {type: DATE, label: day}
  moment: {type: TIMESTAMP, label: moment}
"""
AWKWARD = (
    True,
    0,
    -3,
    41,
    2**63,
    -(2**63),
    Decimal("0.7500"),
    Decimal("0.7501"),
    Decimal("-0.00"),
    Decimal("0.00"),
    Decimal(5),
    Decimal("999999999999.99"),
    Decimal("1000000000000.00"),
    Decimal("1.005"),
    Decimal("1.00000000000000000000000000001"),
    Decimal("1E+999999"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    -0.0,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "A",
    "C",
    "abc",
    "é",
    "é",
    "nul\0",
    "x" * 10_001,
    "12.34",
    "2024-02-29",
    date(2024, 2, 29),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 2, 29, 12),  # noqa: DTZ001 - a naive instant is what is tried
    [],
    {"value": "C", "source": "register"},
    {"missing": "stale"},
    b"A",
)
VALUES = st.one_of(
    st.sampled_from(AWKWARD),
    st.integers(),
    st.decimals(allow_nan=True),
    st.decimals(min_value=-2, max_value=2, places=4),
    st.floats(),
    st.text(max_size=4),
    st.dates(),
    st.none(),
)


@pytest.fixture(scope="module")
def reader() -> RecordReader:
    head, _, _ = TRADE_UK.partition("inputs:")
    return RecordReader(read_policy(f"{head}{INPUTS}{REST}").plan)


REST = """\
rules:
  - {id: R1, label: Flag, when: flag, effect: refer, reason: FLAG, on_missing: refer}
outcomes:
  refer: {queue: trade_credit}
fallback: {outcome: refer, reason: FLAG}
reasons:
  FLAG: {text: A flag is set}
"""


def long_way(reader: RecordReader, record: dict[str, object]):
    """The reading of a reader whose generated function takes nothing."""
    slow = RecordReader.__new__(RecordReader)
    slow.__dict__.update(reader.__dict__)
    names = [name for name, *_ in reader.inputs]
    slow._usual = lambda get, rest, _: tuple(rest(at, get(name)) for at, name in enumerate(names))
    return slow.read(record)


@given(raw=VALUES)
def test_the_quick_way_reads_as_the_long_way(reader: RecordReader, raw: object):
    record = {name: raw for name, *_ in reader.inputs}

    quick, slow = reader.read(record), long_way(reader, record)

    assert quick == slow
    assert list(map(type, quick.cells)) == list(map(type, slow.cells))
    assert list(map(repr, quick.cells)) == list(map(repr, slow.cells))


@pytest.mark.parametrize("raw", AWKWARD, ids=lambda raw: repr(raw)[:30])
def test_awkward_values_are_read_as_the_long_way_reads_them(reader: RecordReader, raw: object):
    record = {name: raw for name, *_ in reader.inputs}

    assert repr(reader.read(record)) == repr(long_way(reader, record))


def test_usual_values_are_taken_without_the_long_way(reader: RecordReader):
    record: dict[str, object] = {
        "flag": False,
        "count": 7,
        "few": 40,
        "money": Decimal("12.30"),
        "share": Decimal("0.7500"),
        "index": -0.0,
        "word": "credit",
        "code": "UK",
        "kind": "B",
        "day": date(2024, 2, 29),
    }
    inputs = [item for _, _, item, _ in reader.inputs if item.name in record]

    def refuse(at: int, raw: object) -> None:
        raise AssertionError(f"{inputs[at].name} was handed on: {raw!r}")

    cells = usual_values(inputs)(record.get, refuse, True)

    assert cells == (False, 7, 40, 1230, 7500, 0.0, "credit", "UK", "B", 738_945)
    assert str(cells[5]) == "0.0"


def test_a_narrow_decimal_context_rounds_no_money(reader: RecordReader):
    with localcontext(prec=3):
        reading = reader.read({"money": Decimal("123456.78")})

    assert reading.cells[3] == 12_345_678


def test_a_value_outside_its_bounds_is_missing_and_says_why(reader: RecordReader):
    reading = reader.read({"share": Decimal("0.7501"), "few": -4})

    assert reading.missing["share"] is MissingKind.INVALID
    assert reading.problems == {"share": "0.7501 is above 0.7500", "few": "-4 is below -3"}
