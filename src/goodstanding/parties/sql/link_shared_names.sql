-- Links each party to the earliest one whose latest version carries the same name and place.
-- Within one legal entity and one desk's country: the key holds name, city, region and country.
-- grain: kind, left_party_id, right_party_id   params: everybody, party_ids, decider
with latest_version as (
    select distinct on (version.party_id)
        version.party_id,
        version.id as version_id,
        version.name_and_place_key,
        party.legal_entity_id
    from parties_party_version as version
    inner join parties_party as party on version.party_id = party.id
    order by
        version.party_id asc,
        version.version_no desc
),

touched_key as (
    select distinct
        latest_version.legal_entity_id,
        latest_version.name_and_place_key
    from latest_version
    where
        latest_version.name_and_place_key is not null
        and (:everybody or latest_version.party_id = any(:party_ids))
),

star as (
    select
        latest_version.party_id,
        latest_version.version_id,
        latest_version.name_and_place_key,
        first_value(latest_version.party_id) over one_key as centre_party_id,
        first_value(latest_version.version_id) over one_key as centre_version_id
    from latest_version
    inner join touched_key
        on
            latest_version.legal_entity_id = touched_key.legal_entity_id
            and latest_version.name_and_place_key = touched_key.name_and_place_key
    window one_key as (
        partition by
            latest_version.legal_entity_id,
            latest_version.name_and_place_key
        order by latest_version.party_id asc
    )
)

insert into parties_link (
    id, kind, left_party_id, right_party_id, left_version_id, right_version_id, key, decided_by
)
select
    gen_random_uuid() as id,
    'shares_name_and_place' as kind,
    star.centre_party_id,
    star.party_id,
    star.centre_version_id,
    star.version_id,
    star.name_and_place_key,
    :decider as decided_by
from star
where star.party_id <> star.centre_party_id
on conflict (kind, left_party_id, right_party_id) do nothing
