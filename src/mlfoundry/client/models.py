"""A registered model version, and its files on their way up and down."""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, cast

import msgspec

from mlfoundry.client.transport import API, Transport, path_of, raise_for, segment
from mlfoundry.errors import InvalidInput, MlfoundryError
from mlfoundry.fqn import check_model_name, check_repo_name
from mlfoundry.schema import CustomMetric, ModelSchema, read_schema

_CHUNK_BYTES = 1024 * 1024
_UPLOAD_TIMEOUT_S = 600.0
FRAMEWORKS = (
    "sklearn",
    "tensorflow",
    "pytorch",
    "keras",
    "xgboost",
    "lightgbm",
    "fastai",
    "h2o",
    "onnx",
    "spacy",
    "statsmodels",
    "gluon",
    "paddle",
    "transformers",
    "unknown",
)


class StoredFile(msgspec.Struct, frozen=True):
    """One file of a model version or a run."""

    path: str
    size_bytes: int


class ModelVersion(msgspec.Struct, kw_only=True, dict=True):
    """One version of a model, as the registry knows it.

    ``description``, ``metadata``, ``model_schema``, ``default_reference`` and ``false_alarms_per_month`` may be changed
    and sent with :meth:`update`.

    ``default_reference`` is what drift and performance are compared with where a question names nothing: anything that
    ``reference=`` takes, such as ``"trailing:28d"``; None is the first one uploaded. ``false_alarms_per_month`` is how
    many false alarms of drift there may be.
    """

    fqn: str
    model_fqn: str
    ml_repo: str
    name: str
    version: int
    step: int = 0
    description: str | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=lambda: cast("dict[str, Any]", {}))
    framework: str | None = None
    model_schema: ModelSchema | None = None
    custom_metrics: tuple[CustomMetric, ...] = ()
    default_reference: str | None = None
    false_alarms_per_month: float = 1.0
    metrics: dict[str, float] = msgspec.field(default_factory=lambda: cast("dict[str, float]", {}))
    run_id: str | None = None
    run_name: str | None = None
    has_files: bool = False
    size_bytes: int = 0
    created_by: str = ""
    created_at: datetime
    updated_at: datetime

    def bind(self, transport: Transport) -> ModelVersion:
        """Give this version the server that its methods talk to."""
        self._transport = transport
        return self

    def files(self) -> list[StoredFile]:
        """The files of this version."""
        return self._transport.call("GET", "/model-version/files", list[StoredFile], params=self._named())

    def download(self, path: str | os.PathLike[str]) -> Path:
        """Write every file of this version into a folder, and return the folder."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.files():
            target = _inside(folder, file.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            url = f"{API}/model-version/files/{path_of(file.path)}"
            reply = self._transport.request("GET", url, params=self._named(), timeout_s=_UPLOAD_TIMEOUT_S)
            raise_for(reply)
            target.write_bytes(reply.content)
        return folder

    def upload(self, model_file_or_folder: str | os.PathLike[str]) -> None:
        """Add a file, or every file of a folder."""
        for relative, file in files_under(model_file_or_folder):
            url = f"{API}/model-version/files/{path_of(relative)}"
            upload_file(self._transport, url, file, self._named())

    def upload_model(self, model: object) -> None:
        """Add a Python object, pickled, as ``model.pkl``."""
        content = pickle.dumps(model)
        url = f"{API}/model-version/files/model.pkl"
        raise_for(
            self._transport.request("PUT", url, params=self._named(), content=content, timeout_s=_UPLOAD_TIMEOUT_S)
        )

    def update(self) -> ModelVersion:
        """Send what may be changed; a schema may only gain features."""
        body = {
            "description": self.description,
            "metadata": self.metadata,
            "model_schema": schema_body(self.model_schema),
            "default_reference": self.default_reference or "",
            "false_alarms_per_month": self.false_alarms_per_month,
        }
        fresh = self._transport.call("PATCH", "/model-version", ModelVersion, params=self._named(), body=body)
        for field in self.__struct_fields__:
            setattr(self, field, getattr(fresh, field))
        return self

    def delete(self) -> None:
        """Delete this version from the registry; rows sent to it afterwards are refused."""
        self._transport.call("DELETE", "/model-version", object, params=self._named())

    def _named(self) -> dict[str, str]:
        return {"model_version_fqn": self.fqn}


def create_model_version(
    transport: Transport,
    ml_repo: str,
    *,
    name: str,
    model_schema: ModelSchema | Mapping[str, Any] | None = None,
    framework: Any = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    custom_metrics: Sequence[CustomMetric | Mapping[str, Any]] | None = None,
    run_id: str | None = None,
    step: int | None = None,
) -> ModelVersion:
    """Register the next version of a model."""
    body: dict[str, Any] = {
        "name": check_model_name(name),
        "model_schema": schema_body(model_schema),
        "framework": check_framework(framework),
        "description": description,
        "metadata": metadata,
        "custom_metrics": [msgspec.to_builtins(metric) for metric in custom_metrics] if custom_metrics else None,
        "run_id": run_id,
        "step": step,
    }
    given = {key: value for key, value in body.items() if value is not None}
    path = f"/ml-repos/{segment(check_repo_name(ml_repo))}/model-versions"
    return transport.call("POST", path, ModelVersion, body=given).bind(transport)


def log_model(
    transport: Transport,
    ml_repo: str,
    *,
    model_file_or_folder: str | os.PathLike[str] | None = None,
    model: object = None,
    **fields: Any,
) -> ModelVersion:
    """Register the next version of a model with its files, or with none of it if they do not arrive."""
    if model_file_or_folder is not None and model is not None:
        raise InvalidInput("give model_file_or_folder or model, not both")
    if model_file_or_folder is None and model is None:
        raise InvalidInput("give model_file_or_folder or model; without files it is client.create_model_version()")
    if model_file_or_folder is not None:
        files_under(model_file_or_folder)  # a wrong path had better fail before anything is registered
    version = create_model_version(transport, ml_repo, **fields)
    try:
        if model_file_or_folder is not None:
            version.upload(model_file_or_folder)
        else:
            version.upload_model(model)
    except BaseException:
        with contextlib.suppress(MlfoundryError):
            version.delete()
        raise
    return transport.call("GET", "/model-version", ModelVersion, params={"model_version_fqn": version.fqn}).bind(
        transport
    )


def schema_body(schema: ModelSchema | Mapping[str, Any] | None) -> Any:
    """A schema as JSON, checked; None stays None."""
    return None if schema is None else msgspec.to_builtins(read_schema(schema))


def check_framework(framework: Any) -> str | None:
    """Return a framework's name (given as text or an enum's member), else raise :class:`InvalidInput`."""
    name = getattr(framework, "value", framework)
    if name is None or name in FRAMEWORKS:
        return name
    raise InvalidInput(f"framework {name!r} is not one of {', '.join(FRAMEWORKS)}")


def files_under(path: str | os.PathLike[str]) -> list[tuple[str, Path]]:
    """The file itself, or all files below a folder, each with its path on the server."""
    root = Path(path)
    if root.is_file():
        return [(root.name, root)]
    if not root.is_dir():
        raise InvalidInput(f"there is no file or folder {str(root)!r}")
    found = [file for file in sorted(root.rglob("*")) if file.is_file()]
    if not found:
        raise InvalidInput(f"the folder {str(root)!r} holds no file")
    return [(file.relative_to(root).as_posix(), file) for file in found]


def upload_file(transport: Transport, url: str, file: Path, params: dict[str, str] | None = None) -> None:
    """Send one file in pieces, so that a large model does not have to fit into memory."""
    headers = {"content-length": str(file.stat().st_size), "content-type": "application/octet-stream"}
    pieces = _pieces(file)
    raise_for(
        transport.request("PUT", url, params=params, content=pieces, headers=headers, timeout_s=_UPLOAD_TIMEOUT_S)
    )


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as handle:
        while piece := handle.read(_CHUNK_BYTES):
            yield piece


def _inside(folder: Path, path: str) -> Path:
    relative = PurePosixPath(path)
    if relative.is_absolute() or ".." in relative.parts:
        raise InvalidInput(f"the server named a file outside of the folder: {path!r}")
    return folder.joinpath(*relative.parts)
