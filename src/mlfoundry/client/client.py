"""The client that programs hold."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, cast

import msgspec

from mlfoundry.client.batching import Batcher
from mlfoundry.client.bulk import BulkCalls
from mlfoundry.client.counts import Counts
from mlfoundry.client.custom_metrics import CustomMetricCalls
from mlfoundry.client.options import OnDrop, OnReject, Options
from mlfoundry.client.outcomes import OutcomeCalls
from mlfoundry.client.quality import QualityCalls
from mlfoundry.client.redaction import BeforeSend, Redaction
from mlfoundry.client.registry import RegistryCalls
from mlfoundry.client.restoring import DatasetCalls
from mlfoundry.client.settings import find_login, find_spool_dir
from mlfoundry.client.snapshot import snapshot_actual, snapshot_prediction
from mlfoundry.client.spool import DEFAULT_SPOOL_BYTES
from mlfoundry.client.transport import API, Transport, raise_for
from mlfoundry.errors import InvalidInput, MlfoundryError, NotAllowed, Unavailable
from mlfoundry.events import Actual, Prediction
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.ids import generate_hash_from_data, generate_random_id


@dataclass(frozen=True, slots=True)
class Ping:
    """What :meth:`Client.ping` found; true if all is well. Printed, it says what is wrong and what to do."""

    host: str
    version: str | None
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        if not self.problems:
            return f"mlfoundry {self.version} answers at {self.host}"
        return "\n".join(self.problems)

    __repr__ = __str__


class _Health(msgspec.Struct):
    status: str
    version: str
    ready: bool = True
    reasons: list[str] = []


class Client(DatasetCalls, RegistryCalls, CustomMetricCalls, OutcomeCalls, QualityCalls, BulkCalls):
    """Logs predictions and actuals, keeps models in the registry, reads results. Made by :func:`get_client`.

    Safe to share between threads, across ``fork``, and in an asyncio program (logging never waits; ``flush`` does).
    """

    def __init__(self, host: str, api_key: str | None, options: Options, *, timeout_s: float = 30.0) -> None:
        self._transport = Transport(host, api_key, timeout_s=timeout_s)
        self._options = options
        self._batcher = Batcher(self._transport, options)
        self._fqns: dict[str, str] = {}
        # A client that is let go sends what it has and lets its thread end.
        weakref.finalize(self, self._batcher.retire).atexit = False

    @property
    def host(self) -> str:
        """The server's address."""
        return self._transport.host

    def log_predictions(self, model_version_fqn: str, predictions: Iterable[Prediction | Mapping[str, Any]]) -> None:
        """Log predictions of a model version. Returns at once; a thread of its own sends them.

        Parameters
        ----------
        model_version_fqn
            Such as ``model:default/flights/late:1``; the dashboard shows it with a Copy button.
        predictions
            :class:`Prediction` objects or dicts of their fields. Their dicts are copied now, so that they may be
            changed afterwards. An empty list does nothing.

        Raises
        ------
        InvalidInput
            The structure is wrong, such as no ``data_id``; nothing of the call is sent. Bad *values* are reported
            through ``on_reject`` and :meth:`stats`.
        RowsLost
            With ``strict=True`` alone: some rows found no room.

        Examples
        --------
        ::

            row = mlf.Prediction(data_id="42", features={"age": 31}, prediction_data={"value": 0.7})
            client.log_predictions(fqn, [row])
        """
        fqn = self._fqns.get(model_version_fqn) or self._check_fqn(model_version_fqn)
        rows = _rows(predictions, "predictions")
        self._batcher.put("prediction", fqn, [snapshot_prediction(row) for row in rows])

    def log_actuals(self, model_version_fqn: str, actuals: Iterable[Actual | Mapping[str, Any]]) -> None:
        """Log what turned out to be true; like :meth:`log_predictions`. The order of the two does not matter."""
        fqn = self._fqns.get(model_version_fqn) or self._check_fqn(model_version_fqn)
        rows = _rows(actuals, "actuals")
        self._batcher.put("actual", fqn, [snapshot_actual(row) for row in rows])

    def flush(self, timeout_s: float = 10.0) -> Counts:
        """Wait until every row logged so far is with the server or refused, at most ``timeout_s``; return the counts.

        Raises
        ------
        RowsLost
            With ``strict=True`` alone: rows were rejected or dropped since this was last said.
        Unavailable
            With ``strict=True`` alone: some rows still wait. They are kept.
        """
        return self._batcher.flush(timeout_s)

    def close(self, timeout_s: float | None = None) -> Counts:
        """Send what waits, at most ``timeout_s`` (by default ``exit_timeout_s``), and stop; return the counts.

        What is left then goes to the spool, if there is one; else it is lost, and one line on stderr says how many rows
        that are. Closing again changes nothing.
        """
        return self._batcher.close(timeout_s)

    def stats(self) -> Counts:
        """What became of every row, at this instant."""
        return self._batcher.counts()

    def ping(self) -> Ping:
        """Ask the server how it is; never raises. ``print(client.ping())`` says what is wrong and what to do.

        Examples
        --------
        >>> import mlfoundry as mlf
        >>> bool(mlf.get_client(host="http://127.0.0.1:9").ping())
        False
        """
        try:
            reply = self._transport.request("GET", "/health", timeout_s=5.0)
            health = msgspec.json.decode(reply.content, type=_Health)
        except Unavailable as error:
            return Ping(self.host, None, (str(error),))
        except msgspec.DecodeError:
            return Ping(self.host, None, (f"something answers at {self.host}, but it is no mlfoundry server",))
        problems = [f"the server is not ready: {reason}" for reason in health.reasons]
        if not health.ready and not problems:
            problems.append("the server is not ready yet; try again in a moment")
        try:
            raise_for(self._transport.request("GET", f"{API}/ml-repos", timeout_s=5.0))
        except NotAllowed as error:
            problems.append(f"{error}; set MLF_API_KEY or give get_client(api_key=...)")
        except MlfoundryError as error:
            problems.append(str(error))
        return Ping(self.host, health.version, tuple(problems))

    def generate_hash_from_data(
        self, features: Mapping[str, Any], timestamp: datetime | None = None, *, canonical: bool = False
    ) -> str:
        """The same as :func:`mlfoundry.generate_hash_from_data`."""
        return generate_hash_from_data(features, timestamp, canonical=canonical)

    def generate_random_id(self) -> str:
        """The same as :func:`mlfoundry.generate_random_id`."""
        return generate_random_id()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.host!r})"

    def _check_fqn(self, given: str) -> str:
        parsed = ModelVersionFqn.parse(given)
        if parsed.version is None:
            raise InvalidInput(f"rows belong to one version: give its number instead of 'latest' in {given!r}")
        return self._fqns.setdefault(given, str(parsed))


def _rows(given: Any, name: str) -> Iterable[Any]:
    if type(given) is list:  # the usual case, without the cost of asking abstract classes
        return cast("list[Any]", given)
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise InvalidInput(f"{name} must be a list, not {type(cast('object', given)).__name__}")
    return cast("Iterable[Any]", given)


def _names(given: Iterable[str], name: str) -> frozenset[str]:
    if isinstance(given, str):  # its letters would be taken for names, and the feature would leave
        raise InvalidInput(f"{name} must be a list of names, not the text {given!r}")
    return frozenset(given)


def get_client(
    host: str | None = None,
    api_key: str | None = None,
    *,
    tracking_uri: str | None = None,
    strict: bool = False,
    on_drop: OnDrop | None = None,
    on_reject: OnReject | None = None,
    linger_s: float = 1.0,
    exit_timeout_s: float = 2.0,
    timeout_s: float = 30.0,
    max_rows: int = 50_000,
    max_bytes: int = 64 * 1024 * 1024,
    spool_dir: str | os.PathLike[str] | None = None,
    spool_bytes: int = DEFAULT_SPOOL_BYTES,
    before_send: BeforeSend | None = None,
    hash_features: Iterable[str] = (),
    drop_features: Iterable[str] = (),
    hash_key: str | bytes = b"",
) -> Client:
    """Make a client. Nothing is sent and nothing is started.

    Parameters
    ----------
    host, tracking_uri
        The server's address; else ``MLF_HOST`` or ``TFY_HOST``, the stored login, ``http://127.0.0.1:8000``.
    api_key
        Else ``MLF_API_KEY`` or ``TFY_API_KEY``, the stored login.
    strict
        Raise :class:`RowsLost` from ``log_…``, ``flush`` and ``close`` where rows were lost.
    on_drop, on_reject
        Called from the client's thread with a :class:`Drop` or a :class:`RejectedRow`.
    linger_s
        How long a row may wait for others to travel with.
    exit_timeout_s
        How long ``close()`` and the end of the program may wait.
    timeout_s
        How long a request may stay without an answer.
    max_rows, max_bytes
        How many rows, in how much memory, may wait; what comes on top is dropped and counted.
    spool_dir, spool_bytes
        A folder for rows that cannot be delivered, by default ``MLF_SPOOL_DIR``, and how much may lie in it. Any number
        of processes may share it; what one leaves another sends. Without one nothing is written to disk.
    before_send
        Called from the client's thread with each :class:`Prediction` and :class:`Actual`; returns it, changed or not,
        or None to leave it out. Where it raises, the row is dropped.
    hash_features, drop_features
        Features that travel as a hash alone, or not at all.
    hash_key
        Keys the hash; keep it secret where the values could be guessed.

    Examples
    --------
    >>> get_client(host="http://127.0.0.1:8000").host
    'http://127.0.0.1:8000'
    """
    login = find_login(host or tracking_uri, api_key)
    options = Options(
        max_rows=max_rows,
        max_bytes=max_bytes,
        linger_s=linger_s,
        exit_timeout_s=exit_timeout_s,
        strict=strict,
        on_drop=on_drop,
        on_reject=on_reject,
        spool_dir=find_spool_dir(spool_dir),
        spool_bytes=spool_bytes,
        redaction=Redaction(
            before_send=before_send,
            hash_features=_names(hash_features, "hash_features"),
            drop_features=_names(drop_features, "drop_features"),
            hash_key=hash_key.encode() if isinstance(hash_key, str) else hash_key,
        ),
    )
    return Client(login.host, login.api_key, options, timeout_s=timeout_s)
