"""The judgement of one request: a pure function of its bytes, the limits and the time of arrival.

The envelope is read once with its rows left raw; each row is then read by itself, so that a bad row is refused alone,
at the cost of reading the whole at once. Both forms of a row (see :mod:`mlfoundry.wire`) get the same verdicts.
"""

from __future__ import annotations

import re
import sys
import uuid
from typing import Protocol

import msgspec

from mlfoundry.batches import JudgedBatch, PredictionBlock
from mlfoundry.compressed import Encoding, decompress
from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import (
    ActualRow,
    DropReport,
    Kind,
    Rejection,
)
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.limits import Limits
from mlfoundry.row_readers import ActualReader, PredictionReader, row_too_large
from mlfoundry.times import UTC
from mlfoundry.wire import (
    ENVELOPE,
    ROW_ERRORS,
    Envelope,
    Layout,
    WireDrop,
    data_id_of,
    readable_path,
    split_error,
)

_ENDLESS = sys.maxsize - 1
_ARROW_MARK = b"\xff\xff\xff\xff"
"""What an Arrow stream begins with, and no JSON."""
# Every escape of a JSON text; those that are half of a surrogate pair are group 1.
_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


class _Reader(Protocol):
    """Reads the rows of one batch and gathers them."""

    def __call__(self, index: int, raw: msgspec.Raw, /) -> None: ...

    def layout_of(self, raw: msgspec.Raw, /) -> Layout | None: ...


def judge(body: bytes, kind: Kind, *, limits: Limits, received_at: int) -> JudgedBatch:
    """Judge a request row by row.

    Parameters
    ----------
    body
        The decompressed JSON: ``{"batch_id", "model_version_fqn", "rows"}``; or an Arrow stream, see
        :mod:`mlfoundry.row_tables`.
    kind
        Whether its rows are predictions or actuals.
    limits
        What a request may hold.
    received_at
        When it arrived, in microseconds since 1970; stands in for a time that a row does not give.

    Returns
    -------
    JudgedBatch
        The accepted rows, and for each refused one its index, the path inside it and the reason.

    Raises
    ------
    InvalidInput
        The envelope is malformed; nothing of it may be stored.
    LimitExceeded
        It is larger than a limit, which ``.limit`` names.

    Examples
    --------
    >>> body = b'''{"batch_id": "6d1f0e52-9b83-4e6f-8f3c-0d1a5a1d9c11",
    ...     "model_version_fqn": "model:default/demo/late:1",
    ...     "rows": [{"data_id": "a", "value": 1}, {"data_id": "b"}]}'''
    >>> batch = judge(body, "actual", limits=Limits(), received_at=0)
    >>> batch.actuals[0].value, batch.rejected[0].reason
    (1, 'Object missing required field `value`')
    """
    if body.startswith(_ARROW_MARK):
        from mlfoundry.row_tables import judge_table  # pyarrow, which JSON does without

        return judge_table(body, kind, limits=limits, received_at=received_at, judge_rows=judge)
    envelope = _read_envelope(body, limits)
    fqn = _definite_fqn(envelope.model_version_fqn)
    blocks: tuple[PredictionBlock, ...] = ()
    actuals: tuple[ActualRow, ...] = ()
    if kind == "prediction":
        predictions = PredictionReader(limits, received_at, envelope.layouts)
        rejected = _judge_rows(envelope.rows, predictions, limits)
        blocks = predictions.blocks()
    else:
        reader = ActualReader(received_at)
        rejected = _judge_rows(envelope.rows, reader, limits)
        actuals = tuple(reader.rows)
    return JudgedBatch(
        batch_id=envelope.batch_id,
        kind=kind,
        model_version_fqn=fqn,
        received_at=received_at,
        blocks=blocks,
        actuals=actuals,
        rejected=tuple(rejected),
        dropped=tuple(map(_drop_report, envelope.dropped)),
        decoded_bytes=len(body),
    )


def _drop_report(drop: WireDrop) -> DropReport:
    hour = drop.hour.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return DropReport(drop.kind, drop.reason, hour, drop.rows)


def _read_envelope(body: bytes, limits: Limits) -> Envelope:
    if len(body) > limits.max_body_bytes:
        raise LimitExceeded(
            f"the body has {len(body):,} bytes; at most {limits.max_body_bytes:,}. Send fewer rows at once",
            limit="max_body_bytes",
        )
    try:
        body.decode("utf-8")  # raw rows are passed on without a look at their bytes
        envelope = ENVELOPE.decode(_SURROGATE.sub(_spoil_lone, body) if b"\\u" in body else body)
    except UnicodeDecodeError as error:
        raise InvalidInput("the body is not UTF-8, or half of a surrogate pair stands in its envelope") from error
    except msgspec.ValidationError as error:
        reason, path = split_error(error)
        raise InvalidInput(
            f"{reason}; an envelope is {{batch_id, model_version_fqn, rows, layouts}}", path=path
        ) from error
    except msgspec.DecodeError as error:
        raise InvalidInput(str(error)) from error
    except RecursionError as error:
        raise LimitExceeded(f"nested deeper than {limits.max_nesting}", limit="max_nesting") from error
    if len(envelope.rows) > limits.max_rows:
        raise LimitExceeded(
            f"{len(envelope.rows):,} rows; at most {limits.max_rows:,} a request", limit="max_rows", path="$.rows"
        )
    try:
        uuid.UUID(envelope.batch_id)
    except ValueError as error:
        raise InvalidInput(
            "batch_id must be a UUID, new for a batch and kept on its retries", path="$.batch_id"
        ) from error
    return envelope


def _spoil_lone(escape: re.Match[bytes]) -> bytes:
    """Half a surrogate pair would make the whole envelope unreadable; a bad byte is passed on with its row."""
    return b"\xff" if escape[1] else escape[0]


def _definite_fqn(text: str) -> str:
    try:
        fqn = ModelVersionFqn.parse(text)
    except InvalidInput as error:
        raise InvalidInput(str(error), path="$.model_version_fqn") from error
    if fqn.version is None:
        raise InvalidInput("rows belong to a definite version, not to 'latest'", path="$.model_version_fqn")
    return str(fqn)


def _judge_rows(raws: list[msgspec.Raw], read: _Reader, limits: Limits) -> list[Rejection]:
    rejected: list[Rejection] = []
    for index, raw in enumerate(raws):
        try:
            if (size := memoryview(raw).nbytes) > limits.max_row_bytes:
                raise row_too_large(size, limits)
            read(index, raw)
        except ROW_ERRORS as error:
            rejected.append(_rejection(index, raw, error, limits, read.layout_of(raw)))
    return rejected


def _rejection(index: int, raw: msgspec.Raw, error: Exception, limits: Limits, layout: Layout | None) -> Rejection:
    if isinstance(error, RecursionError):
        return Rejection(index, "$.raw_data", f"nested deeper than {limits.max_nesting}", data_id_of(raw))
    reason, path = split_error(error)
    if not isinstance(error, InvalidInput):
        path = readable_path(raw, path, layout)
    return Rejection(index, path or "$", reason, data_id_of(raw))


def judge_again(
    body: bytes, encoding: Encoding, kind: Kind, *, received_at: int, rejected: tuple[Rejection, ...]
) -> JudgedBatch:
    """Read a body that was judged before: the verdict stays what its sender was told, whatever the limits are now."""
    decoded = decompress(body, encoding, max_bytes=_ENDLESS)
    no_limits = Limits(max_body_bytes=_ENDLESS, max_rows=_ENDLESS, max_row_bytes=_ENDLESS, max_nesting=1_000)
    batch = judge(decoded, kind, limits=no_limits, received_at=received_at)
    refused = {rejection.index for rejection in rejected}
    newly_refused = tuple(rejection for rejection in batch.rejected if rejection.index not in refused)
    again = batch.without(refused) if refused else batch
    return msgspec.structs.replace(again, rejected=rejected + newly_refused)
