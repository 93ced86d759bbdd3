"""Text files that a command is given."""

from pathlib import Path

from goodstanding.core.errors import Refusal


class TextFileUnreadable(Refusal):
    """The file {path} cannot be read: {problem}."""

    code = "file_unreadable"
    mend = "Give the path of a text file in UTF-8."


def read_text(path: Path) -> str:
    """What the file says; raises TextFileUnreadable."""
    try:
        return path.read_text("utf-8")
    except OSError as surprise:
        raise TextFileUnreadable(path=path, problem=surprise.strerror) from surprise
    except UnicodeDecodeError as surprise:
        raise TextFileUnreadable(path=path, problem="it is not UTF-8") from surprise
