"""What the list of flipped cases tells beside their outcomes: groups, and reasons either way."""

import polars as pl

from goodstanding.evidence.changes.effect import Cases, frozen_cases
from goodstanding.evidence.changes.effect_figures import GROUP, REASONS
from goodstanding.evidence.changes.effect_sums import group_value
from goodstanding.evidence.changes.parity import PARITY_ROWS, codes_by_row
from goodstanding.policies.engine import Policy


def told_flips(flips: pl.DataFrame, policy: Policy, against: Policy, cases: Cases) -> pl.DataFrame:
    """The flipped cases with their groups, and the codes of their reasons under either version.

    `flips` are the cases as a backtest keeps them, in the order of the history. A column
    `group: TITLE` stands for each segment. Reasons are told of as many cases as the figures of
    the change count them for; those of the others are NULL.
    """
    frozen = frozen_cases(cases)
    history, key = frozen.history, frozen.history.key
    source = history.source
    if key is None or flips.is_empty() or not isinstance(source, pl.DataFrame):
        return flips
    rows = flips.select(pl.col(key)).join(source, on=key, how="left", maintain_order="left")
    if rows.height != flips.height:  # a key that stands twice says nothing of one case
        return flips
    groups = rows.select(group_value(each).alias(GROUP + each.title) for each in frozen.segments)
    some = rows.head(PARITY_ROWS)
    reasons = [
        pl.Series(name, codes_by_row(version, history, some), dtype=pl.List(pl.String))
        .extend_constant(None, rows.height - some.height)
        for name, version in zip(REASONS, (against, policy), strict=True)
    ]  # fmt: skip
    return flips.hstack(groups).hstack(reasons)
