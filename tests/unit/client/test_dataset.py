"""Datasets against a peer that answers as a server would, or breaks off."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pytest

from mlfoundry.client.dataset import InferenceDataset, open_export
from mlfoundry.client.transport import Transport
from mlfoundry.errors import InvalidInput, Unavailable
from mlfoundry.exports import FORMAT, ExportInfo
from mlfoundry.schema import ModelSchema

FQN = "model:default/flights/late:1"
AT = datetime(2026, 1, 1, tzinfo=timezone.utc)
HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-mlfoundry-rows: 2000\r\n\r\n"


def stream(batches: int) -> bytes:
    sink = pa.BufferOutputStream()
    schema = pa.schema([pa.field("n", pa.int64())])
    with pyarrow.ipc.new_stream(sink, schema) as writer:
        for _ in range(batches):
            writer.write_batch(pa.RecordBatch.from_pydict({"n": range(1_000)}, schema=schema))
    return sink.getvalue().to_pybytes()


@contextmanager
def answering(content: bytes, *, whole: bool) -> Generator[InferenceDataset]:
    """A dataset of a server that sends some bytes, and ends its answer or only the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(HEAD + b"%x\r\n%b\r\n" % (len(content), content) + (b"0\r\n\r\n" if whole else b""))

        thread = threading.Thread(target=answer)
        thread.start()
        transport = Transport(f"http://127.0.0.1:{listening.getsockname()[1]}", None)
        try:
            yield InferenceDataset(lambda: iter(()), [lambda: open_export(transport, FQN, {})])
        finally:
            thread.join()
            transport.close()


def test_a_whole_answer_becomes_a_file(tmp_path: Path) -> None:
    with answering(stream(2), whole=True) as dataset:
        assert dataset.to_parquet(tmp_path / "rows.parquet") == 2_000
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def test_an_answer_that_breaks_off_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    with answering(stream(2)[:9_000], whole=False) as dataset, pytest.raises(Unavailable, match="broke off"):
        dataset.to_parquet(tmp_path / "rows.parquet")
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    cut = stream(2)
    one = len(stream(1)) - 8  # a whole message, without the mark of the end
    with answering(cut[:one], whole=True) as dataset, pytest.raises(Unavailable, match="middle of its rows"):
        dataset.to_parquet(tmp_path / "rows.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_later_format_is_refused() -> None:
    info = ExportInfo(
        model_version_fqn=FQN, start=AT, end=AT, model_schema=ModelSchema(), columns=(), format=FORMAT + 1
    )
    with pytest.raises(InvalidInput, match=f"format {FORMAT + 1}"):
        ExportInfo.decode(info.encode())
