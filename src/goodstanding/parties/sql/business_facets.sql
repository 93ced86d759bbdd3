-- How many businesses the list holds (facet total), and how many each choice of a filter would
-- leave while the other filters stay.
-- grain: facet, choice   params: as_of, known_at, any_text, text, name_part, desk, kind, region
with known_version as (
    select distinct on (version.party_id)
        version.party_id,
        version.comparable_name,
        version.region
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
        party.desk,
        party.kind,
        known_version.region,
        (:desk = '' or party.desk = :desk) as is_of_desk,
        (:kind = '' or party.kind = :kind) as is_of_kind,
        (:region = '' or known_version.region = :region) as is_of_region
    from known_version
    inner join parties_party as party on known_version.party_id = party.id
    where
        :any_text
        or known_version.comparable_name like :name_part
        or known_version.party_id::text = :text
        or known_version.party_id in (select identified_party.party_id from identified_party)
)

select
    'total' as facet,
    '' as choice,
    count(*) as businesses
from business
where
    business.is_of_desk
    and business.is_of_kind
    and business.is_of_region
union all
select
    'desk' as facet,
    business.desk as choice,
    count(*) as businesses
from business
where
    business.is_of_kind
    and business.is_of_region
group by business.desk
union all
select
    'kind' as facet,
    business.kind as choice,
    count(*) as businesses
from business
where
    business.is_of_desk
    and business.is_of_region
group by business.kind
union all
select
    'region' as facet,
    business.region as choice,
    count(*) as businesses
from business
where
    business.is_of_desk
    and business.is_of_kind
    and business.region is not null
group by business.region
