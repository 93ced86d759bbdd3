-- Claims the idempotency keys of a batch and writes the winners with their messages and values.
-- A claim that is taken, in the table or earlier in the batch, writes nothing and returns nothing;
-- nor does a row that took its entity for unknown, and somebody knows it.
-- Subscripts, not unnest: for one row, 32 function scans cost more than the insert. A scalar
-- sub-query, not EXISTS: that may be planned as a hash of every identifier, at each batch.
-- grain: decision written   params: one array a column
with given as (
    select
        (:id::uuid[])[batch.place] as id,
        (:legal_entity::text[])[batch.place] as legal_entity,
        (:claimed_by::text[])[batch.place] as claimed_by,
        (:idempotency_key::text[])[batch.place] as idempotency_key,
        (:request_digest::text[])[batch.place] as request_digest,
        (:origin::text[])[batch.place] as origin,
        (:actor::text[])[batch.place] as actor,
        (:desk::text[])[batch.place] as desk,
        (:policy::text[])[batch.place] as policy,
        (:policy_hash::text[])[batch.place] as policy_hash,
        (:entity::text[])[batch.place] as entity,
        (:party_id::uuid[])[batch.place] as party_id,
        (:as_of::timestamptz[])[batch.place] as as_of,
        (:outcome::text[])[batch.place] as outcome,
        (:amount_minor::bigint[])[batch.place] as amount_minor,
        (:limit_minor::bigint[])[batch.place] as limit_minor,
        (:currency::text[])[batch.place] as currency,
        (:score::text[])[batch.place] as score,
        (:gate_state::text[])[batch.place] as gate_state,
        (:approval_id::uuid[])[batch.place] as approval_id,
        (:arm::text[])[batch.place] as arm,
        (:bucket::bigint[])[batch.place] as bucket,
        (:rule_states::text[])[batch.place] as rule_states,
        (:reason_codes::text[])[batch.place] as reason_codes,
        (:supersedes_id::uuid[])[batch.place] as supersedes_id,
        (:duration_us::bigint[])[batch.place] as duration_us,
        (:record::text[])[batch.place] as record,
        (:record_hash::text[])[batch.place] as record_hash,
        (:referral::text[])[batch.place] as referral,
        (:message_id::uuid[])[batch.place] as message_id,
        (:personal_value_id::uuid[])[batch.place] as personal_value_id,
        (:personal_subject_id::uuid[])[batch.place] as personal_subject_id,
        (:personal_ciphertext::bytea[])[batch.place] as personal_ciphertext,
        (:explored_id::uuid[])[batch.place] as explored_id,
        (:explored_trial_id::uuid[])[batch.place] as explored_trial_id,
        (:unknown_scheme::text[])[batch.place] as unknown_scheme
    from generate_subscripts(:id::uuid[], 1) as batch (place)
),

decided as (
    insert into decisions_decision (
        id,
        legal_entity,
        claimed_by,
        idempotency_key,
        request_digest,
        origin,
        actor,
        desk,
        policy,
        policy_hash,
        entity,
        party_id,
        as_of,
        outcome,
        amount_minor,
        limit_minor,
        currency,
        score,
        gate_state,
        approval_id,
        arm,
        bucket,
        rule_states,
        reason_codes,
        supersedes_id,
        duration_us,
        record,
        record_hash,
        personal_value_id
    )
    select
        given.id,
        given.legal_entity,
        given.claimed_by,
        given.idempotency_key,
        given.request_digest,
        given.origin,
        given.actor,
        given.desk,
        given.policy,
        given.policy_hash,
        given.entity,
        given.party_id,
        given.as_of,
        given.outcome,
        given.amount_minor,
        given.limit_minor,
        given.currency,
        given.score::numeric as score,
        given.gate_state,
        given.approval_id,
        given.arm,
        given.bucket::smallint as bucket,
        given.rule_states,
        string_to_array(given.reason_codes, ',') as reason_codes,
        given.supersedes_id,
        given.duration_us::integer as duration_us,
        given.record,
        given.record_hash,
        given.personal_value_id
    from given
    where
        given.unknown_scheme is null
        or (
            select true as is_known
            from parties_external_id as external_id
            where
                external_id.scheme = given.unknown_scheme
                and external_id.value = substr(given.entity, length(given.unknown_scheme) + 2)
                and external_id.legal_entity_id = given.legal_entity
        ) is null
    on conflict (claimed_by, idempotency_key) do nothing
    returning id, recorded_at
),

told as (
    insert into core_outbox_message (message_id, kind, subject_id, payload)
    select
        given.message_id,
        'decision_referred' as kind,
        given.id,
        given.referral::jsonb as payload
    from given
    inner join decided on given.id = decided.id
    where given.referral is not null
),

kept as (
    insert into core_personal_value (id, subject_id, ciphertext)
    select
        given.personal_value_id,
        given.personal_subject_id,
        given.personal_ciphertext
    from given
    inner join decided on given.id = decided.id
    where given.personal_value_id is not null
),

risked as (
    insert into decisions_explored (id, decision_id, trial_id, arm, limit_minor, currency)
    select
        given.explored_id,
        given.id,
        given.explored_trial_id,
        given.arm,
        given.limit_minor,
        given.currency
    from given
    inner join decided on given.id = decided.id
    where given.explored_id is not null
)

select
    decided.id,
    decided.recorded_at
from decided
