"""Slices as a program and a plain sender see them: real client, real server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import mlfoundry as mlf
from serving import Server

START = datetime(2026, 1, 31, tzinfo=timezone.utc)
N = 240


@pytest.fixture(scope="module")
def sliced(server: Server) -> Iterator[tuple[Server, mlf.Client, str]]:
    """A version whose country DE has drifted and is predicted badly; half of its rows are DE's."""
    client = mlf.get_client(host=server.url)
    repo = f"slices-{uuid.uuid4().hex[:8]}"
    client.create_ml_repo(repo)
    schema = mlf.ModelSchema(prediction="categorical", positive_class="late")
    fqn = client.create_model_version(ml_repo=repo, name="late", model_schema=schema).fqn
    rows = [row(n) for n in range(N)]
    client.log_predictions(fqn, rows)
    client.log_actuals(fqn, [{"data_id": str(n), "value": "late"} for n in range(N // 2)])
    reference = {
        "country": [("DE", "FR")[n % 2] for n in range(N)],
        "odd name": [float(n % 20) for n in range(N)],
        "p": ["late"] * N,
    }
    client.log_reference(fqn, reference, features=["country", "odd name"], prediction="p")
    client.flush(20)
    yield server, client, fqn
    client.close()


def row(n: int) -> dict[str, Any]:
    is_german = n % 2 == 0
    return {
        "data_id": str(n),
        "features": {"country": "DE" if is_german else "FR", "odd name": float(n % 20) + (100.0 if is_german else 0.0)},
        "prediction_data": {
            "value": "ok" if is_german else "late",
            "probabilities": {"late": 0.25 if is_german else 0.75, "ok": 0.5},
        },
        "occurred_at": START + timedelta(minutes=n),
    }


def window(**fields: Any) -> dict[str, Any]:
    return {"start": START, "end": START + timedelta(days=1), **fields}


def test_drift_of_a_slice_is_held_against_the_same_slice(sliced: tuple[Server, mlf.Client, str]) -> None:
    _, client, fqn = sliced
    for where, status in [("country == 'DE'", "drifted"), ("country == 'FR'", "ok")]:
        found = client.get_drift(fqn, **window(where=where))
        verdicts = {verdict["column"]: verdict for verdict in found.total}
        assert verdicts["odd name"]["status"] == status
        assert (verdicts["odd name"]["n"], verdicts["odd name"]["n_reference"]) == (N // 2, N // 2)
        assert found.slice is not None
        assert (found.slice.where, found.slice.reference_sliced, found.slice.note) == (where, True, None)
        assert found.slice.reference_n == N // 2
        assert f"Drift of {fqn} where {where}" in repr(found)


@pytest.mark.parametrize(
    "asked",
    [{"where": "country == 'DE'"}, {"where": "`odd name` < 10", "exact": "true"}, {"as_of": "2100-01-01T00:00:00Z"}],
)
def test_the_page_of_a_column_says_of_a_slice_what_the_table_says(
    sliced: tuple[Server, mlf.Client, str], asked: dict[str, str]
) -> None:
    server, _, fqn = sliced
    params = {"model_version_fqn": fqn, "granularity": "2h", **asked}
    params |= {"start": (START + timedelta(minutes=30)).isoformat(), "end": (START + timedelta(hours=5)).isoformat()}
    table = server.http.get("/api/v1/drift", params=params).json()
    assert table["columns"]
    for row in table["columns"]:
        page = server.http.get("/api/v1/column", params={**params, "column": row["total"]["column"]}).json()
        assert (page["verdict"], page["series"]) == (row["total"], row["series"])
        assert (page["window"], page["slice"]) == (table["window"], table["slice"])


def test_a_reference_that_cannot_be_sliced_is_taken_whole_and_says_so(sliced: tuple[Server, mlf.Client, str]) -> None:
    _, client, fqn = sliced
    found = client.get_drift(fqn, **window(where="actual == 'late'"))
    assert found.total[0]["n_reference"] == N
    assert found.slice is not None
    assert found.slice.reference_sliced is False
    assert "whole of the reference 'training', which has no column 'actual'" in repr(found)


def test_performance_of_slices(sliced: tuple[Server, mlf.Client, str]) -> None:
    _, client, fqn = sliced

    def recall(where: str | None = None, **fields: Any) -> tuple[float | None, int]:
        result = client.get_performance(fqn, **window(metrics=["recall"], where=where, **fields))
        return result.total[0]["value"], result.total[0]["n"]

    assert recall() == (0.5, N // 2)
    assert recall("country == 'FR'") == (1.0, N // 4)
    assert recall("score < 0.5") == recall("score.late < 0.5") == (0.0, N // 4)
    assert recall("`odd name` >= 100 and not prediction == 'late'") == (0.0, N // 4)


def test_what_was_known_before_anything_arrived(sliced: tuple[Server, mlf.Client, str]) -> None:
    server, client, fqn = sliced
    found = client.get_performance(fqn, **window(metrics=["accuracy"], as_of=START))
    assert (found.total[0]["value"], found.total[0]["n"]) == (None, 0)
    params = {"model_version_fqn": fqn, "as_of": "2026-02-05"}
    volume = server.http.get("/api/v1/volume", params=params).json()
    assert volume["window"]["end"] == "2026-02-05T00:00:00Z"
    assert (volume["n_predictions"], volume["slice"]["as_of"]) == (0, "2026-02-05T00:00:00Z")


def test_an_exact_window_is_the_one_asked_for(sliced: tuple[Server, mlf.Client, str]) -> None:
    server, client, fqn = sliced
    start, end = START + timedelta(minutes=30), START + timedelta(minutes=150)
    params = {"model_version_fqn": fqn, "start": "2026-01-31T00:30Z", "end": "2026-01-31T02:30Z", "granularity": "1h"}
    snapped = server.http.get("/api/v1/volume", params=params).json()
    exact = server.http.get("/api/v1/volume", params={**params, "exact": True}).json()
    assert (snapped["n_predictions"], snapped["slice"]) == (180, None)
    assert (exact["n_predictions"], exact["predictions"]) == (120, [30, 60, 30])
    assert exact["window"] == {"start": "2026-01-31T00:30:00Z", "end": "2026-01-31T02:30:00Z"}
    assert exact["starts"] == ["2026-01-31T00:30:00Z", "2026-01-31T01:00:00Z", "2026-01-31T02:00:00Z"]
    found = client.get_performance(fqn, start=start, end=end, exact=True, granularity="1h", metrics=["accuracy"])
    ends = [end - timedelta(minutes=90), end - timedelta(minutes=30), end]
    assert [each["end"] for each in found] == ends


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("performance", {}),
        ("volume", {}),
        ("drift", {}),
        ("confusion", {}),
        ("residuals", {}),
        ("column", {"column": "country"}),
    ],
)
def test_every_result_can_be_sliced_and_refuses_what_makes_no_sense(
    sliced: tuple[Server, mlf.Client, str], path: str, more: dict[str, str]
) -> None:
    server, _, fqn = sliced
    params = {"model_version_fqn": fqn, "start": "2026-01-31", "end": "2026-02-01", **more}
    good = server.http.get(f"/api/v1/{path}", params={**params, "where": "country == 'DE' and score > 0.1"})
    assert good.status_code == 200, good.text
    assert good.json()["slice"]["where"] == "country == 'DE' and score > 0.1"
    for where, said, closest in [
        ("county == 'DE'", "no column 'county' (position 1); did you mean country?", "country"),
        ("country == 3", "country is a text, but 3 is a whole number (position 12)", None),
        ("country ==", "the expression ends where a value should stand (position 11)", None),
    ]:
        bad = server.http.get(f"/api/v1/{path}", params={**params, "where": where})
        assert (bad.status_code, bad.json()["detail"], bad.json().get("closest")) == (400, said, closest)
    wrong = server.http.get(f"/api/v1/{path}", params={**params, "as_of": "yesterday"})
    assert (wrong.status_code, wrong.json()["path"]) == (400, "as_of")


def test_the_client_passes_an_error_on(sliced: tuple[Server, mlf.Client, str]) -> None:
    _, client, fqn = sliced
    with pytest.raises(mlf.InvalidInput, match="did you mean country"):
        client.get_drift(fqn, where="contry == 'DE'")
