"""What a version is compared with: every kind of reference, through the real client and a real server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

import mlfoundry as mlf
from mlfoundry.client.results import DriftResult
from serving import Server

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
DAY = timedelta(days=1)
DAYS, A_DAY = 30, 48
MOVED = 23
"""From this day on ``size`` is another; until then days differ in their mean."""
NOW = START + DAYS * DAY


@pytest.fixture(scope="module")
def logged(server: Server) -> Iterator[tuple[Server, mlf.Client, str, str]]:
    """Two versions of a model that saw the same 30 days, the first only their mornings; the last week has moved."""
    client = mlf.get_client(host=server.url)
    repo = f"references-{uuid.uuid4().hex[:8]}"
    client.create_ml_repo(repo)
    schema = mlf.ModelSchema(prediction="numeric")
    first, second = (client.create_model_version(ml_repo=repo, name="price", model_schema=schema).fqn for _ in range(2))
    for fqn, a_day in ((first, A_DAY // 2), (second, A_DAY)):
        rows = [row(day, n) for day in range(DAYS) for n in range(a_day)]
        client.log_predictions(fqn, rows)
        client.log_actuals(fqn, [{"data_id": one["data_id"], "value": 1.0} for one in rows[::2]])
    client.flush(20)
    yield server, client, first, second
    client.close()


def row(day: int, n: int) -> dict[str, Any]:
    moved = 60.0 if day >= MOVED else 0.0
    return {
        "data_id": f"{day}-{n}",
        "features": {"size": float(n % 24) + (day % 3) + moved, "kind": "ab"[n % 2]},
        "prediction_data": {"value": float(n % 24)},
        "occurred_at": START + day * DAY + n * timedelta(minutes=30),
    }


def get(server: Server, path: str, **params: str) -> httpx.Response:
    return server.http.get(f"/api/v1{path}", params=params)


def last_week(**fields: Any) -> dict[str, Any]:
    return {"start": NOW - 7 * DAY, "end": NOW, **fields}


def training(days: int) -> dict[str, list[Any]]:
    rows = [row(day, n) for day in range(days) for n in range(A_DAY)]
    return {
        "size": [one["features"]["size"] for one in rows],
        "kind": [one["features"]["kind"] for one in rows],
        "p": [one["prediction_data"]["value"] for one in rows],
        "at": [one["occurred_at"] for one in rows],
    }


def by_column(table: DriftResult) -> dict[str, dict[str, Any]]:
    return {one["column"]: one for one in table.total}


def test_without_a_reference_nothing_is_made_up(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, first, _ = logged
    found = client.get_drift(first, **last_week())
    assert (found.reference, {one["status"] for one in found}) == (None, {"no_reference"})
    assert client.get_performance(first, **last_week()).reference is None


@pytest.mark.parametrize(
    ("text", "kind", "start", "end"),
    [
        ("trailing:7d", "trailing", 16, 23),
        ("trailing:3w", "trailing", 2, 23),
        ("2026-03-01/2026-03-22", "fixed", 0, 21),
        ("2026-03-24/2026-04-01", "fixed", 23, 31),
    ],
)
def test_a_window_of_the_past(
    logged: tuple[Server, mlf.Client, str, str], text: str, kind: str, start: int, end: int
) -> None:
    _, client, _, fqn = logged
    found = client.get_drift(fqn, **last_week(reference=text))
    reference = found.reference
    assert reference is not None
    assert reference.window is not None
    n = (min(end, DAYS) - start) * A_DAY
    assert (reference.name, reference.kind, reference.fqn, reference.n) == (text, kind, fqn, n)
    assert (reference.window.start, reference.window.end) == (START + start * DAY, START + end * DAY)
    size = by_column(found)["size"]
    assert (size["reference"], size["n_reference"], size["n"]) == (text, n, 7 * A_DAY)
    assert size["status"] == ("ok" if start == MOVED else "drifted")
    assert by_column(found)["kind"]["status"] == "ok"


def test_the_windows_of_the_reference_are_the_law(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, _, fqn = logged
    kind = by_column(client.get_drift(fqn, **last_week(reference="trailing:23d")))["kind"]
    assert (kind["null"], kind["chunks"]) == ("windows of the reference", 23)
    assert kind["dispersion"] >= 1
    assert kind["effective_n"] == pytest.approx(kind["n"] / kind["dispersion"])
    short = by_column(client.get_drift(fqn, **last_week(reference="trailing:1d")))["kind"]
    assert (short["null"], short["chunks"], short["dispersion"]) == ("independent rows", None, None)


def test_another_version_is_compared_over_the_same_time(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, first, second = logged
    found = client.get_drift(second, **last_week(reference=first))
    assert found.reference is not None
    assert (found.reference.kind, found.reference.fqn, found.reference.n) == ("version", first, 7 * A_DAY // 2)
    assert {one["status"] for one in found} == {"ok"}
    performance = client.get_performance(second, **last_week(reference=first))
    assert performance.reference_total is not None
    theirs = {one["metric"]: one["value"] for one in performance.reference_total}
    assert theirs["mae"] is not None
    with pytest.raises(mlf.NotFound, match="no model version"):
        client.get_drift(second, **last_week(reference=first.replace(":1", ":9")))


def test_a_filter_holds_for_the_reference_too(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, first, second = logged
    for text, n in (("trailing:7d", 7 * A_DAY), (first, 7 * A_DAY // 2)):
        found = client.get_drift(second, **last_week(reference=text, where="kind == 'a'"))
        assert found.reference is not None
        assert found.slice is not None
        assert (found.reference.n, found.slice.reference_n, found.slice.reference_sliced) == (n, n // 2, True)
        assert by_column(found)["size"]["n_reference"] == n // 2


def test_what_was_known_earlier_is_so_of_both_sides(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, _, fqn = logged
    found = client.get_drift(fqn, **last_week(reference="trailing:7d", as_of=datetime(2026, 1, 1, tzinfo=timezone.utc)))
    assert found.reference is not None
    assert (found.reference.n, found.reference.has_actuals) == (0, False)


def test_every_answer_names_its_reference(logged: tuple[Server, mlf.Client, str, str]) -> None:
    server, _, _, fqn = logged
    asked = {"model_version_fqn": fqn, "start": "2026-03-24", "end": "2026-03-31", "reference": "trailing:7d"}
    for path in ("/performance", "/volume", "/residuals", "/drift", "/column"):
        answer = get(server, path, **asked, **({"column": "size"} if path == "/column" else {})).json()
        assert answer["reference"]["name"] == "trailing:7d", path
        assert answer["reference"]["window"] == {"start": "2026-03-17T00:00:00Z", "end": "2026-03-24T00:00:00Z"}, path
        assert (answer["reference"]["n"], answer["reference"]["fqn"]) == (7 * A_DAY, fqn), path


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("trainig", 404, "trailing:7d"),
        ("trailing:7x", 400, "no duration"),
        ("2026-03-32/2026-04-01", 400, "the FQN of a model version"),
        ("2026-04-01/2026-03-01", 400, "must start before it ends"),
        ("model:default/flights", 400, "model version"),
    ],
)
def test_a_reference_that_cannot_be_read(
    logged: tuple[Server, mlf.Client, str, str], text: str, status: int, says: str
) -> None:
    server, _, _, fqn = logged
    answer = get(server, "/drift", model_version_fqn=fqn, reference=text)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


def test_a_version_is_no_reference_for_itself(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, _, fqn = logged
    with pytest.raises(mlf.InvalidInput, match="the version itself"):
        client.get_drift(fqn, **last_week(reference=fqn))


def test_uploads_with_times_and_the_default(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, _, fqn = logged
    with pytest.raises(mlf.InvalidInput, match="another kind of reference"):
        client.log_reference(fqn, training(1), "trailing:7d", prediction="p", occurred_at="at")
    client.log_reference(fqn, training(23), prediction="p", occurred_at="at")
    client.log_reference(fqn, training(2), "small", prediction="p")
    found = client.get_drift(fqn, **last_week())
    assert found.reference is not None
    assert (found.reference.name, found.reference.kind, found.reference.is_default) == ("training", "uploaded", True)
    kind = by_column(found)["kind"]
    assert (kind["null"], kind["chunks"]) == ("windows of the reference", 23)
    assert by_column(client.get_drift(fqn, **last_week(reference="small")))["kind"]["null"] == "independent rows"

    version = client.get_model_version_by_fqn(fqn)
    for default in ("small", "trailing:7d"):
        version.default_reference = default
        assert version.update().default_reference == default
        standing = client.get_drift(fqn, **last_week()).reference
        assert standing is not None
        assert (standing.name, standing.is_default) == (default, True)
    assert not any(one.is_default for one in client.list_references(fqn))
    for wrong in ("tiny", "trailing:soon"):
        version.default_reference = wrong
        with pytest.raises((mlf.NotFound, mlf.InvalidInput)):
            version.update()
    version.default_reference = "small"
    version.update()
    assert [one.name for one in client.delete_reference(fqn, "small")] == ["training"]
    assert client.get_model_version_by_fqn(fqn).default_reference is None
    assert [one.is_default for one in client.list_references(fqn)] == [True]
    with pytest.raises(mlf.NotFound):
        client.delete_reference(fqn, "small")
    client.log_reference(fqn, training(3), prediction="p")
    replaced = client.get_drift(fqn, **last_week()).reference
    assert replaced is not None
    assert replaced.n == 3 * A_DAY


def test_the_budget_of_false_alarms_is_the_versions(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, _, fqn = logged

    def size() -> dict[str, Any]:
        start = NOW - 7 * DAY
        return by_column(client.get_drift(fqn, start=start, end=start + 2 * DAY, reference="trailing:2d"))["size"]

    version = client.get_model_version_by_fqn(fqn)
    assert (version.false_alarms_per_month, size()["status"]) == (1.0, "drifted")
    version.false_alarms_per_month = 1e-90
    assert version.update().false_alarms_per_month == 1e-90
    assert (size()["status"], size()["reason"]) == ("ok", "chance alone can explain it")
    version.false_alarms_per_month = 0.0
    with pytest.raises(mlf.InvalidInput, match="above 0"):
        version.update()


def test_like_hours_are_compared_where_that_is_asked(logged: tuple[Server, mlf.Client, str, str]) -> None:
    _, client, _, fqn = logged
    asked: dict[str, Any] = {"start": START + 21 * DAY, "end": START + 22 * DAY, "reference": "trailing:21d"}

    def values(**more: str) -> list[float]:
        found = client.get_drift(fqn, granularity="6h", **more, **asked)
        return [one["value"] for one in found if one["column"] == "size"]

    plain, matched = values(), values(match="hour_of_day")
    assert len(plain) == len(matched) == 4
    assert all(like < unlike / 2 for like, unlike in zip(matched, plain, strict=True))  # every 6 hours have a half
    with pytest.raises(mlf.InvalidInput, match="hour_of_day"):
        client.get_drift(fqn, match="weekday", **asked)
