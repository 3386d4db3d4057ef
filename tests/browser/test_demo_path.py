"""The way of a newcomer through the demo, and the figures on it.

What a figure should be is computed here from the flights by pandas, numpy and scikit-learn alone.
"""

# pandas and scikit-learn carry no types of their own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, roc_auc_score

from mlfoundry.times import to_text

if TYPE_CHECKING:
    from .conftest import Loaded, Watched


def _window(demo: Loaded) -> str:
    """A range that covers all that was logged, in whole hours."""
    hour = pd.Timestamp(demo.now).floor("h")
    start, end = hour - timedelta(days=14), hour + timedelta(hours=1)
    return urlencode({"start": to_text(start.to_pydatetime()), "end": to_text(end.to_pydatetime())})


def _path(fqn: str) -> str:
    return "/models/" + fqn.removeprefix("model:").replace(":", "/")


def _number(text: str | None) -> float:
    """The first number of a text as the dashboard writes it."""
    found = re.search(r"-?\d[\d,]*(?:\.\d+)?", (text or "").replace("\u2212", "-"))
    assert found, f"no number in {text!r}"
    return float(found[0].replace(",", ""))


def _open(watched: Watched, demo: Loaded, version: int, tab: str = "") -> Page:
    watched.page.goto(f"{_path(demo.fqns[version])}{tab}?{_window(demo)}")
    return watched.page


def _strip(page: Page, slot: str) -> Locator:
    return page.get_by_test_id(f"number-{slot}").locator("b").first


def _late_and_score(demo: Loaded, version: int) -> tuple[pd.Series, np.ndarray]:
    """Whether each landed flight was late, and the probability that the estimator itself gives."""
    landed = demo.logged.loc[demo.logged["arrival_delay"].notna()]
    model = demo.models[version]
    return landed["arrival_delay"] > 15, model.estimator.predict_proba(model.inputs(landed))[:, 1]


def test_from_fleet_to_histogram_of_a_feature(watched: Watched, demo: Loaded) -> None:
    page = watched.page
    page.goto(f"/?{_window(demo)}")
    rows = page.get_by_test_id("fleet").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(page.get_by_text(f"moved by {demo.weeks} weeks").first).to_be_visible()

    row = page.locator(f'tr[data-fqn="{demo.fqns[1]}"]')
    expect(row).to_contain_text("v2")
    row.get_by_role("link").click()
    expect(page.get_by_test_id("overview")).to_be_visible()

    page.locator('tr[data-column="temperature"]').click()
    panel = page.locator('[data-column="temperature"][aria-busy="false"]')
    expect(panel.get_by_test_id("chart-distribution")).to_be_visible()
    expect(panel).to_contain_text("Reference validation")
    expect(page).to_have_url(re.compile("column=temperature"))
    page.go_back()
    expect(page).not_to_have_url(re.compile("column=temperature"))


def test_numbers_of_predictions_and_actuals(watched: Watched, demo: Loaded) -> None:
    for version in range(3):
        page = _open(watched, demo, version)
        expect(_strip(page, "predictions")).to_have_attribute("title", f"{len(demo.logged):,}")
        share = demo.logged["arrival_delay"].notna().mean()
        expect(_strip(page, "actuals")).to_contain_text(f"{share * 100:.1f}")


@pytest.mark.parametrize("version", [0, 1])
def test_metrics_of_classifiers_are_those_of_scikit_learn(watched: Watched, demo: Loaded, version: int) -> None:
    late, score = _late_and_score(demo, version)
    said_late = score >= demo.models[version].threshold
    expected = {
        "f1": f1_score(late, said_late),
        "accuracy": accuracy_score(late, said_late),
        "roc_auc": roc_auc_score(late, score),
    }
    page = _open(watched, demo, version)
    for metric, value in expected.items():
        if not page.get_by_test_id(f"choose-{metric}").is_visible():
            page.get_by_test_id("more-metrics").click()
        page.get_by_test_id(f"choose-{metric}").click()
        expect(page).to_have_url(re.compile(f"metric={metric}|^((?!metric=).)*$"))
        expect(_strip(page, "metric")).to_have_text(f"{value:.3f}")


def test_error_of_regressor_is_that_of_scikit_learn(watched: Watched, demo: Loaded) -> None:
    landed = demo.logged.loc[demo.logged["arrival_delay"].notna()]
    model = demo.models[2]
    error = mean_absolute_error(landed["arrival_delay"], model.estimator.predict(model.inputs(landed)))
    page = _open(watched, demo, 2)
    expect(_strip(page, "metric")).to_be_visible()
    assert _number(_strip(page, "metric").text_content()) == pytest.approx(error, abs=0.06)
    expect(page.get_by_test_id("residuals")).to_be_visible()


def test_confusion_matrix_holds_every_landed_flight(watched: Watched, demo: Loaded) -> None:
    late, score = _late_and_score(demo, 1)
    said_late = score >= demo.models[1].threshold
    counts = {
        (actual, predicted): int(((late == actual) & (said_late == predicted)).sum())
        for actual in (False, True)
        for predicted in (False, True)
    }
    page = _open(watched, demo, 1)
    page.get_by_test_id("confusion-as-table").click()
    rows = page.get_by_test_id("confusion").locator("tbody tr")
    expect(rows).to_have_count(2)
    for row, (actual, name) in zip(rows.all(), ((False, "on time"), (True, "late")), strict=True):
        expect(row.locator("th, td")).to_have_text([name, str(counts[actual, False]), str(counts[actual, True])])


def _population_stability_index(reference: pd.Series, current: pd.Series) -> float:
    """The textbook formula on the bins of the docs: each value of over 5 % of the reference by itself, tenths of the
    rest, and what is missing and what lies outside of the reference."""
    known = reference.dropna().to_numpy(np.float64)
    values, counts = np.unique(known, return_counts=True)
    heavy = values[counts > 0.05 * len(known)]
    tenths = np.quantile(known[~np.isin(known, heavy)], np.linspace(0, 1, 11))
    ends = [known.min(), np.nextafter(known.max(), np.inf)]
    inner = np.unique(np.concatenate([tenths, heavy, np.nextafter(heavy, np.inf), ends]))
    edges = np.concatenate([[-np.inf], inner, [np.inf]])

    def shares(values: pd.Series) -> np.ndarray:
        counts = np.histogram(values.dropna(), edges)[0]
        return np.append(counts, values.isna().sum()) / len(values)

    p, q = shares(reference), shares(current)
    floor = max(1e-4, 0.5 / min(len(reference), len(current)))
    met = (p + q) > 0
    p, q = ((share[met] + floor) / (share[met] + floor).sum() for share in (p, q))
    return float(((q - p) * np.log(q / p)).sum())


@pytest.mark.parametrize("column", ["temperature", "humidity", "airport_delay", "distance"])
def test_drift_of_a_feature_is_that_of_numpy(watched: Watched, demo: Loaded, column: str) -> None:
    reference = demo.moved.loc[demo.moved["held_out"], column]
    expected = _population_stability_index(reference, demo.logged[column])
    page = _open(watched, demo, 1)
    shown = page.locator(f'tr[data-column="{column}"] .statistic')
    expect(shown).to_be_visible()
    # The server's quantiles lie on borders of buckets: near, not equal.
    assert _number(shown.text_content()) == pytest.approx(expected, rel=0.05, abs=0.01)


def test_copy_puts_the_name_on_the_clipboard(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 0)
    expect(page.get_by_test_id("fqn").first).to_have_text(demo.fqns[0])
    button = page.get_by_role("button", name="Copy model version FQN").first
    button.click()
    expect(button).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == demo.fqns[0]


def test_name_is_found_through_experiment_tracking(watched: Watched, demo: Loaded) -> None:
    page = watched.page
    page.goto("/projects")
    page.get_by_role("link", name="flights").first.click()
    page.get_by_test_id("models").get_by_role("link", name="late-arrival").click()
    names = page.get_by_test_id("versions-table").get_by_test_id("version-fqn")
    expect(names).to_have_text([demo.fqns[1], demo.fqns[0]])


def test_dark_mode_changes_the_page_and_is_remembered(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 1)
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_test_id("theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(background) != light
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_drawer_shows_one_prediction_whole(watched: Watched, demo: Loaded) -> None:
    landed = demo.logged.loc[demo.logged["arrival_delay"] > 60]
    flight = landed.iloc[-1]
    page = _open(watched, demo, 1, "/predictions")
    expect(page.get_by_test_id("rows").locator("tbody tr").first).to_be_visible()
    page.get_by_test_id("lookup").fill(flight["data_id"])
    page.get_by_test_id("lookup").press("Enter")
    drawer = page.get_by_test_id("drawer")
    expect(drawer).to_contain_text(flight["data_id"])
    expect(drawer.get_by_role("region", name="Prediction and actual")).to_contain_text("late")
    features = drawer.get_by_role("region", name="Features", exact=True)
    expect(features.get_by_role("row", name=re.compile("distance"))).to_contain_text(f"{flight['distance']}")
    expect(features.get_by_role("row", name=re.compile("carrier"))).to_contain_text(flight["carrier"])
    expect(drawer.get_by_role("region", name="SHAP values").get_by_role("listitem")).not_to_have_count(0)
    expect(drawer.get_by_test_id("fates")).to_contain_text("prediction stored")
    expect(drawer.get_by_test_id("fates")).to_contain_text("actual matched")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()


def test_view_is_its_address(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 1)
    page.locator('tr[data-column="humidity"]').click()
    expect(page.locator('[data-column="humidity"][aria-busy="false"]')).to_be_visible()
    page.reload()
    expect(page.locator('[data-column="humidity"][aria-busy="false"]')).to_be_visible()
