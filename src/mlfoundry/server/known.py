"""Which model versions there are, held in memory so that ingest need not ask the registry about each batch."""

from __future__ import annotations

from collections.abc import Iterable

from mlfoundry.errors import Deleted, InvalidInput, NotFound
from mlfoundry.fqn import ModelVersionFqn


class KnownVersions:
    """The FQNs of live and of deleted versions.

    Parameters
    ----------
    live, deleted
        FQNs as text.

    Examples
    --------
    >>> known = KnownVersions(["model:default/flights/late:1"])
    >>> known.need("model:default/someone/flights/late:1")
    'model:default/flights/late:1'
    """

    def __init__(self, live: Iterable[str], deleted: Iterable[str] = ()) -> None:
        self._live = set(live)
        self._deleted = set(deleted)

    def add(self, fqn: str) -> None:
        """A version was registered."""
        self._live.add(fqn)

    def remove(self, fqn: str) -> None:
        """A version was deleted."""
        self._live.discard(fqn)
        self._deleted.add(fqn)

    def need(self, text: str) -> str:
        """The FQN in its one form.

        Raises
        ------
        InvalidInput
            It is no version FQN, or leaves the version open.
        Deleted, NotFound
            There is no such version any more, or never was.
        """
        if text in self._live:
            return text
        fqn = ModelVersionFqn.parse(text)
        if fqn.version is None:
            raise InvalidInput(f"{text!r} leaves the version open; rows belong to one version, such as {fqn.model}:1")
        name = str(fqn)
        if name in self._live:
            return name
        if name in self._deleted:
            raise Deleted("model version", name)
        raise NotFound("model version", text, known=self._live)
