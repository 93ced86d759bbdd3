"""ezrules' evaluate endpoint as its authors run it: uvicorn, PostgreSQL, and Redis for its queues.

It decides by the rules of the shipped policy; the derived values come with the event, since it
has no names for them, and card and trees are left out. Beside that it takes an advisory lock of
the transaction, keeps a row for each rule that fired, and observes its fields; it asks its queues
in Redis, whose workers are not started. Its production compose file starts one process; beside that
it is given as many as our service has. Its pool is widened to what its threads need: with the 5 and
10 connections of its defaults, 16 callers wait for each other until some get an error.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.contests import Contest, shipped_contest
from bench.load import pack_requests, post
from bench.peers import PeerUnavailable, peer

PACKAGE = "ezrules==1.29.4"
SETTER = Path(__file__).parent / "contestants" / "ezrules_company.py"
PORT, REDIS_PORT = 8474, 8475
RECORDS = 500
CHECKED = 60
PATH = "/api/v2/evaluate"
WAIT_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running endpoint with our rules in it; `rules` are their ids by its own."""

    key: str
    rules: Mapping[str, str]
    contest: Contest

    def request(self, number: int) -> bytes:
        """One event, of another transaction each."""
        given = self.contest.given
        return post(PATH, self._body(number, given[number % len(given)]), {"X-API-Key": self.key})

    def pack(self, path: Path, *, count: int) -> Path:
        """So many requests in a file."""
        return pack_requests(path, (self.request(number) for number in range(count)))

    def check(self) -> None:
        """Hold its answers against ours. Raises AssertionError."""
        for at in range(CHECKED):
            request = urllib.request.Request(
                f"http://127.0.0.1:{PORT}{PATH}",
                data=self._body(-1 - at, self.contest.given[at]),
                headers={"X-API-Key": self.key, "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                found = json.load(answer)["rule_results"]
            fired = [name for number, name in self.rules.items() if number in found]
            if fired != self.contest.fired[at]:
                raise AssertionError(f"record {at}: ezrules {fired}, {self.contest.fired[at]}")

    def _body(self, number: int, record: Mapping[str, Any]) -> bytes:
        moment = datetime.now(UTC).isoformat()
        event = {"transaction_id": f"bench-{number}-{time.monotonic_ns()}"}
        return json.dumps(event | {"effective_at": moment, "event_data": record}).encode()


@contextmanager
def evaluate_endpoint(folder: Path, owner_url: str, *, processes: int) -> Iterator[Endpoint]:
    """The endpoint with the rules of the shipped contest. Raises PeerUnavailable."""
    redis = shutil.which("redis-server")
    if redis is None:
        raise PeerUnavailable("it wants a Redis server, and there is none on this machine")
    python = str(peer("ezrules", packages=[PACKAGE], python="3.12").python)
    contest = shipped_contest(RECORDS)
    database = f"ezrules_{processes}"
    environment = os.environ | _settings(owner_url, database)
    with ExitStack() as stack:
        _run(stack, [redis, "--port", str(REDIS_PORT), "--bind", "127.0.0.1", "--save", ""], {})
        _create_database(owner_url, database)
        company = _set_up(python, folder, contest, environment)
        serving = [
            python, "-m", "uvicorn", "ezrules.backend.api_v2.main:app", "--host", "127.0.0.1",
            "--port", str(PORT), "--workers", str(processes), "--no-access-log",
        ]  # fmt: skip
        _wait_until_well(_run(stack, serving, environment))
        found = Endpoint(company["key"], company["rules"], contest)
        found.check()
        yield found


def _settings(owner_url: str, database: str) -> dict[str, str]:
    given = conninfo_to_dict(owner_url)
    query = urllib.parse.urlencode(
        {"host": given["host"], **({"port": given["port"]} if "port" in given else {})}
    )
    redis = f"redis://127.0.0.1:{REDIS_PORT}"
    return {
        "EZRULES_DB_ENDPOINT": f"postgresql+psycopg2://{given['user']}@/{database}?{query}",
        "EZRULES_APP_SECRET": "of this benchmark alone",
        "EZRULES_CELERY_BROKER_URL": redis,
        "EZRULES_OBSERVATION_QUEUE_REDIS_URL": redis,
        "EZRULES_SHADOW_EVALUATION_QUEUE_REDIS_URL": redis,
        "EZRULES_DB_POOL_SIZE": "20",
        "EZRULES_DB_MAX_OVERFLOW": "20",
    }


def _create_database(owner_url: str, name: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"create database {name}")


def _set_up(
    python: str, folder: Path, contest: Contest, environment: Mapping[str, str]
) -> dict[str, Any]:
    work = folder / "ezrules.json"
    work.write_text(json.dumps(contest.work["ezrules_executor"]))
    done = subprocess.run(
        [python, str(SETTER), str(work)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise PeerUnavailable(f"it was not set up: {done.stderr.strip().splitlines()[-1][:200]}")
    return json.loads(done.stdout.splitlines()[-1])


def _run(stack: ExitStack, command: list[str], environment: Mapping[str, str]) -> Any:
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait, timeout=30)
    stack.callback(process.terminate)
    return process


def _wait_until_well(process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/ping", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise PeerUnavailable("its server did not come up")
