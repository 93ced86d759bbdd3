-- Moves a handler's cursor below the oldest message it owes, or the oldest running transaction.
-- grain: handler   params: handler, kind
with handler_cursor as (
    select coalesce(max(outbox_cursor.below_xid), '0'::xid8) as below_xid
    from core_outbox_cursor as outbox_cursor
    where outbox_cursor.handler = :handler
),

owed as (
    select
        cast(:handler as text) as handler_name,
        min(message.xid) as oldest_xid
    from core_outbox_message as message
    cross join handler_cursor
    where
        message.kind = :kind
        and message.xid >= handler_cursor.below_xid
        and not exists (
            select 1 as is_delivered
            from core_outbox_delivery as delivery
            where
                delivery.handler = :handler
                and delivery.message_id = message.sequence
        )
)

insert into core_outbox_cursor (handler, below_xid)
select
    owed.handler_name,
    least(pg_snapshot_xmin(pg_current_snapshot()), owed.oldest_xid) as below_xid
from owed
on conflict (handler) do update
    set below_xid = greatest(core_outbox_cursor.below_xid, excluded.below_xid)
