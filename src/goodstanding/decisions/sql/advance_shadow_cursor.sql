-- Moves the cursor of a stint in shadow forward, never back.
-- grain: stint   params: stint_id, below_xid, at
insert into decisions_shadow_cursor as shadow_cursor (stint_id, below_xid, followed_at)
values (:stint_id, cast(:below_xid as xid8), :at)
on conflict (stint_id) do update
    set
        below_xid = greatest(shadow_cursor.below_xid, excluded.below_xid),
        followed_at = excluded.followed_at
