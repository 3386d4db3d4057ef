-- The SQL of cells; see duckdb.sql for how it is written, and packed_cells.py for what a row of them holds.

-- name: create_series
CREATE TABLE IF NOT EXISTS series (version_no INTEGER, no INTEGER, what VARCHAR, name VARCHAR, variant VARCHAR);
CREATE TABLE IF NOT EXISTS categories (version_no INTEGER, key VARCHAR, code INTEGER, label VARCHAR)

-- name: create_horizons
CREATE TABLE horizons (version_no INTEGER, hour INTEGER)

-- name: create_custom_metrics
CREATE TABLE IF NOT EXISTS custom_metrics (version_no INTEGER, metrics VARCHAR)

-- name: read_custom_metrics
SELECT version_no, metrics FROM custom_metrics

-- name: delete_custom_metrics
DELETE FROM custom_metrics WHERE version_no = {no}

-- name: insert_custom_metrics
INSERT INTO custom_metrics VALUES (?, ?)

-- name: read_horizons
SELECT version_no, hour FROM horizons

-- name: set_horizon
DELETE FROM horizons WHERE version_no = {no};
INSERT INTO horizons VALUES ({no}, {hour})

-- name: insert_series
INSERT INTO series SELECT {version_no}, no, what, name, variant FROM incoming

-- name: delete_series
DELETE FROM series WHERE version_no = {version_no} AND no IN ({series})

-- name: read_series
SELECT version_no, no, what, name, variant FROM series ORDER BY version_no, no

-- name: insert_categories
INSERT INTO categories SELECT version_no, key, code, label FROM incoming

-- name: read_categories
SELECT version_no, key, label FROM categories ORDER BY version_no, key, code

-- name: create_cells
CREATE TABLE IF NOT EXISTS cells_hour_{owner} (
    period INTEGER, series INTEGER, buckets INTEGER[], counts BIGINT[], limbs INTEGER[], sums BIGINT[]
);
CREATE TABLE IF NOT EXISTS cells_day_{owner} (
    period INTEGER, series INTEGER, buckets INTEGER[], counts BIGINT[], limbs INTEGER[], sums BIGINT[]
)

-- name: drop_cells
DROP TABLE IF EXISTS cells_hour_{owner};
DROP TABLE IF EXISTS cells_day_{owner}

-- name: insert_hour_cells
INSERT INTO cells_hour_{owner} SELECT period, series, buckets, counts, limbs, sums FROM incoming

-- name: insert_day_cells
INSERT INTO cells_day_{owner} SELECT floor(period / 24)::INTEGER, series, buckets, counts, limbs, sums FROM incoming

-- name: clear_cells
DELETE FROM cells_hour_{owner} WHERE period >= {first_hour};
DELETE FROM cells_day_{owner};
INSERT INTO cells_day_{owner}
SELECT floor(period / 24)::INTEGER, series, buckets, counts, limbs, sums FROM cells_hour_{owner}

-- name: delete_series_cells
DELETE FROM cells_hour_{owner} WHERE series IN ({series});
DELETE FROM cells_day_{owner} WHERE series IN ({series})

-- name: delete_old_cells
DELETE FROM cells_hour_{owner} WHERE period < {hour};
DELETE FROM cells_day_{owner} WHERE period < {day}

-- name: delete_all_series
DELETE FROM series WHERE version_no = {no};
DELETE FROM categories WHERE version_no = {no};
DELETE FROM horizons WHERE version_no = {no};
DELETE FROM custom_metrics WHERE version_no = {no}

-- name: count_cells
SELECT period, sum(len(buckets) + len(limbs))::BIGINT FROM cells_{tier}_{owner} GROUP BY period

-- name: last_day_of_cells
SELECT period, sum(n)::BIGINT AS n FROM (
    SELECT period, unnest(buckets) AS bucket, unnest(counts) AS n FROM cells_day_{owner}
    WHERE series = $series AND period < $before
) WHERE bucket = 0 GROUP BY period HAVING sum(n) <> 0 ORDER BY period DESC LIMIT 1

-- name: buckets_of_days
SELECT period, series, buckets, counts, limbs, sums FROM cells_day_{owner}
WHERE period >= $first AND period < $end AND series IN ({series})

-- name: delete_grid
DELETE FROM grids WHERE version_no = ? AND key = ?

-- name: sample_day
SELECT {value} AS value FROM events_{no} e{join}
WHERE e.occurred_at >= make_timestamp($start) AND e.occurred_at < make_timestamp($end) AND {value} IS NOT NULL
ORDER BY hash(e.seq) LIMIT $limit

-- name: delete_cells
DELETE FROM cells_{tier}_{owner} WHERE period IN (SELECT unnest(?::INTEGER[]))

-- name: cells_of_periods
SELECT period, series, buckets, counts, limbs, sums FROM cells_{tier}_{owner}
WHERE period IN (SELECT unnest(?::INTEGER[]))

-- name: insert_cells
INSERT INTO cells_{tier}_{owner} SELECT period, series, buckets, counts, limbs, sums FROM incoming

-- name: read_cells
SELECT period, series, buckets, counts, limbs, sums FROM cells_{tier}_{owner}
WHERE period >= $first AND period < $end AND series IN ({series})

-- name: read_all_cells
SELECT period, series, buckets, counts, limbs, sums FROM cells_day_{owner} WHERE series IN ({series})

-- name: frozen_cells
SELECT period, series, buckets, counts, limbs, sums FROM cells_hour_{owner} WHERE series = $series AND period < $horizon

-- name: cells_of_outcomes
SELECT epoch_us(e.occurred_at) AS occurred_at, epoch_us(i.known_at) AS known_at, i.a_type, i.a_number, i.a_text,
    e.exceptions{columns}
FROM incoming i JOIN events_{no} e ON e.seq = i.seq WHERE e.seq BETWEEN $first AND $last

-- name: cells_of_events
SELECT {columns} FROM events_{no} e LEFT JOIN (
    SELECT seq, a_type, a_number, a_text, known_at FROM outcomes_{no} WHERE seq >= $first AND seq < $end
) o ON o.seq = e.seq WHERE e.seq >= $first AND e.seq < $end ORDER BY e.seq

-- name: cells_of_seqs
SELECT {columns} FROM events_{no} e LEFT JOIN (
    SELECT seq, a_type, a_number, a_text, known_at FROM outcomes_{no} WHERE seq BETWEEN $first AND $last
) o ON o.seq = e.seq WHERE e.seq BETWEEN $first AND $last AND e.seq IN (SELECT seq FROM incoming)

-- name: cells_of_reference
SELECT {columns} FROM reference_{no} e LIMIT $end - $first OFFSET $first

-- name: pack_cells
CREATE TEMP TABLE packed AS
SELECT period, series, coalesce(list(bucket ORDER BY bucket) FILTER (bucket < {sums}), []) AS buckets,
    coalesce(list(n ORDER BY bucket) FILTER (bucket < {sums}), []) AS counts,
    coalesce(list(bucket ORDER BY bucket) FILTER (bucket >= {sums}), []) AS limbs,
    coalesce(list(n ORDER BY bucket) FILTER (bucket >= {sums}), []) AS sums
FROM (
    SELECT period, series, bucket, sum(n)::BIGINT AS n FROM cells_{tier}_{owner}
    GROUP BY period, series, bucket HAVING sum(n) <> 0
) GROUP BY period, series;
DROP TABLE cells_{tier}_{owner};
CREATE TABLE cells_{tier}_{owner} AS SELECT * FROM packed ORDER BY period, series;
DROP TABLE packed

-- name: is_packed
SELECT 1 FROM duckdb_columns() WHERE table_name = $name AND column_name = 'buckets'
