"""Good Standing: one loop of facts, policies, people, outcomes and governance.

In a notebook, without a database:

    from goodstanding import Policy

    policy = Policy.load("trade_uk.yaml")
    policy.evaluate({"amount": "120.00", "dpd_max": 3})
    policy.evaluate_table("applications.parquet")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from goodstanding.policies.engine import Policy as Policy
    from goodstanding.policies.engine import load_policy as load_policy
    from goodstanding.policies.engine import read_policy as read_policy

__version__ = "0.1.0"
_LAZY = dict.fromkeys(("Policy", "load_policy", "read_policy"), "goodstanding.policies.engine")


def __getattr__(name: str) -> Any:
    """Load what is named here when it is first asked for, so that importing stays cheap."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    """The names, those that are loaded later included."""
    return sorted({*globals(), *_LAZY})


def lake(folder: "Path | str | None" = None) -> "DuckDBPyConnection":
    """The lake as a DuckDB connection, one view a table, for notebooks; needs no database.

    `folder` is the lake's, or the one of the installation in `GOODSTANDING_HOME`. The connection
    reads that folder and nothing else.
    """
    from goodstanding.metrics.lake import open_lake

    return open_lake(folder)
