"""A whole installation that is really killed, process by process, and callers that persist."""

import asyncio
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from tests.flows.installation import Installation
from tests.flows.service import a_body, headers

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.02
REFERRED_EVERY = 10
ASKED_AGAIN_EVERY = 5


def first_of_two_free_ports() -> int:
    """A port that nobody listens on, nor on the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def wait_until(
    what: str,
    is_so: Callable[[], bool],
    *,
    seconds: float = PATIENCE_SECONDS,
    pause: float = PAUSE_SECONDS,
) -> None:
    """Wait for something that must come; it is a failure when it does not."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain until {what}"
        time.sleep(pause)


@dataclass
class Running:
    """`goodstanding run` on the ports from `port` on, and the processes that it looks after."""

    installation: Installation
    port: int
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until both services say that they are well."""
        log = (self.installation.home / "run.log").open("a")
        self.process = self.installation.start(
            "run", "--no-samples", "--port", str(self.port), output=log
        )
        log.close()
        wait_until("the installation is well", self.is_well)

    def is_well(self) -> bool:
        """Whether web and decision service both say so."""
        ended = self.process is None or self.process.poll() is not None
        assert not ended, (self.installation.home / "run.log").read_text()
        return all(map(self._answers, (self.port, self.port + 1)))

    def kill(self, kind: str, chance: random.Random) -> None:
        """kill -9 of a process of the kind, as soon as there is one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            victim = self._victim(kind, chance)
            if victim is not None:
                victim.kill()
                if self.process is not None and victim.pid == self.process.pid:
                    self.process.wait()
                return
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"no {kind} came up")

    def _victim(self, kind: str, chance: random.Random) -> psutil.Process | None:
        """A living process of the kind; None while there is none."""
        if kind == "supervisor":
            return None if self.process is None else psutil.Process(self.process.pid)
        if kind in {"postmaster", "server process"}:
            return self._of_the_server(kind, chance)
        alive = [child for child in self._children() if kind in _words_of(child)]
        return chance.choice(alive) if alive else None

    def kill_everything(self) -> None:
        """Whatever it started but the server: the supervisor first, lest it starts more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for process in self._children():
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def story(self) -> str:
        """What the supervisor and the server said, and what runs."""
        home = self.installation.home
        server = (home / "postgres" / "log").read_text().splitlines()
        said = [line for line in server if "FATAL" not in line]
        runs = [" ".join(_words_of(process)) for process in self._children()]
        runs += [" ".join(_words_of(process)) for process in self._server_processes()]
        return "\n".join([(home / "run.log").read_text(), *said[-30:], *runs])

    def _answers(self, port: int) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def _children(self) -> list[psutil.Process]:
        """What the installation started, also after whoever started it was killed."""
        home = str(self.installation.home)
        found = (process for process in psutil.process_iter() if _is_of(process, home))
        return [process for process in found if "serve" in _words_of(process)]

    def _of_the_server(self, kind: str, chance: random.Random) -> psutil.Process | None:
        processes = self._server_processes()
        if not processes:
            return None
        return processes[0] if kind == "postmaster" else chance.choice(processes[1:] or [None])

    def _server_processes(self) -> list[psutil.Process]:
        """The server's first process, then those that it started."""
        try:
            text = (self.installation.home / "postgres" / "postmaster.pid").read_text()
            first = psutil.Process(int(text.split("\n", 1)[0]))
            return [first, *first.children()]
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return []


def _words_of(process: psutil.Process) -> list[str]:
    """Its command line; nothing for one that has just died."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _is_of(process: psutil.Process, home: str) -> bool:
    try:
        return process.environ().get("GOODSTANDING_HOME") == home
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


@dataclass
class Callers:
    """Callers that send each request again, under the same key, until it is answered.

    `answers` holds every answer seen by key: the decision's id and hash, in order of arrival.
    """

    key: str
    port: int
    is_over: bool = False
    answers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    broken: int = 0
    seen: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    async def call(self, *, callers: int) -> None:
        """Keep so many requests on their way until it is over."""
        async with httpx.AsyncClient(timeout=15) as client:
            await asyncio.gather(*(self._one_after_another(client) for _ in range(callers)))

    async def _one_after_another(self, client: httpx.AsyncClient) -> None:
        while not self.is_over:
            number = next(self._numbers)
            body = a_request(number)
            for _ in range(2 if number % ASKED_AGAIN_EVERY == 0 else 1):
                await self._until_answered(client, f"k-{number}", body)

    async def _until_answered(
        self, client: httpx.AsyncClient, key: str, body: dict[str, Any]
    ) -> None:
        while True:
            answer = await self._ask(client, key, body)
            if answer is not None and answer.status_code == 201:
                made = answer.json()
                self.answers.setdefault(key, []).append((made["decision_id"], made["record_hash"]))
                return
            if answer is None or answer.status_code == 503:
                self.broken += 1
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self.refused.append(answer.text)
            return

    async def _ask(
        self, client: httpx.AsyncClient, key: str, body: dict[str, Any]
    ) -> httpx.Response | None:
        """The answer, or None where the connection broke before there was one."""
        await asyncio.sleep(PAUSE_SECONDS)
        try:
            return await client.post(
                f"http://127.0.0.1:{self.port}/v1/decisions",
                json=body,
                headers=headers(self.key, key),
            )
        except httpx.TransportError:
            return None


def a_request(number: int) -> dict[str, Any]:
    """The number's request: one in ten is referred. Asked again it is the very same."""
    return a_body(
        entity={"scheme": "companies_house", "value": str(number)},
        inputs={"amount": number + 1, "vat_ok": number % REFERRED_EVERY != 0, "dpd_max": 0,
                "utilisation": 0.1, "tenure_months": 30},
    )  # fmt: skip
