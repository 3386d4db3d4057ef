"""Predictions with simulated delays of their actuals, as a store would summarise them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mlfoundry.performance.delay_curve import Cohort
from mlfoundry.summaries import Delays, Summaries
from mlfoundry.times import as_utc
from mlfoundry.windows import Window

Floats = NDArray[np.float64]
START = as_utc("2026-01-01")
HOUR_S, DAY_S = 3600.0, 86400.0


def cohorts(made_s: Floats, delay_s: Floats, now_s: float, *, length_s: float = HOUR_S) -> list[Summaries]:
    """Summaries of windows of that length, as known ``now_s`` seconds after the start; NaN is never."""
    there = made_s < now_s
    made_s, delay_s = made_s[there], delay_s[there]
    known = made_s + delay_s <= now_s
    groups = (made_s // length_s).astype(np.int64)
    count = int(now_s // length_s) + 1
    delays = Delays.grouped(np.where(known, delay_s, np.nan), groups, count)
    n = np.bincount(groups, minlength=count)
    n_known = np.bincount(groups[known], minlength=count)
    return [
        Summaries(window=span(i * length_s, (i + 1) * length_s), n=int(n[i]), n_with_actual=int(n_known[i]), delays=one)
        for i, one in enumerate(delays)
    ]


def span(start_s: float, end_s: float) -> Window:
    return Window(at(start_s), at(end_s))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def window_of(summaries: list[Summaries], start_s: float, end_s: float) -> list[Cohort]:
    """The cohorts of a window, as :func:`mlfoundry.performance.maturity.maturity` takes them."""
    wanted = span(start_s, end_s)
    return [
        Cohort(part.window, part.n, part.n_with_actual)
        for part in summaries
        if part.window is not None and wanted.start <= part.window.start and part.window.end <= wanted.end
    ]
