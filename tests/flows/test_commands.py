"""What a command says where it cannot work."""

from pathlib import Path

import pytest

from tests.flows.installation import Installation


@pytest.mark.slow
def test_without_tables_a_command_says_how_to_make_them(tmp_path: Path) -> None:
    refused = Installation(tmp_path / "home").run("metrics", "list")

    assert refused.returncode == 2
    assert refused.stderr.startswith("refused: The database lacks tables")
    assert "goodstanding migrations" in refused.stderr
