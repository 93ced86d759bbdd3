"""Lists of businesses are found, filtered, sorted and counted exactly, as of a moment."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from goodstanding.parties import operations
from goodstanding.parties.operations import Origin
from goodstanding.parties.queries import (
    BusinessFilter,
    Facets,
    business_facets,
    businesses,
    link_groups,
)
from goodstanding.parties.types import LinkKind, PartyDetails
from tests.instants import NOON
from tests.rooms.parties.conftest import a_company, a_sole_trader

LATER = NOON + timedelta(days=30)


@pytest.fixture
def registered(legal_entity: str) -> list[UUID]:
    origin = Origin(legal_entity=legal_entity, source="test", at=NOON)
    parties = [
        a_company(),
        a_company(legal_name="LANDMARK BAR & GRILLE (THE)", identifiers=(("sba_loan", "2"),)),
        a_company(legal_name="Zoo 100% Pets", city="Ames", region="IA", identifiers=()),
        a_sole_trader("s1", legal_name="Maria Inventada"),
        replace(a_company(legal_name="Tomorrow Ltd", identifiers=()), effective_at=LATER),
    ]
    party_ids = operations.register_parties(parties=parties, origin=origin)
    operations.link_shared_names(decided_by="rule")
    return party_ids


def _names(*, sort: str = "name", start: int = 0, stop: int = 50, **wanted: str) -> list[str]:
    rows = businesses(
        wanted=BusinessFilter(**wanted), as_of=NOON, known_at=NOON, sort=sort, start=start,
        stop=stop,
    )  # fmt: skip
    return [row.name for row in rows]


def test_all_are_listed_by_name_and_none_that_is_not_yet(registered: list[UUID]) -> None:
    assert _names() == [
        "LANDMARK BAR & GRILLE (THE)",
        "Landmark Bar & Grille, Inc.",
        "Sole trader in Campinas, SP",
        "Zoo 100% Pets",
    ]
    assert _names(sort="-name", start=1, stop=2) == ["Sole trader in Campinas, SP"]
    assert _names(sort="place")[0] == "Sole trader in Campinas, SP"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("landmark bar and", ["LANDMARK BAR & GRILLE (THE)", "Landmark Bar & Grille, Inc."]),
        ("2", ["LANDMARK BAR & GRILLE (THE)"]),
        ("100%", ["Zoo 100% Pets"]),
        ("%", []),
        ("Maria", []),
        ("nobody", []),
    ],
)
def test_a_name_or_a_whole_identifier_finds(
    text: str, names: list[str], registered: list[UUID]
) -> None:
    assert _names(text=text) == names


def test_an_id_finds(registered: list[UUID]) -> None:
    assert _names(text=str(registered[2])) == ["Zoo 100% Pets"]


def test_a_row_says_how_many_are_connected_and_one_identifier(registered: list[UUID]) -> None:
    rows = businesses(wanted=BusinessFilter(text="landmark"), as_of=NOON, known_at=NOON)

    assert [(row.connected, row.identifier) for row in rows] == [
        (1, "sba_loan:2"), (1, "sba_loan:1000014003"),
    ]  # fmt: skip


def test_counts_are_what_each_choice_would_leave(registered: list[UUID]) -> None:
    facets = business_facets(wanted=BusinessFilter(kind="Company"), as_of=NOON, known_at=NOON)

    assert facets == Facets(
        total=3,
        desks={"credit": 3},
        kinds={"Company": 3, "Person": 1},
        regions={"IN": 2, "IA": 1},
    )


def test_an_amended_name_is_found_from_the_day_it_was_known(registered: list[UUID]) -> None:
    operations.amend_party(
        party_id=registered[2], details=PartyDetails(legal_name="Aardvark Pets"), source="register",
        effective_at=NOON, by="ana@example.com", at=LATER,
    )  # fmt: skip

    assert _names(text="Aardvark") == []
    later = businesses(wanted=BusinessFilter(text="Aardvark"), as_of=NOON, known_at=LATER)
    assert [row.party_id for row in later] == [registered[2]]


def test_an_unknown_sort_is_a_fault_of_ours(registered: list[UUID]) -> None:
    with pytest.raises(ValueError, match="'age'"):
        _names(sort="age")


def test_a_group_holds_its_centre_and_everybody_on_it(registered: list[UUID]) -> None:
    [(evidence, members)] = link_groups(kind=LinkKind.SHARES_NAME_AND_PLACE).items()

    assert evidence.startswith("landmark bar")
    assert set(members) == set(registered[:2])
    assert link_groups(kind=LinkKind.SAME_AS) == {}
