-- The facts of these kinds as of :as_of, by what was recorded until :known_at.
-- A fact is read in the last version then known; it is left out where that version is retracted
-- or takes effect later than :as_of.
-- grain: kind, subject   unit: minor   params: legal_entity, kinds, as_of, known_at
with known_version as (
    select distinct on (fact.legal_entity_id, fact.kind, fact.subject)
        fact.id as fact_id,
        fact.kind,
        fact.party_id,
        fact.subject,
        fact.version_no,
        fact.retracted,
        fact.effective_at,
        fact.recorded_at,
        fact.amount_minor,
        fact.currency,
        fact.attributes,
        fact.source,
        fact.simulated,
        fact.import_id,
        fact.legal_entity_id as legal_entity
    from ledger_fact as fact
    where
        fact.legal_entity_id = :legal_entity
        and fact.recorded_at <= :known_at
        and fact.kind = any(:kinds)
    order by
        fact.legal_entity_id asc,
        fact.kind asc,
        fact.subject asc,
        fact.version_no desc
)

select
    known_version.fact_id,
    known_version.kind,
    known_version.party_id,
    known_version.subject,
    known_version.version_no,
    known_version.effective_at,
    known_version.recorded_at,
    known_version.amount_minor,
    known_version.currency,
    known_version.attributes,
    known_version.source,
    known_version.simulated,
    known_version.import_id,
    known_version.legal_entity
from known_version
where
    not known_version.retracted
    and known_version.effective_at <= :as_of
order by
    known_version.effective_at asc,
    known_version.kind asc,
    known_version.subject asc
