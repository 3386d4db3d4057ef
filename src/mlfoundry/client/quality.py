"""What the client asks about data quality and attributions."""

from __future__ import annotations

from mlfoundry.client import quality_answers as answers
from mlfoundry.client.answers import columns_of, tuples
from mlfoundry.client.monitoring import MonitoringCalls, TimeLike, title_of
from mlfoundry.client.results import AttributionResult, QualityResult, ResultTable


class QualityCalls(MonitoringCalls):
    """The calls for data quality and attributions."""

    def get_data_quality(
        self,
        fqn: str,
        *,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        reference: str | None = None,
        granularity: str | None = None,
        where: str | None = None,
        exact: bool = False,
        as_of: TimeLike | None = None,
    ) -> QualityResult:
        """What is wrong with the data of a version: ``.issues``, the worst first.

        One row a check: ``start, end, column, check, value, reference_value, status, n, n_reference, reason``; without
        ``column`` it is about the rows or their number, which a part of the rows (``where``, ``as_of``) has not.
        ``status`` is ``ok``, ``watch``, ``breached``, ``insufficient_data`` or ``no_reference``.

        Parameters
        ----------
        fqn
            The model version.
        start, end
            By default the last 7 days, or those before ``as_of``.
        reference
            As for :meth:`~mlfoundry.Client.get_drift`.
        granularity
            The length of a window, such as ``"1d"``; None for one row a check over the whole time.
        where, exact, as_of
            As for :meth:`~mlfoundry.Client.get_performance`.
        """
        params = self._window(fqn, start, end, where=where, exact=exact, as_of=as_of)
        params |= {"granularity": granularity, "reference": reference}
        found = self._transport.call("GET", "/quality", answers.Quality, params=params)
        return QualityResult(
            title_of("Data quality", fqn, found.slice),
            answers.QUALITY_COLUMNS,
            found.window_rows() if granularity else found.total_rows(),
            total=ResultTable("Data quality", answers.QUALITY_COLUMNS, found.total_rows()),
            issues=ResultTable("Issues", columns_of(answers.QualityIssue), tuples(found.issues)),
            volume=ResultTable(
                "Volume", answers.VOLUME_COLUMNS, found.volume.block_rows() if found.volume is not None else ()
            ),
            reference=found.reference,
            slice=found.slice,
        )

    def get_attribution(
        self,
        fqn: str,
        *,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        reference: str | None = None,
        granularity: str | None = None,
        where: str | None = None,
        exact: bool = False,
        as_of: TimeLike | None = None,
    ) -> AttributionResult:
        """How much each feature decides, the most important first, and whether that has changed.

        One row a feature: ``start, end, feature, mean_absolute, lower, upper, mean, importance, rank, rank_change,
        importance_reference, coverage, status, n, n_reference``. ``mean_absolute`` is the mean |SHAP| with its 95 %
        interval, ``importance`` its share of the sum over the features, ``coverage`` the share of rows that carry it.
        ``.rankings`` compares all features with the reference at once.

        Parameters
        ----------
        fqn
            The model version.
        start, end
            By default the last 7 days, or those before ``as_of``.
        reference
            As for :meth:`~mlfoundry.Client.get_drift`. An uploaded one needs ``shap_values=``.
        granularity
            The length of a window, such as ``"1d"``; None for one row a feature over the whole time.
        where, exact, as_of
            As for :meth:`~mlfoundry.Client.get_performance`.
        """
        params = self._window(fqn, start, end, where=where, exact=exact, as_of=as_of)
        params |= {"granularity": granularity, "reference": reference}
        found = self._transport.call("GET", "/attribution", answers.Attribution, params=params)
        return AttributionResult(
            title_of("Attribution", fqn, found.slice),
            answers.ATTRIBUTION_COLUMNS,
            found.window_rows() if granularity else found.total_rows(),
            total=ResultTable("Attribution", answers.ATTRIBUTION_COLUMNS, found.total_rows()),
            rankings=ResultTable("Rankings", columns_of(answers.Ranking), tuples(found.rankings)),
            reference=found.reference,
            slice=found.slice,
        )
