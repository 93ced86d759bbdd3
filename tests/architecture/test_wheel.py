"""The built wheel holds all that the product reads: templates, SQL, policies, models, data."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from goodstanding.core.environment import load_secrets

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "goodstanding"
DATA = {".html", ".css", ".js", ".svg", ".sql", ".yaml", ".json", ".csv", ".gz", ".parquet"}
READ_ALL = """
import django
from importlib.resources import files
django.setup()
from django.apps import apps
from django.template.loader import get_template
from goodstanding.core.named_sql import named_sql
from goodstanding.metrics.catalogue import catalogue
from goodstanding.outcomes.definitions import label_definitions
import goodstanding
for config in apps.get_app_configs():
    if not config.name.startswith("goodstanding."):
        continue
    folder = files(config.name).joinpath("sql")
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name.endswith(".sql"):
                named_sql(config.label, path.name.removesuffix(".sql"))
for name in ("base.html", "home/home.html", "metrics/metric.html"):
    get_template(name)
print(goodstanding.__file__, len(catalogue()), len(label_definitions()))
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=300, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that holds the wheel and borrows this one's libraries.

    The borrowed folder comes after its own, and without its `.pth` files, so that the editable
    installation of this tree stays out of sight.
    """
    place = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    own = next(place.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(own)
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


def _run(environment: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GOODSTANDING_", "DJANGO_", "PYTHON"))
    }
    return subprocess.run(
        [str(environment / "bin" / "python"), *arguments],
        env=kept
        | {
            "GOODSTANDING_HOME": str(home),
            "GOODSTANDING_DATABASE_URL": "dbname=never_opened",
            "DJANGO_SETTINGS_MODULE": "goodstanding.serve.settings",
            **load_secrets(home),
        },
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_file_that_is_no_code_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {
        f"goodstanding/{path.relative_to(PACKAGE)}"
        for path in PACKAGE.rglob("*")
        if path.suffix in DATA or (path.suffix == ".py" and path.parent.name == "migrations")
    }

    assert wanted - held == set()
    assert "goodstanding/py.typed" in held
    assert not [name for name in held if name.startswith(("tests/", "bench/"))]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--version"], "goodstanding "),
        (["policy", "check", "credit/sba_underwriting"], "can be published"),
        (["policy", "test", "sellers/registration"], "tests passed"),
        (["conform", "--list"], "language"),
    ],
    ids=" ".join,
)
def test_commands_run_from_the_wheel(
    environment: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    ran = _run(environment, "-m", "goodstanding", *arguments, home=tmp_path)

    assert ran.returncode == 0, ran.stderr
    assert words in ran.stdout


def test_the_wheel_reads_its_own_sql_templates_and_metrics(
    environment: Path, tmp_path: Path
) -> None:
    ran = _run(environment, "-c", READ_ALL, home=tmp_path)

    assert ran.returncode == 0, ran.stderr
    file, metrics, labels = ran.stdout.split()
    assert Path(file).is_relative_to(environment)
    assert int(metrics) >= 15
    assert int(labels) >= 1
