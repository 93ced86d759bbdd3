"""The two names of a policy's content: of its bytes, and of what it says."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import cast

import msgspec

from goodstanding.language.types import Type
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.plan import Plan


def text_hash(text: str) -> str:
    """sha256 of the policy's bytes in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def tree_hash(plan: Plan) -> str:
    """sha256 of what the policy says: the same for other comments, spacing and quoting.

    Expressions count by their typed trees, everything else by its value; artefacts by their
    sha256. Two policies with one tree hash decide, explain and test alike.
    """
    expressions = [expression.sha256 for expression in plan.expressions]
    document = [_plain(plan.definition), expressions]
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


_BY_TREE = {"written", "when", "rows"}
_AS_IT_IS = {bool, int, str}


def _plain(value: object) -> object:
    """A definition as JSON has it; places in the file and the text of expressions left out."""
    if value is None or type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value)
        return [[str(key), _plain(item)] for key, item in entries.items()]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    if is_dataclass(value) and not isinstance(value, Scalar | Type | type):
        return [
            [name, None if name in _BY_TREE else _plain(getattr(value, name))]
            for name, is_always_hashed in _hashed_fields(type(value))
            if is_always_hashed or getattr(value, name)
        ]
    return _leaf(value)


@cache
def _hashed_fields(kind: type) -> tuple[tuple[str, bool], ...]:
    """The fields that count, and whether one counts even where it is empty."""
    return tuple(
        (item.name, "hashed" not in item.metadata) for item in fields(kind) if item.compare
    )


def _leaf(value: object) -> object:
    match value:
        case Scalar():
            return value.text.strip()
        case Enum():
            return str(value.value)
        case float():
            return repr(value)
        case None | bool() | int() | str():
            return value
        case Type() | Decimal() | datetime() | date() | timedelta():
            return str(value)
        case _:
            raise TypeError(f"a policy holds no {type(value).__name__}")
