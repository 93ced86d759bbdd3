"""One figure: a line of JSON that says what was measured, against what, and under which conditions.

Absolute figures move with the machine and with what else runs on it; the ratio is measured in one
run with its peer, interleaved, and is what is promised.
"""

import json
import os
import platform
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`ratio` is ours over the peer's, or the peer's over ours, as `unit` and `against` say."""

    name: str
    value: float | None
    unit: str
    against: str
    ratio: float | None
    conditions: str

    def as_line(self) -> str:
        """The figure as a line of JSON."""
        document = asdict(self)
        for name in ("value", "ratio"):
            if document[name] is not None:
                document[name] = float(f"{document[name]:.4g}")
        return json.dumps(document, ensure_ascii=False)


def machine() -> str:
    """What it ran on, and how busy that was."""
    busy = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {busy:.1f} at the start"
    )
