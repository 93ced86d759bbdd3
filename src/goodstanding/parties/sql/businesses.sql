-- A part of the list of businesses, each in the version that held as of :as_of, known at :known_at.
-- grain: party_id   params: as_of, known_at, any_text, text, name_part, desk, kind, region, sort,
-- descending, skipped, last
with known_version as (
    select distinct on (version.party_id)
        version.party_id,
        version.shown_name,
        version.comparable_name,
        version.city,
        version.region,
        version.country,
        version.simulated,
        version.effective_at
    from parties_party_version as version
    where
        version.effective_at <= :as_of
        and version.recorded_at <= :known_at
    order by
        version.party_id asc,
        version.effective_at desc,
        version.version_no desc
),

identified_party as (
    select identifier.party_id
    from parties_external_id as identifier
    where identifier.value = :text
),

business as (
    select
        known_version.party_id,
        known_version.shown_name as name,
        party.kind,
        party.desk,
        known_version.city,
        known_version.region,
        known_version.country,
        known_version.simulated,
        known_version.effective_at,
        lower(known_version.shown_name) as sorted_name,
        concat_ws('|', known_version.country, known_version.region, known_version.city)
            as sorted_place
    from known_version
    inner join parties_party as party on known_version.party_id = party.id
    where
        (:desk = '' or party.desk = :desk)
        and (:kind = '' or party.kind = :kind)
        and (:region = '' or known_version.region = :region)
        and (
            :any_text
            or known_version.comparable_name like :name_part
            or known_version.party_id::text = :text
            or known_version.party_id in (select identified_party.party_id from identified_party)
        )
),

ordered_business as (
    select
        business.party_id,
        business.name,
        business.kind,
        business.desk,
        business.city,
        business.region,
        business.country,
        business.simulated,
        business.effective_at,
        row_number() over (
            order by
                case when :sort = 'name' and not :descending then business.sorted_name end asc,
                case when :sort = 'name' and :descending then business.sorted_name end desc,
                case when :sort = 'place' and not :descending then business.sorted_place end asc,
                case when :sort = 'place' and :descending then business.sorted_place end desc,
                case
                    when :sort = 'effective_at' and not :descending then business.effective_at
                end asc,
                case
                    when :sort = 'effective_at' and :descending then business.effective_at
                end desc,
                business.party_id asc
        ) as position
    from business
),

listed_business as (
    select
        ordered_business.party_id,
        ordered_business.name,
        ordered_business.kind,
        ordered_business.desk,
        ordered_business.city,
        ordered_business.region,
        ordered_business.country,
        ordered_business.simulated,
        ordered_business.effective_at,
        ordered_business.position
    from ordered_business
    where
        ordered_business.position > :skipped
        and ordered_business.position <= :last
),

own_star as (
    select distinct
        listed_business.party_id,
        link.kind,
        link.key,
        link.left_party_id as centre_party_id
    from listed_business
    inner join parties_link as link
        on
            listed_business.party_id = link.left_party_id
            or listed_business.party_id = link.right_party_id
),

connected_party as (
    select
        own_star.party_id,
        own_star.centre_party_id as other_party_id
    from own_star
    union
    select
        own_star.party_id,
        link.right_party_id as other_party_id
    from own_star
    inner join parties_link as link
        on
            own_star.kind = link.kind
            and own_star.centre_party_id = link.left_party_id
            and own_star.key = link.key
),

connection as (
    select
        connected_party.party_id,
        count(*)::integer as connected
    from connected_party
    where connected_party.other_party_id <> connected_party.party_id
    group by connected_party.party_id
)

select
    listed_business.party_id,
    listed_business.name,
    listed_business.kind,
    listed_business.desk,
    listed_business.city,
    listed_business.region,
    listed_business.country,
    coalesce((
        select min(identifier.scheme || ':' || identifier.value)
        from parties_external_id as identifier
        where identifier.party_id = listed_business.party_id
    ), '') as identifier,
    coalesce(connection.connected, 0) as connected,
    listed_business.simulated,
    listed_business.effective_at
from listed_business
left join connection on listed_business.party_id = connection.party_id
order by listed_business.position asc
