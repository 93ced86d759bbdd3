"""Names compare equal when only spelling, legal form or article differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.parties.normalise import (
    canonical_identifier,
    comparable_name,
    comparable_personal,
    name_and_place_key,
    split_legal_form,
)
from goodstanding.parties.types import PersonalField


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("LANDMARK BAR & GRILLE (THE)", "The Landmark Bar and Grille, Inc."),
        ("BIG BUCKS PAWN & JEWELRY, LLC", "Big Bucks Pawn and Jewelry L.L.C."),
        ("Müller GmbH", "MULLER"),
        ("A.B.C. Holdings Ltd", "a b c holdings limited"),
        ("Cafe\u0301 Sol", "CAFÉ SOL"),
        ("\uff21\uff22\uff23 Trading", "ABC Trading"),
    ],
)
def test_spelling_form_and_article_do_not_matter(left: str, right: str) -> None:
    assert comparable_name(left) == comparable_name(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("Northgate Holdings Ltd", "Southgate Holdings Ltd"), ("The The", "That"), ("1 A", "1 B")],
)
def test_distinct_words_stay_distinct(left: str, right: str) -> None:
    assert comparable_name(left) != comparable_name(right)


def test_a_name_that_is_only_a_legal_form_or_an_article_keeps_it() -> None:
    assert comparable_name("SAS INC") != ""
    assert comparable_name("The") == "the"


def test_the_legal_form_is_kept_as_written() -> None:
    assert split_legal_form("BIG BUCKS PAWN, LLC") == ("BIG BUCKS PAWN", "LLC")
    assert split_legal_form("L & S PLUMBING") == ("L & S PLUMBING", None)


@given(st.text(max_size=60))
def test_comparing_is_stable(name: str) -> None:
    once = comparable_name(name)

    assert once == once.casefold()
    assert comparable_name(name.upper()) == comparable_name(name.upper().casefold())


def test_a_gap_never_matches_a_gap() -> None:
    assert name_and_place_key(name="Acme", city=None, region="IN", country="US") is None
    assert name_and_place_key(name="--", city="Elkhart", region="IN", country="US") is None


def test_the_key_explains_itself() -> None:
    key = name_and_place_key(name="Acme Corp.", city="NEW  PARIS", region="IN", country="US")

    assert key == "acme|new paris|in|us"


@pytest.mark.parametrize(
    ("scheme", "value", "canonical"),
    [
        ("vat", " gb 123 4567 82 ", "GB123456782"),
        ("lei", "5493-001k", "5493001K"),
        ("olist_seller", " 3442f8 ", "3442f8"),
    ],
)
def test_identifiers_are_canonical(scheme: str, value: str, canonical: str) -> None:
    assert canonical_identifier(scheme=scheme, value=value) == canonical


def test_personal_values_meet_in_one_form() -> None:
    phone = comparable_personal(field=PersonalField.PHONE, value="+55 (19) 5550-0101")
    account = comparable_personal(field=PersonalField.BANK_ACCOUNT, value="br18 0036-0305")

    assert phone == "551955500101"
    assert account == "BR1800360305"
