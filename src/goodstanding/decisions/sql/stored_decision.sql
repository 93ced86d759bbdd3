-- A decision as it stands, by its id or by the claim under which it was made.
-- grain: decision   params: decision_id, claimed_by, idempotency_key
select
    decision.id,
    decision.recorded_at,
    decision.legal_entity,
    decision.request_digest,
    decision.actor,
    decision.record,
    decision.record_hash
from decisions_decision as decision
where
    decision.id = :decision_id
    or (
        decision.claimed_by = :claimed_by
        and decision.idempotency_key = :idempotency_key
    )
