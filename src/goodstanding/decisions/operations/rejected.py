"""Keep the events that could not be decided on."""

import hashlib
from datetime import datetime

from django.db import transaction

from goodstanding.core.encryption import keep_personal
from goodstanding.core.errors import Refusal
from goodstanding.core.ids import new_id
from goodstanding.decisions.models import RejectedEvent


@transaction.atomic
def keep_rejected_event(
    *, legal_entity: str, actor: str, body: bytes, refusal: Refusal, at: datetime
) -> None:
    """Keep the raw body of a refused event, encrypted, with the refusal.

    Nobody knows yet whose values it holds, so its key is its own.
    """
    event_id = new_id()
    text = body.decode("utf-8", errors="backslashreplace")
    RejectedEvent.objects.create(
        id=event_id,
        legal_entity=legal_entity,
        actor=actor,
        code=refusal.code,
        field=refusal.field or "",
        message=refusal.message[:500],
        body_digest=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
        personal_value_id=keep_personal(subject_id=event_id, values={"body": text}),
        rejected_at=at,
    )
