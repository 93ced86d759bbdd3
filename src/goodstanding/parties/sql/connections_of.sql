-- The parties connected to one, through the centres of the stars it belongs to, with the evidence.
-- grain: party_id, kind   params: party_id, kinds
with own_centre as (
    select
        link.kind,
        link.key,
        link.left_party_id as centre_party_id
    from parties_link as link
    where
        link.kind = any(:kinds)
        and (link.right_party_id = :party_id or link.left_party_id = :party_id)
),

connected_party as (
    select
        own_centre.kind,
        own_centre.key,
        own_centre.centre_party_id as party_id
    from own_centre
    union
    select
        own_centre.kind,
        own_centre.key,
        link.right_party_id as party_id
    from own_centre
    inner join parties_link as link
        on
            own_centre.kind = link.kind
            and own_centre.centre_party_id = link.left_party_id
            and own_centre.key = link.key
)

select
    connected_party.party_id,
    connected_party.kind,
    min(connected_party.key) as key
from connected_party
where connected_party.party_id <> :party_id
group by
    connected_party.party_id,
    connected_party.kind
order by
    connected_party.kind asc,
    connected_party.party_id asc
