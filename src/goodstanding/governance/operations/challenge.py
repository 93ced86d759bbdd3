"""Challenge: ask, answer, settle; the thread is kept."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.core.locks import lock_record
from goodstanding.governance.errors import NotYourQuestion, QuestionSettled
from goodstanding.governance.models import (
    ChallengeAnswer,
    ChallengeQuestion,
    Finding,
    GovernedVersion,
)
from goodstanding.governance.operations.shared import keep_in_trail, one, require_text
from goodstanding.governance.types.records import Person


@transaction.atomic
def ask_question(
    *,
    version_id: UUID,
    question: str,
    by: Person,
    at: datetime,
    finding_id: UUID | None = None,
) -> UUID:
    """Put a question to the people behind a version, or behind one of its findings."""
    version = one(GovernedVersion, what="version", id=version_id)
    if finding_id is not None:
        one(Finding, what="finding of this version", id=finding_id, version_id=version_id)
    asked = ChallengeQuestion.objects.create(
        version=version,
        finding_id=finding_id,
        question=require_text(question, field="question"),
        asked_by_id=by.id,
        asked_at=at,
    )
    keep_in_trail("ask_question", "version", version_id, by=by, at=at, question_id=str(asked.id))
    return asked.id


@transaction.atomic
def answer_question(
    *, question_id: UUID, answer: str, by: Person, at: datetime, disposition: str = ""
) -> UUID:
    """Answer a question; with a `disposition` (what changed, or why nothing) it is settled.

    Only who asked settles. Raises NotFound, NotYourQuestion, QuestionSettled.
    """
    lock_record(question_id)
    question = one(ChallengeQuestion, what="question", id=question_id)
    if ChallengeAnswer.objects.filter(question=question).exclude(disposition="").exists():
        raise QuestionSettled
    if disposition.strip() and question.asked_by_id != by.id:
        raise NotYourQuestion(field="disposition", person=question.asked_by.display_name)
    row = ChallengeAnswer.objects.create(
        question=question,
        answer=require_text(answer, field="answer"),
        disposition=disposition.strip(),
        answered_by_id=by.id,
        answered_at=at,
    )
    keep_in_trail(
        "answer_question", "version", question.version_id, by=by, at=at,
        question_id=str(question_id), settled=bool(disposition.strip()),
    )  # fmt: skip
    return row.id
