"""A scorecard in words: each characteristic with its bands, their points, and what a band costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from goodstanding.policies.engine.plan import Plan, PlannedCard
from goodstanding.scoring.scorecard import Band, Cell, Characteristic, Fixed, Group
from goodstanding.web.cells import number_text


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A band of a characteristic; `share` is its points within the card's widest range, 0 to 1."""

    words: str
    points: int
    lost: int
    reason: str
    meter: int


@dataclass(frozen=True, slots=True)
class ShownCharacteristic:
    """A characteristic with its bands, the best first."""

    label: str
    name: str
    cells: tuple[ShownCell, ...]
    most: int


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A scorecard as the page shows it."""

    name: str
    label: str
    card_id: str
    version: str
    sha256: str
    base: int
    least: int
    most: int
    reference: str
    characteristics: tuple[ShownCharacteristic, ...]


def shown_cards(plan: Plan) -> tuple[ShownCard, ...]:
    """The policy's scorecards."""
    return tuple(_card(plan, card) for card in plan.cards)


def _card(plan: Plan, planned: PlannedCard) -> ShownCard:
    card = planned.model.card
    ends = [[cell.points for cell in item.cells] for item in card.characteristics]
    return ShownCard(
        name=planned.name,
        label=planned.declaration.label or planned.name,
        card_id=card.id,
        version=card.version,
        sha256=planned.model.sha256,
        base=card.base,
        least=card.base + sum(map(min, ends)),
        most=card.base + sum(map(max, ends)),
        reference=card.reference,
        characteristics=tuple(
            _characteristic(plan, item, read)
            for item, read in zip(card.characteristics, planned.reads, strict=True)
        ),
    )


def _characteristic(plan: Plan, item: Characteristic, read: str) -> ShownCharacteristic:
    most = item.max_points
    width = max(1, most - min(cell.points for cell in item.cells))
    return ShownCharacteristic(
        label=plan.label_of(read),
        name=read,
        most=most,
        cells=tuple(
            ShownCell(
                words,
                cell.points,
                max(0, most - cell.points),
                cell.reason or item.reason,
                round(100 * (cell.points - most + width) / width),
            )
            for words, cell in _cells(item)
        ),
    )


def _cells(item: Characteristic) -> Iterator[tuple[str, Cell]]:
    for cell in item.cells:
        yield _words(item, cell), cell


def _words(item: Characteristic, cell: Cell) -> str:
    match cell:
        case Band():
            return _span(cell.lower, cell.upper)
        case Group():
            return ", ".join(cell.values)
        case Fixed():
            return "missing" if cell is item.missing else "anything else"
        case _:
            return "special value " + ", ".join(map(str, cell.values))


def _span(lower: Decimal | None, upper: Decimal | None) -> str:
    if lower is None and upper is None:
        return "any value"
    if lower is None:
        return f"below {_plain(upper)}"
    return f"{_plain(lower)} or more" if upper is None else f"{_plain(lower)} to {_plain(upper)}"


def _plain(value: Decimal | None) -> str:
    if value is None:
        return ""
    exact = value.normalize()
    places = max(0, -int(exact.as_tuple().exponent))
    return number_text(exact, places=places)
