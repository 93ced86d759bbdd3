-- The latest version of each of these parties, as a next one is compared with it.
-- grain: party_id   params: party_ids
select distinct on (version.party_id)
    version.party_id,
    version.version_no,
    version.content_digest,
    version.recorded_at
from parties_party_version as version
where version.party_id = any(:party_ids)
order by
    version.party_id asc,
    version.version_no desc
