-- What was known to have come true of a decision, by each definition of a label.
-- grain: label by definition and decision
with seen_label as (
    select
        label.definition,
        label.decision_id,
        label.value,
        row_number() over (
            partition by label.definition, label.decision_id
            order by label.version desc, label.observed_at desc
        ) as place
    from label
    where label.observed_at <= :known_at
)

select
    seen_label.definition,
    seen_label.decision_id,
    seen_label.value
from seen_label
where seen_label.place = 1
