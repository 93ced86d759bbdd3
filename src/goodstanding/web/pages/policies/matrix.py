"""Who moves where: outcomes as the policy stands against outcomes as asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from goodstanding.policies.engine.backtest_figures import Move, Tally
from goodstanding.web.pages.policies.words import DONE

OUTCOMES = ("approve", "refer", "decline")
SHADES = 5


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """Cases with one outcome before and one after; `shade` is 0 to 5 by their share of the row."""

    n: int
    share: float
    shade: int
    is_flip: bool
    url: str
    word: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """The cases of one outcome before."""

    word: str
    n: int
    cells: Sequence[MatrixCell]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole flow; columns in the order of `words`."""

    words: Sequence[str]
    rows: Sequence[MatrixRow]

    @staticmethod
    def sums(moves: Iterable[Move]) -> tuple[Mapping[str, Tally], Mapping[str, Tally]]:
        """The tallies of each outcome before, and of each after."""
        before: dict[str, Tally] = {}
        after: dict[str, Tally] = {}
        for move in moves:
            before.setdefault(move.before, Tally()).merge(move.tally)
            after.setdefault(move.after, Tally()).merge(move.tally)
        return before, after


def matrix_of(moves: Iterable[Move], *, url: str) -> Matrix:
    """The flow from outcome to outcome; a cell of flips leads to its cases under `url`."""
    return matrix_of_counts({(move.before, move.after): move.tally.n for move in moves}, url=url)


def matrix_of_counts(counts: Mapping[tuple[str, str], int], *, url: str) -> Matrix:
    """The same from counts by the outcome before and the outcome after."""
    return Matrix(
        [DONE[outcome] for outcome in OUTCOMES],
        [_row(before, counts, url) for before in OUTCOMES if _total(before, counts)],
    )


def _total(before: str, counts: Mapping[tuple[str, str], int]) -> int:
    return sum(counts.get((before, after), 0) for after in OUTCOMES)


def _row(before: str, counts: Mapping[tuple[str, str], int], url: str) -> MatrixRow:
    total = _total(before, counts)
    cells = [
        _cell(counts.get((before, after), 0), total, before=before, after=after, url=url)
        for after in OUTCOMES
    ]
    return MatrixRow(DONE[before], total, cells)


def _cell(n: int, total: int, *, before: str, after: str, url: str) -> MatrixCell:
    is_flip = before != after and n > 0
    joint = "&" if "?" in url else "?"
    address = f"{url}{joint}{urlencode({'before': before, 'after': after})}" if is_flip else ""
    share = n / total
    shade = 0 if not n else max(1, round(share * SHADES))
    return MatrixCell(n, share, shade, is_flip, address, DONE[after].lower())
