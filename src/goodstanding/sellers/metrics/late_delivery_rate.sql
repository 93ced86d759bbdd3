-- title: Late delivery rate
-- question: Of the orders promised for each month, how many came late or not at all?
-- version: 1
-- owner: Seller risk manager
-- unit: ratio
-- measure: proportion
-- grain: order by month promised
-- direction: down
-- watch: 0.1
-- act: 0.2
-- maturity: counts once the promised day is over; cancelled orders are not in it
-- source: field guide, seller operations, section 5 (cohort due, the unfinished is a miss)
-- reads: fact
-- with: known_fact
-- pair: low_review_share
-- banner: Real orders of Olist, dates shifted by one stated number of days
with promise as (
    select
        known_fact.subject,
        known_fact.party_id,
        json_extract_string(known_fact.attributes, '$.promised_on')::date as promised_on
    from known_fact
    where
        known_fact.kind = 'order_placed'
        and json_extract_string(known_fact.attributes, '$.promised_on') is not null
)

select
    'order' as object_kind,
    promise.subject as object_id,
    date_trunc('month', promise.promised_on)::date as period,
    'all' as segment,
    case
        when
            (delivered.effective_at at time zone 'America/Sao_Paulo')::date <= promise.promised_on
            then 0
        else 1
    end as numerator,
    1 as denominator,
    promise.promised_on < (:as_of)::date as mature,
    promise.party_id::varchar as cluster
from promise
left join known_fact as delivered
    on
        promise.subject = delivered.subject
        and delivered.kind = 'order_delivered'
left join known_fact as reported
    on
        promise.subject = reported.subject
        and reported.kind = 'order_status_reported'
        and json_extract_string(reported.attributes, '$.status') in ('canceled', 'unavailable')
where reported.subject is null
