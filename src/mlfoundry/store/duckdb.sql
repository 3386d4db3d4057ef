-- The SQL of the DuckDB store, one block a name. What stands in braces is generated (table numbers, lists of column
-- names such as f_17); everything that comes from outside is a bound parameter.

-- name: create_meta
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

-- name: create_client_drops
CREATE TABLE IF NOT EXISTS client_drops (
    version_no INTEGER, hour BIGINT, kind VARCHAR, reason VARCHAR, n BIGINT,
    PRIMARY KEY (version_no, hour, kind, reason)
)

-- name: insert_meta
INSERT INTO meta VALUES (?, ?, 0, 0)

-- name: read_meta
SELECT format_version, salt, position, merge_no FROM meta

-- name: advance
UPDATE meta SET position = ?, merge_no = ?

-- name: create_version
CREATE TABLE events_{no} (
    seq BIGINT, key UHUGEINT, data_id VARCHAR, occurred_at TIMESTAMP, received_at TIMESTAMP, merge_no BIGINT,
    batch_no BIGINT, flags UTINYINT, layout INTEGER, v_type UTINYINT, v_number DOUBLE, v_text VARCHAR,
    raw_data VARCHAR, exceptions VARCHAR
);
CREATE TABLE actuals_{no} (
    arrival BIGINT, key UHUGEINT, a_type UTINYINT, a_number DOUBLE, a_text VARCHAR, occurred_at TIMESTAMP,
    received_at TIMESTAMP, merge_no BIGINT, batch_no BIGINT
);
CREATE TABLE outcomes_{no} (
    seq BIGINT, event_at TIMESTAMP, a_type UTINYINT, a_number DOUBLE, a_text VARCHAR, known_at TIMESTAMP,
    known_received_at TIMESTAMP, merge_no BIGINT
);
CREATE TABLE waiting_{no} (key UHUGEINT);

-- name: add_column
ALTER TABLE {table} ADD COLUMN {ident} {type}

-- name: insert_version
INSERT INTO versions VALUES (?, ?, ?, 0, 0, 0, 0, NULL, NULL, NULL)

-- name: update_version
UPDATE versions
SET schema = ?, next_seq = ?, next_arrival = ?, n_predictions = ?, n_actuals = ?, first_at = ?, last_at = ?,
    last_received_at = ?
WHERE no = ?

-- name: read_versions
SELECT no, fqn, schema, next_seq, next_arrival, n_predictions, n_actuals, first_at, last_at, last_received_at
FROM versions ORDER BY no

-- name: insert_column
INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?)

-- name: read_columns
SELECT version_no, no, role, name, class, type FROM columns ORDER BY version_no, no

-- name: insert_class
INSERT INTO classes VALUES (?, ?, ?)

-- name: read_classes
SELECT version_no, label FROM classes ORDER BY version_no, no

-- name: insert_layout
INSERT INTO layouts VALUES (?, ?, ?)

-- name: read_layouts
SELECT version_no, no, names FROM layouts ORDER BY version_no, no

-- name: delete_grids
DELETE FROM grids WHERE version_no = ?

-- name: insert_grid
INSERT INTO grids VALUES (?, ?, ?)

-- name: read_grids
SELECT version_no, key, borders FROM grids

-- name: insert_reference
INSERT INTO stored_references VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: delete_reference
DELETE FROM stored_references WHERE no = ?

-- name: make_default_reference
UPDATE stored_references SET is_default = TRUE WHERE no = ?

-- name: next_reference
SELECT coalesce(max(no), 0) + 1 FROM stored_references

-- name: read_references
SELECT version_no, no, name, n, created_at, is_default, columns, has_actuals, has_times
FROM stored_references ORDER BY created_at, no

-- Which columns each reference has, by the name of its table.
-- name: read_reference_columns
SELECT CAST(substr(table_name, 11) AS INTEGER) AS no, column_name FROM duckdb_columns()
WHERE starts_with(table_name, 'reference_') AND starts_with(column_name, 's_')

-- name: create_reference
CREATE TABLE reference_{reference} AS SELECT * FROM incoming

-- name: drop_reference
DROP TABLE reference_{reference}

-- name: recent_batches
SELECT no AS number, md5_number_upper(concat_ws('/', version_no, kind, batch_id)) AS hash
FROM batches WHERE received_at >= $since ORDER BY no

-- name: first_batch
SELECT coalesce(min(no), 0) FROM batches

-- name: last_batch
SELECT coalesce(max(no), 0) FROM batches

-- name: read_batch
SELECT accepted, rejected FROM batches
WHERE version_no = $version_no AND kind = $kind AND batch_id = $batch_id AND received_at >= $since
    AND no BETWEEN $first AND $last
ORDER BY no LIMIT 1

-- name: insert_batches
INSERT INTO batches SELECT no, version_no, kind, batch_id, received_at, accepted, rejected FROM incoming

-- name: purge_batches
DELETE FROM batches WHERE received_at < ?

-- name: purge_rejected
DELETE FROM rejected WHERE received_at < ?

-- name: book
INSERT INTO ledger SELECT version_no, hour, kind, state, n FROM incoming
ON CONFLICT DO UPDATE SET n = n + excluded.n

-- name: read_ledger
SELECT hour, kind, state, n FROM ledger
WHERE version_no = ? AND hour >= ? AND hour < ? AND n <> 0
ORDER BY hour, kind, state

-- name: book_drops
INSERT INTO client_drops SELECT version_no, hour, kind, reason, n FROM incoming
ON CONFLICT DO UPDATE SET n = n + excluded.n

-- name: read_drops
SELECT kind, reason, hour, n FROM client_drops
WHERE version_no = ? AND hour >= ? AND hour < ?
ORDER BY hour, kind, reason

-- name: insert_rejected
INSERT INTO rejected SELECT version_no, kind, received_at, batch_id, row_index, path, reason, data_id FROM incoming

-- name: read_rejected
SELECT kind, received_at, batch_id, row_index, path, reason, data_id FROM rejected
WHERE version_no = ? ORDER BY received_at DESC, batch_id, row_index LIMIT ?

-- name: rejected_of_id
SELECT kind, received_at, batch_id, path, reason FROM rejected WHERE version_no = ? AND data_id = ?

-- name: insert_repeats
INSERT INTO repeats
SELECT version_no, md5_number(concat($salt, data_id)), kind, state, received_at, occurred_at, batch_no, value, content
FROM incoming

-- name: repeats_of_id
SELECT r.kind, r.state, r.received_at, r.occurred_at, r.value, b.batch_id
FROM repeats r LEFT JOIN batches b ON b.no = r.batch_no
WHERE r.version_no = $version_no AND r.key = md5_number(concat($salt, $data_id))

-- name: stage_ids
CREATE OR REPLACE TEMP TABLE ids AS SELECT n, md5_number(concat($salt, data_id)) AS key FROM incoming

-- name: known_events
SELECT ids.n, e.seq, epoch_us(e.occurred_at) AS event_at FROM events_{no} e JOIN ids ON ids.key = e.key
WHERE e.seq BETWEEN $first AND $last

-- name: known_actuals
SELECT ids.n, a.arrival, a.a_type, a.a_number, a.a_text, epoch_us(a.occurred_at) AS occurred_at,
    epoch_us(a.received_at) AS received_at, a.batch_no
FROM actuals_{no} a JOIN ids ON ids.key = a.key
WHERE a.arrival BETWEEN $first AND $last
ORDER BY a.arrival

-- name: staged_hashes
SELECT (key & 18446744073709551615::UHUGEINT)::UBIGINT AS hash FROM ids ORDER BY n

-- name: event_hashes
SELECT seq AS number, (key & 18446744073709551615::UHUGEINT)::UBIGINT AS hash FROM events_{no} ORDER BY seq

-- name: actual_hashes
SELECT arrival AS number, (key & 18446744073709551615::UHUGEINT)::UBIGINT AS hash FROM actuals_{no} ORDER BY arrival

-- name: waiting_ids
SELECT ids.n FROM waiting_{no} w JOIN ids ON ids.key = w.key

-- name: count_waiting
SELECT count(*) FROM waiting_{no}

-- name: insert_waiting
INSERT INTO waiting_{no} SELECT md5_number(concat($salt, data_id)) FROM incoming

-- name: delete_waiting
DELETE FROM waiting_{no} WHERE key IN (SELECT md5_number(concat($salt, data_id)) FROM incoming)

-- name: insert_events
INSERT INTO events_{no} (key, {columns})
SELECT md5_number(concat($salt, data_id)), {columns} FROM incoming

-- name: insert_actuals
INSERT INTO actuals_{no}
SELECT arrival, md5_number(concat($salt, data_id)), a_type, a_number, a_text, occurred_at, received_at, merge_no,
    batch_no
FROM incoming

-- name: delete_outcomes
DELETE FROM outcomes_{no} WHERE seq IN (SELECT seq FROM incoming WHERE replaces)

-- name: insert_outcomes
INSERT INTO outcomes_{no}
SELECT seq, event_at, a_type, a_number, a_text, known_at, known_received_at, merge_no FROM incoming

-- name: read_rows
SELECT e.seq, e.data_id, epoch_us(e.occurred_at) AS occurred_at, epoch_us(e.received_at) AS received_at, e.flags,
    e.layout, e.v_type, e.v_number, e.v_text, e.raw_data, e.exceptions, o.a_type, o.a_number, o.a_text,
    epoch_us(o.known_at) AS known_at, epoch_us(o.known_received_at) AS known_received_at{columns}
FROM events_{no} e LEFT JOIN (
    SELECT * FROM outcomes_{no} WHERE seq BETWEEN $first AND $last
) o ON o.seq = e.seq
WHERE e.seq IN (SELECT unnest($seqs)) AND e.seq BETWEEN $first AND $last

-- name: page_newest
SELECT e.seq, epoch_us(e.occurred_at) FROM events_{no} e{join}
WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end)
    AND (e.occurred_at < make_timestamp($at) OR (e.occurred_at = make_timestamp($at) AND e.seq < $seq))
ORDER BY e.occurred_at DESC, e.seq DESC LIMIT $limit

-- name: page_oldest
SELECT e.seq, epoch_us(e.occurred_at) FROM events_{no} e{join}
WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end)
    AND (e.occurred_at > make_timestamp($at) OR (e.occurred_at = make_timestamp($at) AND e.seq > $seq))
ORDER BY e.occurred_at, e.seq LIMIT $limit

-- name: only_with_actual
 SEMI JOIN outcomes_{no} o ON o.seq = e.seq

-- name: find_event
SELECT seq FROM events_{no} WHERE key = md5_number(concat($salt, $data_id)) AND seq BETWEEN $first AND $last

-- name: stored_of_id
SELECT epoch_us(e.received_at), epoch_us(e.occurred_at), e.v_type, e.v_number, e.v_text, b.batch_id
FROM events_{no} e LEFT JOIN batches b ON b.no = e.batch_no
WHERE e.key = md5_number(concat($salt, $data_id)) AND e.seq BETWEEN $first AND $last ORDER BY e.seq

-- name: actuals_of_id
SELECT a.arrival, a.a_type, a.a_number, a.a_text, epoch_us(a.occurred_at) AS occurred_at,
    epoch_us(a.received_at) AS received_at, coalesce(a.batch_no, 0) AS batch_no, b.batch_id
FROM actuals_{no} a LEFT JOIN batches b ON b.no = a.batch_no
WHERE a.key = md5_number(concat($salt, $data_id)) AND a.arrival BETWEEN $first AND $last ORDER BY a.arrival

-- name: scan_events
SELECT CAST((epoch_us(e.occurred_at) - $origin) // $step AS BIGINT){passed} AS step{columns}
FROM events_{no} e LEFT JOIN (
    {outcomes}
) o ON o.seq = e.seq
WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end)
    AND {condition}

-- name: scan_events_alone
SELECT CAST((epoch_us(e.occurred_at) - $origin) // $step AS BIGINT){passed} AS step, e.seq{columns}
FROM events_{no} e
WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end)
    AND {condition}

-- name: scan_outcomes
SELECT seq, {columns} FROM (
    {outcomes}
)

-- name: outcomes_now
SELECT seq, a_type, a_number, a_text, known_at FROM outcomes_{no}
    WHERE event_at >= make_timestamp($start) AND event_at < make_timestamp($end)

-- Of an id's actuals, in the order in which they became known, those that repeat the one before say nothing new; the
-- last of the others stood. Two values are one if they are of one kind (text, number, bool) and have one label.
-- name: outcomes_then
SELECT seq, a_type, a_number, a_text, known_at FROM (
        SELECT *, kind IS NOT DISTINCT FROM lag(kind) OVER w AND label IS NOT DISTINCT FROM lag(label) OVER w AS repeats
        FROM (
            SELECT e.seq, a.arrival, a.a_type, a.a_number, a.a_text, a.occurred_at AS known_at, {label} AS label,
                CASE WHEN a.a_type IN ({numbers}) THEN -1 ELSE a.a_type END AS kind
            FROM actuals_{no} a JOIN events_{no} e ON e.key = a.key
            WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end)
                AND a.received_at <= make_timestamp($as_of)
        )
        WINDOW w AS (PARTITION BY seq ORDER BY known_at, arrival)
    )
    WHERE NOT repeats
    QUALIFY row_number() OVER (PARTITION BY seq ORDER BY known_at DESC, arrival DESC) = 1

-- name: received_by
e.received_at <= make_timestamp($as_of) AND {condition}

-- name: scan_reference
SELECT CAST(0 AS BIGINT) AS step{columns} FROM reference_{reference} WHERE {condition}

-- name: sample_events
SELECT {value} AS value FROM events_{no} WHERE {value} IS NOT NULL ORDER BY seq LIMIT $limit

-- name: sample_columns
SELECT {values} FROM events_{no} ORDER BY seq LIMIT $limit

-- name: sample_outcomes
SELECT {value} AS value FROM outcomes_{no} o JOIN events_{no} e ON e.seq = o.seq
WHERE {value} IS NOT NULL ORDER BY e.seq LIMIT $limit

-- name: sample_reference
SELECT {value} AS value FROM reference_{reference} WHERE {value} IS NOT NULL

-- name: positions
SELECT {columns} FROM reference_{reference}

-- name: scan_parts
SELECT e.seq // $part AS part, count(*) AS n FROM events_{no} e{join}
WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end) AND e.seq < $next_seq
GROUP BY part ORDER BY part

-- name: scan_page
SELECT e.seq, o.merge_no{columns}
FROM events_{no} e LEFT JOIN (
    SELECT * FROM outcomes_{no}
    WHERE event_at >= make_timestamp($start) AND event_at < make_timestamp($end) AND seq BETWEEN $first AND $last
) o ON o.seq = e.seq
WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end)
    AND e.seq BETWEEN $first AND $last
ORDER BY e.seq

-- name: actuals_before
SELECT e.seq, a.arrival, a.a_type, a.a_number, a.a_text, epoch_us(a.occurred_at), epoch_us(a.received_at)
FROM events_{no} e JOIN actuals_{no} a ON a.key = e.key
WHERE e.seq IN (SELECT unnest($seqs)) AND e.seq BETWEEN $first AND $last AND a.merge_no <= $merge_no
ORDER BY e.seq, a.arrival
