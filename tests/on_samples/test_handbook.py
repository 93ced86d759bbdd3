"""Every block of the handbook that wants the samples runs on them, in the handbook's order."""

import pytest

from tests.docs.reading import blocks
from tests.docs.running import run_block
from tests.flows.installation import Installation


@pytest.mark.slow
def test_every_block_on_the_samples_runs(samples: Installation, subtests: pytest.Subtests) -> None:
    for block in blocks():
        if block.on_samples:
            with subtests.test(msg=block.name):
                run_block(block, samples)
