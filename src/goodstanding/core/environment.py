"""What the environment says. Nothing else in the house reads `os.environ`."""

import base64
import json
import os
import secrets
from pathlib import Path

from goodstanding.core.errors import Refusal

SECRET_NAMES = (
    "GOODSTANDING_SECRET_KEY",
    "GOODSTANDING_ENCRYPTION_KEYS",
    "GOODSTANDING_DIGEST_KEY",
)


class HomeRefused(Refusal):
    """Nothing can be kept in {folder}: {why}."""

    code = "home_refused"
    status = 503
    mend = "Set GOODSTANDING_HOME to a folder of yours."


def home_folder() -> Path:
    """Where database, lake and secrets are kept: `GOODSTANDING_HOME` or `.goodstanding` here."""
    return Path(os.environ.get("GOODSTANDING_HOME", ".goodstanding")).expanduser().resolve()


def make_home(folder: Path) -> None:
    """Make the folder if need be; raises HomeRefused where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as surprise:
        raise HomeRefused(folder=folder, why=surprise.strerror) from surprise


def variable(name: str, default: str | None = None) -> str:
    """The variable's value; raises RuntimeError naming it where it is missing without default."""
    value = os.environ.get(name, default)
    if value is None:
        raise RuntimeError(f"{name} is not set; `goodstanding run` sets it for its children")
    return value


def is_on(name: str) -> bool:
    """Whether a yes/no variable is on."""
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def load_secrets(folder: Path) -> dict[str, str]:
    """The installation's secrets: made once, kept in `secrets.json` for the owner's eyes only."""
    path = folder / "secrets.json"
    if not path.exists():
        write_secret_file(path, _new_secrets())
    return read_secret_file(path)


def write_secret_file(path: Path, values: dict[str, str]) -> None:
    """Write values that only the owner of the process may read; never over an existing file."""
    make_home(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=2)


def read_secret_file(path: Path) -> dict[str, str]:
    """The values of such a file."""
    return json.loads(path.read_text())


def export(values: dict[str, str]) -> None:
    """Put values into this process's environment, where they are not set already."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def _new_secrets() -> dict[str, str]:
    return {
        "GOODSTANDING_SECRET_KEY": secrets.token_urlsafe(48),
        "GOODSTANDING_ENCRYPTION_KEYS": f"k1:{_key()}",
        "GOODSTANDING_DIGEST_KEY": _key(),
    }


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
