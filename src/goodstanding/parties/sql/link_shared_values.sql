-- Links each party to the earliest one that holds the same bank account, phone or e-mail address.
-- Equal keyed digests meet; the key of a link is the digest's beginning, never the value.
-- grain: kind, left_party_id, right_party_id   params: everybody, party_ids, import_id, decider
-- Joins are few on purpose: a bulk load runs before the planner has statistics of its rows.
with held_value as (
    select distinct on (held.party_id, held.field, held.digest)
        held.party_id,
        held.field,
        held.digest,
        held.version_id,
        party.legal_entity_id
    from parties_personal_digest as held
    inner join parties_party as party on held.party_id = party.id
    where
        held.field in ('bank_account', 'phone', 'email')
        and (
            :everybody
            or held.digest in (
                select touched.digest
                from parties_personal_digest as touched
                inner join parties_party_version as version on touched.version_id = version.id
                where
                    version.import_id = :import_id
                    or touched.party_id = any(:party_ids)
            )
        )
    order by
        held.party_id asc,
        held.field asc,
        held.digest asc,
        held.version_id desc
),

star as (
    select
        held_value.party_id,
        held_value.version_id,
        held_value.field,
        held_value.digest,
        first_value(held_value.party_id) over one_value as centre_party_id,
        first_value(held_value.version_id) over one_value as centre_version_id
    from held_value
    window one_value as (
        partition by
            held_value.legal_entity_id,
            held_value.field,
            held_value.digest
        order by held_value.party_id asc
    )
)

insert into parties_link (
    id, kind, left_party_id, right_party_id, left_version_id, right_version_id, key, decided_by
)
select
    gen_random_uuid() as id,
    'shares_' || star.field as kind,
    star.centre_party_id,
    star.party_id,
    star.centre_version_id,
    star.version_id,
    left(star.digest, 12) as key,
    :decider as decided_by
from star
where star.party_id <> star.centre_party_id
on conflict (kind, left_party_id, right_party_id) do nothing
