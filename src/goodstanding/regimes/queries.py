"""Read the law as it stood: in force on a date, as known at an instant.

threshold(regime=, code=, as_of=, known_at=None) -> types.Threshold
legal_clock(regime=, code=, as_of=, known_at=None) -> types.LegalClock
reason_text(regime=, code=, language=, as_of=, known_at=None) -> types.ReasonText
provisions_in_force(as_of=, known_at=None) -> list of all of them
qualified_on(regime=, sales=, as_of=, known_at=None) -> date | None
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import QuerySet

from goodstanding.regimes import models, types
from goodstanding.regimes.errors import ProvisionNotFound
from goodstanding.regimes.thresholds import first_qualified_on

Row = TypeVar("Row", bound=models.Provision)


def threshold(
    *, regime: str, code: str, as_of: date, known_at: datetime | None = None
) -> types.Threshold:
    """The threshold in force. Raises ProvisionNotFound."""
    rows = models.Threshold.objects.filter(regime__code=regime, code=code)
    return _threshold(_only(rows, "threshold", regime, code, as_of, known_at))


def legal_clock(
    *, regime: str, code: str, as_of: date, known_at: datetime | None = None
) -> types.LegalClock:
    """The period in force. Raises ProvisionNotFound."""
    rows = models.LegalClock.objects.filter(regime__code=regime, code=code)
    return _clock(_only(rows, "clock", regime, code, as_of, known_at))


def reason_text(
    *, regime: str, code: str, language: str, as_of: date, known_at: datetime | None = None
) -> types.ReasonText:
    """The words in force in a language. Raises ProvisionNotFound."""
    rows = models.ReasonText.objects.filter(regime__code=regime, code=code, language=language)
    return _text(_only(rows, f"{language} reason text", regime, code, as_of, known_at))


def provisions_in_force(
    *, as_of: date, known_at: datetime | None = None
) -> list[types.Threshold | types.LegalClock | types.ReasonText]:
    """Every provision in force, by regime and code: thresholds, then clocks, then texts."""
    thresholds = _in_force(models.Threshold.objects.all(), as_of, known_at)
    clocks = _in_force(models.LegalClock.objects.all(), as_of, known_at)
    texts = _in_force(models.ReasonText.objects.all(), as_of, known_at, "language")
    return [
        *map(_threshold, thresholds),
        *map(_clock, clocks),
        *map(_text, texts),
    ]


def qualified_on(
    *, regime: str, sales: Iterable[types.Sale], as_of: date, known_at: datetime | None = None
) -> date | None:
    """The first date a seller met the regime's volume thresholds; None: not yet.

    Reads the thresholds `qualifying_sales`, `qualifying_amount` and `qualifying_window`.
    Raises ProvisionNotFound if the regime has none.
    """
    lines = [
        threshold(regime=regime, code=code, as_of=as_of, known_at=known_at).value
        for code in ("qualifying_sales", "qualifying_amount", "qualifying_window")
    ]
    return first_qualified_on(
        sales=sales,
        sales_at_least=int(lines[0]),
        amount_minor_at_least=int(lines[1]),
        window_months=int(lines[2]),
    )


def _in_force(
    rows: "QuerySet[Row]", as_of: date, known_at: datetime | None, *more_key: str
) -> "list[Row]":
    """The newest valid_from, and of it the newest revision, of each code."""
    found = rows.select_related("regime").filter(valid_from__lte=as_of)
    if known_at is not None:
        found = found.filter(recorded_at__lte=known_at)
    key = ("regime__code", "code", *more_key)
    newest = found.order_by(*key, "-valid_from", "-revision").distinct(*key)
    return [row for row in newest if row.valid_until is None or as_of <= row.valid_until]


def _only(
    rows: "QuerySet[Row]",
    what: str,
    regime: str,
    code: str,
    as_of: date,
    known_at: datetime | None,
) -> Row:
    found = _in_force(rows, as_of, known_at)
    if not found:
        raise ProvisionNotFound(regime=regime, what=what, code=code, as_of=as_of)
    return found[0]


def _shared(row: models.Provision) -> dict[str, Any]:
    return {
        "regime": row.regime.code,
        "code": row.code,
        "citation": row.citation,
        "valid_from": row.valid_from,
        "revision": row.revision,
    }


def _threshold(row: models.Threshold) -> types.Threshold:
    return types.Threshold(value=row.value, unit=row.unit, **_shared(row))


def _clock(row: models.LegalClock) -> types.LegalClock:
    return types.LegalClock(
        clock_kind=row.clock_kind,
        target=row.target,
        count_from=row.count_from,
        end_of_day=row.end_of_day,
        roll=row.roll,
        **_shared(row),
    )


def _text(row: models.ReasonText) -> types.ReasonText:
    return types.ReasonText(language=row.language, text=row.text, **_shared(row))
