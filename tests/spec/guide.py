"""The known answers and refusals that the field guide on decisions names, section 2."""

from tests.spec.tables import Refusals, Table

CASES = [
    Table(
        "Logic",
        "AND, OR, NOT, IN, BETWEEN and CASE are three-valued: unknown stays unknown unless the"
        " known operands settle the answer.",
        {"a": "INTEGER", "b": "INTEGER", "x": "INTEGER", "lo": "INTEGER", "hi": "INTEGER"},
        [
            ("a>1 OR b>1", {"a": "5", "b": None}, True),
            ("a>1 AND b>1", {"a": "0", "b": None}, False),
            ("NOT (a>1)", {"a": None}, None),
            ("x IN (a,b)", {"x": "2", "a": "1", "b": None}, None),
            ("x NOT IN (a,b)", {"x": "1", "a": "1", "b": None}, False),
            ("x NOT IN (a,b)", {"x": "2", "a": "1", "b": None}, None),
            ("x BETWEEN lo AND hi", {"x": "3", "lo": None, "hi": "2"}, False),
            ("CASE WHEN a>1 THEN 1 ELSE 0 END", {"a": None}, "0"),
            ("a IS NOT DISTINCT FROM b", {"a": None, "b": None}, True),
            ("(a>1) IS NOT TRUE", {"a": None}, True),
        ],
    ),
    Table(
        "Numbers",
        "INTEGER has 64 bits, DECIMAL is exact, DOUBLE never decides equality.",
        {
            "a": "INTEGER",
            "d1": "DECIMAL(2,1)",
            "d2": "DECIMAL(2,1)",
            "half": "DECIMAL(3,1)",
            "x": "DOUBLE",
            "cents": "DECIMAL(18,2)",
            "amount": "DECIMAL(18,2)",
            "rate": "DECIMAL(9,4)",
            "t": "TEXT",
            "i": "INTEGER",
        },
        [
            ("safe_div(7,2)", {}, "3.5"),
            ("safe_div(1,0)", {}, None),
            ("int_div(-7,2)", {}, "-3"),
            ("mod(-7,3)", {}, "-1"),
            ("round_half_up(half,0)", {"half": "2.5"}, "3"),
            ("round_half_up(half,0)", {"half": "-2.5"}, "-3"),
            ("to_decimal(x,18,2)", {"x": "1.005"}, "1.01"),
            ("div_round(cents,i,2)", {"cents": "2.01", "i": "2"}, "1.01"),
            ("to_int(half)", {"half": "2.5"}, None),
            ("to_int(t)", {"t": "12.7"}, None),
            ("d1+d2 = 0.3", {"d1": "0.1", "d2": "0.2"}, True),
            ("a+1", {"a": "9223372036854775807"}, None),
            ("amount*rate", {"amount": "1234.56", "rate": "0.0250"}, "30.864000"),
            ("min_of(amount,rate)", {"amount": "5000.00", "rate": None}, None),
        ],
    ),
    Table(
        "Dates",
        "Months clamp to the last day; a day outside years 1 to 9999 does not exist.",
        {"a": "DATE", "b": "DATE", "t": "TEXT"},
        [
            ("date_diff_days(a,b)", {"a": "2024-02-28", "b": "2024-03-01"}, "2"),
            ("date_diff_months(a,b)", {"a": "2024-01-31", "b": "2024-02-29"}, "1"),
            ("add_months(add_months(a,1),1)", {"a": "2024-01-31"}, "2024-03-29"),
            ("to_date(t)", {"t": "2024-02-30"}, None),
        ],
    ),
    Table(
        "Text",
        "Texts compare by code point, without padding.",
        {"a": "TEXT", "b": "TEXT"},
        [
            ("a<b", {"a": "a", "b": "B"}, False),
            ("a=b", {"a": "abc", "b": "abc "}, False),
            ("a||b", {"a": "x", "b": None}, None),
            ("a LIKE '10!%%' ESCAPE '!'", {"a": "10% off"}, True),
            ("upper_ascii(a)", {"a": "straße"}, "STRAßE"),
        ],
    ),
]

REFUSED = [
    Refusals(
        "Refused by the guide's own list",
        "What looks like SQL and is not part of a formula.",
        {"x": "INTEGER", "a": "INTEGER", "b": "INTEGER", "amount": "DECIMAL(18,2)", "pd": "DOUBLE"},
        [
            ("1<x<5", "chained_comparison"),
            ("x = NULL", "null_literal"),
            ("a / b", "bare_division"),
            ("CAST(a AS INT)", "cast"),
            ("now()", "clock"),
            ("x IN (1,NULL)", "null_literal"),
            ("x IN ()", "empty_in"),
            ("(SELECT 1)", "statement"),
            ("amount > '5'", "type_mismatch"),
            ("pd = 0.1", "double_equality"),
            ("foo(a)", "unknown_function"),
            ("a; DROP TABLE t", "statement"),
            ("0x1F", "number"),
            ("@x", "placeholder"),
            ('"Amount" > 1', "quoted_name"),
            ("amount", "not_boolean"),
        ],
    ),
]
