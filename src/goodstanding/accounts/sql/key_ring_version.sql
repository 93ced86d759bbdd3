-- A number that grows with every key made or revoked; neither row ever goes away.
-- grain: one row
select
    (select count(*) from accounts_api_key)
    + (select count(*) from accounts_api_key_revocation) as version
