"""The sealed chain: proof that no committed row was changed or taken away afterwards.

One sealer walks the registered streams. For each it takes the rows whose transactions lie below
`pg_snapshot_xmin` (so none can still appear among them), digests them in order of id, and links
the digest to the link before it. Nothing on the hot path waits for it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from goodstanding.core.models import Seal

FIRST_LINK = "0" * 64
SEALER_LOCK = 0x5EA1


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows to be sealed: a table and the SQL expression that hashes one of its rows to hex."""

    name: str
    table: str
    hash_sql: str
    id_column: str = "id"


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table and the columns that its seal covers, beside the instant at which a row was recorded.

    The columns are named, so that a new column does not change the digest of a sealed row; a
    column added later gets a stream of its own.
    """

    name: str
    table: str
    columns: tuple[str, ...]

    @property
    def hash_sql(self) -> str:
        """SHA-256, in hex, of the row's columns as a JSON array: a gap stays a gap in its place."""
        array = f"jsonb_build_array({', '.join(self.columns)}, extract(epoch from recorded_at))"
        return f"encode(sha256(convert_to({array}::text, 'UTF8')), 'hex')"


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A link whose rows, or whose place in the chain, are no longer what was sealed."""

    sequence: int
    stream: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `audit verify` found: links checked, rows under them, breaks, rows not yet sealed."""

    links: int
    rows: int
    broken: tuple[BrokenLink, ...]
    unsealed: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether every link still fits."""
        return not self.broken


_streams: dict[str, Stream] = {}


def register_stream(*, name: str, table: str, hash_sql: str, id_column: str = "id") -> None:
    """Seal the rows of `table` from now on; called from a room's `apps.py`.

    The table needs a column `xid` and an index on `((xid::text)::bigint)` (BRIN is enough).
    """
    _streams[name] = Stream(name, table, hash_sql, id_column)


def seal_tables(tables: Iterable[SealedTable]) -> None:
    """Seal the rows of each table from now on; called from a room's `apps.py`."""
    for sealed in tables:
        register_stream(name=sealed.name, table=sealed.table, hash_sql=sealed.hash_sql)


def streams() -> tuple[Stream, ...]:
    """The registered streams by name."""
    return tuple(_streams[name] for name in sorted(_streams))


def seal_once(*, at: datetime) -> int:
    """Seal everything committed and not yet sealed; returns the number of rows sealed."""
    return sum(_seal_stream(stream, at=at) for stream in streams())


def _seal_stream(stream: Stream, *, at: datetime) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [SEALER_LOCK])
            cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text")
            below = int(_one(cursor))
        start = _sealed_below(stream)
        count, digest = _digest_rows(stream, start=start, below=below)
        if count:
            _add_link(stream, start=start, below=below, count=count, rows_digest=digest, at=at)
        return count


def _one(cursor: Any) -> Any:
    return cursor.fetchone()[0]


def _sealed_below(stream: Stream) -> int:
    last = Seal.objects.filter(stream=stream.name).order_by("-sequence").first()
    return int(last.below_xid) if last else 0


def _digest_rows(stream: Stream, *, start: int, below: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    count = 0
    for row_id, row_hash in _rows(stream, start=start, below=below):
        digest.update(f"{row_id}:{row_hash}\n".encode())
        count += 1
    return count, digest.hexdigest()


def _rows(stream: Stream, *, start: int, below: int) -> Iterator[tuple[str, str]]:
    query = (
        f"select {stream.id_column}::text, {stream.hash_sql} from {stream.table}"  # noqa: S608 - registered by our own code
        " where (xid::text)::bigint >= %s and (xid::text)::bigint < %s"
        f" order by {stream.id_column}"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [start, below])
        while chunk := cursor.fetchmany(5000):
            yield from chunk


def _add_link(
    stream: Stream, *, start: int, below: int, count: int, rows_digest: str, at: datetime
) -> None:
    last = Seal.objects.order_by("-sequence").first()
    previous = last.digest if last else FIRST_LINK
    Seal.objects.create(
        stream=stream.name,
        from_xid=str(start),
        below_xid=str(below),
        row_count=count,
        rows_digest=rows_digest,
        previous_digest=previous,
        digest=link_digest(stream.name, start, below, count, rows_digest, previous),
        sealed_at=at,
    )


def link_digest(
    stream: str, start: int, below: int, count: int, rows_digest: str, previous: str
) -> str:
    """The digest of a link: sha256 of its parts as canonical JSON."""
    parts = [stream, start, below, count, rows_digest, previous]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SealState:
    """How far the chain reaches: its links, the last of them, and the rows not yet under one."""

    links: int
    last: Seal | None
    unsealed: dict[str, int]


def seal_state() -> SealState:
    """The chain as it stands; cheap, since nothing is digested again."""
    last = Seal.objects.order_by("-sequence").first()
    return SealState(Seal.objects.count(), last, _unsealed())


def verify() -> Verification:
    """Digest every sealed row again and walk the chain; rows above the last link are counted."""
    broken: list[BrokenLink] = []
    links = rows = 0
    previous = FIRST_LINK
    known = {stream.name: stream for stream in streams()}
    for seal in Seal.objects.order_by("sequence").iterator():
        links += 1
        rows += seal.row_count
        reason = _why_broken(seal, known=known, previous=previous)
        if reason:
            broken.append(BrokenLink(seal.sequence, seal.stream, reason))
        previous = seal.digest
    return Verification(links, rows, tuple(broken), _unsealed())


def _why_broken(seal: Seal, *, known: dict[str, Stream], previous: str) -> str | None:
    if seal.previous_digest != previous:
        return "the link before it is missing or was replaced"
    stream = known.get(seal.stream)
    if stream is None:
        return "no room registers this stream any more"
    start, below = int(seal.from_xid), int(seal.below_xid)
    count, digest = _digest_rows(stream, start=start, below=below)
    if count != seal.row_count:
        return f"{seal.row_count} rows were sealed, {count} are there"
    if digest != seal.rows_digest:
        return "a sealed row was changed"
    parts = (seal.stream, start, below, count, digest, previous)
    return None if link_digest(*parts) == seal.digest else "the link itself was changed"


def _unsealed() -> dict[str, int]:
    """The rows of each stream above its last link, counted in one statement."""
    counts = " union all ".join(
        f"select '{stream.name}', count(*) from {stream.table}"  # noqa: S608 - registered by us
        " where (xid::text)::bigint >= coalesce((select max((below_xid::text)::bigint)"
        f" from core_seal where stream = '{stream.name}'), 0)"
        for stream in streams()
    )
    if not counts:
        return {}
    with closing(connection.cursor()) as cursor:
        cursor.execute(counts)
        return {str(name): int(count) for name, count in cursor.fetchall()}
