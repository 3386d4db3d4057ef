"""Performance as a program sees it: maturity, curves, classes, names. Real client, real server."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

import mlfoundry as mlf
from serving import Server

sk: Any = importlib.import_module("sklearn.metrics")
N = 4_000
DAYS = 20
NOW = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)


class Logged:
    """Rows of three weeks whose actuals take a day, as they were logged."""

    def __init__(self, fqn: str, *, classes: tuple[str, ...]) -> None:
        rng = np.random.default_rng(7)
        self.fqn = fqn
        age_d = np.sort(rng.random(N) * DAYS)[::-1]
        self.at = [NOW - timedelta(days=float(age)) for age in age_d]
        self.scores = rng.dirichlet(np.ones(len(classes)) * 0.7, N)
        self.predicted = np.array(classes)[self.scores.argmax(axis=1)]
        self.actual = np.array([rng.choice(classes, p=p) for p in self.scores])
        delay_d = rng.exponential(1.0, N)
        self.known = (delay_d < age_d) & (rng.random(N) < 0.95)
        self.known_at = [at + timedelta(days=float(delay)) for at, delay in zip(self.at, delay_d, strict=True)]
        self.classes = classes

    def predictions(self) -> dict[str, Any]:
        return {
            "data_id": [str(n) for n in range(N)],
            "at": self.at,
            "amount": np.arange(N) % 2,
            "predicted": self.predicted,
            **{f"p_{label}": self.scores[:, place] for place, label in enumerate(self.classes)},
        }

    def log(self, client: mlf.Client) -> None:
        rows = self.predictions()
        client.log_predictions(
            self.fqn,
            [
                {
                    "data_id": rows["data_id"][n],
                    "features": {"amount": int(rows["amount"][n])},
                    "prediction_data": {
                        "value": str(self.predicted[n]),
                        "probabilities": dict(zip(self.classes, map(float, self.scores[n]), strict=True)),
                    },
                    "occurred_at": self.at[n],
                }
                for n in range(N)
            ],
        )
        client.log_actuals(
            self.fqn,
            [
                {"data_id": str(n), "value": str(self.actual[n]), "occurred_at": self.known_at[n]}
                for n in np.flatnonzero(self.known)
            ],
        )
        client.flush(30)


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[mlf.Client]:
    with mlf.get_client(host=server.url) as opened:
        yield opened


def version(client: mlf.Client, name: str, **schema: Any) -> str:
    repo = f"performance-{uuid.uuid4().hex[:8]}"
    client.create_ml_repo(repo)
    return client.create_model_version(
        ml_repo=repo, name=name, model_schema=mlf.ModelSchema(prediction="categorical", **schema)
    ).fqn


@pytest.fixture(scope="module")
def binary(client: mlf.Client) -> Logged:
    logged = Logged(version(client, "late", positive_class="late"), classes=("late", "ok"))
    logged.log(client)
    half = slice(0, N // 4)
    reference = {
        "amount": (np.arange(N) % 2)[half],
        "p": logged.predicted[half],
        "a": logged.actual[half],
        "s": logged.scores[half, 0],
    }
    client.log_reference(
        logged.fqn, reference, features=["amount"], prediction="p", probabilities={"late": "s"}, actual="a"
    )
    return logged


@pytest.fixture(scope="module")
def cards(client: mlf.Client) -> Logged:
    logged = Logged(version(client, "card"), classes=("gold", "silver", "tin"))
    logged.log(client)
    return logged


def test_the_last_day_is_immature_and_the_week_before_is_not(client: mlf.Client, binary: Logged) -> None:
    found = client.get_performance(binary.fqn, start=NOW - timedelta(days=1), end=NOW, metrics=["f1"])
    assert found.maturity is not None
    assert (found.maturity.status, found.maturity.cause) == ("immature", "arriving")
    assert found.maturity.expected_coverage == pytest.approx(0.95, abs=0.05)
    assert found.maturity.mature_at is not None
    assert NOW + timedelta(days=0.5) < found.maturity.mature_at < NOW + timedelta(days=4)
    assert found.total[0]["status"] == "immature"
    assert "of the actuals expected are there" in found.total[0]["reason"]
    assert "immature" in repr(found)
    week = client.get_performance(binary.fqn, start=NOW - timedelta(days=12), end=NOW - timedelta(days=5))
    assert week.maturity is not None
    assert week.maturity.status == "mature"
    assert {row["status"] for row in week} == {"ok"}


def test_a_fleet_says_that_a_metric_is_immature(server: Server, client: mlf.Client, binary: Logged) -> None:
    assert client.get_performance(binary.fqn).maturity is not None
    params = {"start": (NOW - timedelta(days=1)).isoformat(), "end": NOW.isoformat()}
    versions = server.http.get("/api/v1/fleet", params=params).raise_for_status().json()["versions"]
    [metric] = [one["metric"] for one in versions if one["fqn"] == binary.fqn]
    assert metric["status"] == "immature"


def test_what_was_known_earlier_has_the_maturity_of_then(client: mlf.Client, binary: Logged) -> None:
    found = client.get_performance(binary.fqn, end=NOW, as_of=NOW - timedelta(days=1))
    assert found.maturity is not None
    assert found.maturity.coverage is None  # everything was received just now


def test_curves_have_scikit_learn_s_points(client: mlf.Client, binary: Logged) -> None:
    curves = client.get_curves(binary.fqn, start=NOW - timedelta(days=DAYS), end=NOW + timedelta(hours=1))
    assert curves is not None
    known = binary.known
    truth, score = binary.actual[known] == "late", binary.scores[known, 0]
    assert (curves.label, curves.n, curves.n_positive) == ("late", int(known.sum()), int(truth.sum()))
    assert 50 < len(curves) <= 200
    for row in list(curves)[1 :: len(curves) // 20]:
        chosen = score >= row["threshold"]
        assert row["true_positive"] == (chosen & truth).sum()
        assert row["precision"] == pytest.approx(sk.precision_score(truth, chosen))
        assert row["recall_lower"] <= row["recall"] <= row["recall_upper"]
    assert (curves[0]["threshold"], curves[0]["precision"], curves[-1]["recall"]) == (None, None, 1.0)
    assert sum(one["n"] for one in curves.calibration) == curves.n
    for one in curves.calibration:
        assert one["observed"] == pytest.approx(one["score"], abs=0.15)
    assert curves.reference is not None
    assert curves.reference_curves is not None
    assert curves.reference.n == curves.reference_curves.n == N // 4


def test_curves_of_a_slice_are_of_its_rows(client: mlf.Client, binary: Logged) -> None:
    window: dict[str, Any] = {"start": NOW - timedelta(days=DAYS), "end": NOW + timedelta(hours=1)}
    curves = client.get_curves(binary.fqn, label="ok", where="amount == 1", **window)
    assert curves is not None
    assert curves.n == (binary.known & (np.arange(N) % 2 == 1)).sum()
    assert "where amount == 1" in repr(curves)


def test_curves_that_there_are_not_say_why(client: mlf.Client, binary: Logged) -> None:
    with pytest.raises(mlf.NotFound, match="late"):
        client.get_curves(binary.fqn, label="latte", start=NOW - timedelta(days=DAYS), end=NOW)
    bare = version(client, "bare", positive_class="late")
    client.log_predictions(bare, [{"data_id": "1", "features": {}, "prediction_data": {"value": "late"}}])
    client.log_actuals(bare, [{"data_id": "1", "value": "late"}])
    with pytest.raises(mlf.InvalidInput, match="probabilities"):
        client.get_curves(bare)


def test_each_class_has_its_figures(client: mlf.Client, cards: Logged) -> None:
    found = client.get_class_performance(cards.fqn, start=NOW - timedelta(days=DAYS), end=NOW + timedelta(hours=1))
    truth, predicted = cards.actual[cards.known], cards.predicted[cards.known]
    assert {row["label"] for row in found} == set(cards.classes)
    assert found.n == cards.known.sum()
    for row in found:
        own = [row["label"]]
        assert row["precision"] == pytest.approx(sk.precision_score(truth, predicted, labels=own, average=None)[0])
        assert row["f1"] == pytest.approx(sk.f1_score(truth, predicted, labels=own, average=None)[0])
        place = cards.classes.index(row["label"])
        area = sk.roc_auc_score(truth == row["label"], cards.scores[cards.known, place])
        assert row["roc_auc"] == pytest.approx(area, abs=2e-3)
        assert row["roc_auc_lower"] < area < row["roc_auc_upper"]
    assert found[0]["actual"] >= found[-1]["actual"]


def test_one_of_the_two_highest_scores_is_counted_as_right(client: mlf.Client, cards: Logged) -> None:
    found = client.get_performance(
        cards.fqn, start=NOW - timedelta(days=DAYS), end=NOW + timedelta(hours=1), metrics=["top_k_accuracy"]
    )
    truth = cards.actual[cards.known]
    expected = sk.top_k_accuracy_score(truth, cards.scores[cards.known], k=2, labels=sorted(cards.classes))
    assert found.total[0]["value"] == pytest.approx(expected)
    assert found.total[0]["n"] == cards.known.sum()


def test_a_page_gets_only_the_lines_that_it_draws(server: Server, binary: Logged) -> None:
    asked = {"model_version_fqn": binary.fqn, "start": (NOW - timedelta(days=DAYS)).isoformat(), "end": NOW.isoformat()}
    everything = server.http.get("/api/v1/performance", params=asked).json()
    drawn = server.http.get("/api/v1/performance", params={**asked, "series": "f1,accuracy,unheard_of"}).json()

    assert [one["metric"] for one in drawn["series"]] == [
        one["metric"] for one in everything["series"] if one["metric"] in ("f1", "accuracy")
    ]
    assert [one for one in everything["series"] if one["metric"] in ("f1", "accuracy")] == drawn["series"]
    assert [one["value"] for one in drawn["total"]] == [one["value"] for one in everything["total"]]
