"""The lake: decided facts as Parquet, for metrics, notebooks and Spark.

    <lake>/<table>/manifest.json
    <lake>/<table>/day=2026-11-22/<from_xid>-<below_xid>.parquet

Rows are added, never changed. A manifest names the files that count; it is replaced in one step,
so a reader sees a whole export or none of it, and what a crash left behind is never read. The
days are those of the export.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class LakeFile:
    """One Parquet file: where it lies below its table, and which transactions wrote its rows."""

    path: str
    day: str
    from_xid: int
    below_xid: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table of the lake: its columns (name, DuckDB type), its files, its watermark.

    Every row that a transaction below `below_xid` wrote is in one of the files.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    below_xid: int
    files: tuple[LakeFile, ...]

    @property
    def rows(self) -> int:
        """How many rows the table holds."""
        return sum(file.rows for file in self.files)


def read_manifest(folder: Path, *, table: str) -> Manifest | None:
    """The table's manifest; None before its first export."""
    path = folder / table / MANIFEST
    if not path.exists():
        return None
    read: dict[str, Any] = json.loads(path.read_text())
    return Manifest(
        table=read["table"],
        columns=tuple((name, kind) for name, kind in read["columns"]),
        below_xid=read["below_xid"],
        files=tuple(LakeFile(**file) for file in read["files"]),
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make the manifest the table's current one, in one step that survives a crash."""
    path = folder / manifest.table / MANIFEST
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("w") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def tables(folder: Path) -> list[Manifest]:
    """The manifests of all tables that were exported, by name."""
    if not folder.exists():
        return []
    names = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
    found = (read_manifest(folder, table=name) for name in names)
    return [manifest for manifest in found if manifest is not None]


def open_lake(
    folder: Path | str | None = None,
    *,
    expected: Mapping[str, Iterable[tuple[str, str]]] = {},
    memory_mb: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with a view for each table of the lake.

    It can read the lake's folder and nothing else: no other file, no network, no extension.
    `expected` names tables (with columns) that get an empty view where nothing was exported yet;
    `memory_mb` bounds what its queries may use.
    """
    folder = Path(folder or default_folder()).resolve()
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute("set temp_directory = ''")  # else DuckDB opens `.tmp` here, to write to
    if memory_mb is not None:
        connection.execute(f"set memory_limit = '{int(memory_mb)}MiB'")
    found = {manifest.table: manifest for manifest in tables(folder)}
    for name, columns in expected.items():
        found.setdefault(name, Manifest(name, tuple(columns), 0, ()))
    for manifest in found.values():
        connection.execute(_view(folder, manifest))
    connection.execute(f"set allowed_directories = ['{_quoted(str(folder) + os.sep)}']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def default_folder() -> Path:
    """`lake` in the installation's home folder."""
    from goodstanding.core.environment import home_folder

    return home_folder() / "lake"


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as the manifest keeps it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged_files(folder: Path) -> list[str]:
    """Files of the lake that are missing or no longer what was exported."""
    return [
        f"{manifest.table}/{file.path}"
        for manifest in tables(folder)
        for file in manifest.files
        if not (folder / manifest.table / file.path).exists()
        or digest_file(folder / manifest.table / file.path) != file.sha256
    ]


def lock_of(folder: Path, *, table: str) -> FileLock:
    """Held by whoever writes the table; readers need none."""
    return FileLock(folder / f".{table}.lock")


def sync_file(path: Path) -> None:
    """Have the file's bytes on the disk before a manifest names it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the folder's names on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path, *, older_than: float) -> int:
    """Delete Parquet files that no manifest names and that are older (seconds of the epoch).

    A crash leaves them, and so does compaction; a reader that began before has them open still, so
    the caller waits a while. Returns how many went.
    """
    gone = 0
    for manifest in tables(folder):
        with lock_of(folder, table=manifest.table):
            current = read_manifest(folder, table=manifest.table) or manifest
            named = {file.path for file in current.files}
            place = folder / manifest.table
            for path in place.glob("day=*/*.parquet"):
                if str(path.relative_to(place)) in named or path.stat().st_mtime >= older_than:
                    continue
                path.unlink()
                gone += 1
    return gone


def compact_day(folder: Path, *, table: str, day: str) -> int:
    """Write the day's files as one; returns how many files that saved. Readers notice nothing."""
    with lock_of(folder, table=table):
        manifest = read_manifest(folder, table=table)
        return 0 if manifest is None else _compact(folder, manifest, day)


def _compact(folder: Path, manifest: Manifest, day: str) -> int:
    table = manifest.table
    small = sorted((f for f in manifest.files if f.day == day), key=lambda file: file.from_xid)
    if len(small) < 2:
        return 0
    name = f"day={day}/{small[0].from_xid}-{small[-1].below_xid}-compact.parquet"
    target = folder / table / name
    sources = ", ".join(f"'{_quoted(str(folder / table / file.path))}'" for file in small)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from read_parquet([{sources}], union_by_name = true))"
            f" to '{_quoted(str(target))}' (format parquet, compression zstd)"
        )
    sync_file(target)
    merged = LakeFile(
        path=name,
        day=day,
        from_xid=small[0].from_xid,
        below_xid=small[-1].below_xid,
        rows=sum(file.rows for file in small),
        bytes=target.stat().st_size,
        sha256=digest_file(target),
    )
    kept = tuple(file for file in manifest.files if file.day != day)
    write_manifest(folder, replace(manifest, files=(*kept, merged)))
    return len(small) - 1


def _view(folder: Path, manifest: Manifest) -> str:
    if not manifest.files:
        columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in manifest.columns)
        return f'create view "{manifest.table}" as select {columns} where false'
    paths = ", ".join(
        f"'{_quoted(str(folder / manifest.table / file.path))}'" for file in manifest.files
    )
    return (
        f'create view "{manifest.table}" as from read_parquet([{paths}],'
        " hive_partitioning = false, union_by_name = true)"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
