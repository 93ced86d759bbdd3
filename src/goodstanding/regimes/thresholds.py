"""Volume thresholds: on which date did somebody first qualify?  Pure."""

from collections import deque
from collections.abc import Iterable
from datetime import date

from dateutil.relativedelta import relativedelta

from goodstanding.regimes.types import Sale


def first_qualified_on(
    *,
    sales: Iterable[Sale],
    sales_at_least: int,
    amount_minor_at_least: int,
    window_months: int,
) -> date | None:
    """The first date D with enough sales AND enough revenue in (D - window, D]; None: never.

    Sales may come in any order, all in one currency. The number and the amount must be reached
    within the same window.
    Source: 15 USC 45f(f)(3) for 200 sales and USD 5,000 in twelve months.
    """
    window: deque[Sale] = deque()
    amount_minor = 0
    for sale in sorted(sales, key=lambda sale: sale.sold_on):
        window.append(sale)
        amount_minor += sale.amount_minor
        opens_after = sale.sold_on - relativedelta(months=window_months)
        while window[0].sold_on <= opens_after:
            amount_minor -= window.popleft().amount_minor
        if len(window) >= sales_at_least and amount_minor >= amount_minor_at_least:
            return sale.sold_on
    return None
