# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import msgspec
import numpy as np
import pandas as pd
import pytest

from mlfoundry.demo import flights
from mlfoundry.demo.load import days_backwards, in_production
from mlfoundry.demo.models import DemoModel
from mlfoundry.demo.rows import actuals_of, predictions_of, reference_of

NOW = datetime(2026, 11, 23, 12, 40, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def moved(year: pd.DataFrame) -> pd.DataFrame:
    return flights.move_to(year, NOW)[0]


def test_prediction_holds_flight_as_model_saw_it(trained: list[DemoModel], moved: pd.DataFrame) -> None:
    day = moved.tail(400).reset_index(drop=True)
    for model in trained:
        rows = predictions_of(model, day, model.score(day))
        assert [row.data_id for row in rows] == day["data_id"].tolist()
        last, given = rows[-1], day.iloc[-1]
        assert last.occurred_at == given["scheduled"]
        assert list(last.features) == [feature.name for feature in model.features]
        assert last.features["distance"] == given["distance"]
        assert type(last.features["distance"]) is int
        assert set(last.prediction_data.shap_values) == set(last.features)
        if model.threshold is not None:
            assert sum(last.prediction_data.probabilities.values()) == pytest.approx(1.0)
            late = last.prediction_data.probabilities["late"] >= model.threshold
            assert last.prediction_data.value == ("late" if late else "on time")


def test_missing_values_travel_as_null(trained: list[DemoModel], moved: pd.DataFrame) -> None:
    some = moved.loc[moved["pressure"].isna() & moved["seats"].isna()].head(20)
    rows = predictions_of(trained[1], some, trained[1].score(some))
    assert {row.features["pressure"] for row in rows} == {None}
    assert {row.features["seats"] for row in rows} == {None}
    assert b"NaN" not in msgspec.json.encode(rows)


def test_actuals_come_in_order_of_landing_and_only_for_what_landed(
    trained: list[DemoModel], moved: pd.DataFrame
) -> None:
    day = moved.tail(2_000)
    for model in trained:
        rows = actuals_of(model, day)
        assert len(rows) == day["landed"].notna().sum() < len(day)
        known_at = [row.occurred_at for row in rows]
        assert known_at == sorted(known_at)
        assert known_at[-1] < NOW
        assert {type(row.value) for row in rows} == {float if model.threshold is None else str}


def test_reference_is_held_out_part_with_scores_and_actuals(trained: list[DemoModel], moved: pd.DataFrame) -> None:
    table = reference_of(trained[0], moved)
    assert len(table) == moved["held_out"].sum()
    assert set(table["prediction"]) == {"late", "on time"}
    assert (table["probability_late"] + table["probability_on_time"]).to_numpy() == pytest.approx(1.0)
    assert 0 < table["actual"].isna().mean() < 0.1
    assert table["seats"].dtype == "Int64"


def test_days_come_backwards_and_hold_every_flight_once(moved: pd.DataFrame) -> None:
    later = in_production(moved)
    days = [later.iloc[rows] for rows in days_backwards(later)]
    newest = [day["scheduled"].max() for day in days]
    assert newest == sorted(newest, reverse=True)
    assert sum(map(len, days)) == len(later) == (~moved["in_training"]).sum()
    assert all(day["scheduled"].max() - day["scheduled"].min() < timedelta(days=1) for day in days)


def test_last_weeks_only(moved: pd.DataFrame) -> None:
    some = in_production(moved, last_weeks=2)
    assert some["scheduled"].max() - some["scheduled"].min() < timedelta(weeks=2)
    assert len(days_backwards(some)) == 14


def test_part_of_scores_is_score_of_part(trained: list[DemoModel], moved: pd.DataFrame) -> None:
    later = in_production(moved, last_weeks=1)
    rows = days_backwards(later)[2]
    for model in trained:
        part, direct = model.score(later).part(rows), model.score(later.iloc[rows])
        assert part.value.tolist() == pytest.approx(direct.value.tolist())
        np.testing.assert_allclose(part.shap_values, direct.shap_values, atol=1e-12)
