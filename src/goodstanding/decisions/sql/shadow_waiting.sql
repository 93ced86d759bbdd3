-- Live decisions of a policy, in a window of transactions, that a version did not meet in shadow.
-- grain: decision   params: policy, policy_hash, from_xid, below_xid, most
select
    decision.id,
    decision.legal_entity,
    decision.policy_hash as decided_hash,
    decision.recorded_at,
    decision.record,
    decision.personal_value_id,
    (decision.xid::text)::bigint as xid
from decisions_decision as decision
where
    decision.policy = :policy
    and decision.origin = 'live'
    and (decision.xid::text)::bigint >= :from_xid
    and (decision.xid::text)::bigint < :below_xid
    and not exists (
        select 1 as is_met
        from decisions_shadow as shadow
        where
            shadow.decision_id = decision.id
            and shadow.policy_hash = :policy_hash
    )
order by
    decision.xid asc,
    decision.id asc
fetch first :most rows only
