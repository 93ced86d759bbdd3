"""Everything that a business's page shows, put together from the rooms below."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from goodstanding.accounts.queries import legal_entities
from goodstanding.core.encryption import erased_at, keeps_personal
from goodstanding.ledger.queries import changed_facts_of, facts_of, imports_by_id
from goodstanding.ledger.types import FactView, ImportView
from goodstanding.parties.queries import (
    connections_of,
    identifiers_of,
    party_as_of,
    shared_values_of,
    versions_of,
)
from goodstanding.parties.types import Connection, LinkKind, PartyView, PersonalField
from goodstanding.web.cells import day_text, words
from goodstanding.web.forms import RevealForm
from goodstanding.web.moment import moment_of
from goodstanding.web.pages.businesses.doings import doings_of
from goodstanding.web.pages.businesses.exposure import exposure_of, trade_of
from goodstanding.web.pages.businesses.provenance import provenance_of_business, shifted_provenance
from goodstanding.web.pages.businesses.words import (
    DESKS,
    KINDS,
    LINKS,
    PERSONAL,
    attribute_words,
    scheme_words,
)
from goodstanding.web.types import Event

ANSWER = "answer_key"
SHOWN_EVENTS = 12
# Evidence that is words; of a personal value there is a digest, which tells a reader nothing.
READABLE = {LinkKind.SAME_AS, LinkKind.SHARES_NAME_AND_PLACE}
ALARMING = frozenset({"loan_charged_off", "bank_account_changed"})


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version with what it changed against the one before."""

    version: PartyView
    changes: str

    @property
    def seen_from(self) -> datetime:
        """The earliest moment at which the version both held and was known."""
        return max(self.version.effective_at, self.version.recorded_at)


@dataclass(frozen=True, slots=True)
class PersonalLine:
    """A personal value as it is masked, or shown for once; who else holds the same."""

    label: str
    shown: str | None
    shared_with: int


@dataclass(frozen=True, slots=True)
class ShownConnection:
    """A connected business, by which evidence."""

    connection: Connection
    kind: str
    url: str
    evidence: str


def provenance_of_facts(party_id: UUID, facts: Sequence[FactView], *, known_at: datetime) -> str:
    """What is real and what is simulated of a business and of these facts of it."""
    known = [each for each in versions_of(party_id=party_id) if each.recorded_at <= known_at]
    runs = imports_by_id(run_ids={fact.import_id for fact in facts if fact.import_id})
    return provenance_of_business(known, runs.values())


def business_page(
    request: HttpRequest,
    party_id: UUID,
    *,
    revealed: Mapping[PersonalField, str] | None = None,
    reveal_form: RevealForm | None = None,
) -> dict[str, Any]:
    """The context of the page, at the moment from which the person looks.

    Raises UnknownParty where the business was not yet known then.
    """
    moment = moment_of(request)
    instants = {"as_of": moment.as_of, "known_at": moment.known_at}
    business = party_as_of(party_id=party_id, **instants)
    known = [
        version
        for version in versions_of(party_id=party_id)
        if version.recorded_at <= moment.known_at
    ]
    every = facts_of(party_id=party_id, as_of=moment.as_of, known_at=moment.known_at)
    facts = [fact for fact in every if fact.kind != ANSWER]
    imports = imports_by_id(run_ids={fact.import_id for fact in facts if fact.import_id})
    return {
        "business": business,
        "kind": KINDS[business.kind],
        "summary": _summary(business),
        "versions": _changes(known),
        "connections": _connections(party_id, instants),
        "personal": _personal(business, revealed or {}),
        "revealed": revealed is not None,
        "erased_at": erased_at(subject_id=party_id),
        "keeps_personal": keeps_personal(subject_id=party_id),
        "reveal_form": reveal_form or RevealForm(),
        "exposure": exposure_of(business=business, **instants),
        "trade": trade_of(business=business, **instants),
        "fact_kinds": _kinds(party_id, facts),
        "fact_count": len(facts),
        "events": _events(facts, known),
        "imports": _imports(imports.values()),
        "doings": doings_of(request, party_id),
        "changed": len(
            {
                (change.kind, change.subject)
                for change in changed_facts_of(party_id=party_id, known_at=moment.known_at)
            }
        ),
        "provenance": provenance_of_business(known, imports.values()),
    }


def _summary(business: PartyView) -> list[tuple[str, Any]]:
    entity = legal_entities().filter(code=business.legal_entity).first()
    street = ", ".join(part for part in (business.street, business.city) if part)
    region = " ".join(part for part in (business.region, business.postcode) if part)
    lines: list[tuple[str, Any]] = [
        ("Legal name", business.legal_name or _kept(business, PersonalField.LEGAL_NAME)),
        ("Trading name", business.trading_name),
        ("Legal form", business.legal_form),
        ("Address", ", ".join(part for part in (street, region, business.country) if part)),
        *((f"Name ({name.kind})", name.name) for name in business.other_names),
        *(
            (f"Address ({other.kind})", ", ".join(filter(None, (other.street, other.city))))
            for other in business.other_addresses
        ),
        *(
            (scheme_words(each.scheme), each.value)
            for each in identifiers_of(party_id=business.party_id)
        ),
        ("Desk", DESKS[business.desk]),
        ("Our company", entity.name if entity else business.legal_entity),
        ("In force since", day_text(business.effective_at.date())),
    ]
    return [(term, value) for term, value in lines if value]


def _kept(business: PartyView, field: PersonalField) -> str | None:
    return "kept encrypted" if field in business.personal_fields else None


COMPARED = (
    "legal_name", "trading_name", "legal_form", "street", "city", "region", "postcode", "country",
    "other_names", "other_addresses", "personal_fields",
)  # fmt: skip


def _changes(versions: Sequence[PartyView]) -> list[ShownVersion]:
    """The versions, newest first, each with the fields in which it differs from the one before."""
    shown: list[ShownVersion] = []
    for version, before in zip(versions, [*versions[1:], None], strict=True):
        if before is None:
            shown.append(ShownVersion(version, "First version"))
            continue
        changed = [
            words(field).lower()
            for field in COMPARED
            if getattr(version, field) != getattr(before, field)
        ]
        shown.append(
            ShownVersion(version, "Changed: " + ", ".join(changed or ["a personal value"]))
        )
    return shown


def _connections(party_id: UUID, instants: dict[str, Any]) -> list[ShownConnection]:
    return [
        ShownConnection(
            connection=each,
            kind=LINKS[each.kind],
            url=reverse("business", args=[each.party_id]),
            evidence=each.evidence if each.kind in READABLE else "",
        )
        for each in connections_of(party_id=party_id, **instants)
    ]


def _personal(business: PartyView, revealed: Mapping[PersonalField, str]) -> list[PersonalLine]:
    if not business.personal_fields:
        return []
    shared = {
        each.field: len(each.party_ids) for each in shared_values_of(party_id=business.party_id)
    }
    return [
        PersonalLine(PERSONAL[field], revealed.get(field), shared.get(field, 0))
        for field in business.personal_fields
    ]


def _kinds(party_id: UUID, facts: Sequence[FactView]) -> list[tuple[str, int, str]]:
    counts = Counter(fact.kind for fact in facts)
    url = reverse("business_facts", args=[party_id])
    return [(words(kind), count, f"{url}?kind={kind}") for kind, count in sorted(counts.items())]


def _imports(runs: Iterable[ImportView]) -> list[tuple[ImportView, str, str]]:
    """Each import with its address and what it says of its source."""
    return [(run, reverse("import", args=[run.run_id]), shifted_provenance(run)) for run in runs]


def _events(facts: Sequence[FactView], versions: Sequence[PartyView]) -> list[Event]:
    """The newest facts and versions, newest first."""
    events = [_event(fact) for fact in facts[-SHOWN_EVENTS:]]
    events += [
        Event(
            version.effective_at,
            "Registered" if version.version_no == 1 else f"Version {version.version_no}",
            who=version.source,
            note="simulated" if version.simulated else "",
        )
        for version in versions
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:SHOWN_EVENTS]


def _event(fact: FactView) -> Event:
    details = attribute_words(fact.attributes, currency=fact.currency)
    amount = "" if fact.amount is None else fact.amount.as_text()
    return Event(
        fact.effective_at,
        f"{words(fact.kind)} {amount}".strip(),
        who=f"{fact.source}, simulated" if fact.simulated else fact.source,
        level="act" if fact.kind in ALARMING else "neutral",
        url=reverse("business_fact", args=[fact.party_id, fact.fact_id]),
        note=details[:120],
    )
