"""Environments of the peers: each its own, made once, outside of ours."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from goodstanding.core.environment import home_folder


class PeerUnavailable(Exception):
    """The peer cannot be had on this machine; the message says why, for the figure's line."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer's environment."""

    python: Path

    @property
    def binaries(self) -> Path:
        """The folder of its console scripts."""
        return self.python.parent


def peer(name: str, *, packages: list[str], python: str = "") -> Peer:
    """The environment `name` with these packages, made now if it is not there.

    `python` is a version such as 3.12 where the peer needs another than ours.
    Raises PeerUnavailable.
    """
    folder = home_folder() / "bench" / name
    interpreter = folder / "bin" / "python"
    if (folder / "ready").exists():
        return Peer(interpreter)
    command = shutil.which(f"python{python}") if python else sys.executable
    if command is None:
        raise PeerUnavailable(f"there is no python{python} here")
    for arguments in (
        [command, "-m", "venv", "--clear", str(folder)],
        [str(interpreter), "-m", "pip", "install", "--quiet", *packages],
    ):
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise PeerUnavailable(f"{name} could not be installed: {' '.join(last)[:200]}")
    (folder / "ready").touch()
    return Peer(interpreter)
