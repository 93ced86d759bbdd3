-- What stands already for a batch of questions, with what the lookup of features reads of them.
-- The same reads as find_context.sql; the joins of the lookup are put behind it.
-- grain: place in the batch   params: one array a column
select
    batch.place,
    (:policy::text[])[batch.place] as policy,
    (:legal_entity::text[])[batch.place] as legal_entity,
    (:scheme::text[])[batch.place] || ':' || (:value::text[])[batch.place] as entity,
    (:scheme::text[])[batch.place] || ':' || (:value::text[])[batch.place] as event,
    (:as_of::timestamptz[])[batch.place] as instant,
    (
        select decision.id
        from decisions_decision as decision
        where
            decision.claimed_by = (:claimed_by::text[])[batch.place]
            and decision.idempotency_key = (:idempotency_key::text[])[batch.place]
    ) as decision_id,
    (
        select external_id.party_id
        from parties_external_id as external_id
        where
            external_id.scheme = (:scheme::text[])[batch.place]
            and external_id.value = (:value::text[])[batch.place]
            and external_id.legal_entity_id = (:legal_entity::text[])[batch.place]
    ) as party_id
from generate_subscripts(:claimed_by::text[], 1) as batch (place)
