"""Every table, migrated once in a run and laid into whatever server a test starts."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from goodstanding.core.postgres import EmbeddedServer, ensure_database
from goodstanding.core.postgres_folder import binaries

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".goodstanding" / "tests"


def lay_tables(server: EmbeddedServer, *, database: str) -> None:
    """Fill a new, empty database of the server with every table and grant.

    The first of all workers migrates, and what it made is restored everywhere else: no migrated
    row carries a transaction id, which would be another server's.
    """
    ensure_database(server, database=database)
    KEPT.mkdir(parents=True, exist_ok=True)
    dump = KEPT / f"tables-{fingerprint()}.dump"
    with FileLock(KEPT / "tables.lock"):
        if not dump.exists():
            _migrate(server.url(database=database))
            _dump(server.url(database=database), dump)
            return
    _run("pg_restore", "--exit-on-error", f"--dbname={server.url(database=database)}", str(dump))


def fingerprint() -> str:
    """Changes with a migration, a declared verb and a grant."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").glob("goodstanding/*/migrations/*.py")):
        digest.update(path.read_bytes())
    for name in ("apps.py", "grants.py"):
        for path in sorted((ROOT / "src").glob(f"goodstanding/*/{name}")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _migrate(url: str) -> None:
    environment = os.environ | {"GOODSTANDING_DATABASE_URL": url, "PYTHONPATH": str(ROOT / "src")}
    command = "from goodstanding.cli.main import main; main(['migrations', '--quiet'])"
    subprocess.run([sys.executable, "-c", command], env=environment, check=True)


def _dump(url: str, path: Path) -> None:
    for old in path.parent.glob("tables-*.dump"):
        old.unlink()
    half = path.with_suffix(".half")
    _run("pg_dump", "--format=custom", f"--file={half}", url)
    half.rename(path)


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(binaries() / program), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
