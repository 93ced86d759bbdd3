-- Versions that live traffic meets at an instant: champion, share, shadow.
-- grain: text_hash   params: as_of
with latest_status as (
    select distinct on (version_status.version_id)
        version_status.version_id,
        version_status.status,
        version_status.share,
        version_status.changed_at,
        version_status.number
    from policies_version_status as version_status
    where version_status.changed_at <= :as_of
    order by
        version_status.version_id asc,
        version_status.number desc
)

select
    version.name,
    version.text_hash,
    version.tree_hash,
    version.label,
    latest_status.status,
    latest_status.share,
    latest_status.changed_at as since
from latest_status
inner join policies_version as version on latest_status.version_id = version.id
where latest_status.status in ('champion', 'share', 'shadow')
order by
    version.name asc,
    latest_status.number asc
