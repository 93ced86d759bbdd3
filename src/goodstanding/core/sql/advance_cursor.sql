-- Moves a handler's cursor below the oldest message it still owes, or the oldest running transaction.
-- grain: handler   params: handler, kind
insert into core_outbox_cursor (handler, below_xid)
select
    :handler,
    least(
        pg_snapshot_xmin(pg_current_snapshot()),
        min(message.xid)
    )
from core_outbox_message as message
where
    message.kind = :kind
    and message.xid >= coalesce(
        (select cursor_row.below_xid from core_outbox_cursor as cursor_row where cursor_row.handler = :handler),
        '0'::xid8
    )
    and not exists (
        select 1
        from core_outbox_delivery as delivery
        where
            delivery.handler = :handler
            and delivery.message_id = message.sequence
    )
on conflict (handler) do update set below_xid = greatest(core_outbox_cursor.below_xid, excluded.below_xid)
