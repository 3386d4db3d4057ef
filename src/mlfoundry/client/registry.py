"""The registry's calls of the client: ml_repos, runs, models and their versions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from mlfoundry.client.models import ModelVersion, create_model_version, log_model
from mlfoundry.client.runs import Run, RunInfo
from mlfoundry.client.transport import Transport, segment
from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.fqn import ModelFqn, ModelVersionFqn, check_model_name, check_repo_name
from mlfoundry.schema import CustomMetric, ModelSchema


class MlRepo(msgspec.Struct, frozen=True, kw_only=True):
    """An ml_repo (a project): where runs and models live."""

    name: str
    tenant: str
    created_at: datetime
    description: str | None = None
    n_models: int = 0
    n_runs: int = 0


class RegistryCalls:
    """What the client asks the registry; each call raises :class:`~mlfoundry.errors.Unavailable` if nothing answers."""

    _transport: Transport

    def create_ml_repo(self, ml_repo: str, description: str | None = None) -> MlRepo:
        """Make an ml_repo, or return the one of that name."""
        body = {"name": check_repo_name(ml_repo)} | ({"description": description} if description else {})
        return self._transport.call("POST", "/ml-repos", MlRepo, body=body)

    def create_project(self, name: str, description: str | None = None) -> MlRepo:
        """The same as :meth:`create_ml_repo`, under its older name."""
        return self.create_ml_repo(name, description)

    def list_ml_repos(self) -> list[MlRepo]:
        """Every ml_repo."""
        return self._transport.call("GET", "/ml-repos", list[MlRepo])

    def create_run(
        self,
        ml_repo: str | None = None,
        run_name: str | None = None,
        tags: Mapping[str, Any] | None = None,
        *,
        project_name: str | None = None,
    ) -> Run:
        """Start a run in an ml_repo; without a name it gets one of two random words."""
        repo = ml_repo or project_name
        if repo is None:
            raise InvalidInput("create_run needs ml_repo, the name of a project")
        body: dict[str, Any] = {"tags": {str(key): str(value) for key, value in (tags or {}).items()}}
        if run_name is not None:
            body["run_name"] = check_repo_name(run_name, what="run")
        return Run(self._transport, self._transport.call("POST", _runs_of(repo), RunInfo, body=body))

    def get_run_by_id(self, run_id: str) -> Run:
        """The run of that id."""
        return Run(self._transport, self._transport.call("GET", f"/runs/{segment(run_id)}", RunInfo))

    def get_run_by_fqn(self, run_fqn: str) -> Run:
        """The run named ``{tenant}/{ml_repo}/{run}``."""
        return Run(self._transport, self._transport.call("GET", "/run", RunInfo, params={"fqn": run_fqn}))

    def get_run_by_name(self, ml_repo: str, run_name: str) -> Run:
        """The run of that name in an ml_repo."""
        path = f"{_runs_of(ml_repo)}/{segment(run_name)}"
        return Run(self._transport, self._transport.call("GET", path, RunInfo))

    def search_runs(
        self, ml_repo: str, filter_string: str = "", order_by: str | Sequence[str] = (), max_results: int | None = None
    ) -> list[Run]:
        """Runs of an ml_repo, newest first unless ``order_by`` says otherwise.

        ``filter_string`` compares parameters, metrics and tags, such as ``metrics.auc > 0.9 and params.depth = "6"``;
        ``order_by`` is one field or several, such as ``"metrics.auc desc"``.
        """
        order = order_by if isinstance(order_by, str) else ",".join(order_by)
        params = {"filter": filter_string or None, "order_by": order or None, "max_results": max_results}
        found = self._transport.call("GET", _runs_of(ml_repo), list[RunInfo], params=params)
        return [Run(self._transport, info) for info in found]

    def log_model(
        self,
        *,
        ml_repo: str,
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
        """Register the next version of a model and upload its files.

        Parameters
        ----------
        ml_repo, name
            Where it goes, and the model's name.
        model_file_or_folder
            A file, or a folder of files, to upload.
        model
            Instead of files: a Python object, stored pickled as ``model.pkl``.
        framework
            Such as ``sklearn``.
        model_schema
            Its columns. Within a model a feature's type does not change.
        custom_metrics
            Metrics of your own, such as ``CustomMetric("cost", expression="abs(prediction - actual) * amount")``; see
            :meth:`Client.put_custom_metric`.
        step
            The step of the run at which it was made.

        Raises
        ------
        InvalidInput
            There is no such file, or the schema contradicts an earlier version. Nothing is registered then.
        """
        return log_model(
            self._transport,
            ml_repo,
            model_file_or_folder=model_file_or_folder,
            model=model,
            name=name,
            framework=framework,
            description=description,
            metadata=metadata,
            model_schema=model_schema,
            custom_metrics=custom_metrics,
            step=step,
        )

    def create_model_version(
        self,
        *,
        ml_repo: str,
        name: str,
        model_schema: ModelSchema | Mapping[str, Any] | None = None,
        framework: Any = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        custom_metrics: Sequence[CustomMetric | Mapping[str, Any]] | None = None,
    ) -> ModelVersion:
        """Register the next version of a model that lives elsewhere: a name and no files."""
        return create_model_version(
            self._transport,
            ml_repo,
            name=name,
            model_schema=model_schema,
            framework=framework,
            description=description,
            metadata=metadata,
            custom_metrics=custom_metrics,
        )

    def get_model_version(self, ml_repo: str, name: str, version: int | str = "latest") -> ModelVersion:
        """One version of a model, by default the latest."""
        found = self.list_model_versions(ml_repo, name)
        for candidate in found:
            if version == "latest" or str(candidate.version) == str(version):
                return candidate
        raise NotFound("version", f"{ml_repo}/{name}:{version}", known=[f"{ml_repo}/{name}:{v.version}" for v in found])

    def get_model_version_by_fqn(self, fqn: str) -> ModelVersion:
        """The version of that name; ``:latest`` is the newest one."""
        params = {"model_version_fqn": str(ModelVersionFqn.parse(fqn))}
        return self._transport.call("GET", "/model-version", ModelVersion, params=params).bind(self._transport)

    def list_model_versions(self, ml_repo: str, name: str) -> list[ModelVersion]:
        """Every version of a model, newest first."""
        return self._list_versions(_named(ml_repo, name))

    def list_model_versions_by_fqn(self, model_fqn: str) -> list[ModelVersion]:
        """Every version of the model of that name, newest first."""
        return self._list_versions({"model_fqn": str(ModelFqn.parse(model_fqn))})

    def _list_versions(self, params: Mapping[str, str]) -> list[ModelVersion]:
        found = self._transport.call("GET", "/model-versions", list[ModelVersion], params=params)
        return [version.bind(self._transport) for version in found]


def _runs_of(ml_repo: str) -> str:
    return f"/ml-repos/{segment(check_repo_name(ml_repo))}/runs"


def _named(ml_repo: str, name: str) -> dict[str, str]:
    return {"ml_repo": check_repo_name(ml_repo), "name": check_model_name(name)}
