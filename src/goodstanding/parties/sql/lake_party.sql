-- Versions of parties for the lake: no personal value, only the names of the fields kept encrypted.
-- grain: version_id   params: from_xid, below_xid
select
    version.id as version_id,
    version.party_id,
    version.version_no::integer as version_no,
    party.kind,
    party.desk,
    party.legal_entity_id as legal_entity,
    version.shown_name as name,
    version.legal_form,
    version.city,
    version.region,
    version.postcode,
    version.country,
    version.name_and_place_key,
    version.personal_fields::text as personal_fields,
    version.source,
    version.simulated,
    version.effective_at,
    version.recorded_at,
    (version.xid::text)::bigint as xid
from parties_party_version as version
inner join parties_party as party on version.party_id = party.id
where
    (version.xid::text)::bigint >= :from_xid
    and (version.xid::text)::bigint < :below_xid
