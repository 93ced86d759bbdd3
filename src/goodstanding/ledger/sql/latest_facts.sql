-- The latest version of each of these facts, by pairs of kind and subject.
-- grain: kind, subject   params: legal_entity, kinds, subjects
with wanted_fact as (
    select distinct
        wanted.kind,
        wanted.subject
    from unnest(:kinds::text[], :subjects::text[]) as wanted (kind, subject)
)

select
    latest_version.kind,
    latest_version.subject,
    latest_version.version_no,
    latest_version.retracted,
    latest_version.party_id,
    latest_version.effective_at,
    latest_version.recorded_at,
    latest_version.content_digest,
    latest_version.source
from wanted_fact
cross join lateral (
    select
        fact.kind,
        fact.subject,
        fact.version_no,
        fact.retracted,
        fact.party_id,
        fact.effective_at,
        fact.recorded_at,
        fact.content_digest,
        fact.source
    from ledger_fact as fact
    where
        fact.subject = wanted_fact.subject
        and fact.kind = wanted_fact.kind
        and fact.legal_entity_id = :legal_entity
    order by fact.version_no desc
    limit 1
) as latest_version
