"""What the handbook says: its commands, its links, its pictures."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.flows.installation import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "decisions").glob("*.md")]
)
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>destructive|long|samples) -->\n)?```sh\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"(?P<picture>!?)\[(?P<words>[^\]]*)\]\((?P<target>[^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of commands: the page it stands on, its first line there, and its mark."""

    page: Path
    line: int
    mark: str
    text: str

    @property
    def name(self) -> str:
        """docs/metrics.md:97."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


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
    """Every block of shell commands but those that only call make."""
    found = [
        Block(page, _line(text, match.start("text")), match["mark"] or "", match["text"])
        for page, text in _texts()
        for match in BLOCK.finditer(text)
    ]
    return [block for block in found if not _only_make(block.text)]


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


def _texts() -> list[tuple[Path, str]]:
    return [(page, page.read_text("utf-8")) for page in PAGES]


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _only_make(text: str) -> bool:
    return all(line.startswith(("make ", "#")) for line in text.splitlines() if line.strip())
