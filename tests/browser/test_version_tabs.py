"""The tabs of a version beside its overview: performance, data quality and attribution.

What a figure should be is computed here from the flights by pandas and numpy alone.
"""

# pandas and scikit-learn carry no types of their own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from mlfoundry.times import to_text

if TYPE_CHECKING:
    from .conftest import Loaded, Watched

_AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
_VIOLATIONS = "axe.run().then(found => found.violations.map(one => one.id + ' ' + one.nodes[0].target))"
# What each tab shows first, once its answer is there.
_TABS = {"performance": "curves", "quality": "columns", "attribution": "features"}


def _open(watched: Watched, demo: Loaded, version: int, tab: str, **query: str) -> Page:
    """A tab over all that was logged, in whole hours."""
    hour = pd.Timestamp(demo.now).floor("h")
    start, end = hour - timedelta(days=14), hour + timedelta(hours=1)
    window = {"start": to_text(start.to_pydatetime()), "end": to_text(end.to_pydatetime())}
    path = "/models/" + demo.fqns[version].removeprefix("model:").replace(":", "/")
    watched.page.goto(f"{path}/{tab}?{urlencode({**window, **query})}")
    return watched.page


def _query(page: Page, key: str) -> str:
    return parse_qs(urlsplit(page.url).query)[key][0]


def _percent(text: str | None) -> float:
    found = re.search(r"[\d.]+", text or "")
    assert found, f"no number in {text!r}"
    return float(found[0]) / 100


@pytest.mark.parametrize("tab", _TABS)
@pytest.mark.parametrize("width", [1440, 390])
def test_tab_is_accessible_in_both_themes_and_never_scrolls_sideways(
    watched: Watched, demo: Loaded, tab: str, width: int
) -> None:
    if not _AXE.exists():
        message = "axe-core is not installed; npm ci in ui/"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    watched.page.set_viewport_size({"width": width, "height": 900})
    for scheme in ("light", "dark"):
        watched.page.emulate_media(color_scheme=scheme)
        page = _open(watched, demo, 1, tab)
        expect(page.get_by_test_id(_TABS[tab])).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.evaluate(_AXE.read_text(encoding="utf-8"))
        assert page.evaluate(_VIOLATIONS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_figures_at_a_threshold_are_those_of_the_rows(watched: Watched, demo: Loaded) -> None:
    landed = demo.logged.loc[demo.logged["arrival_delay"].notna()]
    model = demo.models[1]
    late = (landed["arrival_delay"] > 15).to_numpy()
    score = model.estimator.predict_proba(model.inputs(landed))[:, 1]
    page = _open(watched, demo, 1, "performance", threshold="0.4")
    slider = page.get_by_test_id("threshold-slider")
    slider.press("ArrowLeft")
    expect(page).not_to_have_url(re.compile(r"threshold=0\.4(&|$)"))
    said_late = score >= float(_query(page, "threshold"))
    expected = {
        "precision": late[said_late].mean(),
        "recall": said_late[late].mean(),
        "false_positive_rate": said_late[~late].mean(),
        "positive_rate": said_late.mean(),
    }
    for name, value in expected.items():
        shown = page.locator(f'[data-rate="{name}"]').text_content()
        # Probabilities travel as float32: one row may lie on the other side of the threshold.
        assert _percent(shown) == pytest.approx(value, abs=0.0015)
    value = page.get_by_test_id("threshold-value").text_content()
    page.reload()
    expect(page.get_by_test_id("threshold-value")).to_have_text(value or "")


def test_missing_values_are_those_of_the_rows(watched: Watched, demo: Loaded) -> None:
    missing = demo.logged["pressure"].isna().mean()
    page = _open(watched, demo, 1, "quality", check="missing_share", column="pressure")
    page.get_by_test_id("columns-as-table").click()
    row = page.get_by_test_id("columns").locator("tbody tr").filter(has_text="pressure")
    shown = float(row.locator("td").nth(2).text_content() or "")
    assert shown == pytest.approx(missing, abs=1e-5)
    expect(page.get_by_test_id("why").first).to_contain_text(f"{len(demo.logged):,} in this window")


def test_two_weeks_are_too_few_for_a_weekly_rhythm_and_that_is_said(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 1, "quality")
    expect(page.get_by_test_id("rhythm")).to_contain_text("insufficient data")
    expect(page.get_by_test_id("rhythm")).to_contain_text("whole weeks")


def test_heat_map_is_read_by_keys_and_chooses_a_column(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 1, "quality", check="missing_share")
    heat = page.get_by_test_id("chart-columns")
    heat.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(heat.get_by_role("status")).to_contain_text(re.compile(r"Missing values .* Rows \d"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("column="))
    page.go_back()
    expect(page).not_to_have_url(re.compile("column="))


def test_features_stand_by_rank_and_lead_to_the_overview(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 1, "attribution", sort="rank", dir="asc")
    rows = page.get_by_test_id("features").locator("tbody tr")
    expect(rows.first).to_be_visible()
    values = [float(text) for text in rows.locator("td:nth-child(2) .strong").all_text_contents()]
    assert values == sorted(values, reverse=True)
    shap_values = np.abs(demo.models[1].score(demo.logged).shap_values).mean(axis=0)
    assert values == pytest.approx(np.sort(shap_values)[::-1].tolist(), abs=0.0021)
    expect(page.get_by_test_id("number-coverage")).to_contain_text("100.0")
    expect(page.get_by_test_id("no-shap-reference")).not_to_be_visible()
    expect(rows.first).to_contain_text("same")  # its rank in the reference
    page.get_by_test_id("feature-filter").fill("humid")
    expect(rows).to_have_count(1)
    rows.first.click()
    expect(page.locator('[data-column="humidity"][aria-busy="false"]')).to_be_visible()


def test_pages_are_reached_by_keys(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 2, "")
    expect(page.get_by_test_id("overview")).to_be_visible()
    for letter, tab in (("m", "performance"), ("d", "quality"), ("a", "attribution")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page).to_have_url(re.compile(f"/{tab}\\?"))
    expect(page.get_by_test_id("attribution")).to_be_visible()


def test_regressor_has_residuals_in_place_of_curves(watched: Watched, demo: Loaded) -> None:
    page = _open(watched, demo, 2, "performance")
    expect(page.get_by_test_id("residuals")).to_be_visible()
    expect(page.get_by_test_id("curves")).to_have_count(0)
    expect(page.locator('tr[data-metric="mae"]')).to_be_visible()
