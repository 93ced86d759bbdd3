"""The one durable write: a batch of rows in one statement, whatever connection carries it."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from goodstanding.decisions.operations.packed_arrays import (
    BigintArray,
    BytesArray,
    InstantArray,
    PackedArray,
    TextArray,
    UuidArray,
    WordArray,
)
from goodstanding.decisions.operations.statements import NumberedStatement, numbered
from goodstanding.decisions.types import Row

_UUIDS = {
    "id", "party_id", "approval_id", "supersedes_id", "message_id", "personal_value_id",
    "explored_id", "explored_trial_id",
}  # fmt: skip
_WORDS = {
    "legal_entity", "claimed_by", "origin", "actor", "desk", "policy", "policy_hash", "outcome",
    "currency", "gate_state", "arm", "rule_states", "reason_codes", "unknown_scheme",
}  # fmt: skip
_KIND: dict[str, type[PackedArray]] = {
    **dict.fromkeys(_UUIDS | {"personal_subject_id"}, UuidArray),
    **dict.fromkeys(_WORDS, WordArray),
    **dict.fromkeys(("amount_minor", "limit_minor", "bucket"), BigintArray),
    "as_of": InstantArray,
    "personal_ciphertext": BytesArray,
}
_NANOSECONDS = 1000
DURATION = "duration_us"


def record_statement() -> NumberedStatement:
    """The statement that claims and writes a batch."""
    return numbered("record_decisions")


def columns_of(rows: Sequence[Row], *, now_ns: int) -> list[PackedArray]:
    """The parameters of the statement: one packed array a column, in the statement's order.

    `now_ns` is the monotonic clock, against which `duration_us` is measured.
    """
    values_of, packs = _columns()
    values = [values_of(row) for row in rows]
    packed = [pack(column) for pack, column in zip(packs, zip(*values, strict=True), strict=True)]
    durations = [_microseconds(row.arrived_ns, now_ns) for row in rows]
    packed.insert(record_statement().names.index(DURATION), BigintArray.of(durations))
    return packed


@cache
def _columns() -> tuple[
    Callable[[Row], tuple[Any, ...]], list[Callable[[Sequence[Any]], PackedArray]]
]:
    """What is read off a row, all at once, and how each of it is packed: all but the duration."""
    names = [name for name in record_statement().names if name != DURATION]
    return attrgetter(*names), [_KIND.get(name, TextArray).of for name in names]


def _microseconds(since_ns: int | None, now_ns: int) -> int | None:
    return None if since_ns is None else (now_ns - since_ns) // _NANOSECONDS
