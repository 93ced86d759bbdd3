-- Every published version as it stands at an instant, newest first within its policy.
-- grain: version_id   params: as_of, name (null for all)
with latest_status as (
    select distinct on (version_status.version_id)
        version_status.version_id,
        version_status.name,
        version_status.status,
        version_status.share,
        version_status.changed_at,
        version_status.number
    from policies_version_status as version_status
    where version_status.changed_at <= :as_of
    order by
        version_status.version_id asc,
        version_status.number desc
),

-- Approved in an emergency, past its end, not confirmed: decides nothing from lapsed_at on.
lapsed as (
    select
        emergency.version_id,
        least(emergency.expires_at, review.reviewed_at) as lapsed_at
    from policies_emergency_use as emergency
    left outer join policies_emergency_review as review
        on
            emergency.id = review.emergency_id
            and review.reviewed_at <= :as_of
    where
        coalesce(not review.is_confirmed, emergency.expires_at <= :as_of)
),

-- The champion before a lapsed one decides again, from the lapse on.
returned as (
    select distinct on (latest_status.name)
        earlier.version_id,
        lapsed.lapsed_at
    from latest_status
    inner join lapsed on latest_status.version_id = lapsed.version_id
    inner join policies_version_status as earlier
        on
            latest_status.name = earlier.name
            and latest_status.number > earlier.number
            and earlier.status = 'champion'
    left outer join lapsed as earlier_lapsed
        on earlier.version_id = earlier_lapsed.version_id
    where
        latest_status.status = 'champion'
        and earlier_lapsed.version_id is null
    order by
        latest_status.name asc,
        earlier.number desc
),

standing as (
    select
        latest_status.version_id,
        latest_status.number,
        case
            when returned.version_id is not null then 'champion'
            when lapsed.version_id is not null then 'retired'
            else latest_status.status
        end as status,
        case
            when returned.version_id is not null or lapsed.version_id is not null then 0
            else latest_status.share
        end as share,
        coalesce(returned.lapsed_at, lapsed.lapsed_at, latest_status.changed_at) as since
    from latest_status
    left outer join lapsed on latest_status.version_id = lapsed.version_id
    left outer join returned on latest_status.version_id = returned.version_id
)

select
    version.id as version_id,
    version.name,
    version.label,
    version.title,
    version.desk,
    version.text_hash,
    version.tree_hash,
    author.display_name as author,
    version.published_at,
    standing.status,
    standing.share,
    standing.since,
    standing.number
from policies_version as version
inner join standing on version.id = standing.version_id
inner join accounts_user as author on version.author_id = author.id
where
    version.published_at <= :as_of
    and (version.name = :name or cast(:name as text) is null)
order by
    version.name asc,
    version.published_at desc,
    version.id desc
