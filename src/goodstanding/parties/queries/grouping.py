"""Who belongs together: all that evidence connects, directly or through others."""

from collections.abc import Sequence
from uuid import UUID

from goodstanding.parties.queries.reading import link_groups
from goodstanding.parties.types import LinkKind

CONNECTING = (
    LinkKind.SAME_AS,
    LinkKind.SHARES_BANK_ACCOUNT,
    LinkKind.SHARES_PHONE,
    LinkKind.SHARES_EMAIL,
)


def connected_groups(*, kinds: Sequence[LinkKind] = CONNECTING) -> dict[UUID, UUID]:
    """The group of every business that is connected with another one, named by its first member.

    A business that is connected with nobody is not listed. Sharing a name and a place alone
    connects nobody.
    """
    above: dict[UUID, UUID] = {}
    for kind in kinds:
        for members in link_groups(kind=kind).values():
            for member in members[1:]:
                _join(above, members[0], member)
    return {party_id: _root(above, party_id) for party_id in above}


def _root(above: dict[UUID, UUID], party_id: UUID) -> UUID:
    above.setdefault(party_id, party_id)
    while above[party_id] != party_id:
        above[party_id] = above[above[party_id]]
        party_id = above[party_id]
    return party_id


def _join(above: dict[UUID, UUID], one: UUID, other: UUID) -> None:
    first, second = sorted((_root(above, one), _root(above, other)))
    above[second] = first
