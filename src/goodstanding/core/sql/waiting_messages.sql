-- Messages of a kind that a handler has not taken and may take now.
-- grain: message   params: handler, kind, at, limit
with failed_attempt as (
    select
        failure.message_id,
        max(failure.attempt) as attempts,
        max(failure.retry_at) as retry_at
    from core_outbox_failure as failure
    where failure.handler = :handler
    group by failure.message_id
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
left join failed_attempt on message.sequence = failed_attempt.message_id
where
    message.kind = :kind
    and message.xid >= coalesce(
        (select cursor_row.below_xid from core_outbox_cursor as cursor_row where cursor_row.handler = :handler),
        '0'::xid8
    )
    and coalesce(failed_attempt.retry_at, '-infinity') <= :at
    and not exists (
        select 1
        from core_outbox_delivery as delivery
        where
            delivery.handler = :handler
            and delivery.message_id = message.sequence
    )
order by message.sequence asc
limit :limit
