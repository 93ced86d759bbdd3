-- How many live decisions of a window of transactions a version in shadow has not met yet.
-- grain: version   params: policy, policy_hash, from_xid, below_xid (or null for no end)
select count(*) as decisions
from decisions_decision as decision
where
    decision.policy = :policy
    and decision.origin = 'live'
    and (decision.xid::text)::bigint >= :from_xid
    and (
        cast(:below_xid as bigint) is null
        or (decision.xid::text)::bigint < :below_xid
    )
    and not exists (
        select 1 as is_met
        from decisions_shadow as shadow
        where
            shadow.decision_id = decision.id
            and shadow.policy_hash = :policy_hash
    )
