-- Every published version with the status it has at an instant, newest first within its policy.
-- grain: version_id   params: as_of, name (null for all)
with latest_status as (
    select distinct on (version_status.version_id)
        version_status.version_id,
        version_status.status,
        version_status.changed_at
    from policies_version_status as version_status
    where version_status.changed_at <= :as_of
    order by
        version_status.version_id asc,
        version_status.number desc
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
    latest_status.status,
    latest_status.changed_at as since
from policies_version as version
inner join latest_status on version.id = latest_status.version_id
inner join accounts_user as author on version.author_id = author.id
where
    version.published_at <= :as_of
    and (version.name = :name or cast(:name as text) is null)
order by
    version.name asc,
    version.published_at desc,
    version.id desc
