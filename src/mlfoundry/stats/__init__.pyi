"""Written by ``python -m mlfoundry.stats.stub``; do not edit."""

from collections.abc import Sequence

from mlfoundry.schema import ColumnKind
from mlfoundry.stats.columns import Column
from mlfoundry.stats.reports import DriftReport as DriftReport
from mlfoundry.stats.scoring import Label, ScoresByClass
from mlfoundry.stats.tables import drift_report as drift_report

__all__ = [
    "DriftReport",
    "accuracy",
    "anderson_darling",
    "average_precision",
    "average_precision_macro",
    "average_precision_micro",
    "average_precision_weighted",
    "balanced_accuracy",
    "bias",
    "brier",
    "chi_square",
    "cohen_kappa",
    "cramer_von_mises",
    "cramers_v",
    "drift_report",
    "energy_distance",
    "expected_calibration_error",
    "f1",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "false_negative_rate",
    "false_negative_rate_macro",
    "false_negative_rate_micro",
    "false_negative_rate_weighted",
    "false_positive_rate",
    "false_positive_rate_macro",
    "false_positive_rate_micro",
    "false_positive_rate_weighted",
    "fbeta",
    "fbeta_macro",
    "fbeta_micro",
    "fbeta_weighted",
    "hellinger",
    "jensen_shannon",
    "kolmogorov_smirnov",
    "kullback_leibler",
    "l_infinity",
    "lift",
    "log_loss",
    "mae",
    "mape",
    "max_error",
    "mcc",
    "mean_shift",
    "median_absolute_error",
    "missing_share_shift",
    "mse",
    "normalized_wasserstein",
    "positive_rate",
    "precision",
    "precision_macro",
    "precision_micro",
    "precision_weighted",
    "prevalence",
    "psi",
    "quantile_shift",
    "r2",
    "recall",
    "recall_macro",
    "recall_micro",
    "recall_weighted",
    "rmse",
    "rmsle",
    "roc_auc",
    "roc_auc_macro",
    "roc_auc_micro",
    "roc_auc_weighted",
    "score_ks",
    "smape",
    "specificity",
    "specificity_macro",
    "specificity_micro",
    "specificity_weighted",
    "top_k_accuracy",
    "total_variation",
    "unseen_share",
    "wasserstein",
]

def accuracy(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The share of rows whose predicted class turned out to be true.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def anderson_darling(
    reference: Column,
    current: Column,
) -> float:
    """The Cramér-von Mises statistic with more weight on the tails: each square over its variance (Pettitt 1976).

    0 for equal windows; without drift about 1. With ties it is that of Scholz and Stephens (1987, eq. 6). It grows
    with nm / (n + m), and so do the sizes that matter.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def average_precision(
    y_true: Column,
    y_score: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """The mean precision over all thresholds, each weighted by the recall it adds; it shows how rare classes fare.

    Chance gives the prevalence, not 0.5.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The score of the positive class.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def average_precision_macro(
    y_true: Column,
    y_score: ScoresByClass,
    *,
    classes: Sequence[Label] | None = None,
) -> float:
    """The plain mean over classes of average precision, one class against the rest.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def average_precision_micro(
    y_true: Column,
    y_score: ScoresByClass,
    *,
    classes: Sequence[Label] | None = None,
) -> float:
    """Average precision of the scores of all classes taken together.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def average_precision_weighted(
    y_true: Column,
    y_score: ScoresByClass,
    *,
    classes: Sequence[Label] | None = None,
) -> float:
    """The mean over classes of average precision, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def balanced_accuracy(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean over the classes that turned out of the share of its rows that was predicted so.

    0.5 is what chance gives two classes, however rare one of them is. The interval is put together of Wilson's for
    each class, whose rows are apart from each other.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def bias(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean of prediction less actual; above 0 the model predicts too much.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def brier(
    y_true: Column,
    y_score: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """The mean squared distance of the positive class's score from what turned out, 1 or 0 (Brier 1950).

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The score of the positive class.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def chi_square(
    reference: Column,
    current: Column,
    *,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """Pearson's two-sample chi-square statistic: that of the table of two windows by bin (Pearson 1900).

    0 for equal shares, at most the number of all rows; without drift about the number of bins less 1. It grows with
    nm / (n + m), and so do the sizes that matter.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def cohen_kappa(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The agreement of predicted and actual classes beyond what chance gives: 1 full, 0 none (Cohen 1960).

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def cramer_von_mises(
    reference: Column,
    current: Column,
) -> float:
    """nm / (n + m) times the mean squared difference of two distribution functions, over all rows (Anderson 1962).

    0 for equal windows; without drift 1/6 for numbers without ties. It grows with nm / (n + m), and so do the sizes
    that matter.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def cramers_v(
    reference: Column,
    current: Column,
    *,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """The root of the two-sample chi-square over the number of all rows (Cramér 1946).

    0 for equal shares, 1 for windows that share no bin. The less balanced n and m are, the smaller it is, at the same
    drift, by 2√(nm) / (n + m); so are the sizes that matter.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def energy_distance(
    reference: Column,
    current: Column,
) -> float:
    """The root of twice the integral of the squared difference of two distribution functions (Székely 2002).

    0 for equal windows, in roots of the column's unit. The sizes that matter go with the root of the reference's
    standard deviation.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def expected_calibration_error(
    y_true: Column,
    y_score: Column,
    *,
    bins: int = 10,
    positive_class: Label | None = None,
) -> float:
    """The mean distance between score and share of positives, over ten bins of equally many rows.

    Chance alone keeps it above 0. Beside it stands ``expected``: what scores that are right would show with so many
    rows. It has no interval, for chance moves it in one direction only.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The score of the positive class.
    bins
        How many bins, if not ten.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def f1(
    y_true: Column,
    y_pred: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """The harmonic mean of precision and recall of the positive class.

    Its interval is Wilson's for J = TP / (TP + FP + FN), a plain proportion, carried over by F1 = 2J / (1 + J), which
    only grows with J.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def f1_macro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The plain mean over classes of F1; a class that is never predicted rightly counts as 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def f1_micro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """F1 of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def f1_weighted(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean over classes of F1, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_negative_rate(
    y_true: Column,
    y_pred: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """Of the rows that turned out positive, the share that was not predicted so.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_negative_rate_macro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The plain mean over classes of the false negative rate; a class that never turned out counts as 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_negative_rate_micro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The false negative rate of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_negative_rate_weighted(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean over classes of the false negative rate, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_positive_rate(
    y_true: Column,
    y_pred: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """Of the rows that did not turn out positive, the share that was predicted positive.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_positive_rate_macro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The plain mean over classes of the false positive rate; a class beside which there is no other counts as 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_positive_rate_micro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The false positive rate of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def false_positive_rate_weighted(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean over classes of the false positive rate, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def fbeta(
    y_true: Column,
    y_pred: Column,
    *,
    beta: float = 2.0,
    positive_class: Label | None = None,
) -> float:
    """F2: the harmonic mean of precision and recall of the positive class in which recall counts twice as much.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    beta
        How many times as much as precision recall counts, if not twice.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def fbeta_macro(
    y_true: Column,
    y_pred: Column,
    *,
    beta: float = 2.0,
) -> float:
    """The plain mean over classes of F2; a class that is never predicted rightly counts as 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    beta
        How many times as much as precision recall counts, if not twice.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def fbeta_micro(
    y_true: Column,
    y_pred: Column,
    *,
    beta: float = 2.0,
) -> float:
    """F2 of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    beta
        How many times as much as precision recall counts, if not twice.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def fbeta_weighted(
    y_true: Column,
    y_pred: Column,
    *,
    beta: float = 2.0,
) -> float:
    """The mean over classes of F2, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    beta
        How many times as much as precision recall counts, if not twice.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def hellinger(
    reference: Column,
    current: Column,
    *,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """The root of half the summed squared differences of the roots of two sets of shares (Hellinger 1909).

    0 for equal shares, 1 for windows that share no bin. A metric; empty bins need no filling.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def jensen_shannon(
    reference: Column,
    current: Column,
    *,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """The square root of the Jensen-Shannon divergence in bits (Endres and Schindelin 2003).

    0 for equal shares, 1 for windows that share no bin. A metric: symmetric, and the triangle inequality holds. Empty
    bins need no filling.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def kolmogorov_smirnov(
    reference: Column,
    current: Column,
) -> float:
    """The largest difference of two distribution functions (Kolmogorov 1933, Smirnov 1939).

    0 for equal windows, 1 where all of one lies before all of the other. The scale of the numbers does not matter.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def kullback_leibler(
    reference: Column,
    current: Column,
    *,
    pseudo_count: float = 0.5,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """The sum over bins of current share · ln(current share / reference share), in nats (Kullback and Leibler 1951).

    0 for equal shares, without upper bound; larger is more drift. Not symmetric: bins weigh by the window's rows.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    pseudo_count
        Rows of the smaller side whose share is added to every bin on both sides, as for the population stability index.
        0 is the textbook value, infinite when a bin is empty in the reference alone.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def l_infinity(
    reference: Column,
    current: Column,
    *,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """The largest absolute difference of two shares of one bin.

    0 for equal shares, at most 1; larger is more drift. It names the one bin that moved most and overlooks many small
    moves.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def lift(
    y_true: Column,
    y_score: Column,
    *,
    share: float = 0.1,
    positive_class: Label | None = None,
) -> float:
    """How many times as often as all rows those in the highest tenth of scores turned out positive.

    Chance gives 1, and 10 is the most there can be. Of rows with equal scores on the edge of the tenth a part counts.
    The interval is Wilson's for the share of the positive rows that lies in the tenth.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The score of the positive class.
    share
        The share of rows to look at, if not a tenth.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def log_loss(
    y_true: Column,
    y_score: Column | ScoresByClass,
    *,
    positive_class: Label | None = None,
    classes: Sequence[Label] | None = None,
) -> float:
    """The mean of -log p over rows, p the probability given to the class that turned out.

    p is kept 2.2e-16 away from 0 and 1. With two classes 1 - p of the positive class stands for the other one.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The score of the positive class.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def mae(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean distance of the prediction from the actual, in the units of the actual.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def mape(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean of |prediction - actual| over |actual|, as a share: 0.1 is 10 %. Rows whose actual is 0 are left out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def max_error(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The largest distance of the prediction from the actual.

    It is the middle of the outermost bucket, to within the bound. A largest value has no interval.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def mcc(
    y_true: Column,
    y_pred: Column,
) -> float:
    """How far predicted and actual classes go together: 1 always, 0 as by chance, below 0 against each other.

    For more than two classes as in Gorodkin 2004.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def mean_shift(
    reference: Column,
    current: Column,
) -> float:
    """The absolute difference of the means over the reference's standard deviation, from exact sums.

    0 for equal means, without upper bound, and without unit.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def median_absolute_error(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The distance of the prediction from the actual that half of the rows exceed; no outlier moves it.

    It is read off buckets, each taken as evenly filled, to within the bound.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def missing_share_shift(
    reference: Column,
    current: Column,
    *,
    kind: ColumnKind | None = None,
) -> float:
    """The absolute difference of the shares of rows without a value; values of a wrong type are none.

    0 for equal shares, at most 1.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def mse(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean squared distance of the prediction from the actual, in squared units of the actual.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def normalized_wasserstein(
    reference: Column,
    current: Column,
) -> float:
    """The Wasserstein distance over the reference's standard deviation (over that of both where it is constant).

    0 for equal windows, without upper bound, and without unit.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def positive_rate(
    y_pred: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """The share of rows that were predicted positive, among those with an actual.

    Parameters
    ----------
    y_pred
        What was predicted.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def precision(
    y_true: Column,
    y_pred: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """Of the rows predicted to be positive, the share that is.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def precision_macro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The plain mean over classes of precision; a class that was never predicted counts as 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def precision_micro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """Precision of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def precision_weighted(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean over classes of precision, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def prevalence(
    y_true: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """The share of rows that turned out positive.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def psi(
    reference: Column,
    current: Column,
    *,
    pseudo_count: float = 0.5,
    floor: float = 0.0,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """The sum over bins of (current share - reference share) · ln(current share / reference share).

    0 for equal shares, without upper bound; larger is more drift. It is the symmetrised Kullback-Leibler divergence
    (Jeffreys 1946).

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    pseudo_count
        So that no bin is empty, the share of this many rows of the smaller side, at least 1e-4, is added to every bin
        on both sides. 0 is the textbook value, infinite when a bin is empty on one side.
    floor
        Shares below it count as it, as some tools do.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def quantile_shift(
    reference: Column,
    current: Column,
) -> float:
    """The most that one of the nine deciles has moved, over the reference's standard deviation.

    0 for equal windows, without upper bound, and without unit. Where many rows share few values a decile jumps from
    one to the next.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def r2(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The share of the actuals' variance that the prediction explains: 1 all, 0 no more than their mean does.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def recall(
    y_true: Column,
    y_pred: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """Of the rows that turned out positive, the share that was predicted so.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def recall_macro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The plain mean over classes of recall; a class that never turned out counts as 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def recall_micro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """Recall of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def recall_weighted(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean over classes of recall, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def rmse(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The root of the mean squared distance of the prediction from the actual; large errors weigh more.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def rmsle(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The root of the mean squared difference of ln(1 + value): an error of ratios, for counts and amounts.

    Rows whose prediction or actual is -1 or less are left out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def roc_auc(
    y_true: Column,
    y_score: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """The chance that a positive row has a higher score than a negative one, ties counted half.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The score of the positive class.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def roc_auc_macro(
    y_true: Column,
    y_score: ScoresByClass,
    *,
    classes: Sequence[Label] | None = None,
) -> float:
    """The plain mean over classes of the AUC of one class against the rest.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def roc_auc_micro(
    y_true: Column,
    y_score: ScoresByClass,
    *,
    classes: Sequence[Label] | None = None,
) -> float:
    """The AUC of the scores of all classes taken together.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def roc_auc_weighted(
    y_true: Column,
    y_score: ScoresByClass,
    *,
    classes: Sequence[Label] | None = None,
) -> float:
    """The mean over classes of the AUC of one class against the rest, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def score_ks(
    y_true: Column,
    y_score: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """The largest distance between recall and false positive rate, over all thresholds.

    0 where the scores of both classes are spread alike, 1 where a threshold parts them. The interval is that of the
    distance at the best threshold; chance alone keeps it above 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The score of the positive class.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def smape(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean of |prediction - actual| over the mean of |prediction| and |actual|, from 0 to 2.

    Rows where both are 0 are left out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def specificity(
    y_true: Column,
    y_pred: Column,
    *,
    positive_class: Label | None = None,
) -> float:
    """Of the rows that did not turn out positive, the share that was not predicted so.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.
    positive_class
        Which class is the positive one; by default 1, true, or one named like *yes* or *positive*.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def specificity_macro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The plain mean over classes of specificity; a class beside which there is no other counts as 0.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def specificity_micro(
    y_true: Column,
    y_pred: Column,
) -> float:
    """Specificity of all classes taken together, so that every row counts alike.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def specificity_weighted(
    y_true: Column,
    y_pred: Column,
) -> float:
    """The mean over classes of specificity, each weighted by how often it turned out.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_pred
        What was predicted.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def top_k_accuracy(
    y_true: Column,
    y_score: ScoresByClass,
    *,
    k: int = 2,
    classes: Sequence[Label] | None = None,
) -> float:
    """The share of rows whose actual class had one of the two highest scores.

    Of equal scores the actual class is taken to be the last.

    Parameters
    ----------
    y_true
        What turned out; rows without it are left out.
    y_score
        The scores of every class: columns by class, a DataFrame with a column a class, or a 2-d array.
    k
        How many of the highest scores count, if not two; below 128.
    classes
        The class of each column of an array; by default those of ``y_true`` in ascending order.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def total_variation(
    reference: Column,
    current: Column,
    *,
    bins: int = 10,
    heavy_share: float = 0.05,
    least_share: float = 0.005,
    categories: int = 200,
    edges: Sequence[float] | None = None,
    outer_bins: bool = True,
    missing_bin: bool = True,
    kind: ColumnKind | None = None,
) -> float:
    """Half the summed absolute difference of two sets of shares: the share of rows that would have to change bin.

    0 for equal windows, 1 for windows that share no bin. Larger is more drift.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.
    bins
        Quantile bins of a numeric reference, besides values that alone hold much of it.
    heavy_share
        A value that holds more than this share of the reference is a bin of its own.
    least_share
        A quantile bin holds at least this share of the reference, or there are fewer of them.
    categories
        The most frequent categories of the reference have bins of their own, the rest is *other*.
    edges
        Numeric edges to use instead of quantiles; exact where they are borders of the grid.
    outer_bins
        Whether values outside the reference's range have bins of their own; else they fall into the outermost bins.
    missing_bin
        Whether rows without a value are a bin; else they are dropped.
    kind
        ``categorical`` where numbers name categories; by default numbers are numeric, text and bools are not.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def unseen_share(
    reference: Column,
    current: Column,
) -> float:
    """The share of the window's rows whose category the reference has not.

    0 when there are none, 1 when there are no others. A reference foretells that share itself: it is the share of its
    rows that are the only ones of their category (Good 1953), so that is expected, and tested against.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """

def wasserstein(
    reference: Column,
    current: Column,
) -> float:
    """The area between two distribution functions: how far the numbers would have to be moved, on average.

    0 for equal windows, in the column's own unit. The sizes that matter are so many standard deviations of the
    reference.

    Parameters
    ----------
    reference
        What normal looks like: a list, an array, a column. None, NaN and infinities are no values.
    current
        What is compared with it.

    Returns
    -------
    The value; NaN where there are no rows to tell it from, never 0.
    """
