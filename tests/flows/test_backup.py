"""A backup restores to an installation whose chain still verifies."""

import json
from pathlib import Path

import psycopg
import pytest

from goodstanding.core.ids import new_id
from goodstanding.core.postgres import start_server
from tests.flows.installation import Installation

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with its tables, made by the command, as its operator does."""
    made = Installation(tmp_path_factory.mktemp("original"))
    migrated = made.run("migrations", "--quiet", timeout=300)
    assert migrated.returncode == 0, migrated.stderr
    return made


def test_backup_and_restore_keep_the_chain_whole(original: Installation, tmp_path: Path) -> None:
    """Also while the original goes on running, as it does when somebody tries a backup out."""
    copy = Installation(tmp_path / "copy")
    archive = str(tmp_path / "backup.tar.gz")
    _write_one_line(original)
    original.run("audit", "seal")
    running = start_server(original.home / "postgres")

    try:
        made = original.run("backup", archive, "--with-secrets", "--json")
        restored = copy.run("restore", archive, "--json")
        verified = copy.run("audit", "verify", "--json")
    finally:
        running.stop()

    assert made.returncode == 0, made.stderr
    assert restored.returncode == 0, restored.stderr
    assert (copy.home / "secrets.json").read_text() == (original.home / "secrets.json").read_text()
    found = json.loads(verified.stdout)
    assert (found["holds"], found["links"], found["rows"]) == (True, 1, 1)


def test_what_a_run_found_comes_back_with_the_database(
    original: Installation, tmp_path: Path
) -> None:
    rows = original.home / "changes" / "run" / "flips.parquet"
    rows.parent.mkdir(parents=True)
    rows.write_bytes(b"PAR1")
    copy = Installation(tmp_path / "copy")

    made = original.run("backup", str(tmp_path / "backup.tar.gz"))
    restored = copy.run("restore", str(tmp_path / "backup.tar.gz"))

    assert (made.returncode, restored.returncode) == (0, 0), made.stderr + restored.stderr
    assert (copy.home / "changes" / "run" / "flips.parquet").read_bytes() == b"PAR1"
    assert not (copy.home / "backtests").exists()


def test_half_an_archive_is_refused_and_leaves_nothing(
    original: Installation, tmp_path: Path
) -> None:
    archive, half = tmp_path / "backup.tar.gz", tmp_path / "half.tar.gz"
    assert original.run("backup", str(archive)).returncode == 0
    half.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    copy = Installation(tmp_path / "copy")

    refused = copy.run("restore", str(half))

    assert refused.returncode == 2
    assert "cannot be read to its end" in refused.stderr
    assert list(copy.home.iterdir()) == []


def _write_one_line(installation: Installation) -> None:
    server = start_server(installation.home / "postgres")
    with psycopg.connect(server.url(database="goodstanding"), autocommit=True) as connection:
        connection.execute(
            "insert into core_audit_entry (id, at, actor, action, object_kind, object_id, detail)"
            " values (%s, now(), 'ana', 'claim', 'case', '7', '{}')",
            [new_id()],
        )
    server.stop()


def test_a_restore_never_overwrites_a_database(original: Installation, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    made = original.run("backup", str(archive))
    assert made.returncode == 0, made.stderr

    refused = original.run("restore", str(archive))

    assert refused.returncode == 2
    assert "holds a database" in refused.stderr
    assert "Move it away" in refused.stderr


def test_a_backup_into_no_folder_is_refused(original: Installation, tmp_path: Path) -> None:
    refused = original.run("backup", str(tmp_path / "nowhere" / "backup.tar.gz"))

    assert refused.returncode == 2
    assert "nothing can be written in" in refused.stderr


@pytest.mark.parametrize("content", [b"", b"not an archive"])
def test_what_is_no_backup_is_refused(content: bytes, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.tar.gz"
    wrong.write_bytes(content)

    refused = Installation(tmp_path / "home").run("restore", str(wrong))

    assert refused.returncode == 2
    assert "is not an archive" in refused.stderr
    assert not (tmp_path / "home" / "postgres").exists()
