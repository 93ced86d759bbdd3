"""The shipped underwriting policy as others would write it, and records for it.

Written by hand from `credit/policies/sba_underwriting.yaml`, without the trees and the rule that
reads them: no peer and no SQL runs a gradient-boosted model.
"""

import random
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import goodstanding.credit
from goodstanding.policies.engine import Policy, load_policy, read_policy

FILE = Path(goodstanding.credit.__file__).parent / "policies" / "sba_underwriting.yaml"
_TERRITORIES = """
    AK AL AR AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS
    MT NC ND NE NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY
"""
STATES = _TERRITORIES.split()
_NAICS = "11 21 22 23 31 32 33 42 44 45 48 49 51 52 53 54 56 61 62 71 72 81 92"
SECTORS = _NAICS.split()

_AMOUNTS = ((9550, 15), (35200, 9), (43950, 8), (54100, 0), (130050, 37))
_LARGEST = 72
_BY_SECTOR = (
    (("61", "62"), 32),
    (("23", "33", "52", "72"), 23),
    (("31", "54", "81"), 18),
    (("48", "53", "56"), 12),
    (("42", "51"), 0),
)
_BY_STATE = (
    (("UT",), 51),
    (("CT", "PA", "WI"), 42),
    (("AZ", "MI", "MO", "NJ", "OH"), 27),
    (("IL", "MD", "NC", "NH"), 19),
    (("CA", "FL", "GA", "SC"), 0),
)
_OTHER_SECTOR, _OTHER_STATE = 9, 11


@cache
def policy(*, with_trees: bool = False) -> Policy:
    """The shipped policy; without its trees it is cut out of the same text."""
    if with_trees:
        return load_policy(FILE)
    text = FILE.read_text("utf-8").partition("\ntests:\n")[0] + "\n"
    text = re.sub(r"(?ms)^models:\n.*?(?=^\w)", "", text)
    text = re.sub(r"(?ms)^  - id: TREES\n.*?(?=^  - id:)", "", text)
    return read_policy(text, artefacts=FILE.parent.parent / "models")


def records(count: int, *, seed: int = 7) -> list[dict[str, Any]]:
    """Requests for loans: one value in ten of the optional ones is missing."""
    draw = random.Random(seed)
    return [_record(draw) for _ in range(count)]


def _record(draw: random.Random) -> dict[str, Any]:
    amount = Decimal(int(100 * 10 ** draw.uniform(3.5, 6.8))).scaleb(-2)
    optional: dict[str, Any] = {
        "guaranteed_share": Decimal(draw.choice([5000, 7500, 8500, 9000, 4000])).scaleb(-4),
        "employees": int(10 ** draw.uniform(0, 2.5)) - 1,
        "new_business": draw.random() < 0.3,
        "rural": draw.random() < 0.2,
        "franchise": draw.random() < 0.05,
        "sector": draw.choice(SECTORS),
        "state": draw.choice([*STATES, "XX"]),
        "connected_exposure": draw.choice([Decimal("0.00"), amount * 2]),
    }
    kept = {name: (value if draw.random() < 0.9 else None) for name, value in optional.items()}
    return {"requested_amount": amount, **kept}


def _quoted(words: Any) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _zen_groups(name: str, groups: Any, other: int) -> str:
    text = str(other)
    for words, points in reversed(groups):
        text = f"({name} in [{_quoted(words)}] ? {points} : {text})"
    return f"({name} == null ? 0 : {text})"


def _zen_amount() -> str:
    text = str(_LARGEST)
    for below, points in reversed(_AMOUNTS):
        text = f"(requested_amount < {below} ? {points} : {text})"
    return text


ZEN = {
    "amount_per_employee": (
        "employees != null and employees != 0"
        " ? round(requested_amount / employees * 100) / 100 : null"
    ),
    "exposure_after": "requested_amount + (connected_exposure != null ? connected_exposure : 0)",
    "CAP": "requested_amount > 5000000",
    "STATE": f"state != null and state not in [{_quoted(STATES)}] ? true : false",
    "EXPOSURE": "$.exposure_after > 2000000",
    "SECTOR": "sector != null and sector in ['52', '53', '92'] ? true : false",
    "NO_STAFF": "employees != null and employees == 0 ? true : false",
    "THIN": (
        "$.amount_per_employee != null and $.amount_per_employee > 150000"
        " and requested_amount >= 100000 ? true : false"
    ),
    "NEW_LARGE": "new_business != false and requested_amount > 250000 ? true : false",
    "GUARANTEE": (
        "guaranteed_share != null and guaranteed_share < 0.5 and requested_amount > 150000"
        " ? true : false"
    ),
    "REPEAT": (
        "connected_exposure != null and connected_exposure == 0 and new_business == false"
        " ? true : false"
    ),
    "score": " + ".join(
        (
            "543",
            _zen_amount(),
            "(employees == null ? 0 : employees < 9 ? 0 : employees < 15 ? 4 : 10)",
            "(rural == true ? 10 : 0)",
            "(franchise == true ? 2 : 0)",
            _zen_groups("sector", _BY_SECTOR, _OTHER_SECTOR),
            _zen_groups("state", _BY_STATE, _OTHER_STATE),
        )
    ),
    "outcome": (
        "$.CAP or $.STATE or $.score < 556 ? 'decline' : ($.EXPOSURE or $.SECTOR or $.NO_STAFF or"
        " $.THIN or $.NEW_LARGE or $.GUARANTEE or $.score < 572 or state == null or sector == null"
        " or employees == null or (guaranteed_share == null and requested_amount > 150000)"
        " ? 'refer' : 'approve')"
    ),
    "limit": (
        "$.outcome == 'decline' ? null : min([requested_amount,"
        " $.score >= 640 ? 1000000 : ($.score >= 600 ? 500000 : 250000)])"
    ),
    "review_months": "$.outcome == 'approve' ? ($.score >= 640 ? 24 : 12) : null",
}


def _python(id_: str, at: int, condition: str, outcome: str) -> dict[str, Any]:
    logic = f"if {condition}:\n    return !{outcome}\nreturn None"
    return {"rid": id_, "r_id": at, "description": id_, "logic": logic}


EZRULES = [
    _python(id_, at, condition, outcome)
    for at, (id_, condition, outcome) in enumerate(
        (
            ("CAP", "$requested_amount > 5000000", "DECLINE"),
            ("STATE", f"$state is not None and $state not in [{_quoted(STATES)}]", "DECLINE"),
            ("EXPOSURE", "$exposure_after > 2000000", "REFER"),
            ("SECTOR", "$sector is not None and $sector in ['52', '53', '92']", "REFER"),
            ("NO_STAFF", "$employees is not None and $employees == 0", "REFER"),
            (
                "THIN",
                (
                    "$amount_per_employee is not None and $amount_per_employee > 150000"
                    " and $requested_amount >= 100000"
                ),
                "REFER",
            ),
            ("NEW_LARGE", "$new_business is not False and $requested_amount > 250000", "REFER"),
            (
                "GUARANTEE",
                (
                    "$guaranteed_share is not None and $guaranteed_share < 0.5"
                    " and $requested_amount > 150000"
                ),
                "REFER",
            ),
            ("REPEAT", "$connected_exposure == 0 and $new_business is False", "NOTE"),
        ),
        start=1,
    )
]


def _var(name: str) -> dict[str, str]:
    return {"var": name}


def _known(name: str, test: Any) -> dict[str, Any]:
    return {"and": [{"!==": [_var(name), None]}, test]}


_AMOUNT = _var("requested_amount")
_ABOVE_150K = {">": [_AMOUNT, 150000]}
JSON_LOGIC: list[Any] = [
    {">": [_AMOUNT, 5000000]},
    _known("state", {"!": [{"in": [_var("state"), STATES]}]}),
    {">": [_var("exposure_after"), 2000000]},
    _known("sector", {"in": [_var("sector"), ["52", "53", "92"]]}),
    {"===": [_var("employees"), 0]},
    _known(
        "amount_per_employee",
        {
            "and": [
                {">": [_var("amount_per_employee"), 150000]},
                {">=": [_AMOUNT, 100000]},
            ]
        },
    ),
    {"and": [{"!==": [_var("new_business"), False]}, {">": [_AMOUNT, 250000]}]},
    _known(
        "guaranteed_share",
        {"and": [{"<": [_var("guaranteed_share"), 0.5]}, _ABOVE_150K]},
    ),
    _known(
        "connected_exposure",
        {
            "and": [
                {"===": [_var("connected_exposure"), 0.0]},
                {"===": [_var("new_business"), False]},
            ]
        },
    ),
]
_SQL_RULES = {
    "CAP": "requested_amount > 5000000",
    "STATE": f"state NOT IN ({_quoted(STATES)})",
    "EXPOSURE": "exposure_after > 2000000",
    "SECTOR": "sector IN ('52', '53', '92')",
    "NO_STAFF": "employees = 0",
    "THIN": "amount_per_employee > 150000 AND requested_amount >= 100000",
    "NEW_LARGE": "new_business IS NOT FALSE AND requested_amount > 250000",
    "GUARANTEE": "guaranteed_share < 0.5 AND requested_amount > 150000",
    "REPEAT": "connected_exposure = 0 AND NOT new_business",
}


def _sql_groups(name: str, groups: Any, other: int) -> str:
    branches = " ".join(
        f"WHEN {name} IN ({_quoted(words)}) THEN {points}" for words, points in groups
    )
    return f"CASE WHEN {name} IS NULL THEN 0 {branches} ELSE {other} END"


def sql_policy(relation: str, *, is_full: bool) -> str:
    """The policy as one DuckDB statement; with `is_full` the mask of TRUE rules too."""
    amounts = " ".join(
        f"WHEN requested_amount < {below} THEN {points}" for below, points in _AMOUNTS
    )
    card = " + ".join(
        (
            f"543 + CASE {amounts} ELSE {_LARGEST} END",
            (
                "CASE WHEN employees < 9 THEN 0 WHEN employees < 15 THEN 4"
                " WHEN employees >= 15 THEN 10 ELSE 0 END"
            ),
            "CASE WHEN rural THEN 10 ELSE 0 END",
            "CASE WHEN franchise THEN 2 ELSE 0 END",
            _sql_groups("sector", _BY_SECTOR, _OTHER_SECTOR),
            _sql_groups("state", _BY_STATE, _OTHER_STATE),
        )
    )
    refer = " OR ".join(
        f"({_SQL_RULES[rule]})"
        for rule in ("EXPOSURE", "SECTOR", "NO_STAFF", "THIN", "NEW_LARGE", "GUARANTEE")
    )
    missing = (
        "state IS NULL OR sector IS NULL OR employees IS NULL"
        " OR (guaranteed_share IS NULL AND requested_amount > 150000)"
    )
    bits = " + ".join(
        f"CASE WHEN {rule} THEN {1 << at} ELSE 0 END" for at, rule in enumerate(_SQL_RULES.values())
    )
    masks = f", CAST({bits} AS BIGINT) AS true_0" if is_full else ""
    return (
        "WITH known AS (SELECT *, requested_amount + coalesce(connected_exposure, 0)"
        " AS exposure_after, round(CAST(requested_amount AS DOUBLE) / nullif(employees, 0), 2)"
        f" AS amount_per_employee FROM {relation}),"
        f" scored AS (SELECT *, {card} AS card FROM known),"
        f" decided AS (SELECT card, requested_amount, CASE WHEN {_SQL_RULES['CAP']}"
        f" OR {_SQL_RULES['STATE']} OR card < 556 THEN 'decline'"
        f" WHEN {refer} OR {missing} OR card < 572 THEN 'refer' ELSE 'approve' END AS outcome"
        f"{masks} FROM scored)"
        f" SELECT outcome, card AS score{', true_0' if is_full else ''},"
        " CASE WHEN outcome <> 'decline' THEN least(requested_amount, CASE WHEN card >= 640"
        " THEN 1000000 WHEN card >= 600 THEN 500000 ELSE 250000 END) END AS limit_granted,"
        " CASE WHEN outcome = 'approve' THEN CASE WHEN card >= 640 THEN 24 ELSE 12 END END"
        " AS review_months FROM decided"
    )
