-- title: Restumble within 90 days
-- question: How many reinstated sellers were enforced against again within 90 days?
-- version: 2
-- owner: Seller risk manager
-- unit: ratio
-- measure: incidence
-- grain: reinstatement by quarter and kind
-- direction: down
-- horizon_days: 90
-- watch: 0.15
-- act: 0.25
-- maturity: censored at as_of (Aalen-Johansen); what was wrong itself does not count
-- source: field guide, seller operations, sections 1 and 5 (restumble)
-- reads: enforcement, reinstatement
-- pair: appeals_overturned
with next_enforcement as (
    select
        reinstatement.reinstatement_id,
        min(later.starts_at) as again_at
    from reinstatement
    inner join enforcement as lifted on reinstatement.enforcement_id = lifted.enforcement_id
    inner join enforcement as later
        on
            lifted.party_id = later.party_id
            and reinstatement.effective_at < later.starts_at
            and later.starts_at <= :as_of
            and later.recorded_at <= :known_at
            and later.measure <> 'warning'
    left join reinstatement as corrected
        on
            later.enforcement_id = corrected.enforcement_id
            and corrected.kind = 'R1'
            and corrected.effective_at <= :as_of
            and corrected.recorded_at <= :known_at
    where corrected.reinstatement_id is null
    group by reinstatement.reinstatement_id
)

select
    'case' as object_kind,
    reinstatement.case_id::varchar as object_id,
    date_trunc('quarter', reinstatement.effective_at)::date as period,
    reinstatement.kind as segment,
    date_diff(
        'second', reinstatement.effective_at, coalesce(next_enforcement.again_at, :as_of)
    ) / 86400.0 as numerator,
    case when next_enforcement.again_at is null then 0 else 1 end as denominator,
    true as mature,
    lifted.party_id::varchar as cluster
from reinstatement
inner join enforcement as lifted on reinstatement.enforcement_id = lifted.enforcement_id
left join next_enforcement
    on reinstatement.reinstatement_id = next_enforcement.reinstatement_id
where
    not reinstatement.in_part
    and reinstatement.effective_at <= :as_of
    and reinstatement.recorded_at <= :known_at
