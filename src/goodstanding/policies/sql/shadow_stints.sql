-- Times that versions spent in shadow: from the step into it to the version's next step.
-- grain: step into shadow   params: none
with version_step as (
    select
        version_status.id as stint_id,
        version_status.version_id,
        version_status.number,
        version_status.status,
        version_status.changed_at as since,
        (version_status.xid::text)::bigint as from_xid,
        lead(version_status.changed_at) over version_life as until,
        lead((version_status.xid::text)::bigint) over version_life as below_xid
    from policies_version_status as version_status
    window
        version_life as (
            partition by version_status.version_id
            order by version_status.number asc
        )
)

select
    version_step.stint_id,
    version.name,
    version.label,
    version.text_hash,
    version_step.since,
    version_step.until,
    version_step.from_xid,
    version_step.below_xid
from version_step
inner join policies_version as version on version_step.version_id = version.id
where version_step.status = 'shadow'
order by
    version.name asc,
    version_step.number asc
