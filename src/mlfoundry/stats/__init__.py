"""The statistics of a server on arrays, lists, DataFrames and Arrow columns, for notebooks and CI.

Every drift statistic and metric is a function here under its key, and :func:`drift_report` judges whole tables. What
type checkers and editors see is in ``__init__.pyi``, written by ``python -m mlfoundry.stats.stub``.

Examples
--------
>>> from mlfoundry import stats
>>> round(stats.psi(["a"] * 50 + ["b"] * 50, ["a"] * 90 + ["b"] * 10), 2)
0.85
>>> stats.roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
0.75
"""

from __future__ import annotations

from mlfoundry.errors import MissingExtra

try:
    import numpy as _numpy
    import pyarrow as _pyarrow
    import scipy as _scipy  # pyright: ignore[reportMissingTypeStubs]
except ModuleNotFoundError as error:
    raise MissingExtra("mlfoundry.stats", "stats") from error

from mlfoundry.stats.functions import functions as _functions
from mlfoundry.stats.reports import DriftReport as DriftReport
from mlfoundry.stats.tables import drift_report as drift_report

_needed = _numpy, _pyarrow, _scipy
_found = {function.name: function.call for function in _functions()}
globals().update(_found, __all__=["DriftReport", "drift_report", *_found])
