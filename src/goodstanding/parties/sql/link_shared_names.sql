-- Links each party to the earliest one whose latest version carries the same name and place.
-- The key holds name, city, region and country; groups stay within one legal entity.
-- grain: kind, left_party_id, right_party_id   params: everybody, party_ids, import_id, decider
-- Joins are few on purpose: a bulk load runs before the planner has statistics of its rows.
with numbered_version as (
    select
        version.party_id,
        version.id as version_id,
        version.name_and_place_key,
        party.legal_entity_id,
        row_number() over (
            partition by version.party_id
            order by version.version_no desc
        ) as age
    from parties_party_version as version
    inner join parties_party as party on version.party_id = party.id
),

latest_version as (
    select
        numbered_version.party_id,
        numbered_version.version_id,
        numbered_version.name_and_place_key,
        numbered_version.legal_entity_id
    from numbered_version
    where
        numbered_version.age = 1
        and numbered_version.name_and_place_key is not null
        and (
            :everybody
            or numbered_version.name_and_place_key in (
                select touched.name_and_place_key
                from parties_party_version as touched
                where
                    touched.import_id = :import_id
                    or touched.party_id = any(:party_ids)
            )
        )
),

star as (
    select
        latest_version.party_id,
        latest_version.version_id,
        latest_version.name_and_place_key,
        first_value(latest_version.party_id) over one_key as centre_party_id,
        first_value(latest_version.version_id) over one_key as centre_version_id
    from latest_version
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
