"""Every command of the handbook runs, and ends with the exit code that its line names.

Those that want the samples run in tests/on_samples.
"""

import re
from collections.abc import Iterator

import pytest

from tests.docs.reading import Call, blocks, calls
from tests.docs.running import installation_for_readers, run_block
from tests.flows.installation import ROOT, Installation


@pytest.fixture
def installation() -> Iterator[Installation]:
    """An empty installation with current tables."""
    with installation_for_readers("handbook") as found:
        yield found


@pytest.mark.slow
def test_every_block_that_wants_no_samples_runs(
    installation: Installation, subtests: pytest.Subtests
) -> None:
    for block in blocks():
        if block.run_by is None and not block.on_samples:
            with subtests.test(msg=block.name):
                run_block(block, installation)


def test_blocks_that_another_test_runs_are_in_it() -> None:
    elsewhere = [block for block in blocks() if block.run_by is not None]

    assert [block.run_by for block in elsewhere] == ["tests/flows/test_backup.py"]
    for block in elsewhere:
        text = (ROOT / str(block.run_by)).read_text("utf-8")
        for name in re.findall(r"goodstanding (\w+)", block.text):
            assert f'.run("{name}"' in text, f"{block.name}: {name}"


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.name)
def test_every_command_in_a_sentence_exists_with_its_options(call: Call) -> None:
    from typer.main import get_command

    from goodstanding.cli.main import app

    command, words = get_command(app), list(call.words)
    while hasattr(command, "get_command") and words:
        name = words.pop(0)
        command = command.get_command(None, name)
        assert command is not None, f"{call.name}: there is no command {name}"
    options = {option for parameter in command.params for option in parameter.opts}

    assert {word for word in words if word.startswith("--")} <= options, call.name
