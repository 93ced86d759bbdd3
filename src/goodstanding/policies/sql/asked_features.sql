-- Decisions that ask for features, a row each; what the lookup is joined onto.
-- grain: place   params: one array a column
select
    given.place,
    given.party_id,
    given.entity,
    given.event,
    given.legal_entity,
    given.instant
from unnest(
    :party_id::uuid[],
    :entity::text[],
    :event::text[],
    :legal_entity::text[],
    :as_of::timestamptz[]
) with ordinality as given (party_id, entity, event, legal_entity, instant, place)
