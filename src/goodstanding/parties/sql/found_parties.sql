-- Parties that a text names: by an identifier as it is, or by a part of a name.
-- grain: party_id   params: value, name_part, most
with found_party as (
    select external_id.party_id
    from parties_external_id as external_id
    where external_id.value = :value
    union
    select version.party_id
    from parties_party_version as version
    where
        :name_part <> ''
        and version.comparable_name like '%' || :name_part || '%'
)

select found_party.party_id
from found_party
order by found_party.party_id asc
limit :most
