"""A label becomes bad by an event, good by time alone, and is never guessed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from goodstanding.accounts.operations import add_legal_entity
from goodstanding.core.ids import new_id
from goodstanding.decisions.models import Decision
from goodstanding.outcomes.definitions import label_named, read_label_file
from goodstanding.outcomes.errors import LabelFileRefused, UnknownLabel
from goodstanding.outcomes.models import Label
from goodstanding.outcomes.operations import observe_label
from goodstanding.outcomes.queries import knowledge_of, labels_of
from goodstanding.outcomes.types import LabelDefinition, Observed

pytestmark = pytest.mark.django_db
NO_HORIZON = """{name: x, version: 1, title: x, policies: [], event_kinds: [],
    horizon_months: 0, reporting_lag_days: 0, source: x}"""
APPROVED = datetime(2020, 1, 31, tzinfo=UTC)
CHARGED_OFF = read_label_file(
    """
    name: charged_off_36m
    version: 1
    title: Charged off within 36 months
    policies: [loans]
    event_kinds: [charged_off]
    indeterminate: {kind: outcome_reported, attribute: outcome, value: unknown}
    horizon_months: 36
    reporting_lag_days: 30
    source: test
    """,
    path="test.yaml",
    desk="credit",
)


@pytest.fixture(autouse=True)
def _entity(db: None) -> None:
    add_legal_entity(code="GS", name="Test", country="GB", simulated=True)


def _decision(entity: str, *, as_of: datetime = APPROVED) -> UUID:
    row = Decision.objects.create(
        legal_entity="GS", claimed_by="test", idempotency_key=str(new_id()),
        request_digest="0" * 64, origin="imported_history", actor="test", policy="loans",
        policy_hash="0" * 64, entity=entity, as_of=as_of, outcome="approve",
        gate_state="current", arm="champion", bucket=0, rule_states="", reason_codes=[],
        record="{}", record_hash="0" * 64, recorded_at=as_of,
    )  # fmt: skip
    return row.id


def _fact(
    subject: str,
    kind: str,
    effective_at: datetime,
    *,
    recorded_at: datetime | None = None,
    version: int = 1,
    retracted: bool = False,
    attributes: str = "{}",
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_fact (id, kind, subject, version_no, retracted, effective_at,"
            " recorded_at, attributes, content_digest, source, simulated, legal_entity_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, repeat('0', 64), 'test', false, 'GS')",
            [
                new_id(),
                kind,
                subject,
                version,
                retracted,
                effective_at,
                recorded_at or effective_at,
                attributes,
            ],
        )


def _known(decision_id: UUID, *, at: datetime) -> bool | None:
    found = labels_of(decision_ids=[decision_id], known_at=at)
    return found[0].value if found else None


def _years(count: float) -> datetime:
    return APPROVED + timedelta(days=365.25 * count)


@pytest.mark.parametrize(
    ("event_after", "observed_after", "expected"),
    [
        pytest.param(1, 2, True, id="an event makes it bad at once"),
        pytest.param(None, 2, None, id="young and without event it is unknown, not good"),
        pytest.param(None, 3.05, None, id="past the horizon but within the lag: still unknown"),
        pytest.param(None, 3.2, False, id="mature without event it is good"),
        pytest.param(3.1, 3.2, False, id="an event after the horizon does not count"),
        pytest.param(1, 0.9, None, id="what happens later is not known now"),
    ],
)
def test_what_is_known(
    event_after: float | None, observed_after: float, expected: bool | None
) -> None:
    decision = _decision("loan:1")
    if event_after is not None:
        _fact("loan:1", "charged_off", _years(event_after))

    observe_label(definition=CHARGED_OFF, known_at=_years(observed_after))

    assert _known(decision, at=_years(observed_after)) is expected


def test_the_horizon_ends_on_the_clamped_month_end() -> None:
    decision = _decision("loan:1", as_of=datetime(2020, 2, 29, tzinfo=UTC))
    _fact("loan:1", "charged_off", datetime(2023, 2, 28, 1, tzinfo=UTC))

    observe_label(definition=CHARGED_OFF, known_at=_years(4))

    assert _known(decision, at=_years(4)) is False


def test_an_unclear_end_never_becomes_good() -> None:
    decision = _decision("loan:1")
    _fact("loan:1", "outcome_reported", _years(1), attributes='{"outcome": "unknown"}')

    observe_label(definition=CHARGED_OFF, known_at=_years(9))

    assert _known(decision, at=_years(9)) is None


def test_a_retracted_event_turns_bad_into_unknown_then_good() -> None:
    decision = _decision("loan:1")
    _fact("loan:1", "charged_off", _years(1))
    observe_label(definition=CHARGED_OFF, known_at=_years(1.1))
    _fact("loan:1", "charged_off", _years(1), recorded_at=_years(1.5), version=2, retracted=True)
    observe_label(definition=CHARGED_OFF, known_at=_years(1.6))
    observe_label(definition=CHARGED_OFF, known_at=_years(3.2))

    known: Mapping[float, bool | None] = {
        years: _known(decision, at=_years(years)) for years in (1, 1.2, 1.7, 3.3)
    }

    assert known == {1: None, 1.2: True, 1.7: None, 3.3: False}


def test_observing_twice_finds_nothing_new() -> None:
    _decision("loan:1")
    _fact("loan:1", "charged_off", _years(1))

    first = observe_label(definition=CHARGED_OFF, known_at=_years(2))
    second = observe_label(definition=CHARGED_OFF, known_at=_years(2.1))

    assert first == Observed("charged_off_36m", bad=1, good=0, withdrawn=0)
    assert second == Observed("charged_off_36m", bad=0, good=0, withdrawn=0)
    assert Label.objects.count() == 1
    assert knowledge_of(definition="charged_off_36m", known_at=_years(3)).bad == 1


def test_a_good_label_before_its_time_is_refused_by_the_database() -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="good_only_when_mature"):
        Label.objects.create(
            decision_id=_decision("loan:1"), definition="charged_off_36m", version=1, value=False,
            mature_at=_years(3), observed_at=_years(2),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x", "missing required field"),
        ("[]", "Expected `object`"),
        ("a: [", "while parsing"),
        (NO_HORIZON, "make no label"),
    ],
)
def test_a_wrong_label_file_is_refused_with_its_reason(text: str, words: str) -> None:
    with pytest.raises(LabelFileRefused, match=words):
        read_label_file(text, path="credit/labels/x.yaml", desk="credit")


def test_the_credit_desk_ships_its_label() -> None:
    shipped: LabelDefinition = label_named("charged_off_36m")

    assert shipped.horizon_months == 36
    with pytest.raises(UnknownLabel, match="'nonsense'"):
        label_named("nonsense")
