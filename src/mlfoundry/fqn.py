"""Fully qualified names: ``model:{tenant}/{ml_repo}/{name}:{version}``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlfoundry.errors import InvalidInput

DEFAULT_TENANT = "default"
_MODEL_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_REPO_NAME = re.compile(r"[A-Za-z0-9-]{1,256}\Z")
_EXAMPLE = "model:default/my-repo/my-model:1"


def check_model_name(name: str) -> str:
    """Return ``name`` if it can name a model, else raise :class:`InvalidInput`."""
    if not _MODEL_NAME.match(name):
        raise InvalidInput(f"model name {name!r} may hold 1 to 256 of A-Z a-z 0-9 _ -")
    return name


def check_repo_name(name: str, *, what: str = "ml_repo") -> str:
    """Return ``name`` if it can name an ml_repo or a run, else raise :class:`InvalidInput`."""
    if not _REPO_NAME.match(name):
        raise InvalidInput(f"{what} name {name!r} may hold 1 to 256 of A-Z a-z 0-9 -")
    return name


@dataclass(frozen=True, slots=True, order=True)
class ModelFqn:
    """The name of a model, without a version.

    Examples
    --------
    >>> str(ModelFqn.parse("model:default/flights/late"))
    'model:default/flights/late'
    """

    tenant: str
    ml_repo: str
    name: str

    @classmethod
    def parse(cls, text: str) -> ModelFqn:
        """Read a model FQN; the older form with an owner is accepted and the owner is dropped."""
        kind, _, path = text.partition(":")
        parts = path.split("/")
        if kind != "model" or len(parts) not in (3, 4) or ":" in path:
            raise InvalidInput(f"{text!r} is no model name; one looks like {_EXAMPLE.rpartition(':')[0]!r}")
        tenant, ml_repo, name = parts[0], parts[-2], parts[-1]
        return cls(check_repo_name(tenant, what="tenant"), check_repo_name(ml_repo), check_model_name(name))

    def __str__(self) -> str:
        return f"model:{self.tenant}/{self.ml_repo}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class ModelVersionFqn:
    """The name of a model version; ``version`` is a positive integer, or None for ``latest``.

    Examples
    --------
    >>> ModelVersionFqn.parse("model:default/flights/late:3").version
    3
    >>> str(ModelVersionFqn.parse("model:acme/someone/flights/late:3"))
    'model:acme/flights/late:3'
    """

    model: ModelFqn
    version: int | None

    @classmethod
    def parse(cls, text: str) -> ModelVersionFqn:
        """Read a version FQN, split once from the right on ``:``."""
        model, _, version = text.rpartition(":")
        if not model or ":" not in model:
            raise InvalidInput(f"{text!r} is no model version; one looks like {_EXAMPLE!r}")
        if version == "latest":
            return cls(ModelFqn.parse(model), None)
        if not (version.isascii() and version.isdigit() and len(version) < 10 and int(version) > 0):
            raise InvalidInput(f"the version in {text!r} must be a positive integer or 'latest'")
        return cls(ModelFqn.parse(model), int(version))

    def __str__(self) -> str:
        return f"{self.model}:{'latest' if self.version is None else self.version}"


@dataclass(frozen=True, slots=True, order=True)
class RunFqn:
    """The name of a run: ``{tenant}/{ml_repo}/{run}``."""

    tenant: str
    ml_repo: str
    run: str

    @classmethod
    def parse(cls, text: str) -> RunFqn:
        """Read a run FQN."""
        parts = text.split("/")
        if len(parts) != 3:
            raise InvalidInput(f"{text!r} is no run; one looks like 'default/my-repo/my-run'")
        return cls(
            check_repo_name(parts[0], what="tenant"),
            check_repo_name(parts[1]),
            check_repo_name(parts[2], what="run"),
        )

    def __str__(self) -> str:
        return f"{self.tenant}/{self.ml_repo}/{self.run}"
