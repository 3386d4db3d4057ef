"""The client's calls about metrics of a version's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mlfoundry.client.monitoring import MonitoringCalls
from mlfoundry.client.transport import segment
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.schema import CustomMetric

_BACKFILL_TIMEOUT_S = 600.0


class CustomMetricCalls(MonitoringCalls):
    """Register, replace and remove metrics of a version's own."""

    def put_custom_metric(self, fqn: str, metric: CustomMetric | Mapping[str, Any]) -> list[CustomMetric]:
        """Give a version a metric of your own, in place of one of its name, and wait until it is computed.

        It is computed of every row that the server has and of those to come, and stands beside the built-in metrics in
        :meth:`get_performance` and on the dashboard.

        Parameters
        ----------
        fqn
            The model version.
        metric
            Its name and expression; see :class:`CustomMetric`.

        Returns
        -------
        list
            All custom metrics of the version.

        Raises
        ------
        InvalidInput
            The expression cannot be read or does not suit the columns (the message says where and what would be right),
            or a built-in metric has that name.
        """
        self._catch_up(fqn)
        fields: dict[str, Any] = dict(msgspec.to_builtins(metric))
        path = f"/custom-metrics/{segment(str(fields.pop('name', '')))}"
        return self._custom_metrics("PUT", path, fqn, body=fields)

    def delete_custom_metric(self, fqn: str, name: str) -> list[CustomMetric]:
        """Take a metric of your own from a version, with its values; those that it still has."""
        return self._custom_metrics("DELETE", f"/custom-metrics/{segment(name)}", fqn)

    def list_custom_metrics(self, fqn: str) -> list[CustomMetric]:
        """The metrics of a version's own."""
        return self._custom_metrics("GET", "/custom-metrics", fqn)

    def _custom_metrics(self, method: str, path: str, fqn: str, *, body: Any = None) -> list[CustomMetric]:
        params = {"model_version_fqn": str(ModelVersionFqn.parse(fqn))}
        return self._transport.call(
            method, path, list[CustomMetric], params=params, body=body, timeout_s=_BACKFILL_TIMEOUT_S
        )
