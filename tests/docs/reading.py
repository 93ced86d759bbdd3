"""What the handbook says: its commands, its links, its pictures."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.flows.installation import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "decisions").glob("*.md")]
)
BLOCK = re.compile(
    r"(?:(?P<samples><!-- samples -->\n)|<!-- run by (?P<test>\S+) -->\n)?"
    r"```(?P<language>sh|python)\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
CALL = re.compile(r"(?<!`)`goodstanding (?P<words>[^`]+)`")
LINK = re.compile(r"(?P<picture>!?)\[(?P<words>[^\]]*)\]\((?P<target>[^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """Commands for a shell, or Python for a notebook, that the reader is told to run.

    `run_by` is the test that runs them, where it is not tests/docs.
    """

    page: Path
    line: int
    language: str
    on_samples: bool
    run_by: str | None
    text: str

    @property
    def name(self) -> str:
        """docs/metrics.md:97."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Call:
    """A command named within a sentence, its words as a shell would hand them over."""

    page: Path
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """docs/operating.md goodstanding run."""
        return f"{self.page.relative_to(ROOT)} goodstanding {' '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link or a picture: where it stands and where it leads."""

    page: Path
    words: str
    target: str
    is_picture: bool

    @property
    def name(self) -> str:
        """docs/metrics.md -> language.md."""
        return f"{self.page.relative_to(ROOT)} -> {self.target}"


def blocks() -> list[Block]:
    """Every block to run, but those that only call make: they are what runs this test.

    Benchmarks take minutes and stand in sentences; tests/bench holds what they compare.
    """
    found = [
        Block(
            page=page,
            line=text.count("\n", 0, match.start("text")) + 1,
            language=match["language"],
            on_samples=match["samples"] is not None,
            run_by=match["test"],
            text=match["text"],
        )
        for page, text in _texts()
        for match in BLOCK.finditer(text)
    ]
    return [block for block in found if not _only_make(block.text)]


def calls() -> list[Call]:
    """Every command that a sentence names."""
    return [
        Call(page, tuple(shlex.split(match["words"])))
        for page, text in _texts()
        for match in CALL.finditer(FENCED.sub("", text))
    ]


def links() -> list[Link]:
    """Every link and picture that leads into this tree."""
    return [
        Link(page, match["words"], match["target"], match["picture"] == "!")
        for page, text in _texts()
        for match in LINK.finditer(FENCED.sub("", text))
        if "://" not in match["target"] and not match["target"].startswith("mailto:")
    ]


def glossary_words() -> set[str]:
    """The words that the glossary explains."""
    text = (ROOT / "docs" / "GLOSSARY.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return {word.strip().casefold() for row in rows for word in row.split(",")}


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.casefold()).replace(" ", "-") for title in titles}


def _texts() -> Iterator[tuple[Path, str]]:
    return ((page, page.read_text("utf-8")) for page in PAGES)


def _only_make(text: str) -> bool:
    return all(line.startswith(("make ", "#")) for line in text.splitlines() if line.strip())
