"""Where a policy finds the model artefacts that it names by sha256."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias, cast

from goodstanding.core.errors import Refusal
from goodstanding.scoring.artifact import MAX_ARTIFACT_BYTES, load_artifact
from goodstanding.scoring.types import Model

FindArtefact: TypeAlias = Callable[[str], Model | None]
Artefacts: TypeAlias = FindArtefact | Mapping[str, Model] | Path | str | Iterable[Path]


class ArtefactNotFound(Refusal):
    """No model artefact with the sha256 {sha256} is at hand."""

    code = "artefact_not_found"
    mend = "Put the artefact beside the policy, in a folder `models`, or name its folder."


def finder(artefacts: Artefacts | None, *, beside: Path | None = None) -> FindArtefact:
    """One function from sha256 to model, for any of the forms that a caller may give.

    Without any, folders named `models` beside the policy's file, and its own folder, are searched.
    """
    if callable(artefacts):
        return artefacts
    if isinstance(artefacts, str):
        artefacts = Path(artefacts)
    if isinstance(artefacts, Mapping):
        models = cast("Mapping[str, Model]", artefacts)
        return lambda sha256: models.get(sha256)  # noqa: PLW0108 - the overloads of get
    folders: tuple[Path, ...] = ()
    if isinstance(artefacts, Path):
        folders = (artefacts,)
    elif artefacts is not None:
        folders = tuple(artefacts)
    elif beside is not None:
        folders = folders_beside(beside)
    return lambda sha256: _in_folders(sha256, folders)


def folders_beside(policy: Path) -> tuple[Path, ...]:
    """Where the artefacts of a policy's file are searched."""
    return (policy.parent, policy.parent / "models", policy.parent.parent / "models")


def artefact_bytes(wanted: Iterable[str], *, folders: Iterable[Path]) -> dict[str, bytes]:
    """The files in some folders whose digests are wanted, by sha256; what is not there is left."""
    rest, found = set(wanted), dict[str, bytes]()
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            state = path.stat() if path.is_file() else None
            if rest and state and state.st_size <= MAX_ARTIFACT_BYTES:
                digest = _digest(path, state.st_mtime_ns, state.st_size)
                if digest in rest:
                    found[digest] = path.read_bytes()
                    rest.discard(digest)
    return found


def _in_folders(sha256: str, folders: Iterable[Path]) -> Model | None:
    for folder in folders:
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            state = path.stat() if path.is_file() else None
            if state and state.st_size <= MAX_ARTIFACT_BYTES and path.suffix != ".yaml":
                digest = _digest(path, state.st_mtime_ns, state.st_size)
                if digest == sha256:
                    return _load(path, sha256)
    return None


@lru_cache(maxsize=512)
def _digest(path: Path, changed_at: int, size: int) -> str:  # noqa: ARG001 - part of the key
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=64)
def _load(path: Path, sha256: str) -> Model:
    return load_artifact(path, expected_sha256=sha256)
