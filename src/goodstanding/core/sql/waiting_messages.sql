-- Messages of a kind that a handler has not taken and may take now.
-- grain: message   params: handler, kind, at, most
with failed_attempt as (
    select
        failure.message_id,
        max(failure.attempt) as attempts,
        max(failure.retry_at) as retry_at
    from core_outbox_failure as failure
    where failure.handler = :handler
    group by failure.message_id
),

handler_cursor as (
    select coalesce(max(outbox_cursor.below_xid), '0'::xid8) as below_xid
    from core_outbox_cursor as outbox_cursor
    where outbox_cursor.handler = :handler
)

select
    message.sequence,
    message.message_id,
    message.kind,
    message.subject_id,
    message.payload,
    message.recorded_at,
    coalesce(failed_attempt.attempts, 0) as attempts
from core_outbox_message as message
cross join handler_cursor
left join failed_attempt on message.sequence = failed_attempt.message_id
where
    message.kind = :kind
    and message.xid >= handler_cursor.below_xid
    and coalesce(failed_attempt.retry_at, '-infinity') <= :at
    and not exists (
        select 1 as is_delivered
        from core_outbox_delivery as delivery
        where
            delivery.handler = :handler
            and delivery.message_id = message.sequence
    )
order by message.sequence asc
fetch first :most rows only
