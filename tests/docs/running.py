"""Runs what the handbook says, as its reader would."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from goodstanding.core.postgres import start_server
from goodstanding.core.postgres_processes import is_running
from tests.conftest import STATE, hurry
from tests.docs.reading import Block
from tests.flows.installation import ROOT, Installation
from tests.tables import lay_tables

EXIT = re.compile(r"^(?P<command>.+?)\s+# exit (?P<code>\d+)$", re.MULTILINE)


@contextmanager
def installation_for_readers(name: str) -> Generator[Installation]:
    """An installation with current tables, in a folder that shows a reader the tree.

    It stands beside the tests' own server: pytest's folders are closed to the account that
    PostgreSQL runs under. Its server is left running between the commands.
    """
    place = STATE / f"{name}-{os.getpid()}"
    place.mkdir(parents=True)
    for shown in ("src", "docs"):
        (place / shown).symlink_to(ROOT / shown)
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


def run_block(block: Block, installation: Installation) -> None:
    """Run a block in a shell or in Python, where the tree begins; fails unless it ends as it says.

    A line of a shell that ends in `# exit 2` has to end so.
    """
    environment = installation.environment()
    place = installation.home.parent
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
