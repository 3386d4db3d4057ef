"""What a newcomer sees before there is much to see."""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import uuid
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

import mlfoundry as mlf
from serving import Server


@pytest.fixture
def page(browser: Browser, server: Server) -> Generator[Page]:
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def repo() -> str:
    return f"new-{uuid.uuid4().hex[:8]}"


def test_the_first_prediction_shows_by_itself(page: Page, server: Server, repo: str) -> None:
    with mlf.get_client(host=server.url, linger_s=0.05) as client:
        client.create_ml_repo(repo)
        fqn = client.create_model_version(ml_repo=repo, name="model").fqn
        page.goto(f"/models/default/{repo}/model/1")
        expect(page.get_by_test_id("waiting")).to_contain_text(fqn)
        row = {"data_id": "a", "features": {"age": 41.5}, "prediction_data": {"value": "good"}, "actual_value": "bad"}
        client.log_predictions(fqn, [row])
        client.flush()
    # Not the empty range that ends when the page was opened.
    expect(page.get_by_test_id("performance")).to_be_visible(timeout=15_000)
    expect(page.get_by_test_id("jump")).to_have_count(0)
    # Neither class is known as the positive one: what to say is said, and the rest is there.
    expect(page.get_by_test_id("metrics-need")).to_contain_text("ModelSchema(positive_class=")
    expect(page.get_by_test_id("no-reference")).to_contain_text(f'client = mlf.get_client(host="{server.url}")')


def test_a_long_description_does_not_widen_a_narrow_screen(page: Page, server: Server, repo: str) -> None:
    with mlf.get_client(host=server.url) as client:
        client.create_ml_repo(repo, description="Models of a long description, " * 8 + "x" * 200)
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto("/projects")
    expect(page.get_by_role("link", name=repo)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
