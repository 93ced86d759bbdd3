"""Runs the command as its user does, on an installation of the test's own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Installation:
    """A home folder, and the command that works on it."""

    home: Path

    def environment(self) -> dict[str, str]:
        """What a person's shell would hold: no address, no secret, only the home folder."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GOODSTANDING_")
        }
        return kept | {"GOODSTANDING_HOME": str(self.home), "PYTHONPATH": str(ROOT / "src")}

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `goodstanding ARGUMENTS` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "goodstanding", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(
        self, *arguments: str, output: int | IO[str] = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Start `goodstanding ARGUMENTS` and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "goodstanding", *arguments],
            env=self.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
