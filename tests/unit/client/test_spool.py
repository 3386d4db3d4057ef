from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlfoundry.client.spool import Spool, SpooledBatch, SpoolHead


def batch(name: str, body: bytes = b"body", *, own: bool = True) -> SpooledBatch:
    return SpooledBatch(SpoolHead("prediction", "model:default/r/m:1", name, 3, {"content-type": "x"}), body, own)


def drain(spool: Spool) -> list[str]:
    names: list[str] = []
    while (waiting := spool.peek()) is not None:
        names.append(waiting.head.batch_id)
        spool.pop()
    return names


def test_batches_come_back_whole_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    bodies = [os.urandom(n) for n in (0, 1, 5_000_000, 10)]
    for index, body in enumerate(bodies):
        assert spool.put(batch(str(index), body)) is None
    for index, body in enumerate(bodies):
        assert spool.peek() == batch(str(index), body)
        spool.pop()
    assert spool.peek() is None


def test_a_new_segments_name_is_on_disk_before_its_first_batch_counts_as_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    root = tmp_path / "spool"
    spool = Spool(root)
    assert spool.put(batch("a")) is None
    (segment,) = root.glob("*/*.seg")
    assert synced == [str(segment.parent), str(root), str(tmp_path)]
    assert spool.put(batch("b")) is None  # into the same segment: its name is there already
    assert len(synced) == 3


@pytest.mark.parametrize(("number", "answer"), [(errno.EINVAL, None), (errno.EIO, "spool_failed")])
def test_a_folder_that_cannot_be_synced_is_no_obstacle_but_a_failing_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, answer: str | None
) -> None:
    def failing(descriptor: int) -> None:
        raise OSError(number, os.strerror(number), descriptor)

    spool = Spool(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        assert spool.put(batch("a")) == answer
    assert spool.put(batch("b")) is None
    assert drain(spool) == (["a", "b"] if answer is None else ["b"])


def test_what_is_put_while_reading_comes_after(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(batch("a"))
    assert spool.peek() is not None
    spool.put(batch("b"))
    assert drain(spool) == ["a", "b"]


def test_a_later_process_sends_what_an_earlier_one_left(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    first.put(batch("a"))
    first.put(batch("b"))
    assert first.peek() is not None
    first.pop()
    first.close()
    second = Spool(tmp_path)
    assert second.adopt() == 1
    waiting = second.peek()
    assert waiting is not None
    assert not waiting.own
    # At least once: a segment is the unit that is forgotten.
    assert drain(second) == ["a", "b"]
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    first, second = Spool(tmp_path), Spool(tmp_path)
    first.put(batch("first"))
    second.put(batch("second"))
    assert second.adopt() == 0
    assert drain(second) == ["second"]
    assert drain(first) == ["first"]


def test_a_killed_process_leaves_its_rows_to_the_next(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from mlfoundry.client.spool import *\n"
        "spool = Spool(sys.argv[1])\n"
        "for i in range(5):\n"
        "    head = SpoolHead('actual', 'model:default/r/m:1', str(i), 1, {})\n"
        "    assert spool.put(SpooledBatch(head, b'x', True)) is None\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -9
    heir = Spool(tmp_path)
    heir.adopt()
    assert drain(heir) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("cut", [1, 5, 12, 20])
def test_a_torn_tail_costs_only_the_record_it_tore(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path)
    for name in "abc":
        spool.put(batch(name))
    spool.close()
    (segment,) = tmp_path.glob("*/*.seg")
    segment.write_bytes(segment.read_bytes()[:-cut])
    heir = Spool(tmp_path)
    heir.adopt()
    assert drain(heir) == ["a", "b"]


def test_damage_in_the_middle_is_set_aside_not_deleted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path)
    for name in "abc":
        spool.put(batch(name, b"x" * 100))
    spool.close()
    (segment,) = tmp_path.glob("*/*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(bytes(data))
    heir = Spool(tmp_path)
    heir.adopt()
    assert drain(heir) == ["a"]
    heir.close()
    assert [path.suffix for path in tmp_path.glob("*/0*")] == [".damaged"]
    assert "damaged" in caplog.text


def test_the_bound_holds_over_all_processes(tmp_path: Path) -> None:
    first, second = Spool(tmp_path, max_bytes=2_000), Spool(tmp_path, max_bytes=2_000)
    assert first.put(batch("a", b"x" * 1_200)) is None
    assert second.put(batch("b", b"x" * 1_200)) == "spool_full"
    assert drain(first) == ["a"]
    assert second.put(batch("b", b"x" * 1_200)) is None


def test_a_folder_that_cannot_be_written_refuses(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert Spool(blocked / "spool").put(batch("a")) == "spool_failed"


def test_a_child_forgets_its_parents_rows(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(batch("parents"))
    child = os.fork()
    if child == 0:
        spool.forget()
        ok = spool.peek() is None and spool.adopt() == 0 and spool.put(batch("childs")) is None
        ok = ok and drain(spool) == ["childs"]
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert drain(spool) == ["parents"]
