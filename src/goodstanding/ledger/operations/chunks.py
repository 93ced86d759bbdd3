"""One chunk of rows, written whole or not at all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from django.db import transaction

from goodstanding.core.bulk import copy_rows
from goodstanding.core.encryption import keyed_digest
from goodstanding.core.ids import new_id
from goodstanding.ledger.errors import ReferenceUnknown
from goodstanding.ledger.imports.planning import BadRow, RowPlan
from goodstanding.ledger.models import ImportChunk, QuarantinedRow, SourceRow
from goodstanding.ledger.operations.facts import record_facts
from goodstanding.ledger.types import FactOrigin, NewFact
from goodstanding.parties import operations as parties
from goodstanding.parties import queries as party_queries
from goodstanding.parties.errors import IdentifierTaken
from goodstanding.parties.types import NewParty

SHOWN_LETTERS = 2000

Identifier = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a run under their number, with what is common to all of them."""

    run_id: UUID
    number: int
    origin: parties.Origin
    personal_columns: frozenset[str]


@dataclass(slots=True)
class Placement:
    """Which party each row belongs to, what was written for that, and the rows refused."""

    owners: list[UUID | None]
    plans: list[RowPlan]
    bad: list[BadRow]
    parties_new: int = 0
    parties_amended: int = 0


@transaction.atomic
def load_chunk(
    *, chunk: Chunk, rows: Sequence[RowPlan | BadRow]
) -> tuple[ImportChunk, list[BadRow]]:
    """Write the chunk's parties, facts, source rows and quarantine; returns counts and bad rows."""
    bad = [row for row in rows if isinstance(row, BadRow)]
    plans = [row for row in rows if isinstance(row, RowPlan)]
    fresh = _not_yet_loaded(plans)
    placed = _place(fresh, origin=chunk.origin)
    bad += placed.bad
    facts_new, facts_corrected = _record(placed, origin=chunk.origin)
    copy_rows(
        table="ledger_source_row",
        columns=("id", "run_id", "line", "digest"),
        rows=((new_id(), chunk.run_id, plan.line, plan.digest) for plan in placed.plans),
    )
    _quarantine(bad, chunk=chunk)
    counts = ImportChunk.objects.create(
        run_id=chunk.run_id,
        number=chunk.number,
        rows_read=len(rows),
        rows_loaded=len(placed.plans),
        rows_known=len(plans) - len(fresh),
        rows_quarantined=len(bad),
        parties_new=placed.parties_new,
        parties_amended=placed.parties_amended,
        facts_new=facts_new,
        facts_corrected=facts_corrected,
    )
    return counts, bad


def _not_yet_loaded(plans: Sequence[RowPlan]) -> list[RowPlan]:
    digests = [plan.digest for plan in plans]
    known = SourceRow.objects.filter(digest__in=digests).values_list("digest", flat=True)
    seen = {bytes(digest) for digest in known}
    fresh: list[RowPlan] = []
    for plan in plans:
        if plan.digest not in seen:
            seen.add(plan.digest)
            fresh.append(plan)
    return fresh


def _place(plans: Sequence[RowPlan], *, origin: parties.Origin) -> Placement:
    if any(plan.party is not None for plan in plans):
        return _write_parties(plans, origin=origin)
    if any(plan.refers_to is not None for plan in plans):
        return _find_parties(plans, origin=origin)
    return Placement([None] * len(plans), list(plans), [])


def _find_parties(plans: Sequence[RowPlan], *, origin: parties.Origin) -> Placement:
    known = _known_parties(
        (plan.refers_to for plan in plans if plan.refers_to), legal_entity=origin.legal_entity
    )
    placed = Placement([], [], [])
    for plan in plans:
        scheme, value = plan.refers_to or ("", "")
        if (scheme, value) in known:
            placed.owners.append(known[scheme, value])
            placed.plans.append(plan)
        else:
            refusal = ReferenceUnknown(field=scheme, scheme=scheme, value=value)
            placed.bad.append(BadRow(plan.line, plan.digest, plan.raw, refusal))
    return placed


def _write_parties(plans: Sequence[RowPlan], *, origin: parties.Origin) -> Placement:
    described = [(plan, plan.party) for plan in plans if plan.party is not None]
    known = _known_parties(
        (identifier for _, party in described for identifier in party.identifiers),
        legal_entity=origin.legal_entity,
    )
    kept, bad = _without_conflicts(described, known=known)
    first_of: dict[Identifier, NewParty] = {}
    later: list[NewParty] = []
    for _plan, party in kept:
        name = party.identifiers[0]
        if name in known or name in first_of:
            later.append(party)
        else:
            first_of[name] = party
    party_ids = parties.register_parties(parties=list(first_of.values()), origin=origin)
    owner_of = {**known, **dict(zip(first_of, party_ids, strict=True))}
    _add_identifiers(later, owner_of=owner_of, known=known, origin=origin)
    amended = _amend(later, owner_of=owner_of, origin=origin)
    return Placement(
        [owner_of[party.identifiers[0]] for _, party in kept],
        [plan for plan, _ in kept],
        bad,
        len(first_of),
        amended,
    )


def _known_parties(
    identifiers: Iterable[Identifier], *, legal_entity: str
) -> dict[Identifier, UUID]:
    values_of: dict[str, set[str]] = defaultdict(set)
    for scheme, value in identifiers:
        values_of[scheme].add(value)
    return {
        (scheme, value): party_id
        for scheme, values in values_of.items()
        for value, party_id in party_queries.party_ids_by_external_ids(
            scheme=scheme, values=values, legal_entity=legal_entity
        ).items()
    }


def _without_conflicts(
    described: Sequence[tuple[RowPlan, NewParty]], *, known: dict[Identifier, UUID]
) -> tuple[list[tuple[RowPlan, NewParty]], list[BadRow]]:
    """Take out rows whose further identifiers belong to another party, known or of this chunk."""
    claimed: dict[Identifier, UUID | Identifier] = dict(known)
    kept: list[tuple[RowPlan, NewParty]] = []
    bad: list[BadRow] = []
    for plan, party in described:
        name = party.identifiers[0]
        owner = claimed.get(name, name)
        taken = [
            identifier
            for identifier in party.identifiers
            if claimed.get(identifier, owner) != owner
        ]
        if taken:
            scheme, value = taken[0]
            refusal = IdentifierTaken(field=scheme, scheme=scheme, value=value)
            bad.append(BadRow(plan.line, plan.digest, plan.raw, refusal))
            continue
        claimed.update(dict.fromkeys(party.identifiers, owner))
        kept.append((plan, party))
    return kept, bad


def _add_identifiers(
    later: Sequence[NewParty],
    *,
    owner_of: dict[Identifier, UUID],
    known: dict[Identifier, UUID],
    origin: parties.Origin,
) -> None:
    """Give parties that were met before the identifiers they were not yet known by."""
    fresh = {
        identifier: owner_of[party.identifiers[0]]
        for party in later
        for identifier in party.identifiers[1:]
        if identifier not in known
    }
    parties.add_identifiers(
        identifiers=[(party_id, *identifier) for identifier, party_id in fresh.items()],
        origin=origin,
    )


def _amend(
    later: Sequence[NewParty], *, owner_of: dict[Identifier, UUID], origin: parties.Origin
) -> int:
    """Amend parties met again, in the file's order: each at most once a round."""
    rounds: list[dict[UUID, NewParty]] = []
    times: dict[UUID, int] = defaultdict(int)
    for party in later:
        party_id = owner_of[party.identifiers[0]]
        if times[party_id] == len(rounds):
            rounds.append({})
        rounds[times[party_id]][party_id] = party
        times[party_id] += 1
    return sum(
        parties.amend_parties(
            amendments=[
                (party_id, party.details, party.effective_at, party.recorded_at)
                for party_id, party in one_round.items()
            ],
            origin=origin,
        )
        for one_round in rounds
    )


def _record(placed: Placement, *, origin: parties.Origin) -> tuple[int, int]:
    """Record the rows' facts; a later row corrects an earlier one, in the file's order."""
    rounds: list[list[NewFact]] = []
    times: dict[tuple[str, str], int] = defaultdict(int)
    for owner, plan in zip(placed.owners, placed.plans, strict=True):
        for fact in plan.facts:
            name = (fact.kind, fact.subject)
            if times[name] == len(rounds):
                rounds.append([])
            rounds[times[name]].append(replace(fact, party_id=owner))
            times[name] += 1
    fact_origin = FactOrigin(**asdict(origin))
    recorded = [record_facts(facts=facts, origin=fact_origin) for facts in rounds]
    return sum(each.new for each in recorded), sum(each.corrected for each in recorded)


def _quarantine(bad: Sequence[BadRow], *, chunk: Chunk) -> None:
    QuarantinedRow.objects.bulk_create(
        [
            QuarantinedRow(
                run_id=chunk.run_id,
                line=row.line,
                field=row.refusal.field or "",
                code=row.refusal.code,
                reason=row.refusal.message,
                raw=_shown(row.raw, personal_columns=chunk.personal_columns),
                digest=row.digest,
            )
            for row in bad
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _shown(
    raw: dict[str, str | None], *, personal_columns: frozenset[str]
) -> dict[str, str | None]:
    """The row as it is kept: personal columns as keyed digests, endless texts cut."""
    return {
        name: keyed_digest(value)
        if value is not None and name in personal_columns
        else value and value[:SHOWN_LETTERS]
        for name, value in raw.items()
    }
