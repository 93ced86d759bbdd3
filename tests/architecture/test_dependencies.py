"""docs/dependencies.md names what pyproject.toml asks for, no less and no more."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    names = {re.split(r"[\[><=~ ;]", line, maxsplit=1)[0].lower() for line in asked}
    rows = re.findall(
        r"^\| ([A-Za-z][\w, .-]*) \|", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE
    )
    explained = {name.strip().lower() for row in rows for name in row.split(",")} - {"package"}

    assert explained == names


def test_the_locks_hold_hashes_and_no_host_names() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text()

        assert "--hash=sha256:" in text, lock.name
        assert "://" not in text, lock.name
        assert "--index-url" not in text, lock.name
