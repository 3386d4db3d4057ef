"""A file of an older format is brought to this one when it is opened."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from mlfoundry.errors import StoreError
from mlfoundry.store.base import ALL_OUTCOMES, SummaryRequest
from mlfoundry.store.duckdb import DuckdbStore
from mlfoundry.store.duckdb_session import Session
from mlfoundry.store.duckdb_upgrades import FORMAT_VERSION
from mlfoundry.summaries import NumericSummary
from mlfoundry.times import as_utc
from mlfoundry.windows import Window

FQN = "model:default/flights/late:1"
DAY = Window(as_utc("1970-01-01"), as_utc("1970-01-02"))
FORMAT_1 = """
CREATE TABLE meta (format_version INTEGER, salt VARCHAR, position BIGINT, merge_no BIGINT);
CREATE TABLE versions (
    no INTEGER, fqn VARCHAR, schema VARCHAR, next_seq BIGINT, next_arrival BIGINT, n_predictions BIGINT,
    n_actuals BIGINT, first_at BIGINT, last_at BIGINT, last_received_at BIGINT
);
CREATE TABLE columns (version_no INTEGER, no INTEGER, role VARCHAR, name VARCHAR, class VARCHAR, type VARCHAR);
CREATE TABLE classes (version_no INTEGER, no INTEGER, label VARCHAR);
CREATE TABLE layouts (version_no INTEGER, no INTEGER, names VARCHAR);
CREATE TABLE grids (version_no INTEGER, key VARCHAR, borders DOUBLE[]);
CREATE TABLE stored_references (
    no INTEGER, version_no INTEGER, name VARCHAR, n BIGINT, created_at BIGINT, is_default BOOLEAN, columns VARCHAR,
    has_actuals BOOLEAN, has_times BOOLEAN
);
CREATE TABLE batches (
    no BIGINT, version_no INTEGER, kind VARCHAR, batch_id VARCHAR, received_at BIGINT, accepted BIGINT,
    rejected VARCHAR
);
CREATE TABLE ledger (
    version_no INTEGER, hour BIGINT, kind VARCHAR, state VARCHAR, n BIGINT, PRIMARY KEY (version_no, hour, kind, state)
);
CREATE TABLE repeats (
    version_no INTEGER, key UHUGEINT, kind VARCHAR, state VARCHAR, received_at BIGINT, occurred_at BIGINT,
    batch_no BIGINT, value VARCHAR, content VARCHAR
);
CREATE TABLE rejected (
    version_no INTEGER, kind VARCHAR, received_at BIGINT, batch_id VARCHAR, row_index BIGINT, path VARCHAR,
    reason VARCHAR, data_id VARCHAR
);
CREATE TABLE events_1 (
    seq BIGINT, key UHUGEINT, data_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP, merge_no BIGINT,
    batch_no BIGINT, flags UTINYINT, layout INTEGER, v_type UTINYINT, v_number DOUBLE, v_text VARCHAR,
    raw_data VARCHAR, exceptions VARCHAR, f_1 DOUBLE
);
CREATE TABLE actuals_1 (
    arrival BIGINT, key UHUGEINT, a_type UTINYINT, a_number DOUBLE, a_text VARCHAR, occurred_at TIMESTAMP,
    received_at TIMESTAMP, merge_no BIGINT, batch_no BIGINT
);
CREATE TABLE outcomes_1 (
    seq BIGINT, event_at TIMESTAMP, a_type UTINYINT, a_number DOUBLE, a_text VARCHAR, known_at TIMESTAMP,
    known_received_at TIMESTAMP, merge_no BIGINT
);
CREATE TABLE waiting_1 (key UHUGEINT);
INSERT INTO meta VALUES (1, 'salt', 3, 1);
INSERT INTO versions VALUES (1, 'model:default/flights/late:1', NULL, 4, 0, 4, 0, 0, 3000000, 3000000);
INSERT INTO columns VALUES (1, 1, 'feature', 'x', '', 'float'), (1, 2, 'prediction', '', '', 'float');
INSERT INTO layouts VALUES (1, 0, '[["x"],[],[]]');
INSERT INTO ledger VALUES (1, 0, 'prediction', 'stored', 4);
INSERT INTO events_1
SELECT i, md5_number(concat('salt', i)), i, make_timestamp(i * 1000000), make_timestamp(i * 1000000), 1, 1, 0, 0, 2, i,
    NULL, NULL, NULL, i FROM range(4) t(i);
"""
UNPACK = """
CREATE TABLE flat AS
SELECT period, series, unnest(buckets || limbs) AS bucket, unnest(counts || sums) AS n FROM {name};
DROP TABLE {name};
ALTER TABLE flat RENAME TO {name}
"""


def test_a_file_of_format_1_is_upgraded_with_what_it_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "events.duckdb"
    write_format_1(path)
    with caplog.at_level(logging.INFO):
        store = DuckdbStore(path)
    assert f"to {FORMAT_VERSION}" in caplog.text
    assert (store.position(), store.describe(FQN).n_predictions, store.dropped(FQN)) == (3, 4, ())
    row = store.row(FQN, "2")
    assert row is not None
    assert (row.value, row.features) == (2.0, {"x": 2.0})
    x = store.summarize(SummaryRequest(FQN, DAY))[0].columns["x"]
    assert isinstance(x, NumericSummary)
    assert (x.n, x.moments.mean) == (4, pytest.approx(1.5))
    asked = SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES)
    assert store.summarize(asked) == store.summarize(replace(asked, exact=True))
    _, [version] = store.usage()
    assert version.aggregates.rows > 0
    assert [finding.level for finding in store.check(lambda step, done, total: None)] == ["ok"]
    store.close()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        DuckdbStore(path).close()
    assert "brought from format" not in caplog.text


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.duckdb"
    write_format_1(path)

    def fail(session: Session) -> None:
        session.run("create_client_drops")
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("mlfoundry.store.duckdb_upgrades.UPGRADES", {1: fail})
        with pytest.raises(StoreError, match="the disk is full"):
            DuckdbStore(path)
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT format_version FROM meta").fetchall() == [(1,)]
        assert connection.execute("FROM duckdb_tables() WHERE table_name = 'client_drops'").fetchall() == []


def test_cells_of_format_3_are_packed(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    write_format_1(path)
    store = DuckdbStore(path)
    asked = SummaryRequest(FQN, DAY, outcomes=ALL_OUTCOMES)
    before = store.summarize(asked)
    store.close()
    with duckdb.connect(str(path)) as connection:
        for name in ("cells_hour_1", "cells_day_1"):
            connection.execute(UNPACK.format(name=name))
        connection.execute("UPDATE meta SET format_version = 3")
    store = DuckdbStore(path)

    assert store.summarize(asked) == before
    assert [finding.level for finding in store.check(lambda step, done, total: None)] == ["ok"]
    store.close()


def write_format_1(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(FORMAT_1)
