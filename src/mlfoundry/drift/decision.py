"""When is it drift? When it is real, and large, within a budget of false alarms."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mlfoundry.drift.base import Sizes
from mlfoundry.summaries.arrays import Bools, Floats, Ints

DriftStatus = Literal["ok", "watch", "drifted", "insufficient_data", "no_reference"]
STATUSES: tuple[DriftStatus, ...] = ("ok", "watch", "drifted", "insufficient_data", "no_reference")
"""In the order of their codes."""


def status_codes(effect: Floats, unit: Floats, real: Bools, sizes: Sizes) -> Ints:
    """Places in :data:`STATUSES` where enough is known: real and large, real and worth a look, or neither.

    Examples
    --------
    >>> effect, real = np.array([0.3, 0.3]), np.array([True, False])
    >>> [STATUSES[code] for code in status_codes(effect, np.ones(2), real, Sizes(0.1, 0.25))]
    ['drifted', 'ok']
    """
    watch, drifted = real & (effect >= sizes.watch * unit), real & (effect >= sizes.drifted * unit)
    return watch.astype(np.int64) + drifted
