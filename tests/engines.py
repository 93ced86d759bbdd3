"""Runners of the language's engines for tests; PostgreSQL on the server of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from goodstanding.core.postgres import EmbeddedServer
from goodstanding.language.conform import RUNNERS
from goodstanding.language.runners import PostgresRunner


@contextmanager
def postgres_runner(server: EmbeddedServer) -> Iterator[PostgresRunner]:
    """A runner over the owner's connection, also for run_cases; it only reads constants."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("set timezone to 'UTC'")

        def execute(query: str) -> list[tuple[object, ...]]:
            return connection.execute(query.encode()).fetchall()

        runner = PostgresRunner(execute)
        RUNNERS["postgres"] = lambda: runner
        yield runner
        del RUNNERS["postgres"]
