"""Every command of the handbook runs, and ends with the exit code that its line names."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from goodstanding.core.postgres import is_running, start_server
from tests.conftest import STATE, hurry
from tests.docs.reading import Block, Call, blocks, calls
from tests.flows.installation import ROOT, Installation
from tests.tables import lay_tables

EXIT = re.compile(r"^(?P<command>.+?)\s+# exit (?P<code>\d+)$", re.MULTILINE)


@pytest.fixture
def installation() -> Iterator[Installation]:
    """An installation with current tables, in a folder that shows a reader the tree.

    It stands beside the tests' own server: pytest's folders are closed to the account that
    PostgreSQL runs under. Its server is left running between the commands.
    """
    place = STATE / f"handbook-{os.getpid()}"
    place.mkdir(parents=True)
    for name in ("src", "docs"):
        (place / name).symlink_to(ROOT / name)
    command = place / "bin" / "goodstanding"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m goodstanding "$@"\n')
    command.chmod(0o755)
    found = Installation(place / ".goodstanding")
    server = start_server(found.home / "postgres")
    hurry(server)
    lay_tables(server, database="goodstanding")
    yield found
    if is_running(found.home / "postgres"):
        server.stop()
    shutil.rmtree(place)


@pytest.mark.slow
def test_every_block_of_the_handbook_runs(
    installation: Installation, subtests: pytest.Subtests
) -> None:
    """One test for all, so that the samples are loaded once on however many workers."""
    every = [block for block in blocks() if block.run_by is None]
    for block in every:
        if not block.on_samples:
            with subtests.test(msg=block.name):
                _run(block, installation)

    loaded = installation.run("samples", "load", timeout=900)
    assert loaded.returncode == 0, loaded.stderr

    for block in every:
        if block.on_samples:
            with subtests.test(msg=block.name):
                _run(block, installation)


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


def _run(block: Block, installation: Installation) -> None:
    """Run the block as its reader would: in a shell or in Python, where the tree begins."""
    place = installation.home.parent
    environment = installation.environment()
    program = (
        [sys.executable, "-c", block.text]
        if block.language == "python"
        else ["bash", "-euo", "pipefail", "-c", EXIT.sub(_expecting, block.text)]
    )
    ran = subprocess.run(
        program,
        cwd=place,
        env=environment | {"PATH": f"{place / 'bin'}:{environment['PATH']}"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, f"{block.name}\n{ran.stdout}\n{ran.stderr}"


def _expecting(line: re.Match[str]) -> str:
    return f"code=0; {line['command']} || code=$?; test $code -eq {line['code']}"
