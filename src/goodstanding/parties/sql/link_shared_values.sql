-- Links each party to the earliest one that holds the same bank account, phone or e-mail address.
-- Equal keyed digests meet; the key of a link is the digest's beginning, never the value.
-- grain: kind, left_party_id, right_party_id   params: everybody, party_ids, decider
with held_value as (
    select distinct on (held.party_id, held.field, held.digest)
        held.party_id,
        held.field,
        held.digest,
        held.version_id,
        party.legal_entity_id
    from parties_personal_digest as held
    inner join parties_party as party on held.party_id = party.id
    where held.field in ('bank_account', 'phone', 'email')
    order by
        held.party_id asc,
        held.field asc,
        held.digest asc,
        held.version_id desc
),

touched_value as (
    select distinct
        held_value.legal_entity_id,
        held_value.field,
        held_value.digest
    from held_value
    where :everybody or held_value.party_id = any(:party_ids)
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
    inner join touched_value
        on
            held_value.legal_entity_id = touched_value.legal_entity_id
            and held_value.field = touched_value.field
            and held_value.digest = touched_value.digest
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
