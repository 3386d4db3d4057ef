"""Finds definitions (drift statistics, metrics) by looking through a package, and adds those of other distributions."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, Generic, TypeVar

from mlfoundry.errors import AlreadyExists, InvalidInput

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One definition, by the name it is configured with, and where it comes from."""

    name: str
    definition: T
    source: str


def scan(package: str, kind: type[T]) -> dict[str, Found[T]]:
    """Instances of every concrete subclass of ``kind`` that the package's modules define, by their ``name``.

    A class whose own name begins with an underscore, or that has no ``name``, is a helper and passed over. Classes that
    other distributions offer in the entry-point group of the package's name (``mlfoundry.drift``,
    ``mlfoundry.performance``) are added.

    Raises
    ------
    AlreadyExists
        Two definitions have one name.
    InvalidInput
        An entry point offers something else than a subclass of ``kind``.

    Examples
    --------
    >>> from mlfoundry.drift.base import DriftStatistic
    >>> scan("mlfoundry.drift", DriftStatistic)["psi"].source
    'mlfoundry.drift.psi'
    """
    found: dict[str, Found[T]] = {}
    for definition, source in [*_own(package, kind), *_offered(package, kind)]:
        name: str = getattr(definition, "name")  # noqa: B009 - that definitions have a name is their convention
        if name in found:
            raise AlreadyExists(f"two definitions are named {name!r}: in {found[name].source} and in {source}")
        found[name] = Found(name, definition, source)
    return dict(sorted(found.items()))


def _own(package: str, kind: type[T]) -> Iterator[tuple[T, str]]:
    for info in iter_modules(import_module(package).__path__, f"{package}."):
        module = import_module(info.name)
        for definition in _defined_in(module, kind):
            yield definition(), module.__name__


def _defined_in(module: ModuleType, kind: type[T]) -> Iterator[type[T]]:
    for name, member in vars(module).items():
        if name.startswith("_") or not _is_definition(member, kind) or member.__module__ != module.__name__:
            continue
        yield member


def _offered(group: str, kind: type[T]) -> Iterator[tuple[T, str]]:
    for entry in entry_points(group=group):
        member = entry.load()
        if not _is_definition(member, kind):
            raise InvalidInput(f"entry point {entry.name!r} of group {group!r} must be a concrete {kind.__name__}")
        yield member(), entry.value


def _is_definition(member: Any, kind: type[Any]) -> bool:
    named = inspect.isclass(member) and issubclass(member, kind) and hasattr(member, "name")
    return named and not inspect.isabstract(member)
