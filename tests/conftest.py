"""One real PostgreSQL: a migrated template, cloned per worker, used as the application."""

import hashlib
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
import pytest
from filelock import FileLock
from hypothesis import settings
from psycopg import sql
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from goodstanding.core.environment import export, load_secrets
from goodstanding.core.postgres import (
    APPLICATION_ROLE,
    EmbeddedServer,
    start_server,
)
from goodstanding.core.postgres_processes import is_running
from tests.tables import ROOT, fingerprint, lay_tables

settings.register_profile("patient", deadline=None)  # a loaded machine is no failure
settings.load_profile("patient")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
# A server for each worker: transaction ids are a server's, and a test must not wait for another's.
STATE = ROOT / ".goodstanding" / "tests" / WORKER
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30
TEMPLATE = "goodstanding_template"


def _server_folder() -> Path:
    """Where the server's files are: in memory, if there is room.

    A database of our tables is more than a thousand files. To copy them takes a second and a half
    on a disk, and nearly no time in memory.
    """
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return STATE / "postgres"
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return MEMORY / f"goodstanding-tests-{checkout}-{WORKER}" / "postgres"


SERVER = _server_folder()
STALE_DATABASES = """
select datname from pg_database
where datname like 'goodstanding\\_%%' and datname <> %s
and datname not in (select datname from pg_stat_activity where datname is not null)
"""

# Spark lives for seconds here: without its slow compiler it needs a third less.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
os.environ["GOODSTANDING_HOME"] = str(STATE / "home")
os.environ.setdefault("GOODSTANDING_DATABASE_URL", "dbname=set_by_the_fixtures")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodstanding.serve.settings")
export(load_secrets(STATE / "home"))
django.setup()

from goodstanding.policies import queries as policies  # noqa: E402 (its tables need Django)

# A module keeps to one worker, which shares what it fills, and ON_SAMPLES as a whole; those that
# take minutes come first. The handbook changes the samples, so it comes after what is said of them.
ON_SAMPLES = "on_samples"
LONG = (
    f"{ON_SAMPLES}/test_loading.py",
    f"{ON_SAMPLES}/test_handbook.py",
    "docs",
    "flows",
    "parity",
    "pages",
)


class _Scopes(LoadScopeScheduling):
    """Modules are dealt out to workers, but a folder that shares a loading goes to one."""

    def _split_scope(self, nodeid: str) -> str:
        return ON_SAMPLES if f"tests/{ON_SAMPLES}/" in nodeid else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Deal out by `_Scopes`."""
    return _Scopes(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Behind whatever order was drawn: no long module is left for the end of a run."""
    places = [ROOT / "tests" / name for name in LONG]

    def place(item: pytest.Item) -> int:
        within = (item.path, *item.path.parents)
        return next((at for at, long in enumerate(places) if long in within), len(places))

    items.sort(key=place)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Each worker stops its own server, and leaves nothing in memory."""
    if is_running(SERVER):
        start_server(SERVER).stop()
    if MEMORY in SERVER.parents and SERVER.exists():
        shutil.rmtree(SERVER.parent)


@pytest.fixture(scope="module", autouse=True)
def _nothing_compiled() -> None:
    """A process keeps what it compiled of a published text; the next module writes it otherwise."""
    policies.compiled.cache_clear()
    policies.findings_of.cache_clear()


@pytest.fixture(scope="session")
def postgres() -> EmbeddedServer:
    """The embedded server of the tests; it may forget on a power cut, so it is fast."""
    STATE.mkdir(parents=True, exist_ok=True)
    with FileLock(STATE / "postgres.lock"):
        server = start_server(SERVER)
        hurry(server)
    return server


def hurry(server: EmbeddedServer) -> None:
    """Let a server forget on a power cut, which no test waits for."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(setting)))
        connection.execute("select pg_reload_conf()")


@pytest.fixture(scope="session")
def template(postgres: EmbeddedServer) -> str:
    """The name of a migrated database; made anew when a migration or a declared verb changes."""
    name = f"{TEMPLATE}_{fingerprint()}"
    with FileLock(STATE / "template.lock"):
        with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
            stale = connection.execute(STALE_DATABASES, [name]).fetchall()
            known = connection.execute(
                "select 1 from pg_database where datname = %s", [f"{name}"]
            ).fetchone()
            if known:
                return name
            for (old,) in stale:
                connection.execute(
                    sql.SQL("drop database if exists {}").format(sql.Identifier(old))
                )
        lay_tables(postgres, database=f"{name}_draft")
        with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(
                    sql.Identifier(f"{name}_draft"), sql.Identifier(name)
                )
            )
    return name


def clone(postgres: EmbeddedServer, template: str, name: str) -> str:
    """A fresh copy of the template; returns the application role's address of it."""
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return postgres.url(database=name, role=APPLICATION_ROLE)


@pytest.fixture(scope="session")
def django_db_setup(
    postgres: EmbeddedServer, template: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Point Django at this worker's copy, as the application's role."""
    from django.db import connections

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    url = clone(postgres, template, f"goodstanding_{os.getpid()}_{worker}")
    point_django_at(url)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture
def starting_point(template: str) -> str:
    """The database that `fresh_database` copies; a module whose tests share much fills its own."""
    return template


@pytest.fixture
def fresh_database(
    postgres: EmbeddedServer, starting_point: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """A database of the test's own, committed for real; yields the application's address of it.

    For tests with several connections or processes: decided tables refuse TRUNCATE, so what such a
    test commits can only go with its database.
    """
    name = f"goodstanding_fresh_{os.getpid()}"
    url = clone(postgres, starting_point, name)
    with django_db_blocker.unblock(), django_on(url):
        yield url
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )


@contextmanager
def django_on(url: str) -> Generator[None]:
    """Within it Django, and who asks the environment, works on another database."""
    from django.db import connections

    before = dict(connections["default"].settings_dict)
    before_url = os.environ["GOODSTANDING_DATABASE_URL"]
    point_django_at(url)
    try:
        yield
    finally:
        connections.close_all()
        connections["default"].settings_dict.update(before)
        os.environ["GOODSTANDING_DATABASE_URL"] = before_url


def point_django_at(url: str) -> None:
    from django.db import connections

    from goodstanding.core.postgres import django_database

    connections["default"].close()
    connections["default"].settings_dict.update(django_database(url))
    os.environ["GOODSTANDING_DATABASE_URL"] = url
