"""The judgement of one request: a pure function of its bytes, the limits and the time of arrival.

The envelope is read once with its rows left raw; each row is then read by itself, so that a bad row is refused alone,
at the cost of reading the whole at once.
"""

from __future__ import annotations

import gzip
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import Meta

from mlfoundry.errors import InvalidInput, LimitExceeded
from mlfoundry.events import (
    FLAG_FUTURE,
    FLAG_TIME_DEFAULTED,
    ActualRow,
    JudgedBatch,
    Kind,
    PredictionRow,
    Rejection,
    Shap,
)
from mlfoundry.fqn import ModelVersionFqn
from mlfoundry.times import as_utc, to_micros


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold; none of these is exceeded without an error that names it.

    Parameters
    ----------
    max_wire_bytes, max_body_bytes
        Bytes of a request as it comes, and decompressed.
    max_rows
        Rows of a request.
    max_row_bytes
        Bytes of one row's JSON.
    max_nesting
        Depth of ``raw_data``.
    future_tolerance_s
        A time further ahead than this is stored and flagged.
    """

    max_wire_bytes: int = 8 * 2**20
    max_body_bytes: int = 32 * 2**20
    max_rows: int = 5_000
    max_row_bytes: int = 256 * 2**10
    max_nesting: int = 32
    future_tolerance_s: float = 300.0


Encoding = Literal["identity", "gzip"]
"""How a body was compressed on the wire."""
MAX_NAME_BYTES = 256
_FLOAT32 = 3.4028234663852886e38
_Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Probability = Annotated[float, Meta(ge=-1e-6, le=1 + 1e-6)]  # a float32 softmax may miss 1 by its rounding
_ShapValue = Annotated[float, Meta(ge=-_FLOAT32, le=_FLOAT32)]
_DataId = Annotated[str, Meta(min_length=1, max_length=256)] | _Int64
_Value = str | _Int64 | float | bool
_FeatureValue = str | _Int64 | float | bool | None
_ShapEntry = _ShapValue | dict[str, _ShapValue | None] | None
_ROW_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, InvalidInput, RecursionError)
_NO_RAW_DATA = msgspec.Raw(b"{}")


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    batch_id: str
    model_version_fqn: str
    rows: list[msgspec.Raw]


class _PredictionData(msgspec.Struct, forbid_unknown_fields=True):
    value: _Value
    probabilities: dict[str, _Probability] | None = None
    shap_values: dict[str, _ShapEntry] | None = None


class _WirePrediction(msgspec.Struct, forbid_unknown_fields=True):
    data_id: _DataId
    features: dict[str, _FeatureValue]
    prediction_data: _PredictionData
    occurred_at: str | int | float | None = None
    raw_data: msgspec.Raw = _NO_RAW_DATA
    actual_value: _FeatureValue = None


class _WireActual(msgspec.Struct, forbid_unknown_fields=True):
    data_id: _DataId
    value: _Value
    occurred_at: str | int | float | None = None


class _Named(msgspec.Struct):
    data_id: str | int


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_PREDICTION = msgspec.json.Decoder(_WirePrediction)
_ACTUAL = msgspec.json.Decoder(_WireActual)
_NAMED = msgspec.json.Decoder(_Named)
_RAW_MAPPING = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Every escape of a JSON text; those that are half of a surrogate pair are group 1.
_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_RAW_DATA: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
# Where msgspec's path ends in [...], the key at fault is looked for among these.
_MAPPINGS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (("features",), _FeatureValue),
    (("prediction_data", "probabilities"), _Probability),
    (("prediction_data", "shap_values"), _ShapEntry),
)

_Row = TypeVar("_Row", PredictionRow, ActualRow)


def judge(body: bytes, kind: Kind, *, limits: Limits, received_at: int) -> JudgedBatch:
    """Judge a request row by row.

    Parameters
    ----------
    body
        The decompressed JSON: ``{"batch_id", "model_version_fqn", "rows"}``.
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
    envelope = _read_envelope(body, limits)
    fqn = _definite_fqn(envelope.model_version_fqn)
    rejected: list[Rejection] = []
    predictions: tuple[PredictionRow, ...] = ()
    actuals: tuple[ActualRow, ...] = ()
    if kind == "prediction":
        predictions = _judge_rows(envelope.rows, _PredictionReader(limits, received_at), limits, rejected)
    else:
        actuals = _judge_rows(envelope.rows, _ActualReader(received_at), limits, rejected)
    return JudgedBatch(
        batch_id=envelope.batch_id,
        kind=kind,
        model_version_fqn=fqn,
        received_at=received_at,
        predictions=predictions,
        actuals=actuals,
        rejected=tuple(rejected),
    )


def _read_envelope(body: bytes, limits: Limits) -> _Envelope:
    if len(body) > limits.max_body_bytes:
        raise LimitExceeded(
            f"the body has {len(body):,} bytes; at most {limits.max_body_bytes:,}. Send fewer rows at once",
            limit="max_body_bytes",
        )
    try:
        body.decode("utf-8")  # raw rows are passed on without a look at their bytes
        envelope = _ENVELOPE.decode(_SURROGATE.sub(_spoil_lone, body) if b"\\u" in body else body)
    except UnicodeDecodeError as error:
        raise InvalidInput("the body is not UTF-8, or half of a surrogate pair stands in its envelope") from error
    except msgspec.ValidationError as error:
        reason, path = _split(error)
        raise InvalidInput(f"{reason}; an envelope is {{batch_id, model_version_fqn, rows}}", path=path) from error
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


def _judge_rows(
    raws: list[msgspec.Raw], read: Callable[[int, msgspec.Raw], _Row], limits: Limits, rejected: list[Rejection]
) -> tuple[_Row, ...]:
    accepted: list[_Row] = []
    for index, raw in enumerate(raws):
        try:
            if (size := memoryview(raw).nbytes) > limits.max_row_bytes:
                raise LimitExceeded(f"{size:,} bytes; at most {limits.max_row_bytes:,} a row", limit="max_row_bytes")
            accepted.append(read(index, raw))
        except _ROW_ERRORS as error:
            rejected.append(_rejection(index, raw, error, limits))
    return tuple(accepted)


class _PredictionReader:
    """Reads the prediction rows of one batch."""

    def __init__(self, limits: Limits, received_at: int) -> None:
        self._max_nesting = limits.max_nesting
        self._received_at = received_at
        self._future_from = received_at + int(limits.future_tolerance_s * 1e6)
        self._known_names: set[str] = set()  # names are measured once a batch, not once a row

    def __call__(self, index: int, raw: msgspec.Raw) -> PredictionRow:
        wire = _PREDICTION.decode(raw)
        answer = wire.prediction_data
        probabilities = answer.probabilities or {}
        shap_values = _checked_shap(answer.shap_values) if answer.shap_values else {}
        names = wire.features.keys() | probabilities.keys() | shap_values.keys()
        if not names <= self._known_names:
            self._learn(names)
        given = wire.occurred_at
        occurred_at = self._received_at if given is None else _micros(given)
        return PredictionRow(
            index=index,
            data_id=str(wire.data_id),
            value=answer.value,
            features=wire.features,
            probabilities=probabilities,
            shap_values=shap_values,
            occurred_at=occurred_at,
            raw_data="{}" if wire.raw_data is _NO_RAW_DATA else _checked_raw_data(wire.raw_data, self._max_nesting),
            actual_value=wire.actual_value,
            flags=(FLAG_TIME_DEFAULTED if given is None else 0)
            | (FLAG_FUTURE if occurred_at > self._future_from else 0),
        )

    def _flags(self, given: object, occurred_at: int) -> int:
        defaulted = FLAG_TIME_DEFAULTED if given is None else 0
        return defaulted | (FLAG_FUTURE if occurred_at > self._future_from else 0)

    def _learn(self, names: set[str]) -> None:
        for name in names - self._known_names:
            _check_name(name)
        self._known_names |= names


class _ActualReader:
    """Reads the actual rows of one batch."""

    def __init__(self, received_at: int) -> None:
        self._received_at = received_at

    def __call__(self, index: int, raw: msgspec.Raw) -> ActualRow:
        wire = _ACTUAL.decode(raw)
        occurred_at = self._received_at if wire.occurred_at is None else _micros(wire.occurred_at)
        return ActualRow(index=index, data_id=str(wire.data_id), value=wire.value, occurred_at=occurred_at)


def _check_name(name: str) -> None:
    if not name:
        raise InvalidInput(f"a name is empty; it has 1 to {MAX_NAME_BYTES} bytes")
    if len(name) * 4 > MAX_NAME_BYTES and len(name.encode()) > MAX_NAME_BYTES:
        raise LimitExceeded(f"the name {name[:40]!r}... has more than {MAX_NAME_BYTES} bytes", limit="max_name_bytes")


def _micros(value: str | int | float) -> int:
    try:
        return to_micros(as_utc(value))
    except InvalidInput as error:
        raise InvalidInput(str(error), path="$.occurred_at") from error


def _checked_shap(given: Mapping[str, float | dict[str, float | None] | None]) -> Shap:
    """SHAP values, flat or per class but not both; a null (NaN at the sender) is left out."""
    types = set(map(type, given.values()))
    if types == {float}:
        return cast("Shap", given)
    if dict not in types:
        return {name: value for name, value in given.items() if isinstance(value, float)}
    if types != {dict}:
        raise InvalidInput(
            "some values stand by feature and some by class; give one of the two", path="$.prediction_data.shap_values"
        )
    by_class = cast("Mapping[str, dict[str, float | None]]", given)
    for name in {name for values in by_class.values() for name in values}:
        _check_name(name)
    kept = {
        label: {name: value for name, value in values.items() if value is not None}
        for label, values in by_class.items()
    }
    return {label: values for label, values in kept.items() if values}


def _checked_raw_data(raw: msgspec.Raw, max_nesting: int) -> str:
    text = bytes(raw)
    try:
        value = _RAW_DATA.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(_split(error)[0], path="$.raw_data") from error
    if text.count(b"{") + text.count(b"[") > max_nesting and _deeper_than(value, max_nesting):
        raise LimitExceeded(f"nested deeper than {max_nesting}", limit="max_nesting", path="$.raw_data")
    return text.decode()


def _deeper_than(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper_than(item, levels - 1) for item in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper_than(item, levels - 1) for item in cast("list[object]", value))
    return False


def _rejection(index: int, raw: msgspec.Raw, error: Exception, limits: Limits) -> Rejection:
    if isinstance(error, RecursionError):
        return Rejection(index, "$.raw_data", f"nested deeper than {limits.max_nesting}", _data_id(raw))
    reason, path = _split(error)
    if path.endswith("[...]"):
        path = _named_path(raw, path)
    return Rejection(index, path or "$", reason, _data_id(raw))


def _split(error: Exception) -> tuple[str, str]:
    """Reason and path of an error."""
    if isinstance(error, InvalidInput):
        return str(error).removesuffix(f" (at {error.path})"), error.path
    if isinstance(error, UnicodeDecodeError):  # the body was UTF-8, so this byte is ours: see _spoil_lone
        return "a string holds half of a surrogate pair, which is no character", ""
    reason, _, path = str(error).partition(" - at `")
    return reason, path.removesuffix("`")


def _data_id(raw: msgspec.Raw) -> str | None:
    try:
        return str(_NAMED.decode(raw).data_id)[:256]
    except _ROW_ERRORS:
        return None


def _named_path(raw: msgspec.Raw, path: str) -> str:
    """The path with the key in place of msgspec's ``[...]``."""
    for keys, value_type in _MAPPINGS:
        place = "$." + ".".join(keys)
        if not path.startswith(f"{place}["):
            continue
        inner: bytes | msgspec.Raw = raw
        for key in keys:
            inner = _RAW_MAPPING.decode(inner)[key]
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(value_type)
        for name, value in _RAW_MAPPING.decode(inner).items():
            try:
                decoder.decode(value)
            except _ROW_ERRORS:
                return f"{place}.{name[:MAX_NAME_BYTES]}"
    return path


def judge_again(
    body: bytes, encoding: Encoding, kind: Kind, *, received_at: int, rejected: tuple[Rejection, ...]
) -> tuple[JudgedBatch, int]:
    """Read a body that was judged before: the verdict stays what its sender was told, whatever the limits are now.

    Returns
    -------
    tuple
        The batch, and the bytes of its decoded body.
    """
    decoded = gzip.decompress(body) if encoding == "gzip" else body
    no_limits = Limits(max_body_bytes=sys.maxsize, max_rows=sys.maxsize, max_row_bytes=sys.maxsize, max_nesting=1_000)
    batch = judge(decoded, kind, limits=no_limits, received_at=received_at)
    refused = {rejection.index for rejection in rejected}
    newly_refused = tuple(rejection for rejection in batch.rejected if rejection.index not in refused)
    again = msgspec.structs.replace(
        batch,
        predictions=tuple(row for row in batch.predictions if row.index not in refused),
        actuals=tuple(row for row in batch.actuals if row.index not in refused),
        rejected=rejected + newly_refused,
    )
    return again, len(decoded)
