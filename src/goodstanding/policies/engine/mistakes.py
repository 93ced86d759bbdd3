"""What is wrong with a policy text: where, why, and the mend. All of it at once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from goodstanding.core.errors import Refusal


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column in the file, both from 1."""

    line: int
    column: int


START = Place(1, 1)
_WORD = re.compile(r"(?P<word>[a-z]\w*)(?P<after>[(:]?)", re.ASCII)
_PLAIN = {"a", "an", "the", "this", "it", "one", "no", "and", "or", "not", "in", "is", "between"}


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One fault of a policy text. `path` names the place in the policy: `rules[3].when`."""

    place: Place
    path: str
    message: str
    mend: str
    code: str = "policy_text"

    def as_line(self, *, source: str) -> str:
        """The fault as compilers write it: file, line, column, message, mend."""
        where = f"{source}:{self.place.line}:{self.place.column}"
        at = f" ({self.path})" if self.path else ""
        return f"{where}: {self.message}{at} {self.mend}".rstrip()

    def as_json(self) -> dict[str, object]:
        """The fault for machines."""
        return {
            "line": self.place.line,
            "column": self.place.column,
            "path": self.path,
            "code": self.code,
            "message": self.message,
            "mend": self.mend,
        }


class PolicyRefused(Refusal):
    """{source} is not a policy that can be read: {summary}"""

    code = "policy_refused"
    mend = "Correct the text and check it again with `goodstanding policy check`."

    def __init__(self, *, source: str, mistakes: Sequence[Mistake]) -> None:
        """Refuse a text; `mistakes` are listed in the order of the file."""
        self.source = source
        self.mistakes = tuple(sorted(mistakes))
        first = self.mistakes[0].as_line(source=source)
        more = len(self.mistakes) - 1
        counted = f" (and {more} more)" if more else ""
        super().__init__(source=source, summary=first + counted)

    def as_problem(self) -> dict[str, object]:
        """The refusal with every mistake."""
        return super().as_problem() | {"mistakes": [item.as_json() for item in self.mistakes]}


class MistakeLog:
    """Collects mistakes, so that an author sees all of them and not one at a time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._mistakes: list[Mistake] = []

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What was found so far."""
        return tuple(self._mistakes)

    def add(
        self, place: Place, path: str, message: str, mend: str, *, code: str = "policy_text"
    ) -> None:
        """Keep one mistake."""
        self._mistakes.append(Mistake(place, path, message, mend, code))

    def refuse(self, *, source: str) -> None:
        """Raise PolicyRefused if there is any mistake."""
        if self._mistakes:
            raise PolicyRefused(source=source, mistakes=self._mistakes)


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the known name most like `name`; empty where none is alike."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else ""


def sentence(text: str, *, code: str = "") -> str:
    """The text with a capital at its beginning, unless it begins with a word of code.

    Code is a word before a bracket, a colon or an underscore, and any that stands in `code`: names
    and functions are told by their case, so a message must not change it.
    """
    found = _WORD.match(text)
    if found is None or found["after"] in {"(", ":"} or not found["word"].isalpha():
        return text
    word = found["word"]
    if word not in _PLAIN and re.search(rf"(?<!\w){word}(?!\w)", code):
        return text
    return text[:1].upper() + text[1:]
