"""The demo's three model versions, trained on January to March.

All answer when a flight should leave, from what is known then. ``late-arrival`` says whether it will reach its gate
more than 15 minutes late: version 1 is a logistic regression on the schedule, the plane and the weather; version 2
is gradient boosting and has one feature more, how late the airport has been running in the last hour.
``arrival-delay`` says by how many minutes.
"""

# pandas and scikit-learn carry no types of their own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingParameterType=false

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, mean_absolute_error, precision_recall_curve, roc_auc_score
from sklearn.metrics import root_mean_squared_error as rmse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from mlfoundry.demo.additive import AdditiveExplainer, Floats
from mlfoundry.demo.flights import LATE_MINUTES
from mlfoundry.schema import Feature, ModelSchema

LATE, ON_TIME = "late", "on time"
_WEEKDAYS = tuple(str(day) for day in range(1, 8))
FEATURES = (
    Feature("carrier", "string"),
    Feature("origin", "string", categories=("EWR", "JFK", "LGA")),
    Feature("destination", "string"),
    Feature("weekday", "int", kind="categorical", categories=_WEEKDAYS),
    Feature("hour", "int", minimum=0, maximum=23),
    Feature("distance", "int", unit="mi", minimum=0),
    Feature("seats", "int", minimum=1),
    Feature("plane_age", "int", unit="years"),
    Feature("temperature", "float", unit="°F"),
    Feature("humidity", "float", unit="%", minimum=0, maximum=100),
    Feature("wind_speed", "float", unit="mph", minimum=0),
    Feature("precipitation", "float", unit="in", minimum=0),
    Feature("pressure", "float", unit="hPa"),
    Feature("visibility", "float", unit="mi", minimum=0),
    Feature("airport_delay", "float", unit="min"),
)
_BOOSTING: dict[str, Any] = {
    "interaction_cst": "no_interactions",  # keeps the model additive, see additive.py
    "categorical_features": "from_dtype",
    "max_iter": 150,
    "learning_rate": 0.08,
    "min_samples_leaf": 100,
    "random_state": 0,
}


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model answered for a frame: ``score`` is the probability of *late*, or None for a regressor."""

    value: npt.NDArray[Any]
    score: Floats | None
    shap_values: Floats

    def part(self, rows: slice) -> Scored:
        """The answers for some of the rows."""
        return Scored(self.value[rows], None if self.score is None else self.score[rows], self.shap_values[rows])


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A trained model with all that its registration needs."""

    name: str
    description: str
    estimator: Any
    explainer: AdditiveExplainer
    dtypes: dict[str, Any]
    threshold: float | None
    params: dict[str, Any]
    metrics: dict[str, float]

    @property
    def features(self) -> tuple[Feature, ...]:
        """The model's features, in its own order."""
        return tuple(feature for feature in FEATURES if feature.name in self.dtypes)

    @property
    def schema(self) -> ModelSchema:
        """The schema under which the version is registered."""
        if self.threshold is None:
            return ModelSchema(features=self.features, prediction="numeric")
        return ModelSchema(
            features=self.features, prediction="categorical", positive_class=LATE, classes=(ON_TIME, LATE)
        )

    def inputs(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The columns that the estimator takes; a category unknown in training becomes a missing one."""
        return pd.DataFrame({name: _typed(frame[name], dtype) for name, dtype in self.dtypes.items()}, frame.index)

    @threadpool_limits.wrap(limits=1)
    def score(self, frame: pd.DataFrame) -> Scored:
        """Answer for every row of a frame of flights."""
        shap_values = self.explainer.shap_values(self.inputs(frame))
        raw = self.explainer.base + shap_values.sum(axis=1)
        if self.threshold is None:
            return Scored(raw, None, shap_values)
        probability = 1 / (1 + np.exp(-raw))
        return Scored(np.where(probability >= self.threshold, LATE, ON_TIME), probability, shap_values)


def actual_class(frame: pd.DataFrame) -> pd.Series:
    """What turned out: ``late``, ``on time``, or None for a flight that never landed where it should."""
    label = pd.Series(np.where(frame["arrival_delay"] > LATE_MINUTES, LATE, ON_TIME), index=frame.index, dtype=object)
    return label.where(frame["arrival_delay"].notna(), None)


@threadpool_limits.wrap(limits=1)  # repeatable to the bit; and threads that share busy cores are slower than one
def train(flights: pd.DataFrame) -> list[DemoModel]:
    """Train the three models on the part of January to March that is not held out."""
    known = flights.loc[flights["in_training"] & flights["arrival_delay"].notna()]
    training, held_out = known.loc[~known["held_out"]], known.loc[known["held_out"]]
    schedule = [feature.name for feature in FEATURES if feature.name != "airport_delay"]
    every = [feature.name for feature in FEATURES]
    boosted, boosted_minutes = HistGradientBoostingClassifier(**_BOOSTING), HistGradientBoostingRegressor(**_BOOSTING)
    first = "Logistic regression on schedule, plane and weather"
    second = "Gradient boosting, with the airport's delay of the hour"
    return [
        _classifier(first, _logistic(), schedule, training, held_out),
        _classifier(second, boosted, every, training, held_out),
        _regressor(boosted_minutes, every, training, held_out),
    ]


def _typed(values: pd.Series, dtype: Any) -> Any:
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(dtype.categories.get_indexer(values), dtype=dtype)
    return values.astype(dtype)


def _dtypes(columns: list[str], training: pd.DataFrame) -> dict[str, Any]:
    kinds = {feature.name: feature.monitored_as for feature in FEATURES}
    return {
        name: pd.CategoricalDtype(sorted(training[name].unique())) if kinds[name] == "categorical" else "float64"
        for name in columns
    }


def _logistic() -> Any:
    numeric = [feature.name for feature in FEATURES if feature.monitored_as == "numeric"][:-1]
    categorical = [feature.name for feature in FEATURES if feature.monitored_as == "categorical"]
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numeric),
        (OneHotEncoder(handle_unknown="ignore"), categorical),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=300))


def _classifier(
    description: str, estimator: Any, columns: list[str], training: pd.DataFrame, held_out: pd.DataFrame
) -> DemoModel:
    dtypes = _dtypes(columns, training)
    x, late = training[columns].astype(dtypes), training["arrival_delay"] > LATE_MINUTES
    estimator.fit(x, late)
    explainer = AdditiveExplainer.fit(estimator.decision_function, x)
    threshold = _best_threshold(late, estimator.predict_proba(x)[:, 1])
    y, p = held_out["arrival_delay"] > LATE_MINUTES, estimator.predict_proba(held_out[columns].astype(dtypes))[:, 1]
    metrics = {
        "roc_auc": float(roc_auc_score(y, p)),
        "log_loss": float(log_loss(y, p)),
        "f1": float(f1_score(y, p >= threshold)),
    }
    params = {"threshold": threshold, **_params(estimator, training, held_out)}
    return DemoModel("late-arrival", description, estimator, explainer, dtypes, threshold, params, metrics)


def _regressor(estimator: Any, columns: list[str], training: pd.DataFrame, held_out: pd.DataFrame) -> DemoModel:
    dtypes = _dtypes(columns, training)
    x = training[columns].astype(dtypes)
    estimator.fit(x, training["arrival_delay"])
    explainer = AdditiveExplainer.fit(estimator.predict, x)
    y, answer = held_out["arrival_delay"], estimator.predict(held_out[columns].astype(dtypes))
    metrics = {"mae": float(mean_absolute_error(y, answer)), "rmse": float(rmse(y, answer))}
    description = "Gradient boosting: minutes late at the gate"
    params = _params(estimator, training, held_out)
    return DemoModel("arrival-delay", description, estimator, explainer, dtypes, None, params, metrics)


def _params(estimator: Any, training: pd.DataFrame, held_out: pd.DataFrame) -> dict[str, Any]:
    last: Any = estimator[-1] if hasattr(estimator, "steps") else estimator
    told = {"C", "max_iter"} if isinstance(last, LogisticRegression) else set(_BOOSTING)
    given = {name: value for name, value in last.get_params().items() if name in told}
    return {"model": type(last).__name__, "rows": len(training), "held_out_rows": len(held_out), **given}


def _best_threshold(y: pd.Series, probability: Floats) -> float:
    """The threshold of the best F1 on the training rows, in whole percent."""
    precision, recall, thresholds = precision_recall_curve(y, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return round(float(thresholds[int(np.argmax(f1[:-1]))]), 2)
