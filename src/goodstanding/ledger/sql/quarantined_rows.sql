-- The rows that an import left in quarantine; a row is released once the same row was loaded,
-- or settled by a person.
-- grain: line   params: run_id
select
    quarantined.line,
    quarantined.field,
    quarantined.code,
    quarantined.reason,
    quarantined.raw,
    loaded.id is not null as released,
    settlement.settled_by,
    settlement.settled_at,
    settlement.reason as settled_because
from ledger_quarantined_row as quarantined
left join ledger_source_row as loaded on quarantined.digest = loaded.digest
left join ledger_quarantine_settlement as settlement on quarantined.id = settlement.row_id
where quarantined.run_id = :run_id
order by quarantined.line asc
