"""What the handbook says works: every command runs, every link leads somewhere."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goodstanding.cli.main import COMMANDS
from goodstanding.core.postgres import is_running, start_server
from tests.conftest import STATE
from tests.docs.reading import Block, Link, blocks, glossary_words, headings, links
from tests.flows.installation import ROOT, Installation

QUICK = [block for block in blocks() if not block.mark]
SLOW = [block for block in blocks() if block.mark in {"long", "destructive"}]
ON_SAMPLES = [block for block in blocks() if block.mark == "samples"]


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An installation with current tables, and its server left running between the commands.

    It stands beside the tests' own server: pytest's folders are closed to the account that
    PostgreSQL runs under.
    """
    home = STATE / f"handbook-{os.getpid()}"
    found = Installation(home)
    ran = found.run("migrations", "--quiet", timeout=300)
    assert ran.returncode == 0, ran.stderr
    server = start_server(found.home / "postgres")
    yield found
    if is_running(found.home / "postgres"):
        server.stop()
    shutil.rmtree(home)


def _run(block: Block, installation: Installation, folder: Path) -> None:
    """Run the block as its reader would: in a shell, from the root of the tree."""
    command = folder / "goodstanding"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m goodstanding "$@"\n')
    command.chmod(0o755)
    place = folder / "tree"
    place.mkdir()
    for name in ("src", "docs"):
        (place / name).symlink_to(ROOT / name)
    environment = installation.environment()
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=place,
        env=environment | {"PATH": f"{folder}:{environment['PATH']}"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, f"{block.name}\n{ran.stdout}\n{ran.stderr}"


@pytest.mark.parametrize("block", QUICK, ids=lambda block: block.name)
def test_every_command_of_the_handbook_runs(
    block: Block, installation: Installation, tmp_path: Path
) -> None:
    _run(block, installation, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("block", SLOW, ids=lambda block: block.name)
def test_commands_that_take_long_or_destroy_run_too(block: Block, tmp_path: Path) -> None:
    fresh = Installation(tmp_path / "home")
    assert fresh.run("migrations", "--quiet", timeout=300).returncode == 0

    _run(block, fresh, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("block", ON_SAMPLES, ids=lambda block: block.name)
def test_commands_on_the_samples_run_on_the_samples(block: Block, tmp_path: Path) -> None:
    if "samples" not in COMMANDS:
        pytest.skip("the samples have no command yet")
    loaded = Installation(tmp_path / "home")
    assert loaded.run("migrations", "--quiet", timeout=300).returncode == 0
    assert loaded.run("cases", "load", timeout=300).returncode == 0
    assert loaded.run("samples", "load", timeout=900).returncode == 0

    _run(block, loaded, tmp_path)


@pytest.mark.parametrize("link", links(), ids=lambda link: link.name)
def test_every_link_and_picture_leads_somewhere(link: Link) -> None:
    path, _, anchor = link.target.partition("#")
    page = (link.page.parent / path) if path else link.page

    assert page.exists(), f"{link.page.name} names {link.target}, which is not there"
    if link.is_picture:
        assert link.words, f"the picture {link.target} has no words for who cannot see it"
    if anchor and page.suffix == ".md":
        assert anchor in headings(page)


def test_words_that_link_to_the_glossary_are_in_it() -> None:
    known = glossary_words()
    words = [
        link.words.casefold()
        for link in links()
        if link.target.endswith("GLOSSARY.md") and "glossary" not in link.words.casefold()
    ]

    assert [word for word in words if word not in known] == []


def test_every_metric_is_in_the_page_of_its_desk() -> None:
    from goodstanding.metrics.catalogue import catalogue

    pages = {"credit": "credit.md", "sellers": "sellers.md", "second_line": "second-line.md"}
    for metric in catalogue().values():
        page = (ROOT / "docs" / pages[metric.desk]).read_text("utf-8")
        assert f"`{metric.name}`" in page, f"{metric.name} is missing in docs/{pages[metric.desk]}"


def test_every_key_measure_and_table_is_explained() -> None:
    from goodstanding.metrics.catalogue import OPTIONAL, REQUIRED
    from goodstanding.metrics.tables import lake_tables
    from goodstanding.metrics.types import Measure

    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    explained = set(re.findall(r"`([a-z_0-9]+)`", page))

    assert {*REQUIRED, *OPTIONAL} <= explained
    assert {measure.value for measure in Measure} <= explained
    assert {table.name for table in lake_tables()} <= explained


def test_every_page_of_the_handbook_is_reached_from_the_readme() -> None:
    reached, waiting = set(), {ROOT / "README.md"}
    every = links()
    while waiting:
        page = waiting.pop()
        reached.add(page)
        waiting |= {
            (page.parent / link.target.partition("#")[0]).resolve()
            for link in every
            if link.page == page and link.target.partition("#")[0].endswith(".md")
        } - reached

    missed = set((ROOT / "docs").glob("*.md")) - reached
    assert missed == set()
