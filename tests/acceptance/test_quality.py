"""Data quality and attributions as a program sees them: faults put in through the client are named by the server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

import mlfoundry as mlf
from mlfoundry.summaries.arrays import Floats
from serving import Server

WEEKS = 5
START = datetime(2026, 1, 26, tzinfo=timezone.utc)  # a Monday
END = START + timedelta(weeks=WEEKS)
LAST = END - timedelta(weeks=1)
GAP = (LAST + timedelta(days=2, hours=9), LAST + timedelta(days=2, hours=17))
STUCK = END - timedelta(hours=84)
PER_HOUR = 20


def traffic(*, faults: bool) -> dict[str, Any]:
    """Five weeks, busier by day than by night; with faults the last week is as no week before."""
    rng = np.random.default_rng(5)
    hours = np.arange(WEEKS * 168)
    counts = rng.poisson(PER_HOUR * (1.0 + 0.7 * np.sin(2 * np.pi * (hours % 24 - 9) / 24)))
    n = int(counts.sum())
    at: Floats = np.repeat(hours * 3_600.0, counts) + rng.uniform(0, 3_600, n)
    times = np.array([START + timedelta(seconds=float(second)) for second in at.tolist()], object)
    columns: dict[str, Any] = {
        "carrier": rng.choice(np.array(["AA", "DL", "UA"], object), n, p=[0.5, 0.3, 0.2]),
        "distance": rng.normal(900, 200, n),
        "temperature": np.round(rng.normal(10, 5, n), 2),
        "seats": rng.integers(50, 300, n),
        "shap_carrier": rng.normal(0, 0.5, n),
        "shap_distance": rng.normal(0, 0.1, n),
        "prediction": rng.choice(np.array(["late", "ok"], object), n),
    }
    kept = np.ones(n, np.bool_)
    if faults:
        last = times >= LAST
        columns["carrier"][last & (rng.random(n) < 0.1)] = "ZZ"
        columns["distance"][last & (rng.random(n) < 0.3)] = np.nan
        columns["temperature"][times >= STUCK] = 21.5
        columns["seats"][last & (rng.random(n) < 0.06)] = -1
        columns["shap_carrier"][last] *= 0.1
        kept = ~((times >= GAP[0]) & (times < GAP[1]))
    return {"occurred_at": times[kept]} | {name: values[kept] for name, values in columns.items()}


@pytest.fixture(scope="module")
def watched(server: Server) -> Iterator[tuple[mlf.Client, str]]:
    client = mlf.get_client(host=server.url)
    repo = f"quality-{uuid.uuid4().hex[:8]}"
    client.create_ml_repo(repo)
    schema = {
        "features": [
            {"name": "carrier", "type": "string"},
            {"name": "distance", "type": "float", "minimum": 0},
            {"name": "temperature", "type": "float"},
            {"name": "seats", "type": "int", "minimum": 1},
        ],
        "prediction": "categorical",
        "positive_class": "late",
    }
    fqn = client.create_model_version(ml_repo=repo, name="late", model_schema=schema).fqn
    shap = {"carrier": "shap_carrier", "distance": "shap_distance"}
    features = ["carrier", "distance", "temperature", "seats"]
    reference = {name: values.tolist() for name, values in traffic(faults=False).items()}
    client.log_reference(
        fqn, reference, features=features, prediction="prediction", occurred_at="occurred_at", shap_values=shap
    )
    columns = traffic(faults=True)
    n = len(columns["occurred_at"])
    table = {"data_id": [str(i) for i in range(n)], **{name: values.tolist() for name, values in columns.items()}}
    client.log_table(
        fqn,
        table,
        data_id="data_id",
        features=features,
        prediction="prediction",
        occurred_at="occurred_at",
        shap_values=shap,
    )
    yield client, fqn
    client.close()


def test_every_fault_is_named_and_nothing_else(watched: tuple[mlf.Client, str]) -> None:
    client, fqn = watched
    found = client.get_data_quality(fqn, start=LAST, end=END)
    issues = {(issue["column"], issue["check"]): issue for issue in found.issues}
    assert issues.keys() == {
        ("carrier", "unseen_categories"),
        ("distance", "missing_share"),
        ("temperature", "stuck_value"),
        ("seats", "new_negatives"),
        ("seats", "outside_reference_range"),
        ("seats", "outside_allowed_range"),
        (None, "volume"),
    }
    assert "'ZZ'" in issues["carrier", "unseen_categories"]["reason"]
    assert issues["distance", "missing_share"]["value"] == pytest.approx(0.3, abs=0.03)
    assert issues["seats", "new_negatives"]["status"] == "breached"
    gap = next(issue for issue in found.issues if issue["check"] == "volume" and issue["value"] == 0)
    assert (gap["start"], gap["end"]) == GAP
    assert found.reference is not None
    assert found.reference.name == "training"
    blocks = [block for block in found.volume if GAP[0] <= block["start"] < GAP[1]]
    assert {block["status"] for block in blocks} == {"breached"}
    assert len(found.volume) * (found.volume[0]["end"] - found.volume[0]["start"]) == END - LAST


def test_the_windows_of_the_reference_say_how_much_windows_differ(
    watched: tuple[mlf.Client, str], server: Server
) -> None:
    _, fqn = watched
    window = {"start": LAST.isoformat(), "end": END.isoformat(), "granularity": "1d"}
    for reference, law in (("training", "windows of the reference"), ("trailing:2d", "independent rows")):
        asked = {"model_version_fqn": fqn, "reference": reference, **window}
        answer = server.http.get("/api/v1/quality", params=asked).json()
        totals = [one["total"] for one in answer["columns"] if one["total"]["status"] in ("ok", "watch", "breached")]
        assert {one["null"] for one in totals} == {law, "rule"}
        missing = next(one for one in totals if (one["column"], one["check"]) == ("distance", "missing_share"))
        assert missing["status"] == "breached"


def test_the_week_before_is_fine(watched: tuple[mlf.Client, str]) -> None:
    client, fqn = watched
    found = client.get_data_quality(fqn, start=LAST - timedelta(weeks=1), end=LAST)
    assert list(found.issues) == []
    statuses = {row["check"]: row["status"] for row in found.total if row["column"] is None}
    assert statuses["volume"] == "ok"
    assert statuses["rejected_rows"] == "insufficient_data"  # these rows arrived today, not in that week
    early = client.get_data_quality(fqn, start=START, end=START + timedelta(weeks=1))
    volume = next(row for row in early.total if row["check"] == "volume")
    assert volume["status"] == "insufficient_data"
    assert "3 are needed" in volume["reason"]


def test_checks_of_each_window_and_of_a_part_of_the_rows(watched: tuple[mlf.Client, str]) -> None:
    client, fqn = watched
    daily = client.get_data_quality(fqn, start=LAST, end=END, granularity="1d")
    stuck = [row["status"] for row in daily if (row["column"], row["check"]) == ("temperature", "stuck_value")]
    assert stuck == ["ok"] * 3 + ["breached"] * 4
    part = client.get_data_quality(fqn, start=LAST, end=END, where="carrier == 'ZZ'")
    assert {row["column"] for row in part.total} >= {"carrier", "seats"}
    assert None not in {row["column"] for row in part.total}
    assert len(part.volume) == 0


def test_each_window_says_which_time_its_figures_are_of(watched: tuple[mlf.Client, str]) -> None:
    client, fqn = watched
    within, noon = END - timedelta(days=2, hours=-3), END - timedelta(hours=12)
    for ask in (client.get_data_quality, client.get_attribution, client.get_drift, client.get_performance):
        whole = ask(fqn, start=within, end=noon, granularity="1d")
        assert (whole[0]["start"], whole[-1]["end"]) == (END - timedelta(days=2), END)
        cut = ask(fqn, start=within, end=noon, granularity="1d", exact=True)
        assert (cut[0]["start"], cut[0]["end"], cut[-1]["end"]) == (within, END - timedelta(days=1), noon)


@pytest.mark.parametrize("path", ["quality", "volume", "performance", "drift", "attribution"])
def test_the_ends_of_all_times_are_answered(watched: tuple[mlf.Client, str], server: Server, path: str) -> None:
    _, fqn = watched
    far = [("0001-01-01", "0300-01-01"), ("9700-01-01", "9999-12-31T23:59:59.999999Z")]
    for start, end in (*far, ("1970-01-01", END.isoformat())):
        for reference in ("trailing:36500d", "0001-01-01/9999-12-31T23:59:59Z"):
            asked = {"model_version_fqn": fqn, "start": start, "end": end, "reference": reference}
            answer = server.http.get(f"/api/v1/{path}", params=asked)
            assert answer.status_code == 200, answer.text
    too_far = {"model_version_fqn": fqn, "reference": "trailing:999999w"}
    assert server.http.get(f"/api/v1/{path}", params=too_far).status_code == 400


def test_what_became_of_the_rows(watched: tuple[mlf.Client, str]) -> None:
    client, fqn = watched
    sent = mlf.Prediction(data_id="again", features={"seats": 100}, prediction_data={"value": "ok"})
    client.log_predictions(fqn, [sent])
    client.log_predictions(fqn, [{**mlf_dict(sent), "features": {"seats": 101}}])
    client.log_actuals(fqn, [{"data_id": "nobody", "value": "late"}])
    found = client.get_data_quality(fqn)
    rows = {row["check"]: row for row in found.total if row["column"] is None}
    assert rows["conflicting_rows"]["status"] == "watch"
    assert rows["conflicting_rows"]["reason"].startswith("1 of ")
    assert rows["waiting_actuals"]["status"] == "breached"
    assert rows["lost_rows"]["value"] == 0


def mlf_dict(sent: mlf.Prediction) -> dict[str, Any]:
    return {"data_id": sent.data_id, "features": sent.features, "prediction_data": {"value": "ok"}}


def test_attribution_beside_the_reference(watched: tuple[mlf.Client, str]) -> None:
    client, fqn = watched
    assert client.list_references(fqn)[0].has_shap
    found = client.get_attribution(fqn, start=LAST, end=END)
    first, second = found
    assert (first["feature"], second["feature"]) == ("distance", "carrier")
    # Half-normal: the mean of |x| is sd * sqrt(2 / pi).
    assert second["mean_absolute"] == pytest.approx(0.05 * np.sqrt(2 / np.pi), rel=0.05)
    assert second["lower"] < second["mean_absolute"] < second["upper"]
    assert second["importance_reference"] == pytest.approx(5 / 6, abs=0.01)
    assert (second["rank"], second["rank_change"], second["status"], second["coverage"]) == (2, -1, "drifted", 1.0)
    rankings = {row["statistic"]: row for row in found.rankings}
    assert rankings["importance_shift"]["status"] == "drifted"
    assert "'carrier'" in rankings["importance_shift"]["reason"]
    calm = client.get_attribution(fqn, start=START, end=LAST)
    assert {row["status"] for row in calm} == {"ok"}
    weekly = client.get_attribution(fqn, start=START, end=END, granularity="1w")
    shares = [row["importance"] for row in weekly if row["feature"] == "carrier"]
    assert shares == pytest.approx([5 / 6] * 4 + [1 / 3], abs=0.03)


def test_drift_times_importance(watched: tuple[mlf.Client, str], server: Server) -> None:
    _, fqn = watched
    window = {"start": LAST.isoformat(), "end": END.isoformat()}
    answer = server.http.get("/api/v1/drift", params={"model_version_fqn": fqn, **window}).json()
    columns = {column["total"]["column"]: column for column in answer["columns"]}
    distance = columns["distance"]
    effect, size = distance["total"]["effect"], distance["total"]["drifted_at"]
    assert distance["impact"] == pytest.approx(effect / size * distance["importance"])
    assert columns["temperature"]["impact"] is None
    names = {entry["name"] for entry in server.http.get("/api/v1/catalogue").json()["entries"]}
    assert {"missing_share", "volume", "attribution_ndcg"} <= names
