"""Good Standing: one loop of facts, policies, people, outcomes and governance."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

__version__ = "0.1.0"


def lake(folder: "Path | str | None" = None) -> "DuckDBPyConnection":
    """The lake as a DuckDB connection, one view a table, for notebooks; needs no database.

    `folder` is the lake's, or the one of the installation in `GOODSTANDING_HOME`. The connection
    reads that folder and nothing else.
    """
    from goodstanding.metrics.lake import open_lake

    return open_lake(folder)
