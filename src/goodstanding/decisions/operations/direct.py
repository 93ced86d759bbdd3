"""Deciding in this process, on Django's connection: for commands, the samples and tests.

The same derivation, the same statements and the same guarantees as in the service; only the
batches are the caller's.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.db import connection, transaction
from psycopg.rows import dict_row

from goodstanding.core.encryption import keyed_digest, seal_personal
from goodstanding.core.errors import Refusal
from goodstanding.core.ids import new_id
from goodstanding.decisions.answer import StoredDecision, stored_from
from goodstanding.decisions.canonical import canonical_json
from goodstanding.decisions.deciding import Decided, check_supersedes, decide_one
from goodstanding.decisions.errors import IdempotencyKeyReused, NotRecorded, SupersedesUnknown
from goodstanding.decisions.operations.context import Found, context_query
from goodstanding.decisions.operations.packed_arrays import register_packed_arrays
from goodstanding.decisions.operations.reading_in_force import read_in_force
from goodstanding.decisions.operations.statements import NumberedStatement, numbered
from goodstanding.decisions.operations.writing import columns_of, record_statement
from goodstanding.decisions.subjects import canonical_entity, subject_of
from goodstanding.decisions.types import Caller, DecisionRequest, InForce, Origin, Question, Row

BATCH = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """A request of an import that could not be decided on, and why."""

    request: DecisionRequest
    refusal: Refusal


@dataclass(slots=True)
class ManyDecided:
    """What became of many requests: written, found decided before, refused."""

    decided: int = 0
    repeated: int = 0
    refused: list[Refused] = field(default_factory=list[Refused])


def decide(
    *,
    request: DecisionRequest,
    legal_entity: str,
    by: str,
    at: datetime,
    in_force: InForce | None = None,
) -> StoredDecision:
    """Decide one request for a person or a process, in one transaction.

    `by` is the actor that records name, and whose idempotency keys these are. Without `in_force`
    it is read anew. Raises the refusals of `decisions.errors`; a repeated request gets the stored
    answer.
    """
    caller = Caller(actor=by, legal_entity=legal_entity, claimed_by=by)
    question = question_of(request, caller=caller, at=at, origin=Origin.LIVE)
    with transaction.atomic():
        [found] = _find([question], in_force or read_in_force(at=at))
        if found.decision_id is not None:
            return _stored_answer(question)
        asked = found.asked(question)
        _check_supersedes(asked)
        decided = decide_one(question=asked, in_force=found.in_force)
        written = _write([_with_personal(asked, decided)])
        if asked.decision_id not in written:
            return _stored_answer(question)
        return _read_one(decision_id=asked.decision_id)


def decide_many(
    *,
    requests: Iterable[DecisionRequest],
    legal_entity: str,
    by: str,
    at: datetime,
    origin: Origin = Origin.IMPORTED_HISTORY,
    in_force: InForce | None = None,
) -> Iterator[ManyDecided]:
    """Decide many requests, a batch a transaction; yields the running totals after each batch.

    What was decided before under the same keys is left as it is, so a run that stopped may be
    repeated. A request that is refused is reported and does not stop the others. Imported history
    may be of any age and opens no case.
    """
    caller = Caller(actor=by, legal_entity=legal_entity, claimed_by=by)
    current = in_force or read_in_force(at=at)
    totals = ManyDecided()
    source = iter(requests)
    while batch := list(islice(source, BATCH)):
        questions: list[Question] = []
        for item in batch:
            try:
                questions.append(question_of(item, caller=caller, at=at, origin=origin))
            except Refusal as refusal:
                totals.refused.append(Refused(item, refusal))
        with transaction.atomic():
            _decide_batch(questions, current, totals)
        yield totals


def question_of(
    request: DecisionRequest, *, caller: Caller, at: datetime, origin: Origin
) -> Question:
    """The request as a question that arrived `at`; raises EntityEmpty."""
    entity = canonical_entity(request.entity)
    asked = {
        "policy": request.policy,
        "entity": entity.key,
        "as_of": request.as_of,
        "inputs": dict(request.inputs),
        "supersedes": request.supersedes,
    }
    return Question(
        request=msgspec.structs.replace(request, entity=entity),
        caller=caller,
        arrived_at=at,
        arrived_ns=time.monotonic_ns() if origin is Origin.LIVE else None,
        request_digest=keyed_digest(canonical_json(asked).decode()),
        decision_id=new_id(),
        origin=origin,
    )


def _decide_batch(questions: Sequence[Question], in_force: InForce, totals: ManyDecided) -> None:
    rows: list[Row] = []
    if not questions:
        return
    for question, found in zip(questions, _find(questions, in_force), strict=True):
        if found.decision_id is not None:
            totals.repeated += 1
            continue
        asked = found.asked(question)
        try:
            rows.append(_with_personal(asked, decide_one(question=asked, in_force=in_force)))
        except Refusal as refusal:
            totals.refused.append(Refused(question.request, refusal))
    written = _write(rows) if rows else set[UUID]()
    totals.decided += len(written)
    totals.repeated += len(rows) - len(written)


def _find(questions: Sequence[Question], in_force: InForce) -> list[Found]:
    query = context_query(in_force)
    rows = _run(query.statement, query.columns(questions))
    return query.found(questions, rows, in_force)


def _write(rows: Sequence[Row]) -> set[UUID]:
    written = _run(record_statement(), columns_of(rows, now_ns=time.monotonic_ns()))
    return {row["id"] for row in written}


def _with_personal(question: Question, decided: Decided) -> Row:
    if not decided.personal:
        return decided.row
    subject = subject_of(question.party_id, question.caller, question.request.entity)
    return msgspec.structs.replace(
        decided.row,
        personal_value_id=new_id(),
        personal_subject_id=subject,
        personal_ciphertext=seal_personal(subject_id=subject, values=decided.personal),
    )


def _stored_answer(question: Question) -> StoredDecision:
    request = question.request
    found = _read_one(
        claimed_by=question.caller.claimed_by, idempotency_key=request.idempotency_key
    )
    if found.request_digest != question.request_digest:
        raise IdempotencyKeyReused(
            field="Idempotency-Key", key=request.idempotency_key, decision_id=found.decision_id
        )
    return msgspec.structs.replace(found, repeated=True)


def _check_supersedes(question: Question) -> None:
    superseded = question.request.supersedes
    if superseded is None:
        return
    try:
        found = _read_one(decision_id=superseded)
    except NotRecorded as unknown:
        raise SupersedesUnknown(field="supersedes", decision_id=superseded) from unknown
    check_supersedes(question, found)


def _read_one(
    *,
    decision_id: UUID | None = None,
    claimed_by: str | None = None,
    idempotency_key: str | None = None,
) -> StoredDecision:
    statement = numbered("stored_decision")
    values = {
        "decision_id": decision_id,
        "claimed_by": claimed_by,
        "idempotency_key": idempotency_key,
    }
    rows = _run(statement, [values[name] for name in statement.names])
    if not rows:
        raise NotRecorded
    return stored_from(rows[0])


def _run(statement: NumberedStatement, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    """Run a numbered statement inside Django's transaction."""
    connection.ensure_connection()
    opened: psycopg.Connection[Any] = connection.connection
    with psycopg.RawCursor(opened, row_factory=dict_row) as cursor:
        register_packed_arrays(cursor)
        cursor.execute(statement.text.encode(), parameters, binary=True)
        return cursor.fetchall()
