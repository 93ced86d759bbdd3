-- How many facts each of these parties has as of :as_of, by what was recorded until :known_at.
-- grain: party_id   params: party_ids, as_of, known_at
with known_version as (
    select distinct on (fact.legal_entity_id, fact.kind, fact.subject)
        fact.party_id,
        fact.retracted,
        fact.effective_at
    from ledger_fact as fact
    where
        fact.party_id = any(:party_ids)
        and fact.recorded_at <= :known_at
        and fact.kind <> 'answer_key'
    order by
        fact.legal_entity_id asc,
        fact.kind asc,
        fact.subject asc,
        fact.version_no desc
)

select
    known_version.party_id,
    count(*)::integer as facts
from known_version
where
    not known_version.retracted
    and known_version.effective_at <= :as_of
group by known_version.party_id
