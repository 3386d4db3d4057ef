"""What a custom metric says about one window."""

from __future__ import annotations

from mlfoundry.custom_metrics import is_share
from mlfoundry.performance.base import MIN_ROWS
from mlfoundry.performance.intervals import Interval, of_mean, wilson
from mlfoundry.performance.result import MetricStatus, MetricValue
from mlfoundry.schema import CustomMetric
from mlfoundry.summaries import CustomSums, Summaries


def custom_value(metric: CustomMetric, summaries: Summaries) -> MetricValue:
    """The mean or the sum of what a metric's expression is for each row of a window.

    The 95 % interval is Student's t of the mean, and Wilson's of the share of rows of which a condition holds; that of
    a sum is the mean's times the rows, so it says how the values scatter, not how many rows there are. Rows without a
    value are left out and counted in ``reason``.

    Parameters
    ----------
    metric
        What was registered.
    summaries
        The window's summaries, with custom metrics.

    Returns
    -------
    MetricValue
        Its ``n`` are the rows with a value. ``coverage`` is the share of predictions with an actual; of a projection,
        which needs none, the share with a value.

    Examples
    --------
    >>> sums = CustomSums(n=20, total=30 << 80, squares=65 << 96)
    >>> value = custom_value(CustomMetric("cost"), Summaries(n=40, n_with_actual=20, custom={"cost": sums}))
    >>> value.value, round(value.lower, 3), value.n, value.coverage, value.method
    (1.5, 1.02, 20, 0.5, "Student's t of the mean")
    """
    sums = summaries.custom.get(metric.name)
    is_projection = metric.type == "projection"
    expected = summaries.n if is_projection else summaries.n_with_actual
    if not expected:
        none = "no actuals yet" if summaries.n else "no predictions in this window"
        return _absent(metric, summaries, "no_actuals", none)
    if sums is None:
        return _absent(metric, summaries, "insufficient_data", "a column that it needs is not there")
    left_out = _left_out(sums, expected)
    if not sums.n or sums.mean is None or sums.variance is None or sums.sum is None:
        return _absent(metric, summaries, "insufficient_data", f"no row has a value; {left_out}")
    interval = wilson(sums.sum, sums.n) if is_share(metric) else of_mean(sums.mean, sums.variance, sums.n)
    if interval is not None and metric.aggregate == "sum":
        interval = Interval(sums.n * interval.lower, sums.n * interval.upper, f"{interval.method}, times n")
    thin = sums.n < MIN_ROWS
    notes = [note for note in (f"fewer than {MIN_ROWS} rows" if thin else None, left_out) if note]
    return MetricValue(
        metric=metric.name,
        value=sums.sum if metric.aggregate == "sum" else sums.mean,
        lower=interval.lower if interval else None,
        upper=interval.upper if interval else None,
        n=sums.n,
        coverage=sums.n / summaries.n if is_projection else summaries.coverage,
        status="insufficient_data" if thin else "ok",
        method=interval.method if interval else "none",
        reason="; ".join(notes) or None,
        bound=0.0,
    )


def _left_out(sums: CustomSums, expected: int) -> str | None:
    """Which rows are in no sum, and why."""
    counts = (
        (sums.missing, "without a value"),
        (sums.beyond, "with a value of 1e18 or more"),
        (expected - sums.rows, "expired before it was registered"),
    )
    parts = [f"{n:,} {why}" for n, why in counts if n > 0]
    return f"left out: {', '.join(parts)}" if parts else None


def _absent(metric: CustomMetric, summaries: Summaries, status: MetricStatus, reason: str) -> MetricValue:
    return MetricValue(
        metric=metric.name,
        value=None,
        lower=None,
        upper=None,
        n=0,
        coverage=0.0 if metric.type == "projection" and summaries.n else summaries.coverage,
        status=status,
        method=None,
        reason=reason,
    )
