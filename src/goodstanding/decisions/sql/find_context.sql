-- What stands already for a batch of questions: the decision under the claim, and the party.
-- Scalar sub-queries, so that each is an index read whatever the planner thinks of the tables.
-- grain: place in the batch   params: one array a column
select
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
order by batch.place asc
