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

    `python` is a version such as 3.12 where the peer needs another than ours; uv finds it among
    the machine's interpreters or fetches one. Raises PeerUnavailable.
    """
    folder = home_folder() / "bench" / name
    interpreter = folder / "bin" / "python"
    if (folder / "ready").exists():
        return Peer(interpreter)
    uv = str(Path(sys.executable).parent / "uv")
    wanted = _interpreter(python) if python else sys.executable
    for arguments in (
        [uv, "venv", "--quiet", "--clear", "--python", wanted, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(interpreter), *packages],
    ):
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise PeerUnavailable(f"{name} could not be installed: {' '.join(last)[:200]}")
    (folder / "ready").touch()
    return Peer(interpreter)


def _interpreter(version: str) -> str:
    """A Python of this version that starts: on the path, kept by pyenv, or whatever uv has."""
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
    found = shutil.which(f"python{version}")
    for command in [*([found] if found else []), *map(str, kept)]:
        if subprocess.run([command, "-V"], capture_output=True, check=False).returncode == 0:
            return command
    return version
