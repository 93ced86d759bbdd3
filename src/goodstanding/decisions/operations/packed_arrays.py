"""Columns of a batch as PostgreSQL's binary arrays, packed without a dumper per element.

psycopg's own list dumper looks for the type of the elements each time and sends an array of nulls
without one, so that every mix of nulls would be another prepared statement.
Format: PostgreSQL's array_send: dimensions, null flag, element type, length, lower bound, then
each element with its length in front.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

from psycopg import pq
from psycopg.abc import AdaptContext
from psycopg.adapt import AdaptersMap, Dumper

_HEAD = struct.Struct("!IIIII")
_LENGTH = struct.Struct("!i")
_NULL = _LENGTH.pack(-1)
_BIGINT = struct.Struct("!iq")
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY = 86_400
_MICROSECONDS = 1_000_000


class PackedArray(bytes):
    """An array ready for the wire; a child says of what."""

    __slots__ = ()
    array_oid: ClassVar[int]
    element_oid: ClassVar[int]

    @classmethod
    def of(cls, values: Sequence[Any]) -> "PackedArray":
        """Pack the values; None is NULL."""
        if len(values) == 1:
            return cls.alone(values[0])
        if not values or (values[0] is None and values.count(None) == len(values)):
            return _nothing(cls, len(values))
        element = cls.element
        parts = [_NULL if value is None else element(value) for value in values]
        return cls(_head(cls.element_oid, len(parts)) + b"".join(parts))

    @classmethod
    def alone(cls, value: Any) -> "PackedArray":
        """An array of one value, as a caller alone sends it."""
        if value is None:
            return _nothing(cls, 1)
        return cls(_head(cls.element_oid, 1) + cls.element(value))

    @staticmethod
    def element(value: Any) -> bytes:
        """One element with its length in front."""
        raise NotImplementedError


@lru_cache(maxsize=4096)
def _nothing(kind: type[PackedArray], length: int) -> PackedArray:
    return kind(_head(kind.element_oid, length) + _NULL * length)


@lru_cache(maxsize=4096)
def _head(element_oid: int, length: int) -> bytes:
    return _HEAD.pack(1, 1, element_oid, length, 1)


class TextArray(PackedArray):
    """text[], of strings or of UTF-8 bytes."""

    __slots__ = ()
    array_oid, element_oid = 1009, 25

    @staticmethod
    def element(value: str | bytes) -> bytes:
        """The text in UTF-8."""
        text = value if isinstance(value, bytes) else value.encode()
        return _LENGTH.pack(len(text)) + text


class WordArray(TextArray):
    """text[] of words that come back in batch after batch, each packed once."""

    __slots__ = ()
    element = staticmethod(lru_cache(maxsize=4096)(TextArray.element))

    @classmethod
    def of(cls, values: Sequence[str | None]) -> PackedArray:
        """Pack the words; a batch often says the same one in every row."""
        if values and values.count(values[0]) == len(values):
            return _repeated(values[0], len(values))
        return super().of(values)


@lru_cache(maxsize=4096)
def _repeated(word: str | None, length: int) -> PackedArray:
    return TextArray(_head(TextArray.element_oid, length) + _element(word) * length)


def _element(word: str | None) -> bytes:
    return _NULL if word is None else TextArray.element(word)


class BytesArray(PackedArray):
    """bytea[]."""

    __slots__ = ()
    array_oid, element_oid = 1001, 17

    @staticmethod
    def element(value: bytes) -> bytes:
        """The bytes as they are."""
        return _LENGTH.pack(len(value)) + value


class UuidArray(PackedArray):
    """uuid[]."""

    __slots__ = ()
    array_oid, element_oid = 2951, 2950

    @staticmethod
    def element(value: UUID) -> bytes:
        """Sixteen bytes."""
        return _UUID_LENGTH + value.bytes


class BigintArray(PackedArray):
    """bigint[]."""

    __slots__ = ()
    array_oid, element_oid = 1016, 20

    @staticmethod
    def element(value: int) -> bytes:
        """Eight bytes."""
        return _BIGINT.pack(8, value)


class InstantArray(PackedArray):
    """timestamptz[]: microseconds since 2000."""

    __slots__ = ()
    array_oid, element_oid = 1185, 1184

    @staticmethod
    def element(value: datetime) -> bytes:
        """Eight bytes, exact to the microsecond."""
        since = value - _POSTGRES_EPOCH
        seconds = since.days * _SECONDS_A_DAY + since.seconds
        return _BIGINT.pack(8, seconds * _MICROSECONDS + since.microseconds)


_UUID_LENGTH = _LENGTH.pack(16)
KINDS: tuple[type[PackedArray], ...] = (
    TextArray,
    WordArray,
    BytesArray,
    UuidArray,
    BigintArray,
    InstantArray,
)


def register_packed_arrays(context: AdaptContext) -> None:
    """Teach a connection to send packed arrays as they are."""
    adapters: AdaptersMap = context.adapters
    for kind in KINDS:
        adapters.register_dumper(kind, _dumper_of(kind))


def _dumper_of(kind: type[PackedArray]) -> type[Dumper]:
    dump: Callable[[Dumper, bytes], bytes] = lambda _self, packed: packed  # noqa: E731
    body = {"format": pq.Format.BINARY, "oid": kind.array_oid, "dump": dump}
    return type(f"{kind.__name__}Dumper", (Dumper,), body)
