"""docs/dependencies.md names what pyproject.toml asks for, and the core uses what it asks for."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Time zones where the system has none; DuckDB imports pytz when it hands over an instant.
IMPORTED_BY_NOBODY = {"tzdata", "pytz"}


def test_every_dependency_is_explained() -> None:
    project = _project()
    asked = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    rows = re.findall(
        r"^\| ([A-Za-z][\w, .-]*) \|", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE
    )
    explained = {name.strip().lower() for row in rows for name in row.split(",")} - {"package"}

    assert explained == {_name(line) for line in asked}


def test_the_core_uses_every_dependency_that_it_asks_for() -> None:
    modules: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            modules.setdefault(distribution.lower().replace("_", "-"), set()).add(module)
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    asked = {_name(line) for line in _project()["dependencies"]}

    unused = {name for name in asked if not any(_is_used(m, source) for m in modules[name])}

    assert unused == IMPORTED_BY_NOBODY


def test_the_locks_hold_hashes_and_no_host_names() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text()

        assert "--hash=sha256:" in text, lock.name
        assert "://" not in text, lock.name
        assert "--index-url" not in text, lock.name


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _name(requirement: str) -> str:
    return re.split(r"[\[><=~ ;]", requirement, maxsplit=1)[0].lower()


def _is_used(module: str, source: str) -> bool:
    """Whether it is imported, or named in a setting: "whitenoise.middleware..."."""
    name = re.escape(module)
    return bool(re.search(rf"^\s*(?:import|from) {name}\b|\"{name}[.\"]", source, re.MULTILINE))
