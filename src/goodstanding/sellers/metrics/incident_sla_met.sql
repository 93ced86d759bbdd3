-- title: Incidents within their SLA
-- question: Of the incidents closed each month, how many had met their SLA?
-- version: 1
-- owner: Seller risk manager
-- unit: ratio
-- measure: proportion
-- grain: incident by month of its last event
-- direction: up
-- watch: 0.7
-- act: 0.5
-- maturity: counts once closed; an open incident is not in it
-- source: ServiceNow's own made_sla, at the event with the highest sys_mod_count
-- reads: fact
-- with: known_fact
-- pair: incident_reassigned
-- banner: IT incidents: reassignment is not escalation, reopening is not restumble
select
    'incident' as object_kind,
    known_fact.subject as object_id,
    date_trunc('month', known_fact.effective_at)::date as period,
    'all' as segment,
    case
        when json_extract_string(known_fact.attributes, '$.made_sla') = 'true' then 1
        else 0
    end as numerator,
    1 as denominator,
    true as mature
from known_fact
where
    known_fact.kind = 'incident_closed'
    and json_extract_string(known_fact.attributes, '$.made_sla') is not null
