"""The one durable write: a batch of rows in one statement, whatever connection carries it."""

from collections.abc import Sequence
from operator import attrgetter

from goodstanding.decisions.operations.packed_arrays import (
    BigintArray,
    BytesArray,
    InstantArray,
    PackedArray,
    TextArray,
    UuidArray,
)
from goodstanding.decisions.operations.statements import NumberedStatement, numbered
from goodstanding.decisions.types import Row

_UUIDS = {
    "id", "party_id", "approval_id", "supersedes_id", "message_id", "personal_value_id",
    "explored_id", "explored_trial_id",
}  # fmt: skip
_KIND: dict[str, type[PackedArray]] = {
    **dict.fromkeys(_UUIDS | {"personal_subject_id"}, UuidArray),
    **dict.fromkeys(("amount_minor", "limit_minor", "bucket", "arrived_ns"), BigintArray),
    "as_of": InstantArray,
    "personal_ciphertext": BytesArray,
}
_COLUMNS = {name: (attrgetter(name), _KIND.get(name, TextArray)) for name in Row.__struct_fields__}
_NANOSECONDS = 1000


def record_statement() -> NumberedStatement:
    """The statement that claims and writes a batch."""
    return numbered("record_decisions")


def columns_of(rows: Sequence[Row], *, now_ns: int) -> list[PackedArray]:
    """The parameters of the statement: one packed array a column, in the statement's order.

    `now_ns` is the monotonic clock, against which `duration_us` is measured.
    """
    columns = {name: kind.of(map(value_of, rows)) for name, (value_of, kind) in _COLUMNS.items()}
    columns["duration_us"] = BigintArray.of(_microseconds(row.arrived_ns, now_ns) for row in rows)
    return [columns[name] for name in record_statement().names]


def _microseconds(since_ns: int | None, now_ns: int) -> int | None:
    return None if since_ns is None else (now_ns - since_ns) // _NANOSECONDS
