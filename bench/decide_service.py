"""The decision service under load, against pgbench's durable one-row INSERT of a similar row.

Authenticated, idempotent, gated, durable: the real service in a process of its own, on the
embedded PostgreSQL with fsync on, asked by a second process; the shipped underwriting policy with
its scorecard and its trees, approved. pgbench inserts a row of the same columns, indexes and size
into a twin of the table, prepared, with as many clients. The two take turns. Then the same with
features of the ledger looked up for each decision, with many decisions stored, and against
ezrules' evaluate endpoint.
"""

import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench import decide_features
from bench.ezrules_service import PACKAGE, evaluate_endpoint
from bench.ezrules_service import PORT as EZRULES_PORT
from bench.figures import Figure, machine
from bench.load import Turn, ask_over_http, pack_requests, post
from bench.peers import PeerUnavailable
from goodstanding.core.environment import export, load_secrets
from goodstanding.core.postgres import APPLICATION_ROLE, ensure_database, start_server
from goodstanding.core.postgres_folder import binaries
from goodstanding.serve.forking import processes_by_default

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "goodstanding"
CONNECTIONS = (1, 16, 64)
SECONDS = 4.0
TURNS = 5
PORT = 8473
MILLION, SHORTENED = 1_000_000, 100_000
KEPT_AT = 16
DESK = ROOT / "src" / "goodstanding" / "credit"
Ask = Callable[[str, str, int], bytes]


@dataclass(frozen=True, slots=True)
class Stage:
    """The server, the service's key, and where both are."""

    owner_url: str
    key: str
    folder: Path


def run(*, full: bool) -> Iterator[Figure]:
    """The service at 1, 16 and 64 connections, then with many stored, a million with `full`."""
    with stage() as found:
        conditions = machine()
        first: dict[int, float] = {}
        for connections in CONNECTIONS:
            ours, peer = take_turns(found, connections)
            first[connections] = ours.per_second / peer.per_second
            yield _figure("decide_service", connections, ours, peer, conditions)
        decide_features.fill_ledger(found.owner_url)
        for connections in CONNECTIONS:
            ours, peer = take_turns(found, connections, ask=a_request_with_features)
            yield _figure("decide_service_with_features", connections, ours, peer, conditions)
        for processes in sorted({1, processes_by_default()}):
            yield against_ezrules(found, processes=processes)
        rows = MILLION if full else SHORTENED
        fill(found, rows=rows)
        ours, peer = take_turns(found, KEPT_AT)
        kept = (ours.per_second / peer.per_second) / first[KEPT_AT]
        yield _figure(
            "decide_service_filled", KEPT_AT, ours, peer, f"{rows:,} stored, {conditions}"
        )
        yield Figure(
            "decide_service_kept_rate",
            ours.per_second,
            f"decisions/s after {rows:,} stored",
            "the same service on the empty table, each measured against pgbench beside it",
            kept,
            f"{KEPT_AT} connections, {'' if full else 'shortened, --full fills 1,000,000, '}"
            f"{conditions}",
        )


def _figure(name: str, connections: int, ours: Turn, peer: Turn, conditions: str) -> Figure:
    return Figure(
        f"{name}_{connections}",
        ours.per_second,
        "decisions/s",
        f"pgbench prepared one-row durable INSERT, {peer.per_second:.0f}/s",
        ours.per_second / peer.per_second,
        f"{connections} connections, p50 {ours.p50_ms:.2f} ms, p99 {ours.p99_ms:.2f} ms,"
        f" {processes_by_default()} service processes, load from the same cores, fsync on,"
        f" median of {TURNS} turns of {SECONDS:.0f} s each, {conditions}",
    )


def against_ezrules(found: Stage, *, processes: int) -> Figure:
    """Our endpoint and ezrules', each deciding by the rules of the shipped policy, take turns.

    The peer in so many processes; its production compose file starts one.
    """
    name = f"decide_service_against_ezrules_in_{processes}"
    what = f"{PACKAGE.replace('==', ' ')}, evaluate endpoint on PostgreSQL and Redis"
    try:
        with evaluate_endpoint(found.folder, found.owner_url, processes=processes) as peer:
            ours: list[Turn] = []
            theirs: list[Turn] = []
            for _ in range(TURNS):
                ours.append(ask_service(found, KEPT_AT))
                packed = peer.pack(found.folder / "events", count=int(SECONDS * 500))
                theirs.append(
                    ask_over_http(
                        packed, port=EZRULES_PORT, connections=KEPT_AT, seconds=SECONDS,
                        status="200",
                    )
                )  # fmt: skip
    except PeerUnavailable as reason:
        return Figure(name, None, "decisions/s", what, None, f"left out: {reason}")
    own, other = _median(ours), _median(theirs)
    return Figure(
        name,
        own.per_second,
        "decisions/s",
        f"{what}, {other.per_second:.0f}/s, p50 {other.p50_ms:.0f} ms, p99 {other.p99_ms:.0f} ms",
        own.per_second / other.per_second,
        f"{KEPT_AT} connections, p99 {own.p99_ms:.1f} ms; {processes_by_default()} processes of"
        f" ours, {processes} of the peer; same rules, same answers; ours also computes derived"
        " values, card and trees and asks the gate, the peer also keeps a row for each rule that"
        " fired and locks the transaction;"
        f" median of {TURNS} turns of {SECONDS:.0f} s each, {machine()}",
    )


def take_turns(found: Stage, connections: int, *, ask: Ask | None = None) -> tuple[Turn, Turn]:
    """Medians of both sides, which take turns so that both meet the same machine."""
    ours: list[Turn] = []
    peers: list[Turn] = []
    for _ in range(TURNS):
        ours.append(ask_service(found, connections, ask=ask or a_request))
        peers.append(ask_pgbench(found, connections))
    return _median(ours), _median(peers)


def _median(turns: list[Turn]) -> Turn:
    return Turn(
        statistics.median(turn.per_second for turn in turns),
        statistics.median(turn.p50_ms for turn in turns),
        statistics.median(turn.p99_ms for turn in turns),
    )


def ask_service(found: Stage, connections: int, *, ask: Ask | None = None) -> Turn:
    """One turn of the load generator, in its own process; any answer but 201 is an error."""
    now = datetime.now(UTC).isoformat()
    made = ((ask or a_request)(found.key, now, number) for number in range(int(SECONDS * 9000)))
    packed = pack_requests(found.folder / "requests", made)
    return ask_over_http(packed, port=PORT, connections=connections, seconds=SECONDS, status="201")


def a_request(key: str, as_of: str, number: int) -> bytes:
    """One request for a loan; most are approved or referred by the points."""
    entity = {"scheme": "sba_loan", "value": secrets.token_hex(5)}
    return _post(key, as_of, "sba_underwriting", entity, _inputs(number))


def a_request_with_features(key: str, as_of: str, number: int) -> bytes:
    """The same of a business that has facts, by the policy that looks features up."""
    value = str(number * 7919 % decide_features.BUSINESSES)
    entity = {"scheme": decide_features.SCHEME, "value": value}
    return _post(key, as_of, decide_features.NAME, entity, _inputs(number))


def _inputs(number: int) -> dict[str, object]:
    return {
        "requested_amount": 20_000 + (number * 7919) % 400_000,
        "guaranteed_share": 0.75,
        "employees": number % 60,
        "new_business": number % 3 == 0,
        "rural": False,
        "franchise": number % 7 == 0,
        "sector": ("33", "44", "62", "72")[number % 4],
        "state": ("OH", "CA", "PA", "TX", "NY")[number % 5],
        "connected_exposure": 0,
    }


def _post(
    key: str, as_of: str, policy: str, entity: dict[str, str], inputs: dict[str, object]
) -> bytes:
    question = {"policy": policy, "entity": entity, "as_of": as_of, "inputs": inputs}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": secrets.token_hex(12)}
    return post("/v1/decisions", json.dumps(question).encode(), headers)


def ask_pgbench(found: Stage, connections: int) -> Turn:
    """One turn of pgbench with as many clients."""
    done = subprocess.run(
        [
            str(binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared",
            f"--client={connections}", f"--jobs={min(connections, 2)}",
            f"--time={SECONDS:.0f}", f"--file={found.folder / 'insert.sql'}", found.owner_url,
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    lines = done.stdout.splitlines()
    per_second = next(float(line.split()[2]) for line in lines if line.startswith("tps"))
    latency = next(float(line.split()[3]) for line in lines if line.startswith("latency average"))
    return Turn(per_second, latency, latency)


@contextmanager
def stage() -> Iterator[Stage]:
    """A server with the product in it, the service running, and pgbench's table and script."""
    with tempfile.TemporaryDirectory(prefix="goodstanding-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start_server(folder / "postgres")
        try:
            ensure_database(server, database=DATABASE)
            owner_url = server.url(database=DATABASE)
            _environment(folder, owner_url, server.url(database=DATABASE, role=APPLICATION_ROLE))
            key = _install()
            with service():
                _first_decision(key)
                _write_pgbench_script(folder, owner_url)
                yield Stage(owner_url, key, folder)
        finally:
            server.stop()


def _environment(folder: Path, owner_url: str, url: str) -> None:
    os.environ["GOODSTANDING_HOME"] = str(folder)
    os.environ["GOODSTANDING_DATABASE_URL"] = url
    os.environ["GOODSTANDING_OWNER_URL"] = owner_url
    os.environ["GOODSTANDING_DECISIONS_PER_SECOND"] = "1000000"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    export(load_secrets(folder))


def _install() -> str:
    """Migrate, and publish and approve the shipped policy; returns a key of the company."""
    subprocess.run(
        [sys.executable, "-m", "goodstanding", "migrations", "--quiet"],
        env=os.environ | {"GOODSTANDING_DATABASE_URL": os.environ["GOODSTANDING_OWNER_URL"]},
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    from goodstanding.cli.django_start import start_django

    start_django()
    from django.db import connection

    from goodstanding.core.time import utc_now
    from tests.flows.approved import stand_company

    company = stand_company(now=utc_now(), code="GS-US")
    text = (DESK / "policies" / "sba_underwriting.yaml").read_text("utf-8")
    company.publish(text, artefacts=_artefacts_named_in(text))
    company.publish(decide_features.policy_text())
    key = company.key("decide")
    connection.close()
    return key


def _artefacts_named_in(text: str) -> dict[str, bytes]:
    import hashlib

    found: dict[str, bytes] = {}
    for path in (DESK / "models").glob("*.json"):
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 in text:
            found[sha256] = content
    return found


@contextmanager
def service() -> Iterator[None]:
    """The decision service as the product starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "goodstanding", "serve", "decisions", "--port", str(PORT)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_well(process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_well(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the decision service did not come up")


def _first_decision(key: str) -> None:
    """One decision, so that everything is loaded and pgbench has a row to resemble."""
    body = a_request(key, datetime.now(UTC).isoformat(), 1).partition(b"\r\n\r\n")[2]
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/v1/decisions", data=body, method="POST",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "first",
                 "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=10) as answer:
        if answer.status != 201:
            raise RuntimeError(f"the first decision was answered with {answer.status}")


COPIED = """
insert into {table} ({columns})
select {values}
from decisions_decision as template, generate_series(1, {count}) as series (number)
where template.id = (select id from decisions_decision order by id limit 1)
"""


def _write_pgbench_script(folder: Path, owner_url: str) -> None:
    """A twin of the table, and an INSERT of a row like the first decision, all by values."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("create table twin (like decisions_decision including all)")
        columns = _columns(owner)
        row = owner.execute("select * from decisions_decision limit 1").fetchone()
        names = [column.name for column in owner.execute("select * from twin").description or ()]
        template = dict(zip(names, row or (), strict=True))
        literals = [
            owner.execute("select quote_nullable(%s::text)", [_as_text(template[name])]).fetchone()
            for name in columns
        ]
    values = [
        FRESH.get(name) or f"{literal[0] if literal else 'null'}"
        for name, literal in zip(columns, literals, strict=True)
    ]
    statement = f"insert into twin ({', '.join(columns)}) values ({', '.join(values)});\n"
    (folder / "insert.sql").write_text(statement.replace("\n", " ").strip() + "\n", "utf-8")


FRESH = {
    "id": "uuidv7()",
    "idempotency_key": "gen_random_uuid()::text",
    "entity": "'sba_loan=' || gen_random_uuid()::text",
}


def _as_text(value: object) -> str | None:
    """The value as a literal; pgbench would read `:name` as a variable, even in quotes."""
    if value is None:
        return None
    if isinstance(value, list):
        return "{" + ",".join(map(str, value)) + "}"
    return re.sub(r":(?=[a-zA-Z_])", "=", str(value))


def _columns(owner: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    cursor = owner.execute("select * from decisions_decision limit 0")
    kept = {"xid", "recorded_at"}  # by default, as the service leaves them
    return [column.name for column in cursor.description or () if column.name not in kept]


def fill(found: Stage, *, rows: int) -> None:
    """Fill both tables up to so many decisions by copying the first one under other ids."""
    with psycopg.connect(found.owner_url, autocommit=True) as owner:
        columns = _columns(owner)
        values = ", ".join(FRESH.get(name, f"template.{name}") for name in columns)
        for table in ("decisions_decision", "twin"):
            statement = COPIED.format(
                table=table, columns=", ".join(columns), values=values, count=rows
            )
            owner.execute(statement)  # pyright: ignore[reportArgumentType]
            owner.execute(f"vacuum analyze {table}")  # pyright: ignore[reportArgumentType]
        owner.execute("checkpoint")
