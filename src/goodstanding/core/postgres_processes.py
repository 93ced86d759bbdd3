"""The processes of an embedded server, seen from outside: whether it runs, hangs or left some."""

import time
from contextlib import suppress
from pathlib import Path
from signal import SIGQUIT

import psutil

HANG_SECONDS = 10  # after five, PostgreSQL itself kills those of its processes that do not end
QUIT_SECONDS = 8


def first_process(folder: Path) -> psutil.Process | None:
    """Of the server that runs on the folder; one that nobody has buried yet does not run."""
    try:
        pid = (folder / "postmaster.pid").read_text().split("\n", 1)[0]
        process = psutil.Process(int(pid)) if pid.isdigit() else None
        return process if process and _is_alive(process) else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def is_running(folder: Path) -> bool:
    """Whether a server runs on the folder."""
    return first_process(folder) is not None


def end_orphans(folder: Path) -> None:
    """End what a killed server left behind; whoever waits for a lock of another never notices.

    Only while no server runs on the folder: the next one refuses to share its memory with them.
    """
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.name() == "postgres" and Path(process.cwd()) == folder.resolve():
                process.kill()


class Hang:
    """Notices a server that runs and will never take a connection again.

    When one of its processes is killed, PostgreSQL recovers. If the process that recovers is
    killed as well before it begins to redo, PostgreSQL 18 waits for it for ever, and even for a
    fast shutdown: seen with 18.6, each time (`tests/flows/test_revival.py`).
    """

    def __init__(self, folder: Path) -> None:
        """Look at the server of a folder, beginning with the first question."""
        self._folder = folder
        self._since: float | None = None

    def is_certain(self) -> bool:
        """Whether nobody has recovered the server for longer than its own restart takes."""
        if not _is_unattended(self._folder):
            self._since = None
            return False
        if self._since is None:
            self._since = time.monotonic()
        return time.monotonic() - self._since > HANG_SECONDS

    def end(self) -> None:
        """End the server at once; what was committed is in its log, and recovered from there."""
        self._since = None
        process = first_process(self._folder)
        if process is not None:
            end_at_once(process)


def end_at_once(process: psutil.Process) -> None:
    """End a server by its immediate shutdown, or by force when it does not hear of that."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(SIGQUIT)
        try:
            process.wait(timeout=QUIT_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(timeout=QUIT_SECONDS)


def _is_alive(process: psutil.Process) -> bool:
    return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE


def _is_unattended(folder: Path) -> bool:
    """Whether a running server neither serves nor recovers nor stops.

    By the names that its processes show: one that serves has a `walwriter`, one that recovers a
    `startup`, and either has a `checkpointer`.
    """
    process = first_process(folder)
    if process is None or _is_stopping(folder):
        return False
    shown: list[str] = []
    with suppress(psutil.NoSuchProcess):
        for child in process.children():
            with suppress(psutil.NoSuchProcess):
                shown.append(" ".join(child.cmdline()))
    names = " ".join(shown)
    return "checkpointer" in names and "walwriter" not in names and "startup" not in names


def _is_stopping(folder: Path) -> bool:
    """Whether it was told to stop, and may be writing what is left to be written."""
    try:
        return (folder / "postmaster.pid").read_text().rstrip().endswith("stopping")
    except FileNotFoundError:
        return True
