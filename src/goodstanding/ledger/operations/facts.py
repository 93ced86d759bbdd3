"""Record, correct and retract facts. One operation, one transaction."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from goodstanding.core.audit import write_audit
from goodstanding.core.bulk import copy_rows
from goodstanding.core.ids import new_id
from goodstanding.core.money import minor_places
from goodstanding.core.named_sql import named_sql
from goodstanding.core.time import require_utc
from goodstanding.ledger.errors import (
    AmountWithoutCurrency,
    FactChangedMeanwhile,
    FactRecordedInFuture,
    FactTwice,
    NothingToRetract,
    VersionRecordedBackwards,
)
from goodstanding.ledger.types import FactOrigin, NewFact, Recorded

FACT_COLUMNS = (
    "id", "kind", "party_id", "subject", "version_no", "retracted", "effective_at",
    "amount_minor", "currency", "attributes", "content_digest", "source", "simulated", "import_id",
    "legal_entity_id", "recorded_at",
)  # fmt: skip


@transaction.atomic
def record_facts(*, facts: Sequence[NewFact], origin: FactOrigin) -> Recorded:
    """Record many facts at once, set-wise.

    A fact of a known subject and kind becomes its next version if it says something else, and
    nothing if it says the same. The caller writes the audit line of what it does.
    Raises FactTwice, AmountWithoutCurrency, UnknownCurrency, FactRecordedInFuture,
    VersionRecordedBackwards or FactChangedMeanwhile, and then nothing is written.
    """
    _refuse_repeats(facts)
    for fact in facts:
        _check(fact, origin=origin)
    latest = _latest_versions(facts, legal_entity=origin.legal_entity)
    rows: list[tuple[object, ...]] = []
    corrected = 0
    for fact in facts:
        known = latest.get((fact.kind, fact.subject))
        digest = fact_digest(fact)
        if known is not None and known["content_digest"] == digest:
            continue
        recorded_at = _recorded_at(fact, known, origin=origin)
        version_no = 1 if known is None else known["version_no"] + 1
        corrected += known is not None
        rows.append(_row(fact, version_no, digest=digest, recorded_at=recorded_at, origin=origin))
    _copy_or_refuse(rows)
    return Recorded(len(rows) - corrected, corrected, len(facts) - len(rows))


@transaction.atomic
def record_fact(*, fact: NewFact, origin: FactOrigin, by: str) -> Recorded:
    """Record or correct one fact for a person or a key; audited."""
    recorded = record_facts(facts=[fact], origin=origin)
    write_audit(
        actor=by, action="record_fact", object_kind="fact", object_id=f"{fact.kind}:{fact.subject}",
        at=origin.at, detail={"source": origin.source, "corrected": recorded.corrected},
    )  # fmt: skip
    return recorded


@transaction.atomic
def retract_fact(
    *, kind: str, subject: str, legal_entity: str, reason: str, by: str, at: datetime
) -> None:
    """Take back a fact: it never held. Its versions stay, and so does who took it back and why.

    Raises NothingToRetract if there is no such fact, or if it was retracted before.
    """
    probe = NewFact(kind=kind, subject=subject, effective_at=at)
    known = _latest_versions([probe], legal_entity=legal_entity).get((kind, subject))
    if known is None or known["retracted"]:
        raise NothingToRetract(field="subject", kind=kind, subject=subject)
    origin = FactOrigin(legal_entity=legal_entity, source=known["source"], at=at)
    retraction = NewFact(
        kind=kind,
        subject=subject,
        effective_at=known["effective_at"],
        party_id=known["party_id"],
        attributes={"reason": reason},
        retracted=True,
    )
    record_facts(facts=[retraction], origin=origin)
    write_audit(
        actor=by, action="retract_fact", object_kind="fact", object_id=f"{kind}:{subject}", at=at,
        detail={"reason": reason},
    )  # fmt: skip


def fact_digest(fact: NewFact) -> str:
    """The digest of what a fact says; equal digests are the same statement."""
    content = [
        str(fact.party_id),
        fact.retracted,
        require_utc(fact.effective_at, field="effective_at").isoformat(),
        fact.amount_minor,
        fact.currency,
        dict(fact.attributes),
    ]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _refuse_repeats(facts: Sequence[NewFact]) -> None:
    seen: set[tuple[str, str]] = set()
    for fact in facts:
        name = (fact.kind, fact.subject)
        if name in seen:
            raise FactTwice(field="subject", kind=fact.kind, subject=fact.subject)
        seen.add(name)


def _check(fact: NewFact, *, origin: FactOrigin) -> None:
    said = {"kind": fact.kind, "subject": fact.subject}
    if (fact.amount_minor is None) != (fact.currency is None):
        raise AmountWithoutCurrency(field="currency", **said)
    if fact.currency is not None:
        minor_places(currency=fact.currency)
    if (
        fact.recorded_at is not None
        and require_utc(fact.recorded_at, field="recorded_at") > origin.at
    ):
        raise FactRecordedInFuture(field="recorded_at", recorded_at=fact.recorded_at, **said)


def _latest_versions(
    facts: Sequence[NewFact], *, legal_entity: str
) -> dict[tuple[str, str], dict[str, Any]]:
    parameters = {
        "legal_entity": legal_entity,
        "kinds": [fact.kind for fact in facts],
        "subjects": [fact.subject for fact in facts],
    }
    rows = named_sql("ledger", "latest_facts").rows(parameters)
    return {(row["kind"], row["subject"]): row for row in rows}


def _recorded_at(fact: NewFact, known: dict[str, Any] | None, *, origin: FactOrigin) -> datetime:
    """When we knew: as declared, but a correction is never known before what it corrects."""
    declared = fact.recorded_at or origin.at
    if known is None or declared >= known["recorded_at"]:
        return declared
    if origin.at < known["recorded_at"]:
        raise VersionRecordedBackwards(field="recorded_at", kind=fact.kind, subject=fact.subject)
    return origin.at


def _copy_or_refuse(rows: Sequence[tuple[object, ...]]) -> None:
    try:
        with transaction.atomic():
            copy_rows(table="ledger_fact", columns=FACT_COLUMNS, rows=rows)
    except IntegrityError as surprise:
        if "one_fact_per_version" not in str(surprise):
            raise
        raise FactChangedMeanwhile(field="subject") from surprise


def _row(
    fact: NewFact, version_no: int, *, digest: str, recorded_at: datetime, origin: FactOrigin
) -> tuple[object, ...]:
    return (
        new_id(), fact.kind, fact.party_id, fact.subject, version_no, fact.retracted,
        fact.effective_at, fact.amount_minor, fact.currency, dict(fact.attributes), digest,
        origin.source, origin.simulated, origin.import_id, origin.legal_entity, recorded_at,
    )  # fmt: skip
