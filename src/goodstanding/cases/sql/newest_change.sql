-- The newest transaction that changed a case, who has it, or one of its deadlines.
-- grain: one row, null where nothing happened yet   unit: transaction id as text   params: none
select
    greatest(
        (
            select opened.xid from cases_case as opened
            order by opened.xid desc limit 1
        ),
        (
            select given.xid from cases_assignment as given
            order by given.xid desc limit 1
        ),
        (
            select decided.xid from cases_case_decision as decided
            order by decided.xid desc limit 1
        ),
        (
            select closed.xid from cases_case_closure as closed
            order by closed.xid desc limit 1
        ),
        (
            select again.xid from cases_reopening as again
            order by again.xid desc limit 1
        ),
        (
            select due.xid from deadlines_deadline as due
            order by due.xid desc limit 1
        ),
        (
            select paused.xid from deadlines_pause as paused
            order by paused.xid desc limit 1
        ),
        (
            select resumed.xid from deadlines_pause_end as resumed
            order by resumed.xid desc limit 1
        ),
        (
            select met.xid from deadlines_satisfaction as met
            order by met.xid desc limit 1
        ),
        (
            select ended.xid from deadlines_cancellation as ended
            order by ended.xid desc limit 1
        ),
        (
            select other.xid from deadlines_supersession as other
            order by other.xid desc limit 1
        )
    )::text as newest_xid
