"""Reading the body of a question: what no reader of JSON would tell of by itself."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.api.decision_service.bodies import read_body
from goodstanding.api.errors import DoubledName, TooDeep, UnknownField, WrongValue
from goodstanding.core.errors import Refusal

FRONT = (
    '{"policy": "trade_uk", "entity": {"scheme": "companies_house", "value": "1"},'
    ' "as_of": "2026-11-29T20:00:00Z", "inputs": '
)
DOUBLED = [
    ('{"amount": 1, "amount": 2}', "inputs.amount"),
    ('{"amount" : 1, "amount" :2}', "inputs.amount"),
    ('{"amount"\n:1, "tenure":3, "amount":1}', "inputs.amount"),
    ('{"amount": {"value": 1, "value": 2}}', "inputs.amount.value"),
    ('{"amount": [1, {"a": {"b": 1, "b": 1}}]}', "inputs.amount[1].a.b"),
    ('{"am\\u006funt": 1, "amount": 2}', "inputs.amount"),
    ('{"amount": 1}, "policy": "other"', "policy"),
    ('{"amount": 1}, "supersedes": null, "supersedes": null', "supersedes"),
]
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | names | st.sampled_from(['":', 'a": "b":']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


HUGE, DEEP = "1e99999999999999999999", "[" * 20_000 + "]" * 20_000
UNREADABLE = [
    (f'{FRONT}{{"amount": {HUGE}}}}}', WrongValue, "inputs.amount"),
    (f'{FRONT}{{"dpd": 1, "amount": {{"value": -{HUGE}}}}}}}', WrongValue, "inputs.amount.value"),
    (f'{FRONT}{{"amount": 1}}, "more": {HUGE}}}', UnknownField, "more"),
    (f'{FRONT}{{"dpd": [1], "amount": {DEEP}}}}}', TooDeep, "amount"),
    (f'{FRONT}{{"amount": 1}}}}'.replace("2026-11-29T20:00:00Z", "0001-01-01T00:00:00+14:00"),
     WrongValue, "as_of"),
    (f'{FRONT}{{"amount": 1}}}}'.replace("2026-11-29T20:00:00Z", "9999-12-31T23:59:59-14:00"),
     WrongValue, "as_of"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "refusal", "field"), UNREADABLE)
def test_what_no_number_or_instant_can_hold_is_refused_where_it_stands(
    body: str, refusal: type[Refusal], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        read_body(body.encode())

    assert refused.value.field == field


@pytest.mark.parametrize(("inputs", "field"), DOUBLED)
def test_a_name_that_stands_twice_is_refused_where_it_does(inputs: str, field: str) -> None:
    with pytest.raises(DoubledName) as refused:
        read_body(f"{FRONT}{inputs}}}".encode())

    assert refused.value.field == field


@given(
    inputs=st.dictionaries(names, values, max_size=4),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
    is_ascii=st.booleans(),
)
def test_names_that_stand_once_are_read(
    inputs: dict[str, Any], separators: tuple[str, str], is_ascii: bool
) -> None:
    text = json.dumps(inputs, separators=separators, ensure_ascii=is_ascii)

    assert read_body(f"{FRONT}{text}}}".encode()).inputs == inputs


@given(
    inputs=st.dictionaries(names, values, min_size=1, max_size=4),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
)
def test_a_name_said_again_is_always_found(
    inputs: dict[str, Any], separators: tuple[str, str]
) -> None:
    text = json.dumps(inputs, separators=separators)
    again = json.dumps({next(iter(inputs)): 1}, separators=separators)

    with pytest.raises(DoubledName):
        read_body(f"{FRONT}{text[:-1]}, {again[1:]}}}".encode())
