-- Groups of parties that share the same evidence: the centre of each star and everybody on it.
-- grain: key, party_id   params: kind
select
    link.key,
    link.left_party_id as party_id
from parties_link as link
where link.kind = :kind
union
select
    link.key,
    link.right_party_id as party_id
from parties_link as link
where link.kind = :kind
order by
    key asc,
    party_id asc
