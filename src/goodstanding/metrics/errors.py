"""Refusals of metrics."""

from goodstanding.core.errors import Refusal


class MetricFileRefused(Refusal):
    """The metric file {path} is refused: {reason}."""

    code = "metric_file_refused"
    mend = "Compare it with another file of that folder; docs/metrics.md lists the header's keys."


class UnknownMetric(Refusal):
    """There is no metric {name!r}."""

    code = "unknown_metric"
    status = 404
    mend = "See the metrics page, or `goodstanding metrics list`."


class LakeAhead(Refusal):
    """The lake knows {table} up to transaction {known}, the database only to {current}."""

    code = "lake_ahead"
    mend = "A database that was restored needs its lake anew: goodstanding lake rebuild."


class QueryRefused(Refusal):
    """The query was not run: {reason}."""

    code = "query_refused"
    status = 422


class QueryTookTooLong(Refusal):
    """The query ran for {seconds} seconds and was stopped."""

    code = "query_took_too_long"
    status = 408
    mend = "Ask for fewer rows or fewer days, or use a notebook with goodstanding.lake()."
