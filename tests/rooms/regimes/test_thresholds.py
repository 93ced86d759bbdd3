"""INFORM's threshold: 200 sales and USD 5,000 within twelve months."""

from datetime import date, timedelta

from goodstanding.regimes.thresholds import first_qualified_on
from goodstanding.regimes.types import Sale


def one_sale_a_day(amount_minor):
    runs = [(date(2025, 7, 1), 110), (date(2026, 1, 1), 95)]
    return [
        Sale(sold_on=first + timedelta(days=number), amount_minor=amount_minor)
        for first, days in runs
        for number in range(days)
    ]


def qualified_on(sales):
    return first_qualified_on(
        sales=sales, sales_at_least=200, amount_minor_at_least=500_000, window_months=12
    )


def test_the_two_hundredth_sale_within_twelve_months_qualifies():
    assert qualified_on(one_sale_a_day(30_00)) == date(2026, 3, 31)


def test_enough_sales_of_too_little_never_qualify():
    assert qualified_on(one_sale_a_day(24_00)) is None


def test_sales_leave_the_window_after_twelve_months():
    far_apart = [
        Sale(sold_on=day, amount_minor=30_00)
        for day in [date(2025, 1, 1)] * 100 + [date(2026, 1, 1)] * 199
    ]

    assert qualified_on(far_apart) is None
    assert qualified_on([*far_apart, Sale(sold_on=date(2026, 1, 2), amount_minor=30_00)]) == date(
        2026, 1, 2
    )


def test_order_of_the_sales_does_not_matter():
    assert qualified_on(reversed(one_sale_a_day(30_00))) == date(2026, 3, 31)
