"""`goodstanding conform`: nothing shown is no proof, and exits with 2."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from goodstanding.cli.conform import app
from goodstanding.language import spark_absent


@pytest.mark.parametrize(
    ("content", "exit_code", "words"),
    [
        (b'{"expr": "1 + 1", "out": "2"}\n', 0, "1 agree, 0 differ"),
        (b'{"expr": "1 + 1", "out": "3"}\n', 1, "wanted 3, came 2"),
        (b"", 2, "holds no case"),
        (b"\n\n", 2, "holds no case"),
        (b"no case", 2, "Line 1 of the cases"),
        (b"\xff\xfe", 2, "cannot be read"),
    ],
)
def test_exit_codes(content: bytes, exit_code: int, words: str, tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_bytes(content)

    ran = CliRunner().invoke(app, ["language", str(cases), "--engine", "python"])

    assert (ran.exit_code, words in ran.output) == (exit_code, True)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["language", str(tmp_path / "nowhere.jsonl")])

    assert ran.exit_code == 2
    assert "nowhere.jsonl cannot be read: No such file or directory." in ran.output


def test_an_engine_that_cannot_run_here_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_absent, "find_spec", lambda _: None)
    cases = tmp_path / "cases.jsonl"
    cases.write_bytes(b'{"expr": "1 + 1", "out": "2"}\n')

    ran = CliRunner().invoke(app, ["language", str(cases), "--engine", "spark"])

    assert ran.exit_code == 2
    assert "PySpark is not installed" in ran.output
