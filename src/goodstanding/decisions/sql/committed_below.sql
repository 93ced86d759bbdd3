-- The transaction below which everything is committed: read it before the rows.
-- grain: database
select (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint as below_xid
