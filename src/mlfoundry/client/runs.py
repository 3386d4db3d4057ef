"""Runs of experiments: parameters, metrics, artifacts, and the models they make."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, cast

import msgspec

from mlfoundry.client.models import ModelVersion, StoredFile, files_under, log_model, upload_file
from mlfoundry.client.transport import API, Transport, path_of, segment
from mlfoundry.client.values import plain_value
from mlfoundry.errors import InvalidInput
from mlfoundry.schema import CustomMetric, ModelSchema

RunStatus = Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]
ArtifactPath = str | os.PathLike[str] | tuple[str | os.PathLike[str], str | None]


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the server knows of a run."""

    run_id: str
    run_name: str
    fqn: str
    ml_repo: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None = None
    created_by: str = ""
    params: dict[str, str] = {}
    metrics: dict[str, float] = {}
    tags: dict[str, str] = {}


class MetricPoint(msgspec.Struct, frozen=True):
    """One value that a metric had."""

    step: int
    value: float | None
    at: datetime


class Run:
    """One run of an experiment; as a context manager it ends FINISHED, or FAILED if an error leaves the block.

    Examples
    --------
    ::

        with client.create_run("flights") as run:
            run.log_params({"depth": 6})
            run.log_metrics({"auc": 0.91}, step=1)
            version = run.log_model(name="late", model_file_or_folder="model.pkl", framework="sklearn")
    """

    def __init__(self, transport: Transport, info: RunInfo) -> None:
        self._transport = transport
        self._info = info

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._info.run_id

    @property
    def run_name(self) -> str:
        """The run's name, unique in its ml_repo."""
        return self._info.run_name

    @property
    def fqn(self) -> str:
        """``{tenant}/{ml_repo}/{run}``."""
        return self._info.fqn

    @property
    def ml_repo(self) -> str:
        """The ml_repo it belongs to."""
        return self._info.ml_repo

    @property
    def status(self) -> RunStatus:
        """``RUNNING``, ``FINISHED``, ``FAILED`` or ``KILLED``, asked of the server."""
        return self._refresh().status

    @property
    def dashboard_link(self) -> str:
        """The address of the run's page on the dashboard."""
        return f"{self._transport.host}/projects/{segment(self.ml_repo)}/runs/{segment(self.run_name)}"

    def log_params(self, param_dict: Mapping[str, Any], flatten_params: bool = False) -> None:
        """Keep parameters, as text. With ``flatten_params`` the key of a nested dict is ``outer.inner``."""
        params = _flatten(param_dict) if flatten_params else dict(param_dict)
        self._post("params", {"params": {str(key): _text(value) for key, value in params.items()}})

    def log_metrics(self, metric_dict: Mapping[str, Any], step: int = 0) -> None:
        """Keep the values that metrics have at a step."""
        metrics = {str(key): _number(value, f"$.metrics.{key}") for key, value in metric_dict.items()}
        self._post("metrics", {"metrics": metrics, "step": step})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; a tag of the same name is replaced."""
        self._post("tags", {"tags": {str(key): _text(value) for key, value in tags.items()}})

    def get_params(self) -> dict[str, str]:
        """The parameters, as text."""
        return self._refresh().params

    def get_metrics(self, metric_names: Sequence[str] | None = None) -> dict[str, list[MetricPoint]]:
        """Every value of each metric, by step; of all metrics unless some are named."""
        history = self._transport.call("GET", self._path("metrics"), dict[str, list[MetricPoint]])
        return {name: points for name, points in history.items() if metric_names is None or name in metric_names}

    def get_tags(self) -> dict[str, str]:
        """The tags."""
        return self._refresh().tags

    def log_artifact(
        self,
        name: str,
        artifact_paths: Sequence[ArtifactPath],
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        step: int | None = None,
    ) -> list[StoredFile]:
        """Upload files and folders under ``name``, and return the run's files of that name.

        Each of ``artifact_paths`` is a path, or a pair of a path and the folder it goes to. ``description``,
        ``metadata`` and ``step`` are kept in the tag ``artifact.{name}``.
        """
        for given in artifact_paths:
            source, folder = given if isinstance(given, tuple) else (given, None)
            for relative, file in files_under(source):
                where = "/".join(part.strip("/") for part in (name, folder or "", relative) if part)
                upload_file(self._transport, f"{API}{self._path('artifacts')}/{path_of(where)}", file)
        about = {"description": description, "metadata": metadata, "step": step}
        if any(value is not None for value in about.values()):
            self.set_tags({f"artifact.{name}": {key: value for key, value in about.items() if value is not None}})
        return [file for file in self.list_artifacts() if file.path.startswith(f"{name}/")]

    def list_artifacts(self) -> list[StoredFile]:
        """The files of this run."""
        return self._transport.call("GET", self._path("artifacts"), list[StoredFile])

    def log_model(
        self,
        *,
        name: str,
        model_file_or_folder: str | os.PathLike[str] | None = None,
        model: object = None,
        framework: Any = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        model_schema: ModelSchema | Mapping[str, Any] | None = None,
        custom_metrics: Sequence[CustomMetric | Mapping[str, Any]] | None = None,
        step: int = 0,
    ) -> ModelVersion:
        """Register the next version of a model that this run made; see :meth:`Client.log_model`."""
        return log_model(
            self._transport,
            self.ml_repo,
            model_file_or_folder=model_file_or_folder,
            model=model,
            name=name,
            framework=framework,
            description=description,
            metadata=metadata,
            model_schema=model_schema,
            custom_metrics=custom_metrics,
            run_id=self.run_id,
            step=step,
        )

    def end(self, status: RunStatus = "FINISHED") -> None:
        """End the run; ending it again changes nothing."""
        self._post("end", {"status": status})

    def delete(self) -> None:
        """Delete the run; the models it made stay."""
        self._transport.call("DELETE", self._path(), type(None))

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end("FINISHED" if kind is None else "FAILED")

    def __repr__(self) -> str:
        return f"Run({self.fqn!r})"

    def _path(self, part: str = "") -> str:
        return f"/runs/{segment(self.run_id)}" + (f"/{part}" if part else "")

    def _post(self, part: str, body: dict[str, Any]) -> None:
        self._transport.call("POST", self._path(part), msgspec.Raw, body=body)

    def _refresh(self) -> RunInfo:
        self._info = self._transport.call("GET", self._path(), RunInfo)
        return self._info


def _flatten(params: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in params.items():
        if isinstance(value, Mapping):
            flat.update(_flatten(cast("Mapping[str, Any]", value), f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _text(value: Any) -> str:
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, default=str)
    return str(value)


def _number(value: Any, path: str) -> float | int:
    number = plain_value(value, path)
    if not isinstance(number, (int, float)):
        raise InvalidInput("a metric's value must be a finite number", path=path)
    return number
