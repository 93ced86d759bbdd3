-- Imports with the sums of their chunks, newest first; all of them where :run_ids is null.
-- grain: run_id   params: run_ids
with chunk_sum as (
    select
        chunk.run_id,
        sum(chunk.rows_read)::integer as rows_read,
        sum(chunk.rows_loaded)::integer as rows_loaded,
        sum(chunk.rows_known)::integer as rows_known,
        sum(chunk.rows_quarantined)::integer as rows_quarantined,
        sum(chunk.facts_new)::integer as facts_new,
        sum(chunk.parties_new)::integer as parties_new
    from ledger_import_chunk as chunk
    group by chunk.run_id
),

waiting as (
    select
        quarantined.run_id,
        count(*)::integer as rows_waiting
    from ledger_quarantined_row as quarantined
    left join ledger_source_row as loaded on quarantined.digest = loaded.digest
    left join ledger_quarantine_settlement as settlement on quarantined.id = settlement.row_id
    where
        loaded.id is null
        and settlement.id is null
    group by quarantined.run_id
)

select
    run.id as run_id,
    run.mapping,
    run.file_name,
    run.legal_entity_id as legal_entity,
    run.source,
    run.provenance,
    run.simulated,
    run.shift_days,
    run.started_by,
    run.started_at,
    completion.finished_at,
    coalesce(chunk_sum.rows_read, 0) as rows_read,
    coalesce(chunk_sum.rows_loaded, 0) as rows_loaded,
    coalesce(chunk_sum.rows_known, 0) as rows_known,
    coalesce(chunk_sum.rows_quarantined, 0) as rows_quarantined,
    coalesce(waiting.rows_waiting, 0) as rows_waiting,
    coalesce(chunk_sum.facts_new, 0) as facts_new,
    coalesce(chunk_sum.parties_new, 0) as parties_new
from ledger_import_run as run
left join chunk_sum on run.id = chunk_sum.run_id
left join waiting on run.id = waiting.run_id
left join ledger_import_completion as completion on run.id = completion.run_id
where
    :run_ids::uuid[] is null
    or run.id = any(:run_ids::uuid[])
order by run.id desc
