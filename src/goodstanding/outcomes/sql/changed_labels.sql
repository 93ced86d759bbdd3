-- Decisions whose outcome, as known at :known_at, differs from the label kept last.
-- grain: decision
-- params: known_at, label, version, policies, event_kinds, indeterminate_kind,
--         indeterminate_attribute, indeterminate_value, horizon_months, lag_days
with decided as (
    select
        decision.id as decision_id,
        decision.entity,
        decision.legal_entity,
        decision.as_of,
        decision.as_of + make_interval(months => :horizon_months) as horizon_at,
        decision.as_of
        + make_interval(months => :horizon_months, days => :lag_days) as mature_at
    from decisions_decision as decision
    where
        decision.policy = any(:policies)
        and decision.recorded_at <= :known_at
        and decision.supersedes_id is null
),

known_fact as (
    select distinct on (fact.subject, fact.kind, fact.legal_entity_id)
        fact.subject,
        fact.kind,
        fact.legal_entity_id,
        fact.effective_at,
        fact.retracted,
        fact.attributes ->> :indeterminate_attribute = :indeterminate_value as is_unclear
    from ledger_fact as fact
    where
        (fact.kind = any(:event_kinds) or fact.kind = :indeterminate_kind)
        and fact.recorded_at <= :known_at
    order by
        fact.subject asc,
        fact.kind asc,
        fact.legal_entity_id asc,
        fact.version_no desc
),

outcome as (
    select
        decided.decision_id,
        decided.mature_at,
        min(known_fact.effective_at) filter (
            where
            known_fact.kind = any(:event_kinds)
            and known_fact.effective_at <= decided.horizon_at
        ) as event_at,
        coalesce(
            bool_or(known_fact.kind = :indeterminate_kind and known_fact.is_unclear), false
        ) as is_indeterminate
    from decided
    left join known_fact
        on
            decided.entity = known_fact.subject
            and decided.legal_entity = known_fact.legal_entity_id
            and not known_fact.retracted
            and decided.as_of < known_fact.effective_at
    group by
        decided.decision_id,
        decided.mature_at
),

known_value as (
    select
        outcome.decision_id,
        outcome.event_at,
        outcome.mature_at,
        case
            when outcome.is_indeterminate then null
            when outcome.event_at is not null then true
            when outcome.mature_at <= :known_at then false
        end as value
    from outcome
),

last_label as (
    select distinct on (label.decision_id)
        label.decision_id,
        label.value
    from outcomes_label as label
    where
        label.definition = :label
        and label.version = :version
        and label.observed_at <= :known_at
    order by
        label.decision_id asc,
        label.observed_at desc
)

select
    known_value.decision_id,
    known_value.value,
    known_value.event_at,
    known_value.mature_at
from known_value
left join last_label on known_value.decision_id = last_label.decision_id
where known_value.value is distinct from last_label.value
order by known_value.decision_id asc
