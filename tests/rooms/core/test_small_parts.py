"""Refusals, instants, ids, named SQL, secrets."""

import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from goodstanding.core.environment import load_secrets, variable
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.core.ids import new_id
from goodstanding.core.named_sql import named_sql, with_driver_parameters
from goodstanding.core.time import InstantWithoutZone, require_utc


def test_a_refusal_says_what_where_and_the_mend() -> None:
    refusal = NotFound(field="case_id", what="case", key="7")

    assert str(refusal).startswith("There is no case 7. (field: case_id)")
    assert refusal.as_problem() == {
        "type": "urn:goodstanding:refusal:not_found",
        "title": "There is no case 7.",
        "status": 404,
        "code": "not_found",
        "field": "case_id",
        "mend": "Check the id; it may belong to another legal entity.",
    }


def test_a_refusal_tells_an_instant_to_the_minute_with_its_zone() -> None:
    class EndsTooLate(Refusal):
        """It ends {ends_at}."""

    summer = timezone(timedelta(hours=1))

    told = str(EndsTooLate(ends_at=datetime(2026, 7, 1, 9, 5, 30, tzinfo=summer)))

    assert told == "It ends 1 Jul 2026 08:05 UTC."


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=2524, hours=16), "2,524 days"),
        (timedelta(hours=1), "60 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=30, microseconds=5), "30 seconds"),
    ],
)
def test_a_refusal_tells_a_length_of_time_in_words(length: timedelta, words: str) -> None:
    class TooOld(Refusal):
        """It is {age} old."""

    assert str(TooOld(age=length)) == f"It is {words} old."


def test_ids_sort_by_time() -> None:
    made = [new_id() for _ in range(500)]

    assert made == sorted(made)
    assert {identifier.version for identifier in made} == {7}


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(InstantWithoutZone) as refused:
        require_utc(datetime(2026, 1, 1), field="as_of")  # noqa: DTZ001

    assert refused.value.field == "as_of"
    assert require_utc(datetime(2026, 1, 1, tzinfo=UTC), field="as_of").tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select :as_of", "select %(as_of)s"),
        ("select x::text, ':no', 5 % 2 -- :no", "select x::text, ':no', 5 %% 2 -- :no"),
        ("where a like '10%' and b = :b", "where a like '10%%' and b = %(b)s"),
    ],
)
def test_parameters_are_told_from_casts_strings_and_comments(text: str, expected: str) -> None:
    assert with_driver_parameters(text) == expected


def test_a_named_query_has_its_header() -> None:
    assert "grain: message" in named_sql("core", "waiting_messages").header


def test_secrets_are_made_once_for_the_owners_eyes(tmp_path: Path) -> None:
    first, second = load_secrets(tmp_path), load_secrets(tmp_path)

    assert first == second
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOODSTANDING_NOWHERE", raising=False)

    with pytest.raises(RuntimeError, match="GOODSTANDING_NOWHERE"):
        variable("GOODSTANDING_NOWHERE")
