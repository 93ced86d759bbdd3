-- What was known at :known_at of each party as of :as_of: one version a party.
-- grain: party_id   params: as_of, known_at, party_ids
select distinct on (version.party_id)
    version.party_id,
    version.id as version_id,
    version.version_no,
    party.kind,
    party.desk,
    party.legal_entity_id as legal_entity,
    version.shown_name as name,
    version.legal_name,
    version.trading_name,
    version.legal_form,
    version.street,
    version.city,
    version.region,
    version.postcode,
    version.country,
    version.other_names,
    version.other_addresses,
    version.personal_fields,
    version.source,
    version.simulated,
    version.effective_at,
    version.recorded_at
from parties_party_version as version
inner join parties_party as party on version.party_id = party.id
where
    version.party_id = any(:party_ids)
    and version.effective_at <= :as_of
    and version.recorded_at <= :known_at
order by
    version.party_id asc,
    version.effective_at desc,
    version.version_no desc
