"""Frames of flights as the client's entities."""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from mlfoundry.demo.models import LATE, ON_TIME, DemoModel, Scored, actual_class
from mlfoundry.events import Actual, Prediction, PredictionData

_READERS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float, "string": str}


def predictions_of(model: DemoModel, flights: pd.DataFrame, scored: Scored) -> list[Prediction]:
    """What the model answered for each flight, made when the flight should leave."""
    names = [feature.name for feature in model.features]
    features = [_values(flights[feature.name], feature.type) for feature in model.features]
    scores = [None] * len(flights) if scored.score is None else scored.score.tolist()
    about = zip(flights["flight"], _values(flights["tail_number"], "string"), strict=True)
    return [
        Prediction(
            data_id=data_id,
            features=dict(zip(names, row, strict=True)),
            prediction_data=PredictionData(
                value=value,
                probabilities={} if score is None else {LATE: score, ON_TIME: 1.0 - score},
                shap_values=dict(zip(names, shap, strict=True)),
            ),
            occurred_at=scheduled,
            raw_data={"flight": flight, "tail_number": tail},
        )
        for data_id, scheduled, row, value, score, shap, (flight, tail) in zip(
            flights["data_id"],
            flights["scheduled"].dt.to_pydatetime(),
            zip(*features, strict=True),
            scored.value.tolist(),
            scores,
            scored.shap_values.tolist(),
            about,
            strict=True,
        )
    ]


def actuals_of(model: DemoModel, flights: pd.DataFrame) -> list[Actual]:
    """What turned out, in the order of landing; nothing for a flight that has not landed where it should."""
    landed = flights.loc[flights["landed"].notna()].sort_values("landed")
    values = landed["arrival_delay"] if model.threshold is None else actual_class(landed)
    return [
        Actual(data_id=data_id, value=value, occurred_at=at)
        for data_id, value, at in zip(
            landed["data_id"], values.tolist(), landed["landed"].dt.to_pydatetime(), strict=True
        )
    ]


def reference_of(model: DemoModel, flights: pd.DataFrame) -> pd.DataFrame:
    """The held-out days of January to March as the model answers them: the table of ``log_reference``."""
    held_out = flights.loc[flights["held_out"]]
    scored = model.score(held_out)
    table = held_out[[feature.name for feature in model.features]].copy()
    whole = {feature.name: "Int64" for feature in model.features if feature.type == "int"}
    table = table.astype(whole)
    table["prediction"] = scored.value
    if scored.score is not None:
        table["probability_late"] = scored.score
        table["probability_on_time"] = 1.0 - scored.score
    table["actual"] = held_out["arrival_delay"] if model.threshold is None else actual_class(held_out)
    table["scheduled"] = held_out["scheduled"]
    return table.assign(**dict(zip(shap_columns(model).values(), scored.shap_values.T, strict=True)))


def shap_columns(model: DemoModel) -> dict[str, str]:
    """The column of each feature's SHAP values in :func:`reference_of`."""
    return {feature.name: f"shap_{feature.name}" for feature in model.features}


def _values(column: pd.Series, kind: str) -> list[Any]:
    """A column as Python values, None where there is none (a missing value of pandas is not equal to itself)."""
    read = _READERS[kind]
    return [read(value) if value == value else None for value in column.tolist()]  # noqa: PLR0124
