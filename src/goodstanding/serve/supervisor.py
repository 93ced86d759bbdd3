"""Starts the product's processes, keeps them up, and takes them down together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog
from filelock import FileLock, Timeout

from goodstanding.core.environment import make_home
from goodstanding.core.errors import Refusal
from goodstanding.serve.lifeline import GRACE_SECONDS, VARIABLE

log = structlog.get_logger()

STOP_SECONDS = 10
READY_SECONDS = 60
RESTART_PAUSE_SECONDS = 1.0
ORPHANS_SECONDS = GRACE_SECONDS + 4


class AlreadyRunning(Refusal):
    """Good Standing already runs from {home} (process {pid}, {address})."""

    code = "already_running"
    status = 409
    mend = "Use that one, stop it with Ctrl-C, or set GOODSTANDING_HOME to another folder."


class PortTaken(Refusal):
    """Port {port} on 127.0.0.1 is taken by another program."""

    code = "port_taken"
    status = 409
    mend = "Choose others: goodstanding run --port 8430 (decisions take the next one)."


class DidNotComeUp(Refusal):
    """The process {name} did not answer within {seconds} seconds."""

    code = "did_not_come_up"
    status = 503
    mend = "Read {log_file}."


@dataclass(slots=True)
class Child:
    """A process of ours: what to run, where its log goes, and where it says that it is well."""

    name: str
    arguments: list[str]
    health_url: str | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0


@dataclass
class Supervisor:
    """Owns the home folder while it lives: `start` the children, then `watch` them."""

    home: Path
    address: str
    children: list[Child] = field(default_factory=list[Child])
    stopping: bool = False

    def __post_init__(self) -> None:
        """Take the lock of the home folder; raises AlreadyRunning if another holds it."""
        make_home(self.home)
        self._lock = FileLock(self.home / "run.lock")
        self._pipe: tuple[int, int] | None = None
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            owner = _owner(self.home)
            raise AlreadyRunning(
                home=self.home, pid=owner["pid"], address=owner["address"]
            ) from None
        self.follows_a_killed_one = (self.home / "run.json").exists()
        owner = {"pid": os.getpid(), "address": self.address}
        (self.home / "run.json").write_text(json.dumps(owner))

    def start(self, *, on_ready: Callable[[str], None]) -> None:
        """Start every child, then wait until each says that it is well."""
        self._pipe = os.pipe()
        for child in self.children:
            self._spawn(child)
        for child in self.children:
            self._wait_until_well(child)
            on_ready(child.name)

    def watch(self, *, revive_database: Callable[[], bool]) -> None:
        """Start again what ends by itself, the database first, until SIGINT or SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        while not self.stopping:
            if revive_database():
                log.warning("database_revived")
            for child in self.children:
                if child.process is not None and child.process.poll() is not None:
                    log.warning("child_ended", name=child.name, code=child.process.returncode)
                    time.sleep(RESTART_PAUSE_SECONDS)
                    self._spawn(child)
            time.sleep(0.2)

    def stop(self) -> None:
        """End the children, politely first, and give the home folder free."""
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is not None:
                _wait_or_kill(child.process, until=deadline)
        if self._pipe is not None:
            for descriptor in self._pipe:
                os.close(descriptor)
            self._pipe = None
        (self.home / "run.json").unlink(missing_ok=True)
        self._lock.release()

    def log_file(self, child: Child) -> Path:
        """Where the child's output goes."""
        return self.home / "logs" / f"{child.name}.log"

    def _spawn(self, child: Child) -> None:
        if self._pipe is None:
            raise RuntimeError("start() opens the lifeline first")
        reading, _writing = self._pipe
        path = self.log_file(child)
        path.parent.mkdir(parents=True, exist_ok=True)
        child.starts += 1
        with path.open("ab") as output:
            child.process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "goodstanding", *child.arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                pass_fds=[reading],
                env={**os.environ, VARIABLE: str(reading)},
                start_new_session=True,
            )

    def _wait_until_well(self, child: Child) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while child.health_url is not None and not _is_well(child.health_url):
            ended = child.process is None or child.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise DidNotComeUp(
                    name=child.name, seconds=READY_SECONDS, log_file=self.log_file(child)
                )
            time.sleep(0.1)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.stopping = True


def require_free_port(port: int, *, patience_seconds: float = 0) -> None:
    """Raise PortTaken if something listens on the port of the loopback address all the while.

    The children of a supervisor that was killed need some seconds to notice and to end.
    """
    deadline = time.monotonic() + patience_seconds
    while not _is_free(port):
        if time.monotonic() >= deadline:
            raise PortTaken(field="port", port=port)
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _owner(home: Path) -> Mapping[str, object]:
    path = home / "run.json"
    if not path.exists():
        return {"pid": "unknown", "address": "starting"}
    return json.loads(path.read_text())


def _is_well(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _wait_or_kill(process: subprocess.Popen[bytes], *, until: float) -> None:
    try:
        process.wait(timeout=max(0.1, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
