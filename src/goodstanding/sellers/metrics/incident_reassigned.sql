-- title: Incidents reassigned
-- question: Of the incidents closed each month, how many changed hands at least once?
-- version: 1
-- owner: Seller risk manager
-- unit: ratio
-- measure: proportion
-- grain: incident by month of its last event
-- direction: down
-- watch: 0.6
-- act: 0.75
-- maturity: counts once closed; an open incident is not in it
-- source: ServiceNow's own reassignment_count, at the event with the highest sys_mod_count
-- reads: fact
-- with: known_fact
-- pair: incident_sla_met
-- banner: IT incidents: reassignment is not escalation, reopening is not restumble
select
    'incident' as object_kind,
    known_fact.subject as object_id,
    date_trunc('month', known_fact.effective_at)::date as period,
    'all' as segment,
    case
        when json_extract_string(known_fact.attributes, '$.reassignment_count')::integer > 0 then 1
        else 0
    end as numerator,
    1 as denominator,
    true as mature
from known_fact
where
    known_fact.kind = 'incident_closed'
    and json_extract_string(known_fact.attributes, '$.reassignment_count') is not null
