"""The shipped metrics on small known answers: what counts, what waits, what never counts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from goodstanding.metrics.catalogue import catalogue, metric_named
from goodstanding.metrics.compute import compute_metric
from goodstanding.metrics.types import Point

AS_OF = datetime(2026, 11, 18, 12, tzinfo=UTC)
COLUMNS = {
    "decision": "decision_id, policy, outcome, as_of timestamptz, recorded_at timestamptz,"
    " supersedes_id, entity, legal_entity, amount_minor bigint, score double, desk",
    "missing_input": "decision_id, input, kind",
    "label": "decision_id, definition, version int, value boolean, observed_at timestamptz",
    "fact": "kind, subject, party_id, version_no int, retracted boolean, legal_entity,"
    " effective_at timestamptz, recorded_at timestamptz, amount_minor bigint, attributes",
    "case": "case_id, kind, desk, opened_at timestamptz, recorded_at timestamptz",
    "case_closure": "case_id, at timestamptz, recorded_at timestamptz",
    "case_reopening": "case_id, at timestamptz, recorded_at timestamptz",
    "deadline": "deadline_id, subject_kind, subject_id, legal boolean, due_at timestamptz,"
    " recorded_at timestamptz",
    "deadline_satisfaction": "deadline_id, satisfied_at timestamptz, recorded_at timestamptz",
    "deadline_cancellation": "deadline_id, cancelled_at timestamptz, recorded_at timestamptz",
    "deadline_supersession": "superseded_id, superseded_at timestamptz, recorded_at timestamptz",
    "deadline_pause": "pause_id, deadline_id, starts_at timestamptz, recorded_at timestamptz",
    "deadline_pause_end": "pause_id, ends_at timestamptz, due_at timestamptz,"
    " recorded_at timestamptz",
    "enforcement": "enforcement_id, party_id, measure, starts_at timestamptz,"
    " recorded_at timestamptz",
    "reinstatement": "reinstatement_id, enforcement_id, case_id, kind, in_part boolean,"
    " effective_at timestamptz, recorded_at timestamptz",
    "approval": "approval_id, valid_from timestamptz, expires_at timestamptz,"
    " is_demonstration boolean, recorded_at timestamptz",
    "approval_revocation": "approval_id, revoked_at timestamptz, recorded_at timestamptz",
    "approval_expiry_change": "approval_id, expires_at timestamptz, changed_at timestamptz,"
    " recorded_at timestamptz",
    "finding": "finding_id, severity, due_on date, opened_at timestamptz, recorded_at timestamptz",
    "finding_state": "finding_id, number int, state, at timestamptz, recorded_at timestamptz",
}


def _lake(**rows: Sequence[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    """A lake of the named rows; a column without a type is text, every other table is empty."""
    lake = duckdb.connect()
    lake.execute("set timezone = 'UTC'")
    for table, columns in COLUMNS.items():
        named = [column.split() for column in columns.split(",")]
        typed = [f'"{name}" {" ".join(kind) or "text"}' for name, *kind in named]
        lake.execute(f'create table "{table}" ({", ".join(typed)})')
        for row in rows.get(table, ()):
            marks = ", ".join("?" * len(row))
            lake.execute(f'insert into "{table}" values ({marks})', list(row))
    return lake


def _points(
    name: str, lake: duckdb.DuckDBPyConnection, *, known_at: datetime = AS_OF
) -> tuple[Point, ...]:
    return compute_metric(metric_named(name), lake, as_of=AS_OF, known_at=known_at).points


def _decision(number: int, as_of: str, **changed: Any) -> tuple[Any, ...]:
    row = {
        "decision_id": f"d{number}", "policy": "sba_underwriting", "outcome": "approve",
        "as_of": as_of, "recorded_at": as_of, "supersedes_id": None, "entity": f"sba:{number}",
        "legal_entity": "GS", "amount_minor": 1000, "score": 500.0, "desk": "credit",
    }  # fmt: skip
    return tuple((row | changed).values())


def _label(number: int, value: bool | None, seen: str) -> tuple[Any, ...]:
    return (f"d{number}", "charged_off_36m", 1, value, seen)


def test_bads_known_early_do_not_make_a_young_year_bad() -> None:
    """A bad is known at once, a good after three years: until then neither may count."""
    old = [_decision(n, "2020-03-01 00:00Z") for n in range(20)]
    young = [_decision(n, "2026-03-01 00:00Z") for n in range(20, 30)]
    labels = [_label(n, n < 2, "2023-05-01 00:00Z") for n in range(20)]
    labels += [_label(n, True, "2026-06-01 00:00Z") for n in range(20, 25)]

    matured, waiting = _points("charge_off_rate", _lake(decision=[*old, *young], label=labels))

    assert (matured.value, matured.n, matured.immature) == (0.1, 20, 0)
    assert (waiting.value, waiting.n, waiting.immature) == (None, 0, 10)


def test_a_label_that_was_withdrawn_is_unknown_again() -> None:
    labels = [_label(1, True, "2023-01-01 00:00Z"), _label(1, None, "2024-01-01 00:00Z")]
    lake = _lake(decision=[_decision(1, "2020-03-01 00:00Z")], label=labels)

    (then,) = _points("charge_off_rate", lake, known_at=datetime(2023, 9, 1, tzinfo=UTC))
    (now,) = _points("charge_off_rate", lake)

    assert (then.value, then.immature) == (1.0, 0)
    assert (now.value, now.immature) == (None, 1)


def test_a_retracted_charge_off_writes_nothing_off() -> None:
    lost = ("loan_charged_off", "sba:1", None, 1, False, "GS", "2021-01-01 00:00Z",
            "2021-01-01 00:00Z", 400, "{}")  # fmt: skip
    taken_back = (*lost[:3], 2, True, *lost[5:7], "2024-01-01 00:00Z", *lost[8:])
    lake = _lake(
        decision=[_decision(1, "2020-03-01 00:00Z"), _decision(2, "2020-04-01 00:00Z")],
        label=[_label(1, True, "2021-02-01 00:00Z"), _label(2, False, "2023-06-01 00:00Z")],
        fact=[lost, taken_back],
    )

    (then,) = _points("write_off_share", lake, known_at=datetime(2023, 9, 1, tzinfo=UTC))
    (now,) = _points("write_off_share", lake)

    assert (then.value, now.value) == (0.2, 0.0)


def test_only_the_last_decision_of_a_chain_counts() -> None:
    first = _decision(1, "2026-03-01 00:00Z", outcome="decline")
    again = _decision(2, "2026-03-02 00:00Z", outcome="approve", supersedes_id="d1")

    (point,) = _points("approval_rate", _lake(decision=[first, again]))

    assert (point.value, point.n) == (1.0, 1)


def test_an_sla_counts_when_due_with_its_pauses() -> None:
    due, late = "2026-11-10 12:00Z", "2026-11-12 12:00Z"
    ids = ["met", "missed", "open", "cancelled", "superseded", "healed", "standing", "broken"]
    lake = _lake(
        deadline=[(i, "case", "c", False, due, "2026-11-01 00:00Z") for i in ids],
        case=[("c", "referral", "sellers", "2026-11-01 00:00Z", "2026-11-01 00:00Z")],
        deadline_satisfaction=[
            ("met", due, due), ("missed", late, late), ("healed", late, late),
        ],
        deadline_cancellation=[("cancelled", "2026-11-09 00:00Z", "2026-11-09 00:00Z")],
        deadline_supersession=[("superseded", "2026-11-09 00:00Z", "2026-11-09 00:00Z")],
        deadline_pause=[
            ("p1", "healed", "2026-11-09 00:00Z", "2026-11-09 00:00Z"),
            ("p2", "standing", "2026-11-09 00:00Z", "2026-11-09 00:00Z"),
            ("p3", "broken", "2026-11-11 00:00Z", "2026-11-11 00:00Z"),
        ],
        deadline_pause_end=[("p1", "2026-11-11 00:00Z", "2026-11-14 12:00Z", "2026-11-11 00:00Z")],
    )  # fmt: skip

    (point,) = _points("sla_attainment", lake)

    assert (point.n, point.value) == (5, pytest.approx(2 / 5))  # met, healed; missed, open, broken


def test_another_desks_deadline_is_not_the_sellers() -> None:
    due = "2026-11-10 12:00Z"
    lake = _lake(
        deadline=[("x", "case", "c", False, due, due)],
        case=[("c", "referral", "credit", due, due)],
    )

    assert _points("sla_attainment", lake) == ()


def test_restumble_leaves_out_warnings_and_what_was_itself_wrong() -> None:
    start, back = "2026-01-01 00:00Z", "2026-02-01 00:00Z"
    sellers = ["again", "warned", "wrongly", "quiet"]
    again = "2026-02-11 00:00Z"
    lake = _lake(
        enforcement=[(f"{s}1", s, "suspended", start, start) for s in sellers]
        + [(f"{s}2", s, "warning" if s == "warned" else "suspended", again, again)
           for s in sellers[:3]],
        reinstatement=[(f"r-{s}", f"{s}1", f"case-{s}", "R3", False, back, back) for s in sellers]
        + [("r-x", "wrongly2", "case-x", "R1", False, "2026-03-01 00:00Z", "2026-03-01 00:00Z")],
    )  # fmt: skip

    points = {point.segment: point for point in _points("restumble", lake)}

    assert points["R3"].value == pytest.approx(0.25)
    assert (points["R3"].n, points["R3"].immature) == (4, 0)
    assert points["R1"].value == 0.0


def test_a_reopened_case_is_open_again_on_those_days() -> None:
    at = "2026-11-{:02} 09:00Z".format
    lake = _lake(
        case=[("c", "referral", "sellers", at(1), at(1))],
        case_closure=[("c", at(5), at(5))],
        case_reopening=[("c", at(16), at(16))],
    )

    days = [point.period.day for point in _points("open_cases", lake)]

    assert days == [1, 2, 3, 4, 16, 17, 18]


def test_the_approval_that_ends_first_decides() -> None:
    start = "2026-01-01 00:00Z"
    lake = _lake(
        approval=[
            ("long", start, "2027-11-18 12:00Z", False, start),
            ("revoked", start, "2026-11-20 12:00Z", False, start),
            ("shortened", start, "2027-11-18 12:00Z", False, start),
            ("ended", start, "2026-11-01 00:00Z", False, start),
        ],
        approval_revocation=[("revoked", "2026-11-01 00:00Z", "2026-11-01 00:00Z")],
        approval_expiry_change=[
            ("shortened", "2026-11-28 12:00Z", "2026-11-02 00:00Z", "2026-11-02 00:00Z")
        ],
    )

    (point,) = _points("approval_days_left", lake)

    assert (point.value, point.n) == (10.0, 2)


def test_a_finding_is_overdue_from_the_day_after() -> None:
    opened = "2026-10-01 00:00Z"
    lake = _lake(
        finding=[
            ("due", "S2", "2026-11-18", opened, opened),
            ("late", "S2", "2026-11-17", opened, opened),
            ("closed", "S2", "2026-11-01", opened, opened),
        ],
        finding_state=[("closed", 1, "validated_closed", "2026-11-10 09:00Z", "2026-11-10 09:00Z")],
    )

    overdue = _points("findings_overdue", lake)
    still_open = _points("open_findings", lake)

    assert (overdue[-1].value, overdue[-1].n) == (0.5, 2)
    assert [point.n for point in still_open][-10:] == [3, 2, 2, 2, 2, 2, 2, 2, 2, 2]


def test_an_order_is_late_from_the_day_after_and_when_it_never_comes() -> None:
    def fact(kind: str, order: str, at: str, attributes: str) -> tuple[Any, ...]:
        return kind, order, "p", 1, False, "GS", at, at, None, attributes

    promised, placed = '{"promised_on": "2026-10-10"}', "2026-10-01 00:00Z"
    orders = ["in time", "late", "never", "cancelled"]
    lake = _lake(
        fact=[
            *(fact("order_placed", order, placed, promised) for order in orders),
            fact("order_delivered", "in time", "2026-10-11 02:00Z", "{}"),  # 10 Oct in São Paulo
            fact("order_delivered", "late", "2026-10-11 12:00Z", "{}"),
            fact("order_status_reported", "cancelled", placed, '{"status": "canceled"}'),
            fact("order_placed", "not due", placed, '{"promised_on": "2026-12-01"}'),
        ]
    )

    due, waiting = _points("late_delivery_rate", lake)

    assert (due.value, due.n) == (pytest.approx(2 / 3), 3)
    assert (waiting.value, waiting.immature) == (None, 1)


def test_incidents_are_counted_by_their_last_version() -> None:
    def closed(version: int, attributes: str) -> tuple[Any, ...]:
        at = f"2026-10-0{version} 00:00Z"
        return "incident_closed", "INC1", None, version, False, "GS", at, at, None, attributes

    lake = _lake(
        fact=[
            closed(1, '{"made_sla": true, "reassignment_count": 0}'),
            closed(2, '{"made_sla": false, "reassignment_count": 3}'),
        ]
    )

    (met,) = _points("incident_sla_met", lake)
    (reassigned,) = _points("incident_reassigned", lake)

    assert (met.value, met.n) == (0.0, 1)
    assert (reassigned.value, reassigned.n) == (1.0, 1)


def test_each_desk_has_five_metrics_and_each_metric_its_pair() -> None:
    desks = [definition.desk for definition in catalogue().values()]

    assert all(desks.count(desk) >= 5 for desk in ("credit", "sellers", "second_line"))
    for definition in catalogue().values():
        assert definition.pair in catalogue(), definition.name


def test_gaps_are_counted_by_input_and_kind_over_every_decision_of_the_policy() -> None:
    decisions = [_decision(n, "2026-11-03 00:00Z") for n in range(4)]
    other = _decision(9, "2026-11-03 00:00Z", policy="trade_uk")
    elsewhere = _decision(8, "2026-11-03 00:00Z", policy="registration", desk="sellers")
    gaps = [("d0", "turnover", "stale"), ("d1", "turnover", "source_error"),
            ("d1", "staff", "absent"), ("d8", "vat", "null")]  # fmt: skip
    lake = _lake(decision=[*decisions, other, elsewhere], missing_input=gaps)

    credit = {point.segment: point for point in _points("missing_inputs_credit", lake)}
    (sellers,) = _points("missing_inputs_sellers", lake)

    assert {name: (point.value, point.n) for name, point in credit.items()} == {
        "turnover: stale": (0.25, 4), "turnover: source_error": (0.25, 4),
        "staff: absent": (0.25, 4),
    }  # fmt: skip
    assert (sellers.segment, sellers.value) == ("vat: null", 1.0)
