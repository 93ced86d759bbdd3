"""What a user installs is the core lock: nothing at run time may come from the builders' extras."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Hides every library that the core lock does not bring, then asks DuckDB for an instant, as the
# page that asks the lake and `goodstanding.lake()` do: it imports its helper only then.
PROGRAM = """
import sys
from importlib.abc import MetaPathFinder
from importlib.metadata import packages_distributions

locked = set(sys.argv[1].split())
plain = lambda name: name.lower().replace("_", "-").replace(".", "-")
owners = packages_distributions()

class OnlyLocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in owners and locked.isdisjoint(map(plain, owners[top])):
            raise ModuleNotFoundError(f"{top} is not in the core lock", name=top)

sys.meta_path.insert(0, OnlyLocked())
import duckdb
import goodstanding
rows = duckdb.sql("set timezone = 'UTC'; select timestamptz '2026-11-22 14:05:00+00'").fetchall()
print(rows[0][0].isoformat())
"""


def test_an_instant_leaves_the_lake_with_the_core_lock_alone() -> None:
    lock = (ROOT / "requirements" / "core.txt").read_text("utf-8")
    names = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
    project = re.search(
        r'^name = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert project is not None

    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, " ".join({*names, project.group(1)})],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("2026-11-22T14:05:00")
