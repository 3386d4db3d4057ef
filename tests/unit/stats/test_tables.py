"""Reports of two tables: the fields of a server's, whichever library the tables are of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
import polars as pl
import pyarrow as pa
import pytest

from mlfoundry import drift
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.schema import Feature, ModelSchema
from mlfoundry.stats import drift_report
from mlfoundry.summaries import CategorySummary, Grid, NumericSummary

pandas: Any = pd
arrow: Any = pa
RNG = np.random.default_rng(0)
BEFORE: dict[str, Any] = {
    "distance": RNG.normal(size=3_000).tolist(),
    "origin": RNG.choice(["JFK", "LGA"], 3_000).tolist(),
    "weekday": RNG.integers(0, 7, 3_000).tolist(),
}
AFTER: dict[str, Any] = {
    "distance": RNG.normal(0.8, 1.0, 1_000).tolist(),
    "origin": RNG.choice(["JFK", "LGA"], 1_000).tolist(),
    "weekday": RNG.integers(0, 7, 1_000).tolist(),
}


@pytest.mark.parametrize("statistic", ["psi", "wasserstein", "mean_shift", "missing_share_shift"])
def test_the_fields_are_those_of_a_server(statistic: str) -> None:
    report = drift_report(BEFORE, AFTER, statistic=statistic, columns=["distance", "origin"])
    numbers = [np.array(side["distance"]) for side in (BEFORE, AFTER)]
    grid = Grid.lay(numbers[0])
    summaries: list[dict[str, Any]] = [
        {
            "distance": NumericSummary.grouped(values, np.zeros(len(values), np.int64), 1, grid)[0],
            "origin": CategorySummary({each: side["origin"].count(each) for each in ("JFK", "LGA")}),
        }
        for values, side in zip(numbers, (BEFORE, AFTER), strict=True)
    ]
    expected = drift.report(summaries[0], summaries[1], statistic=statistic, reference_name="reference")
    assert report.verdicts == expected
    assert report.to_dicts()[0]["effect"] == expected[0].effect


TABLES: list[Any] = [pandas.DataFrame, pl.DataFrame, arrow.table, arrow.RecordBatch.from_pydict]


@pytest.mark.parametrize("wrap", TABLES)
def test_tables_of_any_library_say_the_same(wrap: Any) -> None:
    assert drift_report(wrap(BEFORE), wrap(AFTER)) == drift_report(BEFORE, AFTER)


def test_a_schema_says_which_columns_there_are_and_of_what_kind() -> None:
    schema = ModelSchema(features=(Feature("distance", "float"), Feature("weekday", "int", kind="categorical")))
    report = drift_report(BEFORE, AFTER, schema=schema)
    assert [(one.column, one.kind) for one in report] == [("distance", "numeric"), ("weekday", "categorical")]
    as_dict = {"features": [{"name": "weekday", "type": "int"}], "prediction": "categorical"}
    report = drift_report(BEFORE, AFTER, schema=as_dict, prediction="origin")
    assert [(one.column, one.role, one.kind) for one in report] == [
        ("weekday", "feature", "numeric"),
        ("prediction", "prediction", "categorical"),
    ]
    with pytest.raises(NotFound, match="no column of either table 'distanc'; did you mean 'distance'"):
        drift_report(BEFORE, AFTER, columns=["distanc"])
    with pytest.raises(InvalidInput, match="the column 'origin' of reference holds text; this needs numbers"):
        drift_report(BEFORE, AFTER, schema={"features": [{"name": "origin", "type": "float"}]})


def test_a_column_that_is_gone_is_missing_in_every_row() -> None:
    report = drift_report(BEFORE, {"distance": AFTER["distance"]})
    gone = report["origin"]
    assert (gone.status, gone.missing_share, gone.n) == ("drifted", 1.0, 1_000)
    new = drift_report({"distance": BEFORE["distance"]}, AFTER)["origin"]
    assert (new.status, new.value) == ("no_reference", None)


def test_times_tell_how_much_days_differ_anyway() -> None:
    """Days that differ by much: a usual day is no alarm, though it would be one among independent rows."""
    rng = np.random.default_rng(3)
    days = 60
    level = np.repeat(rng.normal(size=days + 1), 480)
    values = level + rng.normal(size=len(level))
    times = np.datetime64("2026-01-01T00:00:00") + np.arange(len(level)) * np.timedelta64(180, "s")
    before = {"x": values[:-480], "when": times[:-480]}
    after = {"x": values[-480:], "when": times[-480:]}
    [timed] = drift_report(before, after, times="when")
    [alone] = drift_report({"x": before["x"]}, {"x": after["x"]})
    assert (timed.column, timed.null, timed.chunks) == ("x", "windows of the reference", days)
    assert timed.dispersion is not None
    assert timed.dispersion > 20
    assert (timed.status, alone.status) == ("ok", "drifted")
    texts = {"x": after["x"], "when": [f"{time}Z" for time in times[-480:]]}
    assert drift_report(pandas.DataFrame(before), texts, times="when").verdicts == (timed,)
    with pytest.raises(NotFound, match="column of times of current 'when'"):
        drift_report(before, {"x": after["x"]}, times="when")
    with pytest.raises(InvalidInput, match="holds no times"):
        drift_report(before, {"x": [1.0], "when": [None]}, times="when")


def test_it_prints_the_worst_first() -> None:
    report = drift_report(BEFORE, AFTER)
    lines = str(report).splitlines()
    assert lines[0] == "psi of 3 columns: 1 drifted, 2 ok (1,000 rows against 3,000; p by independent rows)"
    assert lines[3].startswith("distance  drifted")
    assert max(map(len, lines)) <= 120
    assert repr(report) == str(report)
    page = report._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "<td>drifted</td>" in page
    hostile = drift_report({"<b>": BEFORE["distance"]}, {"<b>": AFTER["distance"]})
    assert "<b>" not in hostile._repr_html_()  # pyright: ignore[reportPrivateUsage]


def test_the_status_is_the_worst_of_what_could_be_judged() -> None:
    assert drift_report(BEFORE, AFTER).status == "drifted"
    assert drift_report(BEFORE, BEFORE).status == "ok"
    assert drift_report(BEFORE, {"distance": [1.0], "origin": ["JFK"], "weekday": [1]}).status == "insufficient_data"
    assert drift_report({}, {}).status == "insufficient_data"
    report = drift_report(BEFORE, AFTER)
    assert [one.column for one in report.with_status("ok")] == ["origin", "weekday"]
    assert report[0] is report["distance"]
    with pytest.raises(NotFound, match="did you mean 'origin'"):
        report["origins"]


def test_what_is_no_table_is_named() -> None:
    with pytest.raises(InvalidInput, match="current is a ndarray; give a pandas, polars or pyarrow table"):
        drift_report(BEFORE, np.zeros((3, 3)))  # type: ignore[arg-type]
    twice = pandas.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(InvalidInput, match="reference has more than one column 'a'"):
        drift_report(twice, twice)
    with pytest.raises(InvalidInput, match="current has 2 rows in column 'a' and 1 in 'b'"):
        drift_report(BEFORE, {"a": [1, 2], "b": [1]})
    with pytest.raises(NotFound, match="drift statistic"):
        drift_report(BEFORE, AFTER, statistic="psy")
