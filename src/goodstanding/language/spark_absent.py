"""Whether Spark can run here at all: it is an extra, and needs Java."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from goodstanding.core.errors import Refusal


class SparkAbsent(Refusal):
    """Spark cannot run here: {why}."""

    code = "spark_absent"
    status = 409
    mend = "Install the extra: pip install 'goodstanding[spark]', and Java 17; or use polars."


def require_spark() -> None:
    """Raise SparkAbsent unless PySpark and a Java are there."""
    if find_spec("pyspark") is None:
        raise SparkAbsent(field="engine", why="PySpark is not installed")
    home = os.environ.get("JAVA_HOME", "")
    if shutil.which("java") is None and not (Path(home) / "bin" / "java").exists():
        raise SparkAbsent(field="engine", why="there is no Java")
