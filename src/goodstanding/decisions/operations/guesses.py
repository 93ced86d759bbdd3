"""The party behind an entity without a look into the tables: remembered, or taken for unknown.

An identifier means one party for ever, so what was found once stays true. That nobody knows an
identifier is a guess, which the write holds against the tables: one that was wrong writes nothing,
and the question is asked the long way. A right one saves the caller a round trip.
"""

from collections import OrderedDict
from uuid import UUID

from goodstanding.decisions.operations.context import Found
from goodstanding.decisions.types import InForce, Question

REMEMBERED = 100_000
STREAK = 8
"""So many entities of a scheme in a row that nobody knew, before the next is taken for unknown."""

Identifier = tuple[str, str, str]


class Parties:
    """What one process has learned of identifiers, and how often a scheme's were unknown."""

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        """Remember at most so many parties, the latest ones."""
        self._most = remembered
        self._known: OrderedDict[Identifier, UUID] = OrderedDict()  # its oldest goes in no time
        self._unknown: dict[tuple[str, str], int] = {}

    def guess(self, question: Question, in_force: InForce) -> Found | None:
        """What a look into the tables would find, where it can be told; else None.

        Not where the policy reads the ledger; nor where it takes personal values, since those are
        kept under the party's key, and a guess must make nobody's; nor where its trial explores,
        since what a guess would risk is taken from the budget, though it may not be written.
        """
        standing = in_force.standings.get(question.request.policy)
        if standing is None or standing.exploration is not None:
            return None
        if any(item.features or item.personal for item in standing.versions.values()):
            return None
        party_id = self._known.get(_identifier(question))
        if party_id is None and self._unknown.get(_scheme(question), 0) < STREAK:
            return None
        return Found(None, party_id, {}, in_force)

    def learn(self, question: Question, party_id: UUID | None) -> None:
        """Take note of what was found for a question."""
        scheme = _scheme(question)
        if party_id is None:
            self._unknown[scheme] = self._unknown.get(scheme, 0) + 1
            return
        self._unknown[scheme] = 0
        if len(self._known) >= self._most:
            self._known.popitem(last=False)
        self._known[_identifier(question)] = party_id


def _identifier(question: Question) -> Identifier:
    entity = question.request.entity
    return question.caller.legal_entity, entity.scheme, entity.value


def _scheme(question: Question) -> tuple[str, str]:
    return question.caller.legal_entity, question.request.entity.scheme
