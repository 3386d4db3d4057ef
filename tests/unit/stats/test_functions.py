"""Every statistic and metric is a function on what is at hand, whatever holds it."""

import inspect
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
import polars as pl
import pyarrow as pa
import pytest

from mlfoundry import drift, stats
from mlfoundry.errors import InvalidInput, MissingExtra
from mlfoundry.performance.report import metrics
from mlfoundry.stats import stub
from serving import environment

pandas: Any = pd
arrow: Any = pa
REFERENCE = [float(i % 40) for i in range(400)]
CURRENT = [float(i % 50) for i in range(300)]


def test_every_statistic_and_metric_is_a_function() -> None:
    assert {*drift.statistics(), *metrics()} == {*stats.__all__} - {"DriftReport", "drift_report"}


def test_type_checkers_know_what_the_scans_find() -> None:
    assert stub.PATH.read_text(encoding="utf-8") == stub.text(), "run python -m mlfoundry.stats.stub"


@pytest.mark.parametrize("name", [name for name in stats.__all__ if name != "DriftReport"])
def test_help_describes_every_parameter(name: str) -> None:
    function = getattr(stats, name)
    text = inspect.getdoc(function) or ""
    for parameter in inspect.signature(function).parameters:
        assert parameter in text
        undescribed = f"\n{parameter}\n    \n"
        assert undescribed not in text


Wrap = Callable[[Any], Any]
OF_NUMBERS: dict[str, Wrap] = {
    "numpy": np.array,
    "tuple": tuple,
    "pandas": pandas.Series,
    "pandas, nullable": lambda values: pandas.Series(values, dtype="Float64"),
    "pandas, Arrow": lambda values: pandas.Series(values, dtype="float64[pyarrow]"),
    "polars": pl.Series,
    "Arrow": arrow.array,
    "Arrow in chunks": lambda values: arrow.chunked_array([values[:100], values[100:]]),
    "the other byte order": lambda values: np.array(values, ">f4"),
    "small ints": lambda values: np.array(values).astype(np.int16),
    "masked": lambda values: np.ma.masked_array(values, mask=np.zeros(len(values))),  # pyright: ignore
}
OF_TEXT: dict[str, Wrap] = {
    "numpy": np.array,
    "pandas": pandas.Series,
    "pandas, category": lambda values: pandas.Series(values, dtype="category"),
    "pandas, object": lambda values: pandas.Series(values, dtype="object"),
    "polars": pl.Series,
    "polars, category": lambda values: pl.Series(values, dtype=pl.Categorical),
    "Arrow": arrow.array,
    "Arrow, dictionary": lambda values: arrow.array(values).dictionary_encode(),
    "Arrow, dictionaries in chunks": lambda values: arrow.chunked_array(
        [arrow.array(values[:50]).dictionary_encode(), arrow.array(values[50:]).dictionary_encode()]
    ),
}


@pytest.mark.parametrize("name", ["psi", "kolmogorov_smirnov", "missing_share_shift", "mean_shift"])
@pytest.mark.parametrize("wrap", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_numbers_of_any_library_say_the_same(name: str, wrap: Wrap) -> None:
    function = getattr(stats, name)
    assert function(wrap(REFERENCE), wrap(CURRENT)) == function(REFERENCE, CURRENT)


@pytest.mark.parametrize("wrap", OF_TEXT.values(), ids=OF_TEXT)
def test_categories_of_any_library_say_the_same(wrap: Wrap) -> None:
    before, after = ["a", "b", "c", "d"] * 50, ["b", "c", "e"] * 40
    assert stats.jensen_shannon(wrap(before), wrap(after)) == stats.jensen_shannon(before, after)
    assert stats.unseen_share(wrap(before), wrap(after)) == pytest.approx(1 / 3)


def test_missing_values_are_missing_whoever_writes_them() -> None:
    plain, holes = [1.0, 2.0, 3.0, 4.0] * 25, [1.0, None, 3.0, None] * 25
    for current in (
        holes,
        np.array(holes, np.float64),
        pl.Series(holes),
        pandas.Series(holes, dtype="Int64"),
        np.array([np.inf if one is None else one for one in holes]),
        np.ma.masked_array([one or 9.0 for one in holes], mask=[one is None for one in holes]),  # pyright: ignore
    ):
        assert stats.missing_share_shift(plain, current) == 0.5
    assert stats.missing_share_shift(["a", "b"], ["a", None]) == 0.5
    assert stats.missing_share_shift(["a", "b"], [None, None]) == 1.0
    assert stats.missing_share_shift([True, False], [True, None]) == 0.5


def test_numbers_that_name_categories() -> None:
    weekdays, weekend = [0, 1, 2, 3, 4] * 40, [5, 6] * 100
    assert stats.l_infinity(weekdays, weekend, kind="categorical") == 1.0
    assert stats.l_infinity(weekdays, [0.0, 1.0, 2.0, 3.0, 4.0] * 8, kind="categorical") == 0.0
    assert stats.unseen_share(weekdays, weekend) == 1.0


def test_edges_and_bins_are_options() -> None:
    before, after = np.linspace(0, 1, 100, endpoint=False), np.linspace(0.5, 1.5, 100, endpoint=False)
    assert stats.total_variation(before, after, edges=[0.0, 0.5, 1.0]) == pytest.approx(0.5)
    assert stats.total_variation(before, after, edges=[0.0, 0.5, 1.0], outer_bins=False) == pytest.approx(0.5)
    assert stats.total_variation(before, before + 0.25, edges=[0.0, 0.5, 1.0]) == pytest.approx(0.25)
    assert stats.psi(before, after, pseudo_count=0) == np.inf
    few, many = (stats.total_variation(before, before**2, bins=bins) for bins in (2, 10))
    assert few < many
    for wrong in ([1.0], [2.0, 1.0], [0.0, np.nan]):
        with pytest.raises(InvalidInput, match="ascending order"):
            stats.psi(before, after, edges=wrong)
    with pytest.raises(InvalidInput, match="at least 1"):
        stats.psi(before, after, bins=0)


def test_nothing_to_compare_is_nan_and_never_0() -> None:
    for name in drift.statistics():
        function = getattr(stats, name)
        assert np.isnan(function([], [])), name
        if name not in ("unseen_share", "missing_share_shift"):
            assert np.isnan(function([], CURRENT)), name
            assert np.isnan(function(REFERENCE, [])), name
    assert np.isnan(stats.mae([], []))
    assert np.isnan(stats.accuracy([], []))
    assert np.isnan(stats.roc_auc([], []))
    assert np.isnan(stats.roc_auc_macro([], np.zeros((0, 3)), classes=["a", "b", "c"]))
    assert np.isnan(stats.roc_auc([1, 1, 1], [0.1, 0.2, 0.3])), "one class has no AUC"
    assert np.isnan(stats.roc_auc([0, 0], [0.1, 0.2]))
    assert np.isnan(stats.precision([0, 1], [0, 0]))
    assert np.isnan(stats.r2([1.0, 1.0], [1.0, 2.0]))
    assert np.isnan(stats.mae([None, 1.0], [1.0, None]))


def test_rows_without_an_actual_are_left_out() -> None:
    assert stats.accuracy(["a", None, "b"], ["a", "b", "b"]) == 1.0
    assert stats.roc_auc([0, 1, None, 1], [0.1, 0.9, 0.0, None]) == 1.0
    assert stats.mae([1.0, None, 3.0], [2.0, 9.0, 3.0]) == 0.5
    assert stats.brier([True, None], [0.5, 0.9]) == 0.25


def test_the_positive_class_is_found_or_asked_for() -> None:
    for truth, predicted in (([0, 1, 1], [0, 1, 0]), ([False, True, True], [False, True, False])):
        assert stats.recall(truth, predicted) == 0.5
    assert stats.recall(["no", "yes", "yes"], ["no", "yes", "no"]) == 0.5
    assert stats.recall([-1, 1, 1], [-1, 1, -1]) == 0.5
    assert stats.recall([1.0, 2.0, 2.0], [1, 2, 1], positive_class=2) == 0.5
    assert stats.prevalence([0, 0, 0, 1]) == 0.25
    assert stats.positive_rate([0, 1]) == 0.5
    assert stats.prevalence([0, 0]) == 0.0
    with pytest.raises(InvalidInput, match=r"'late', 'ok'; say which is the positive one: positive_class='late'"):
        stats.recall(["late", "ok"], ["ok", "ok"])
    with pytest.raises(InvalidInput, match="did you mean 'late'"):
        stats.recall(["late", "ok"], ["ok", "ok"], positive_class="lte")


def test_scores_by_class_are_named_or_in_order() -> None:
    truth = [2, 10, 1, 2, 10, 1]
    scores = np.random.default_rng(0).dirichlet(np.ones(3), 6)
    by_place = stats.roc_auc_macro(truth, scores)
    named = {10: scores[:, 2], 1: scores[:, 0], 2: scores[:, 1]}
    for other in (named, pandas.DataFrame(named), pl.DataFrame({str(k): v for k, v in named.items()})):
        assert stats.roc_auc_macro(truth, other) == by_place
    assert stats.roc_auc_macro(truth, scores.tolist(), classes=[1, 2, 10]) == by_place
    assert stats.log_loss(truth, scores) == stats.log_loss(truth, named)
    with pytest.raises(InvalidInput, match="the class '10', of which there are no scores"):
        stats.roc_auc_macro(truth, {1: scores[:, 0], 2: scores[:, 1]})
    with pytest.raises(InvalidInput, match=r"3 columns for 2 classes; name the class of each: classes="):
        stats.roc_auc_macro([1, 2], scores[:2])


def test_mistakes_say_what_would_be_right() -> None:
    with pytest.raises(InvalidInput, match="y_true has 2 rows and y_pred has 3"):
        stats.mae([1, 2], [1, 2, 3])
    with pytest.raises(InvalidInput, match="reference holds text; this needs numbers"):
        stats.wasserstein(["a"], ["b"])
    with pytest.raises(InvalidInput, match="reference holds numbers and current categories"):
        stats.psi([1, 2], ["1", "2"])
    with pytest.raises(InvalidInput, match="reference does not hold values of one kind"):
        stats.psi(["a", 1.5], ["a"])
    with pytest.raises(InvalidInput, match="reference has 2 dimensions"):
        stats.psi(np.zeros((3, 3)), [1.0])
    with pytest.raises(InvalidInput, match="reference is a str"):
        stats.psi("age", [1.0])
    with pytest.raises(InvalidInput, match=r"3,002 classes are too many .* y_score >= 0\.5"):
        stats.precision([0, 1] * 1500, np.linspace(0.001, 0.999, 3000))
    with pytest.raises(InvalidInput, match=r"y_score holds 1.5, which is no probability"):
        stats.brier([0, 1], [0.5, 1.5])
    with pytest.raises(TypeError, match="unexpected keyword argument 'bin'"):
        stats.psi([1.0], [2.0], bin=10)  # pyright: ignore[reportCallIssue]


def test_it_needs_its_extra() -> None:
    code = textwrap.dedent("""
        import sys
        sys.modules.update(dict.fromkeys(("numpy", "pyarrow", "scipy")))
        import mlfoundry
        try:
            from mlfoundry import stats
        except mlfoundry.MissingExtra as error:
            print(error)
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"{MissingExtra('mlfoundry.stats', 'stats')}\n"
