"""The samples, loaded by the command once in a run, for every test of this folder."""

from collections.abc import Iterator

import pytest

from tests.docs.running import installation_for_readers
from tests.flows.installation import Installation


@pytest.fixture(scope="session")
def samples() -> Iterator[Installation]:
    """An installation with the samples; what a test leaves in it the next module finds."""
    with installation_for_readers("samples") as found:
        loaded = found.run("samples", "load", timeout=900)
        assert loaded.returncode == 0, loaded.stderr
        yield found
