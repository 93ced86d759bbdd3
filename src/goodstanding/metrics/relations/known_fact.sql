-- The facts of each subject as they were known: the last version, unless it was retracted.
-- grain: fact by kind, subject and legal entity
with seen_fact as (
    select
        fact.subject,
        fact.legal_entity,
        fact.party_id,
        fact.kind,
        fact.effective_at,
        fact.amount_minor,
        fact.attributes,
        fact.retracted,
        row_number() over (
            partition by fact.kind, fact.subject, fact.legal_entity
            order by fact.version_no desc
        ) as place
    from fact
    where
        fact.effective_at <= :as_of
        and fact.recorded_at <= :known_at
)

select
    seen_fact.subject,
    seen_fact.legal_entity,
    seen_fact.party_id,
    seen_fact.kind,
    seen_fact.effective_at,
    seen_fact.amount_minor,
    seen_fact.attributes
from seen_fact
where
    seen_fact.place = 1
    and not seen_fact.retracted
