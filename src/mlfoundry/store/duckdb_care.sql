-- Taking rows out of a version, and the store's own care: see duckdb.sql.

-- name: stage_erased
CREATE OR REPLACE TEMP TABLE gone AS
SELECT DISTINCT md5_number(concat($salt, data_id)) AS key, data_id FROM incoming

-- name: stage_expired
CREATE OR REPLACE TEMP TABLE gone AS
(SELECT key, NULL::VARCHAR AS data_id FROM events_{no} WHERE occurred_at < make_timestamp($before) LIMIT $limit)
UNION ALL
(
    SELECT w.key, NULL FROM waiting_{no} w JOIN actuals_{no} a ON a.key = w.key
    GROUP BY w.key HAVING max(a.received_at) < make_timestamp($before) LIMIT $limit
)

-- name: stage_gone_events
CREATE OR REPLACE TEMP TABLE gone_events AS
SELECT e.seq, e.key, epoch_us(e.received_at) // 3600000000 * 3600000000 AS hour
FROM events_{no} e SEMI JOIN gone ON gone.key = e.key

-- name: gone_seqs
SELECT seq FROM gone_events ORDER BY seq

-- name: gone_stored
SELECT hour, count(*) FROM gone_events GROUP BY hour

-- name: stage_gone_actuals
CREATE OR REPLACE TEMP TABLE gone_actuals AS
SELECT a.*, a.key IN (SELECT key FROM gone_events) AS has_event, count(*) OVER (PARTITION BY a.key) AS of_key
FROM actuals_{no} a SEMI JOIN gone ON gone.key = a.key

-- name: gone_lone_actuals
SELECT epoch_us(received_at) // 3600000000 * 3600000000 AS hour, has_event, count(*) FROM gone_actuals
WHERE of_key = 1 GROUP BY ALL

-- name: gone_histories
SELECT key, has_event, arrival, a_type, a_number, a_text, epoch_us(occurred_at) AS occurred_at,
    epoch_us(received_at) AS received_at, batch_no
FROM gone_actuals WHERE of_key > 1 ORDER BY key, arrival

-- name: gone_repeats
SELECT kind, state, received_at // 3600000000 * 3600000000 AS hour, count(*) FROM repeats
WHERE version_no = $version_no AND (key IN (SELECT key FROM gone) OR received_at < $before)
GROUP BY ALL

-- name: gone_rejected
SELECT kind, received_at // 3600000000 * 3600000000 AS hour, count(*) FROM rejected
WHERE version_no = $version_no AND data_id IN (SELECT data_id FROM gone)
GROUP BY ALL

-- name: count_gone_outcomes
SELECT count(*) FROM outcomes_{no} o SEMI JOIN gone_events g ON g.seq = o.seq

-- name: count_gone_waiting
SELECT count(*) FROM waiting_{no} w SEMI JOIN gone ON gone.key = w.key

-- name: found_ids
SELECT DISTINCT data_id FROM gone
WHERE key IN (SELECT key FROM gone_events) OR key IN (SELECT key FROM actuals_{no})
    OR key IN (SELECT key FROM repeats WHERE version_no = $version_no)
    OR data_id IN (SELECT data_id FROM rejected WHERE version_no = $version_no)

-- name: answers_naming_gone
SELECT no, rejected FROM batches
WHERE version_no = $version_no AND batch_id IN (
    SELECT batch_id FROM rejected WHERE version_no = $version_no AND data_id IN (SELECT data_id FROM gone)
)

-- name: redact_answer
UPDATE batches SET rejected = ? WHERE no = ?

-- name: delete_gone_events
DELETE FROM events_{no} WHERE seq IN (SELECT seq FROM gone_events)

-- name: delete_gone_outcomes
DELETE FROM outcomes_{no} WHERE seq IN (SELECT seq FROM gone_events)

-- name: delete_gone_actuals
DELETE FROM actuals_{no} WHERE key IN (SELECT key FROM gone)

-- name: delete_gone_waiting
DELETE FROM waiting_{no} WHERE key IN (SELECT key FROM gone)

-- name: delete_gone_repeats
DELETE FROM repeats
WHERE version_no = $version_no AND (key IN (SELECT key FROM gone) OR received_at < $before)

-- name: delete_gone_rejected
DELETE FROM rejected WHERE version_no = $version_no AND data_id IN (SELECT data_id FROM gone)

-- name: delete_old_rejected
DELETE FROM rejected WHERE version_no = ? AND received_at < ?

-- name: drop_gone
DROP TABLE gone; DROP TABLE gone_events; DROP TABLE gone_actuals

-- name: span_of_events
SELECT epoch_us(min(occurred_at)), epoch_us(max(occurred_at)), epoch_us(max(received_at)) FROM events_{no}

-- name: delete_old_ledger
DELETE FROM ledger
WHERE version_no = ? AND hour < ? AND (n = 0 OR state NOT IN ('stored', 'matched', 'waiting', 'superseded'))

-- name: delete_old_drops
DELETE FROM client_drops WHERE version_no = ? AND hour < ?

-- name: drop_version
DROP TABLE events_{no};
DROP TABLE actuals_{no};
DROP TABLE outcomes_{no};
DROP TABLE waiting_{no};
DELETE FROM columns WHERE version_no = {no};
DELETE FROM classes WHERE version_no = {no};
DELETE FROM layouts WHERE version_no = {no};
DELETE FROM grids WHERE version_no = {no};
DELETE FROM stored_references WHERE version_no = {no};
DELETE FROM batches WHERE version_no = {no};
DELETE FROM ledger WHERE version_no = {no};
DELETE FROM repeats WHERE version_no = {no};
DELETE FROM rejected WHERE version_no = {no};
DELETE FROM client_drops WHERE version_no = {no};
DELETE FROM versions WHERE no = {no}

-- name: checkpoint
CHECKPOINT

-- name: database_size
SELECT block_size, total_blocks, used_blocks, free_blocks FROM pragma_database_size()

-- name: table_blocks
SELECT count(DISTINCT block) FROM (
    SELECT unnest([block_id] || additional_block_ids) AS block FROM pragma_storage_info('{table}')
) WHERE block >= 0

-- name: own_tables
SELECT table_name FROM duckdb_tables()
WHERE database_name = current_database() AND NOT temporary ORDER BY table_name

-- name: count_rows
SELECT count(*) FROM {table}

-- name: attach
ATTACH '{file}' AS {copy}

-- name: copy_schema
COPY FROM DATABASE {source} TO {target} (SCHEMA)

-- name: copy_table
INSERT INTO {target}.main.{table} SELECT * FROM {source}.main.{table}

-- name: checkpoint_of
CHECKPOINT {copy}

-- name: detach
DETACH {copy}

-- name: current_database
SELECT current_database()

-- name: check_counts
SELECT (SELECT count(*) FROM events_{no}), (SELECT count(*) FROM outcomes_{no}), (SELECT count(*) FROM waiting_{no}),
    (SELECT coalesce(max(seq), -1) FROM events_{no}), (SELECT coalesce(max(arrival), -1) FROM actuals_{no})

-- name: check_ledger
SELECT kind, state, sum(n)::BIGINT FROM ledger WHERE version_no = ? GROUP BY ALL

-- name: check_negative
SELECT count(*) FROM ledger WHERE version_no = ? AND n < 0

-- name: check_keys
SELECT count(*) - count(DISTINCT key), count(*) - count(DISTINCT seq) FROM events_{no}

-- name: check_outcomes
SELECT count(*) FILTER (WHERE e.seq IS NULL), count(*) - count(DISTINCT o.seq),
    count(*) FILTER (WHERE e.occurred_at <> o.event_at)
FROM outcomes_{no} o LEFT JOIN events_{no} e ON e.seq = o.seq

-- name: check_waiting
SELECT count(*) FILTER (WHERE w.key IN (SELECT key FROM events_{no})),
    count(*) FILTER (WHERE w.key NOT IN (SELECT key FROM actuals_{no})), count(*) - count(DISTINCT w.key)
FROM waiting_{no} w

-- name: check_hour_cells
WITH found AS (
    SELECT epoch_us(date_trunc('hour', occurred_at)) // 3600000000 AS period, 0 AS bucket, count(*) AS n
    FROM events_{no} GROUP BY ALL
    UNION ALL
    SELECT epoch_us(date_trunc('hour', event_at)) // 3600000000 AS period, 1 AS bucket, count(*) AS n
    FROM outcomes_{no} GROUP BY ALL
), counted AS (
    SELECT period, bucket, sum(n) AS n FROM (
        SELECT period, unnest(buckets) AS bucket, unnest(counts) AS n FROM cells_hour_{no} WHERE series = $series
    ) GROUP BY ALL HAVING sum(n) <> 0
)
SELECT count(DISTINCT coalesce(f.period, c.period)), coalesce(sum(f.n), 0)::BIGINT, coalesce(sum(c.n), 0)::BIGINT
FROM found f FULL JOIN counted c ON c.period = f.period AND c.bucket = f.bucket
WHERE f.n IS DISTINCT FROM c.n AND coalesce(f.period, c.period) >= $horizon

-- name: check_day_cells
WITH found AS (
    SELECT floor(period / 24)::INTEGER AS period, bucket, sum(n) AS n FROM (
        SELECT period, unnest(buckets) AS bucket, unnest(counts) AS n FROM cells_hour_{no} WHERE series = $series
    ) GROUP BY ALL HAVING sum(n) <> 0
), counted AS (
    SELECT period, bucket, sum(n) AS n FROM (
        SELECT period, unnest(buckets) AS bucket, unnest(counts) AS n FROM cells_day_{no} WHERE series = $series
    ) GROUP BY ALL HAVING sum(n) <> 0
)
SELECT count(DISTINCT coalesce(f.period, c.period)), coalesce(sum(f.n), 0)::BIGINT, coalesce(sum(c.n), 0)::BIGINT
FROM found f FULL JOIN counted c ON c.period = f.period AND c.bucket = f.bucket
WHERE f.n IS DISTINCT FROM c.n

-- name: set_format
UPDATE meta SET format_version = ?
