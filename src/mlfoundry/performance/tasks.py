"""What kind of question a model answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mlfoundry.schema import ColumnKind, PredictionKind

Task = Literal["binary", "multiclass", "regression", "unknown"]


def task(
    *,
    prediction: PredictionKind | None,
    column_kind: ColumnKind | None,
    classes: Sequence[str],
    has_probabilities: bool,
) -> Task:
    """Tell the task from the schema's ``prediction``, else from what was logged.

    Parameters
    ----------
    prediction
        What the schema says, None if it says nothing.
    column_kind
        The kind of the prediction's column, None before the first prediction.
    classes
        All class labels known.
    has_probabilities
        Whether any prediction carried probabilities; then numbers are class labels.

    Examples
    --------
    >>> task(prediction=None, column_kind="numeric", classes=(), has_probabilities=False)
    'regression'
    >>> task(prediction="categorical", column_kind="numeric", classes=("0", "1"), has_probabilities=False)
    'binary'
    """
    if prediction is None and column_kind is None:
        return "unknown"
    categorical = prediction == "categorical" or (
        prediction is None and (column_kind == "categorical" or has_probabilities)
    )
    if not categorical:
        return "regression"
    if not classes:
        return "unknown"
    return "binary" if len(classes) <= 2 else "multiclass"
