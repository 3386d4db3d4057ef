from __future__ import annotations

import gzip
import json
import logging
import os
import threading
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import zstandard

from mlfoundry.batches import JudgedBatch
from mlfoundry.compressed import Encoding
from mlfoundry.errors import Unavailable
from mlfoundry.judge import Limits, judge
from mlfoundry.store.inbox import Inbox, InboxLimits
from mlfoundry.store.segments import SegmentWriter, list_segments, read_segment

pa: Any = pyarrow
FQN = "model:default/flights/late:1"
SOON = 20.0


def sent(*data_ids: str, batch_id: str | None = None) -> tuple[JudgedBatch, bytes]:
    """A batch of actuals with one bad row at its end."""
    rows = [{"data_id": data_id, "value": 1} for data_id in data_ids] + [{"data_id": "bad"}]
    envelope = {"batch_id": batch_id or str(uuid.uuid4()), "model_version_fqn": FQN, "rows": rows}
    body = json.dumps(envelope).encode()
    return judge(body, "actual", limits=Limits(), received_at=5_000_000), body


Open = Callable[..., Inbox]


@pytest.fixture
def reopen(tmp_path: Path) -> Generator[Open]:
    opened: list[Inbox] = []

    def make(position: int = 0, limits: InboxLimits | None = None) -> Inbox:
        opened.append(Inbox(tmp_path, position=position, limits=limits))
        return opened[-1]

    yield make
    for inbox in opened:
        inbox.close()


def put(inbox: Inbox, *data_ids: str) -> JudgedBatch:
    batch, body = sent(*data_ids)
    inbox.append(batch, body).result(SOON)
    return batch


def test_positions_grow_and_batches_wait_in_order(reopen: Open) -> None:
    inbox = reopen()
    batches = [put(inbox, str(i), "x") for i in range(5)]
    waiting = inbox.peek(100)
    assert [item.position for item in waiting] == [1, 2, 3, 4, 5]
    assert [item.batch for item in waiting] == batches
    assert (inbox.waiting_rows, inbox.waiting_rows_of(FQN), inbox.waiting_rows_of("other")) == (15, 15, 0)
    assert [item.position for item in inbox.peek(7)] == [1, 2]
    assert len(inbox.peek(1)) == 1
    inbox.merged(3)
    assert [item.position for item in inbox.peek(100)] == [4, 5]
    assert inbox.waiting_rows == 6


def test_what_was_acknowledged_survives_a_crash(reopen: Open) -> None:
    inbox = reopen()
    batches = [put(inbox, str(i)) for i in range(4)]
    again = reopen(position=2)  # the first one is still open: nothing was closed in order
    assert [(item.position, item.batch) for item in again.peek(100)] == [(3, batches[2]), (4, batches[3])]
    assert put(again, "next").batch_id == again.peek(100)[-1].batch.batch_id
    assert again.position == 5


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor(level=1).compress)]
)
def test_a_compressed_body_is_read_back(reopen: Open, encoding: Encoding, pack: Callable[[bytes], bytes]) -> None:
    batch, body = sent("a")
    inbox = reopen()
    inbox.append(batch, pack(body), encoding=encoding).result(SOON)
    assert inbox.waiting_bytes == len(body)
    assert [item.batch for item in reopen().peek(10)] == [batch]


def test_a_table_is_read_back_and_takes_what_it_decodes_to(reopen: Open) -> None:
    columns = {"data_id": "id", "value": "label", "features": ["x"]}
    envelope = {"batch_id": str(uuid.uuid4()), "model_version_fqn": FQN, "columns": columns}
    table = pa.table({"id": ["a"] * 1_000 + [None], "label": [1] * 1_001, "x": [0.5] * 1_001})
    table = table.replace_schema_metadata({"mlfoundry": json.dumps(envelope)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    body = sink.getvalue().to_pybytes()
    batch = judge(body, "prediction", limits=Limits(), received_at=0)
    assert (batch.accepted, len(batch.rejected)) == (1_000, 1)
    inbox = reopen()
    inbox.append(batch, body).result(SOON)
    assert inbox.waiting_bytes == batch.decoded_bytes > 24_000 > 5 * len(body)
    again = reopen()
    assert [item.batch for item in again.peek(10)] == [batch]
    assert again.waiting_bytes == batch.decoded_bytes


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_torn_tail_is_cut(reopen: Open, tmp_path: Path, cut: int) -> None:
    inbox = reopen()
    batches = [put(inbox, str(i)) for i in range(3)]
    [segment] = list_segments(tmp_path)
    os.truncate(segment, segment.stat().st_size - cut)
    again = reopen()
    assert [item.batch for item in again.peek(100)] == batches[:2]
    assert not list(tmp_path.glob("*.damaged"))
    put(again, "next")
    assert [item.position for item in reopen().peek(100)] == [1, 2, 3]


def test_damage_takes_only_what_it_touched(reopen: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inbox = reopen()
    batches = [put(inbox, str(i)) for i in range(3)]
    [segment] = list_segments(tmp_path)
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF  # in the second entry
    segment.write_bytes(data)
    with caplog.at_level(logging.ERROR):
        again = reopen()
    assert [item.batch for item in again.peek(100)] == [batches[0], batches[2]]
    [aside] = tmp_path.glob("*.damaged")
    assert aside.read_bytes() == data
    assert "damaged" in caplog.text


def test_one_sync_serves_many_batches(reopen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go = threading.Event(), threading.Event()
    writes: list[int] = []
    write = SegmentWriter.write

    def slow(self: SegmentWriter, parts: object, last_position: int) -> None:
        writes.append(last_position)
        entered.set()
        assert go.wait(SOON)
        write(self, parts, last_position)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(SegmentWriter, "write", slow)
    inbox = reopen()
    first = inbox.append(*sent("first"))
    assert entered.wait(SOON)
    rest = [inbox.append(*sent(str(i))) for i in range(50)]
    assert not first.done()  # an answer waits for the disk
    go.set()
    assert first.result(SOON).position == 1
    assert [future.result(SOON).position for future in rest] == list(range(2, 52))
    assert writes == [1, 51]


def test_a_batch_in_flight_is_taken_once(reopen: Open) -> None:
    batch, body = sent("a")
    inbox = reopen()
    first = inbox.append(batch, body)
    assert inbox.append(batch, body) is first
    assert inbox.answer("actual", FQN, batch.batch_id) is first
    receipt = first.result(SOON)
    assert receipt.reply == batch.reply()
    again = reopen()
    answer = again.answer("actual", FQN, batch.batch_id)
    assert answer is not None
    assert answer.result(SOON).reply == receipt.reply
    inbox.merged(receipt.position)
    assert inbox.answer("actual", FQN, batch.batch_id) is None


def test_too_much_waiting_is_turned_away(reopen: Open) -> None:
    inbox = reopen(limits=InboxLimits(waiting_bytes=300))
    put(inbox, "a")
    with pytest.raises(Unavailable) as caught:
        inbox.append(*sent("b", *map(str, range(20))))
    assert caught.value.retry_after_s is not None
    inbox.merged(1)
    put(inbox, "b", *map(str, range(20)))  # alone it is taken, however large


def test_a_disk_nearly_full_is_no_place_for_rows(reopen: Open) -> None:
    inbox = reopen(limits=InboxLimits(free_bytes=2**62))
    with pytest.raises(Unavailable, match="disk"):
        inbox.append(*sent("a"))


def test_a_disk_that_refuses_is_said_and_leaves_nothing(
    reopen: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = reopen()
    put(inbox, "a")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        batch, body = sent("b")
        with pytest.raises(Unavailable, match="No space left"):
            inbox.append(batch, body).result(SOON)
    inbox.append(batch, body).result(SOON)  # the same batch, later
    assert [item.position for item in inbox.peek(10)] == [1, 3]
    held = [entry.position for path in list_segments(tmp_path) for entry in read_segment(path).entries]
    assert held == [1, 3]


def test_merged_segments_go_away(reopen: Open, tmp_path: Path) -> None:
    inbox = reopen(limits=InboxLimits(segment_bytes=1))
    for i in range(4):
        put(inbox, str(i))
    assert len(list_segments(tmp_path)) == 4
    inbox.merged(2)
    assert len(list_segments(tmp_path)) == 2
    inbox.merged(4)
    inbox.close()
    assert list_segments(tmp_path) == []
    assert reopen(position=4).position == 4


def test_a_closed_inbox_takes_nothing(reopen: Open) -> None:
    inbox = reopen()
    future = inbox.append(*sent("a"))
    inbox.close()
    assert future.result(SOON).position == 1  # what was given before is written
    with pytest.raises(Unavailable, match="stopping"):
        inbox.append(*sent("b"))


def test_while_a_write_hangs_batches_are_turned_away(reopen: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on = threading.Event(), threading.Event()
    write = SegmentWriter.write

    def hang(writer: SegmentWriter, parts: Iterator[bytes], last_position: int) -> None:
        began.set()
        assert go_on.wait(SOON)
        write(writer, parts, last_position)

    monkeypatch.setattr(SegmentWriter, "write", hang)
    inbox = reopen(limits=InboxLimits(write_s=0.0))
    batch, body = sent("a")
    answer = inbox.append(batch, body)
    assert began.wait(SOON)
    assert inbox.depth().write_s > 0
    with pytest.raises(Unavailable, match="does not answer"):
        put(inbox, "b")
    go_on.set()
    assert answer.result(SOON).position == 1
    assert inbox.depth().write_s == 0
    put(inbox, "c")
    assert inbox.depth().rows == 4


def test_a_segment_that_cannot_be_read_is_set_aside(
    reopen: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = reopen()
    put(inbox, "a")
    unreadable = tmp_path / "inbox-00000000000000000050.log"
    unreadable.mkdir()
    with caplog.at_level(logging.ERROR):
        again = reopen()
    assert [item.position for item in again.peek(10)] == [1]
    assert unreadable.with_suffix(".unreadable").is_dir()
    assert "set aside" in caplog.text


def test_a_batch_that_cannot_be_judged_again_spoils_no_other(reopen: Open, tmp_path: Path) -> None:
    inbox = reopen()
    put(inbox, "a")
    encodings: tuple[Encoding, ...] = ("gzip", "zstd")
    for encoding in encodings:  # says so, is not: as if another version had written it
        batch, body = sent(encoding)
        inbox.append(batch, body, encoding=encoding).result(SOON)
    put(inbox, "c")
    again = reopen()
    assert [item.position for item in again.peek(10)] == [1, 4]
    assert len(list(tmp_path.glob("*.damaged"))) == 1


def test_draining_waits_for_the_merge_and_removes_the_log(reopen: Open, tmp_path: Path) -> None:
    inbox = reopen()
    put(inbox, "a")
    assert not inbox.drain(timeout_s=0)
    merging = threading.Thread(target=lambda: inbox.merged(1))
    merging.start()
    assert inbox.drain(timeout_s=SOON)
    merging.join()
    assert list_segments(tmp_path) == []
    put(inbox, "b")
    assert not inbox.drain(timeout_s=0)
    assert [waiting.position for waiting in inbox.peek(9)] == [2]
    inbox.close()
    assert not inbox.drain(timeout_s=SOON)
