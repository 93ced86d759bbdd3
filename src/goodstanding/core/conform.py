"""Re-performance: what an area of known-answer cases offers to whoever checks us.

A room that can be re-performed exposes `AREA` in its module `conform`; the command
`goodstanding conform` finds it by name. Nothing here knows a room.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from goodstanding.core.errors import Refusal


class MalformedCase(Refusal):
    """Line {line} of the cases is no case: {problem}"""

    code = "malformed_case"


class UnknownEngine(Refusal):
    """There is no engine {engine} in this area."""

    code = "unknown_engine"
    mend = "Use one of: {engines}."


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case on one engine: what was wanted and what came."""

    case_id: str
    line: int
    engine: str
    passed: bool
    wanted: str
    came: str


@dataclass(frozen=True, slots=True)
class Area:
    """One area of cases.

    `keys` says what a line holds, `operations` what can be asked; `engines` are in the order in
    which `run` reports, and `usual` those that need nothing beside the package. `run` takes the
    lines with their numbers from 1 and raises MalformedCase, UnknownEngine.
    """

    name: str
    title: str
    keys: Mapping[str, str]
    operations: Mapping[str, str]
    engines: tuple[str, ...]
    usual: tuple[str, ...]
    run: Callable[[Iterable[tuple[int, str]], Sequence[str]], list[CaseResult]]
