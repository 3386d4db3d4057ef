"""What became of the rows: each share with its rows, and earlier ones beside it."""

from __future__ import annotations

import numpy as np

from mlfoundry.quality import QualityReference, RowCounts, report, series
from mlfoundry.quality.answers import QualitySeries, QualityVerdict
from mlfoundry.quality.arrivals import rows_report
from mlfoundry.quality.issues import issues
from mlfoundry.summaries import CategorySummary, ColumnSummary, Delays
from mlfoundry.times import as_utc
from mlfoundry.windows import DAY, Window

BEFORE = RowCounts({("prediction", "stored"): 990, ("prediction", "rejected"): 10})


def verdict(rows: RowCounts, check: str, before: RowCounts = BEFORE) -> QualityVerdict:
    return next(one for one in rows_report(rows, before) if one.check == check)


def delays(*hours: float) -> Delays:
    values = np.array(hours) * 3_600
    return Delays.grouped(values, np.zeros(len(values), np.int64), 1)[0]


def test_each_fate_has_its_share() -> None:
    rows = RowCounts(
        {
            ("prediction", "stored"): 900,
            ("prediction", "duplicate"): 50,
            ("prediction", "conflict"): 20,
            ("prediction", "rejected"): 30,
            ("actual", "matched"): 700,
            ("actual", "waiting"): 300,
        },
        lost={"prediction": 500},
    )
    found = {one.check: (one.value, one.status) for one in rows_report(rows, BEFORE) if one.check != "late_actuals"}
    assert found == {
        "rejected_rows": (30 / 2_000, "breached"),
        "duplicate_rows": (50 / 2_000, "watch"),
        "conflicting_rows": (20 / 1_000, "breached"),
        "waiting_actuals": (0.3, "breached"),
        "lost_rows": (500 / 2_500, "breached"),
    }
    rejected = verdict(rows, "rejected_rows")
    assert rejected.reason == "30 of 2,000 rows (1.5 %) were rejected"
    assert (rejected.reference_value, rejected.n_reference, rejected.null) == (0.01, 1_000, "rule")


def test_one_refused_row_is_worth_a_look() -> None:
    rows = RowCounts({("prediction", "stored"): 9_999, ("prediction", "rejected"): 1})
    assert verdict(rows, "rejected_rows").status == "watch"


def test_no_rows_are_no_zero() -> None:
    for one in rows_report(RowCounts()):
        assert (one.status, one.value, one.n) == ("insufficient_data", None, 0)


def test_actuals_that_take_longer_than_usual_are_found() -> None:
    before = RowCounts(delays=delays(*np.linspace(1, 10, 1_000)))
    late = verdict(RowCounts(delays=delays(*np.linspace(1, 20, 200))), "late_actuals", before)
    assert late.status == "breached"
    assert late.value is not None
    assert abs(late.value - 0.55) < 0.03
    assert late.reference_value is not None
    assert 0.02 <= late.reference_value <= 0.06
    assert late.null == "independent rows"
    usual = verdict(RowCounts(delays=delays(*np.linspace(1, 10, 200))), "late_actuals", before)
    assert usual.status == "ok"
    nothing = verdict(RowCounts(delays=delays(1, 2)), "late_actuals", RowCounts())
    assert (nothing.status, nothing.value) == ("no_reference", None)


def test_issues_are_ranked_and_a_bad_step_is_one() -> None:
    window = Window(as_utc("2026-03-02"), as_utc("2026-03-05"))
    steps = [Window(window.start + i * DAY, window.start + (i + 1) * DAY) for i in range(3)]
    rows = rows_report(RowCounts({("prediction", "stored"): 50, ("prediction", "rejected"): 50}))
    fine = QualityVerdict(
        check="missing_share",
        title="Missing values",
        column="x",
        role="feature",
        kind="numeric",
        value=0.03,
        error_bound=0.0,
        reference_value=0.0,
        n=300,
        n_reference=1_000,
        expected=0.0,
        effect=0.03,
        p_value=0.001,
        null="independent rows",
        dispersion=None,
        watch_at=0.05,
        breached_at=0.1,
        status="ok",
        reason="3 % of rows have no value",
    )
    line = QualitySeries(value=[0.0, 0.09, 0.4], status=["ok", "watch", "breached"], n=[100, 100, 100])
    found = issues([fine, *rows], {("x", "missing_share"): line}, window, steps)
    assert [(one.check, one.column, one.status) for one in found] == [
        ("rejected_rows", None, "breached"),
        ("missing_share", "x", "breached"),
    ]
    step = found[1]
    assert (step.start, step.end, step.value) == (steps[2].start, steps[2].end, 0.4)
    assert step.reason == "40 % in this step of 3; over the whole time: 3 % of rows have no value"
    assert found[0].severity > found[1].severity


def test_steps_that_all_stand_out_are_how_the_column_is() -> None:
    window = Window(as_utc("2026-03-02"), as_utc("2026-03-05"))
    steps = [Window(window.start + i * DAY, window.start + (i + 1) * DAY) for i in range(3)]
    reference = QualityReference({"day": CategorySummary({"mon": 900, "tue": 900, "wed": 900})})
    days: list[dict[str, ColumnSummary]] = [{"day": CategorySummary({day: 300})} for day in ("mon", "tue", "wed")]
    whole = report({"day": CategorySummary({"mon": 300, "tue": 300, "wed": 300})}, reference=reference)
    lines = series(days, reference=reference)
    assert lines["day", "single_category"].status == ["breached"] * 3
    assert issues(whole, lines, window, steps) == ()
