"""Performance: pure functions of the summaries of rows that have an actual.

A metric is one small file with a subclass of :class:`~mlfoundry.performance.base.Metric`; the scan finds it.
"""

from mlfoundry.performance.positive import positive_class
from mlfoundry.performance.result import MetricStatus, MetricValue
from mlfoundry.performance.tasks import Task, task

__all__ = ["MetricStatus", "MetricValue", "Task", "positive_class", "task"]
