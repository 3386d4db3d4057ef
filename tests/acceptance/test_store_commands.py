"""``mlfoundry store`` as its user runs it: against a server, and on a directory that none uses."""

from __future__ import annotations

import io
import json
import signal
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from mlfoundry.__main__ import main
from mlfoundry.store.lock import DirectoryLock
from serving import Server, ServerFactory, wait_until

FQN = "model:default/flights/late:1"
WINDOW = {"start": "2026-01-01", "end": "2026-03-01"}


def register(server: Server, repo: str = "flights", name: str = "late") -> str:
    server.http.post("/api/v1/ml-repos", json={"name": repo})
    return str(server.http.post(f"/api/v1/ml-repos/{repo}/model-versions", json={"name": name}).json()["fqn"])


def log(server: Server, *data_ids: str, fqn: str = FQN, day: int = 10) -> None:
    rows = [
        {
            "data_id": data_id,
            "features": {"distance": 1.5, "carrier": "AA"},
            "prediction_data": {"value": "late"},
            "actual_value": "ok",
            "occurred_at": f"2026-01-{day}T12:00:00Z",
            "raw_data": {"note": f"secret of {data_id}"},
        }
        for data_id in data_ids
    ]
    body = {"batch_id": str(uuid.uuid4()), "model_version_fqn": fqn, "rows": rows}
    assert server.http.post("/api/v1/predictions", json=body).json()["accepted"] == len(rows)


def get(server: Server, path: str, **params: Any) -> Any:
    return server.http.get(f"/api/v1{path}", params={"model_version_fqn": FQN, **params}).json()


def ids(server: Server) -> set[str]:
    return {row["data_id"] for row in get(server, "/rows", limit=1_000, **WINDOW)["rows"]}


def run(capsys: pytest.CaptureFixture[str], command: str, server: Server | Path, *more: str) -> tuple[int, str]:
    """Exit code and output of a command; an error must fit on a line or two."""
    data_dir = server if isinstance(server, Path) else server.data_dir
    capsys.readouterr()
    code = main(["store", command, "--data-dir", str(data_dir), *more])
    printed = capsys.readouterr()
    assert printed.err.count("\n") <= 2
    return code, printed.out + printed.err


def test_the_care_of_a_running_server(start: ServerFactory, capsys: pytest.CaptureFixture[str]) -> None:
    server = start()
    register(server)
    log(server, *map(str, range(50)))
    wait_until(lambda: len(ids(server)) == 50)
    code, said = run(capsys, "usage", server)
    assert (code, FQN in said, "50" in said) == (0, True, True)
    code, said = run(capsys, "usage", server, "--json")
    assert json.loads(said)["versions"][0]["events"]["rows"] == 50
    code, said = run(capsys, "check", server)
    assert (code, "PROBLEM" in said, "0 problems" in said) == (0, False, True)
    code, said = run(capsys, "compact", server)
    assert (code, "the log is in the file" in said) == (0, True)


def test_aggregates_made_anew_say_the_same(start: ServerFactory, capsys: pytest.CaptureFixture[str]) -> None:
    server = start()
    register(server)
    log(server, *map(str, range(500)))
    log(server, *map(str, range(500, 900)), day=17)
    wait_until(lambda: len(ids(server)) == 900)
    run(capsys, "erase", server, "--model-version", FQN, "--data-id", "7", "--yes")
    before = charts(server)
    code, said = run(capsys, "rebuild-cells", server)
    assert (code, said) == (0, f"the aggregates of {FQN} are made anew\n")
    assert charts(server) == before
    server.stop()
    assert run(capsys, "rebuild-cells", server.data_dir, FQN)[0] == 0
    assert run(capsys, "check", server.data_dir)[0] == 0
    assert charts(start(server.data_dir)) == before
    code, said = run(capsys, "rebuild-cells", server, "model:default/flights/none:1")
    assert (code, "none" in said) == (2, True)


def charts(server: Server) -> list[Any]:
    answers = [get(server, path, **WINDOW) for path in ("/volume", "/performance", "/confusion")]
    assert answers[0]["n_predictions"] > 0
    columns = [get(server, "/column", column=name, **WINDOW) for name in ("distance", "carrier")]
    assert all(column["starts"] for column in columns)
    return [*answers, *columns]


def test_an_erased_row_does_not_come_back_after_a_crash(
    start: ServerFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start()
    register(server)
    log(server, "a", "b")
    code, said = run(capsys, "erase", server, "--model-version", FQN, "--data-id", "a", "--data-id", "c", "--yes")
    assert code == 0
    assert "1 predictions, 1 actuals" in said
    assert "nothing was there under 'c'" in said
    assert "out of reach" in said
    server.stop(signal.SIGKILL)
    left = b"".join(file.read_bytes() for file in (server.data_dir / "inbox").iterdir())
    assert b"secret of a" not in left
    again = start(server.data_dir)
    assert ids(again) == {"b"}
    assert get(again, "/row", data_id="a")["fates"] == []
    assert get(again, "/volume", **WINDOW)["predictions"].count(1) == 1
    log(again, "a")
    wait_until(lambda: ids(again) == {"a", "b"})
    assert run(capsys, "check", again)[0] == 0


def test_ids_to_erase_are_read_from_a_file(
    start: ServerFactory, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server = start()
    register(server)
    log(server, "a", "b", "c")
    (tmp_path / "ids.txt").write_text("a\nb\n")
    given = ("--model-version", FQN, "--from-file", str(tmp_path / "ids.txt"))
    assert run(capsys, "erase", server, *given, "--yes")[0] == 0
    assert ids(server) == {"c"}


def test_a_backup_taken_while_rows_come_in_restores_all_that_was_acknowledged(
    start: ServerFactory, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server = start()
    register(server)
    stop, acked = threading.Event(), list[str]()

    def send() -> None:
        while not stop.is_set():
            data_ids = [f"{len(acked) + i}" for i in range(20)]
            log(server, *data_ids)
            acked.extend(data_ids)

    sending = threading.Thread(target=send)
    sending.start()
    wait_until(lambda: len(acked) > 200)
    before = set(acked)
    code, said = run(capsys, "backup", server, str(tmp_path / "copy"))
    after = set(acked) | {f"{len(acked) + i}" for i in range(20)}
    stop.set()
    sending.join()
    assert (code, "to restore" in said) == (0, True)
    code, said = run(capsys, "backup", server, str(tmp_path / "copy"))
    assert (code, "not empty" in said) == (2, True)
    server.stop()
    restored = start(tmp_path / "copy")
    wait_until(lambda: get(restored, "/version")["inbox_rows"] == 0)
    assert before <= ids_of_all(restored) <= after
    assert run(capsys, "check", restored)[0] == 0


def ids_of_all(server: Server) -> set[str]:
    found: set[str] = set()
    cursor = None
    while True:
        page = get(server, "/rows", limit=5_000, **WINDOW, **({"cursor": cursor} if cursor else {}))
        found |= {row["data_id"] for row in page["rows"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_retention_is_set_and_carried_out(start: ServerFactory, capsys: pytest.CaptureFixture[str]) -> None:
    server = start()
    register(server)
    log(server, "a")
    wait_until(lambda: ids(server) == {"a"})
    assert "for ever" in run(capsys, "retention", server, "flights")[1]
    code, said = run(capsys, "retention", server, "flights", "--events-days", "7", "--aggregates-days", "36500")
    assert (code, "for 7 days" in said) == (0, True)
    wait_until(lambda: ids(server) == set())
    run(capsys, "retain", server)
    totals = get(server, "/ledger")["totals"]
    assert (totals["prediction.expired"], totals["actual.expired"]) == (1, 1)
    assert sum(get(server, "/volume", **WINDOW)["predictions"]) == 1  # by its aggregates
    assert "mlfoundry_removed_rows_total" in server.http.get("/metrics").text
    assert "for ever" in run(capsys, "retention", server, "flights", "--events-days", "forever")[1]


def test_a_deleted_version_goes_with_its_data(start: ServerFactory, capsys: pytest.CaptureFixture[str]) -> None:
    server = start()
    register(server)
    log(server, "a")
    other = register(server, name="other")
    code, said = run(capsys, "delete", server, FQN, "--confirm", "flights")
    assert (code, "nothing was deleted" in said) == (2, True)
    code, said = run(capsys, "delete", server, FQN, "--confirm", FQN)
    assert (code, FQN in said) == (0, True)
    body = {"batch_id": str(uuid.uuid4()), "model_version_fqn": FQN, "rows": [{"data_id": "a", "value": 1}]}
    assert server.http.post("/api/v1/actuals", json=body).status_code == 410
    usage = json.loads(run(capsys, "usage", server, "--json")[1])
    assert [version["fqn"] for version in usage["versions"]] == [other]
    assert run(capsys, "delete", server, "flights", "--confirm", "flights")[0] == 0
    assert server.http.get("/api/v1/ml-repos").json() == []
    assert run(capsys, "check", server)[0] == 0


def test_what_is_archived_is_not_listed(start: ServerFactory, capsys: pytest.CaptureFixture[str]) -> None:
    server = start()
    register(server)
    log(server, "a")
    assert run(capsys, "archive", server, "model:default/flights/late")[0] == 0
    assert server.http.get("/api/v1/fleet").json()["versions"] == []
    assert server.http.get("/api/v1/ml-repos/flights/models").json() == []
    [shown] = server.http.get("/api/v1/ml-repos/flights/models", params={"archived": True}).json()
    assert shown["archived"] is True
    log(server, "b")
    wait_until(lambda: ids(server) == {"a", "b"})
    assert run(capsys, "unarchive", server, "model:default/flights/late")[0] == 0
    assert len(server.http.get("/api/v1/fleet").json()["versions"]) == 1


def test_the_care_of_a_directory_that_no_server_uses(
    start: ServerFactory, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server = start()
    register(server)
    log(server, *map(str, range(2_000)))
    server.stop()
    data = server.data_dir
    assert run(capsys, "erase", data, "--model-version", FQN, "--data-id", "7", "--yes")[0] == 0
    code, said = run(capsys, "compact", data)
    assert (code, "takes" in said) == (0, True)
    assert run(capsys, "check", data)[0] == 0
    assert run(capsys, "backup", data, str(tmp_path / "copy"))[0] == 0
    usage = json.loads(run(capsys, "usage", tmp_path / "copy", "--json")[1])
    assert usage["versions"][0]["events"]["rows"] == 1_999
    assert len(ids_of_all(start(data))) == 1_999


def test_a_check_leaves_a_damaged_file_where_it_is(
    start: ServerFactory, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server = start()
    server.stop()
    (server.data_dir / "events.duckdb").write_bytes(b"this is no database" * 1_000)
    code, said = run(capsys, "check", server)
    assert (code, "PROBLEM  events.duckdb" in said) == (1, True)
    assert (server.data_dir / "events.duckdb").read_bytes().startswith(b"this is no database")


def test_mistakes_are_told_in_a_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    for command, words in (
        (["usage"], "is no data directory"),
        (["usage", "--host", "http://127.0.0.1:9"], "does not answer"),
        (["erase", "--model-version", FQN, "--yes"], "say what to erase"),
        (["erase", "--model-version", FQN, "--data-id", "a"], "nobody is there to answer"),
        (["erase", "--model-version", FQN, "--from-file", str(tmp_path / "none")], "cannot be read"),
        (["delete", FQN], "nobody is there to answer"),
    ):
        code, said = run(capsys, command[0], tmp_path, *command[1:])
        assert (code, words in said) == (2, True), said
    (tmp_path / "events.duckdb").touch()
    with DirectoryLock(tmp_path):
        code, said = run(capsys, "usage", tmp_path)
    assert (code, "give --host" in said) == (2, True)
