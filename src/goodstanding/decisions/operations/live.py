"""Deciding live: many callers, one reader and one writer, each a connection and a batch at a time.

A decision is answered only after its transaction has committed. A claim that was lost, in the
table or to a neighbour in the same batch, is answered with what was decided under it.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from goodstanding.core.encryption import seal_personal
from goodstanding.core.errors import Refusal
from goodstanding.core.ids import new_id
from goodstanding.decisions.answer import StoredDecision, stored_from
from goodstanding.decisions.deciding import Decided, check_supersedes, decide_one
from goodstanding.decisions.errors import (
    DatabaseAway,
    IdempotencyKeyReused,
    NotRecorded,
    UnknownDecision,
)
from goodstanding.decisions.operations.batches import Batches
from goodstanding.decisions.operations.context import Found, context_query
from goodstanding.decisions.operations.database_thread import DatabaseThread
from goodstanding.decisions.operations.guesses import Parties
from goodstanding.decisions.operations.link import Link
from goodstanding.decisions.operations.statements import numbered
from goodstanding.decisions.operations.writing import columns_of, record_statement
from goodstanding.decisions.subjects import subject_of
from goodstanding.decisions.types import InForce, Question, Row

log = structlog.get_logger()


class LiveDecisions:
    """The hot path of one process. Made, used and closed in one event loop."""

    def __init__(self, *, database_url: str, in_force: Callable[[], InForce]) -> None:
        """Decide by what `in_force` answers at each call; connections open at the first."""
        self._in_force = in_force
        self._reader = Link(database_url)
        self._writer = Link(database_url)
        self._lookups = Batches[Question, Found](self._find)
        self._writes = Batches[Row, datetime | None](self._write)
        self._parties = Parties()
        self._sealer = DatabaseThread("personal")

    async def decide(self, question: Question) -> StoredDecision:
        """Decide, write, and answer once it is durable.

        Raises the refusals of `decisions.errors`; a repeated question gets the stored answer.
        """
        guessed = await self._at_a_guess(question)
        if guessed is not None:
            return guessed
        found = await self._lookups.put(question)
        self._parties.learn(question, found.party_id)
        if found.decision_id is not None:
            return await self._stored_answer(question)
        asked = found.asked(question)
        await self._check_supersedes(asked)
        decided = decide_one(question=asked, in_force=found.in_force)
        row = await self._with_personal(asked, decided)
        return await self._recorded(decided, row) or await self._stored_answer(question)

    async def _at_a_guess(self, question: Question) -> StoredDecision | None:
        """The decision without a look into the tables first; None where that was not to be.

        A repeated question may be refused here, because it is old by now, and has its answer.
        """
        found = self._parties.guess(question, self._in_force())
        if found is None or question.request.supersedes is not None:
            return None
        asked = found.asked(question)
        try:
            decided = decide_one(question=asked, in_force=found.in_force)
        except Refusal:  # asked the long way, it is answered or refused for good
            return None
        scheme = question.request.entity.scheme if found.party_id is None else None
        row = msgspec.structs.replace(decided.row, unknown_scheme=scheme)
        return await self._recorded(decided, row)

    async def _recorded(self, decided: Decided, row: Row) -> StoredDecision | None:
        """The decision once it is durable; None where its claim, or its guess, was lost."""
        recorded_at = await self._writes.put(row)
        if recorded_at is None:
            return None
        return StoredDecision(
            decision_id=row.id,
            recorded_at=recorded_at,
            legal_entity=row.legal_entity,
            request_digest=row.request_digest,
            actor=row.actor,
            record=decided.record,
            record_hash=row.record_hash,
        )

    async def stored(self, *, decision_id: UUID, legal_entity: str) -> StoredDecision:
        """A decision of a legal entity; raises UnknownDecision for any other id."""
        found = await self._read_one(decision_id=decision_id)
        if found is None or found.legal_entity != legal_entity:
            raise UnknownDecision(decision_id=decision_id)
        return found

    async def close(self) -> None:
        """Finish what waits, then close the connections."""
        await self._lookups.drain()
        await self._writes.drain()
        await self._reader.close()
        await self._writer.close()
        await self._sealer.close()

    async def _find(self, questions: Sequence[Question]) -> Sequence[Found]:
        in_force = self._in_force()
        query = context_query(in_force)
        rows = await self._reader.rows(query.statement, query.columns(questions))
        return query.found(questions, rows, in_force)

    async def _write(self, rows: Sequence[Row]) -> Sequence[datetime | Exception | None]:
        try:
            written = await self._write_together(rows)
        except DatabaseAway as surprise:
            raise NotRecorded from surprise
        except Exception as surprise:
            if len(rows) == 1:
                raise
            log.warning("batch_written_row_by_row", rows=len(rows), error=type(surprise).__name__)
            return [await self._write_alone(row) for row in rows]
        return [written.get(row.id) for row in rows]

    async def _write_together(self, rows: Sequence[Row]) -> dict[UUID, datetime]:
        columns = columns_of(rows, now_ns=time.monotonic_ns())
        written = await self._writer.rows(record_statement(), columns)
        return {row["id"]: row["recorded_at"] for row in written}

    async def _write_alone(self, row: Row) -> datetime | Exception | None:
        """A row that spoils its batch must not spoil its neighbours."""
        try:
            return (await self._write_together([row])).get(row.id)
        except Exception as surprise:  # noqa: BLE001 - told to the one caller whose row it is
            return surprise

    async def _stored_answer(self, question: Question) -> StoredDecision:
        request = question.request
        found = await self._read_one(
            claimed_by=question.caller.claimed_by, idempotency_key=request.idempotency_key
        )
        if found is None:
            raise NotRecorded
        if found.request_digest != question.request_digest:
            raise IdempotencyKeyReused(
                field="Idempotency-Key", key=request.idempotency_key, decision_id=found.decision_id
            )
        return msgspec.structs.replace(found, repeated=found.decision_id != question.decision_id)

    async def _check_supersedes(self, question: Question) -> None:
        superseded = question.request.supersedes
        if superseded is None:
            return
        check_supersedes(question, await self._read_one(decision_id=superseded))

    async def _read_one(
        self,
        *,
        decision_id: UUID | None = None,
        claimed_by: str | None = None,
        idempotency_key: str | None = None,
    ) -> StoredDecision | None:
        statement = numbered("stored_decision")
        values = {
            "decision_id": decision_id,
            "claimed_by": claimed_by,
            "idempotency_key": idempotency_key,
        }
        rows = await self._reader.rows(statement, [values[name] for name in statement.names])
        return stored_from(rows[0]) if rows else None

    async def _with_personal(self, question: Question, decided: Decided) -> Row:
        """The row with its personal values encrypted; making a subject's key may take a query."""
        if not decided.personal:
            return decided.row
        subject = subject_of(question.party_id, question.caller, question.request.entity)
        ciphertext = await self._sealer.run(
            lambda: seal_personal(subject_id=subject, values=decided.personal)
        )
        return msgspec.structs.replace(
            decided.row,
            personal_value_id=new_id(),
            personal_subject_id=subject,
            personal_ciphertext=ciphertext,
        )
