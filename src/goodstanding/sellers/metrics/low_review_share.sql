-- title: Low reviews
-- question: Of the buyers who reviewed an order, how many gave one or two stars?
-- version: 1
-- owner: Seller risk manager
-- unit: ratio
-- measure: proportion
-- grain: review by month answered
-- direction: down
-- watch: 0.2
-- act: 0.3
-- maturity: a review is final when it is recorded; who writes none is not in it
-- source: field guide, seller operations, section 5 (satisfaction: outcome drives score)
-- reads: fact
-- with: known_fact
-- pair: late_delivery_rate
-- banner: Real reviews of Olist, dates shifted by one stated number of days
select
    'order' as object_kind,
    known_fact.subject as object_id,
    date_trunc('month', known_fact.effective_at)::date as period,
    'all' as segment,
    case
        when json_extract_string(known_fact.attributes, '$.score')::integer <= 2 then 1
        else 0
    end as numerator,
    1 as denominator,
    true as mature,
    known_fact.party_id::varchar as cluster
from known_fact
where
    known_fact.kind = 'review_received'
    and json_extract_string(known_fact.attributes, '$.score') is not null
