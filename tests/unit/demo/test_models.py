# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from mlfoundry.demo.additive import AdditiveExplainer, Floats
from mlfoundry.demo.models import LATE, ON_TIME, DemoModel, actual_class


def test_base_and_shap_values_sum_to_raw_output(trained: list[DemoModel], year: pd.DataFrame) -> None:
    later = year.loc[~year["in_training"]].iloc[::50]
    for model in trained:
        inputs = model.inputs(later)
        raw = model.estimator.predict(inputs) if model.threshold is None else model.estimator.decision_function(inputs)
        total = model.explainer.base + model.explainer.shap_values(inputs).sum(axis=1)
        np.testing.assert_allclose(total, raw, rtol=0, atol=1e-9)


def test_shap_value_is_expectation_with_feature_known_less_expectation(
    trained: list[DemoModel], year: pd.DataFrame
) -> None:
    """The definition itself, by brute force; in an additive model every coalition gives the same difference."""
    training = year.loc[year["in_training"] & ~year["held_out"] & year["arrival_delay"].notna()]
    model = trained[1]
    background = model.inputs(training)
    row = model.inputs(year.iloc[[250_000]])
    shap_values = model.explainer.shap_values(row)[0]
    mean = model.estimator.decision_function(background).mean()
    for name in ("airport_delay", "carrier", "visibility"):
        known = background.assign(**{name: row[name].iloc[0]}).astype(model.dtypes)
        expected = model.estimator.decision_function(known).mean() - mean
        assert shap_values[background.columns.get_loc(name)] == pytest.approx(expected, abs=1e-9)


def test_linear_model_has_its_textbook_shap_values() -> None:
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"a": rng.normal(size=40), "b": rng.normal(size=40)})

    def margin(frame: pd.DataFrame) -> Floats:
        return 3 + 2 * frame["a"].to_numpy(np.float64) - frame["b"].to_numpy(np.float64)

    explainer = AdditiveExplainer.fit(margin, x)
    np.testing.assert_allclose(explainer.shap_values(x), (x - x.mean()) * [2, -1], atol=1e-12)


def test_shap_values_are_zero_on_average_over_training(trained: list[DemoModel], year: pd.DataFrame) -> None:
    training = year.loc[year["in_training"] & ~year["held_out"] & year["arrival_delay"].notna()]
    for model in trained:
        means = model.explainer.shap_values(model.inputs(training)).mean(axis=0)
        np.testing.assert_allclose(means, 0, atol=1e-9)


def test_classifiers_answer_with_probability_and_threshold(trained: list[DemoModel], year: pd.DataFrame) -> None:
    for model in trained[:2]:
        scored = model.score(year.tail(5_000))
        assert scored.score is not None
        assert model.threshold is not None
        direct = model.estimator.predict_proba(model.inputs(year.tail(5_000)))[:, 1]
        np.testing.assert_allclose(scored.score, direct, atol=1e-12)
        assert set(scored.value[scored.score >= model.threshold]) == {LATE}
        assert set(scored.value[scored.score < model.threshold]) == {ON_TIME}


def test_models_are_of_use_and_version_two_is_better(trained: list[DemoModel], year: pd.DataFrame) -> None:
    landed = year.loc[~year["in_training"] & year["arrival_delay"].notna()]
    scores = [model.score(landed).score for model in trained[:2]]
    first, second = (float(roc_auc_score(landed["arrival_delay"] > 15, score)) for score in scores if score is not None)
    assert 0.6 < first < second < 0.8


def test_version_two_has_one_feature_more(trained: list[DemoModel]) -> None:
    first, second = ({feature.name for feature in model.features} for model in trained[:2])
    assert second - first == {"airport_delay"}
    assert first < second


def test_reported_metrics_come_from_rows_no_model_has_seen(trained: list[DemoModel], year: pd.DataFrame) -> None:
    held_out = year.loc[year["held_out"] & year["arrival_delay"].notna()]
    score = trained[0].score(held_out).score
    assert score is not None
    assert trained[0].metrics["roc_auc"] == pytest.approx(roc_auc_score(held_out["arrival_delay"] > 15, score))
    assert trained[0].params["held_out_rows"] == len(held_out)


def test_actual_class_is_unknown_for_what_never_landed() -> None:
    frame = pd.DataFrame({"arrival_delay": [15.0, 16.0, np.nan]})
    assert list(actual_class(frame)) == [ON_TIME, LATE, None]
