"""Names and identifiers in the one form in which they are compared. Pure: text in, text out."""

import unicodedata
from functools import lru_cache

from cleanco import basename

from goodstanding.parties.types import PersonalField

SPACELESS_SCHEMES = frozenset({"lei", "vat", "tax", "registration", "gb_crn", "ein", "cnpj"})
LEADING_ARTICLE = "the"


@lru_cache(maxsize=65536)
def split_legal_form(name: str) -> tuple[str, str | None]:
    """The name without its legal form, and the form as it was written, if there was one.

    Forms are those that the cleanco library knows of some eighty countries. A name that is
    nothing but a form (`SAS INC`) is left whole.
    """
    bare = basename(name)
    if not bare or len(bare) >= len(name.strip()):
        return name.strip(), None
    form = name.strip()[len(bare) :].strip(" ,.&-)")
    return bare, form or None


@lru_cache(maxsize=65536)
def comparable_name(name: str) -> str:
    """The name as it is compared: NFKC, casefolded, without marks, legal form and article.

    `LANDMARK BAR & GRILLE (THE)` and `The Landmark Bar and Grille, Inc.` become the same.
    """
    bare, _form = split_legal_form(unicodedata.normalize("NFKC", name))
    spelled = _folded(bare).replace("&", " and ")
    words = "".join(letter if letter.isalnum() else " " for letter in spelled).split()
    kept = [word for word in words if word != LEADING_ARTICLE]
    return " ".join(kept or words)


def name_and_place_key(
    *, name: str | None, city: str | None, region: str | None, country: str | None
) -> str | None:
    """The declared key of `shares_name_and_place`: name, city, region and country, comparable.

    None where name, city or region is missing: a gap never matches a gap.
    """
    if not name or not city or not region:
        return None
    compared = comparable_name(name)
    if not compared:
        return None
    place = "|".join(" ".join(_folded(part).split()) for part in (city, region, country or ""))
    return f"{compared}|{place}"


def canonical_identifier(*, scheme: str, value: str) -> str:
    """The value as it is kept: NFKC and trimmed; official schemes in capitals without spaces."""
    text = unicodedata.normalize("NFKC", value).strip()
    if scheme in SPACELESS_SCHEMES:
        return "".join(letter for letter in text if letter.isalnum()).upper()
    return text


def comparable_personal(*, field: PersonalField, value: str) -> str:
    """A personal value in the form whose digest is matched."""
    match field:
        case PersonalField.PHONE:
            return "".join(letter for letter in value if letter.isdigit())
        case PersonalField.BANK_ACCOUNT:
            return "".join(letter for letter in value if letter.isalnum()).upper()
        case PersonalField.LEGAL_NAME | PersonalField.OWNER_NAME:
            return comparable_name(value)
        case _:
            return _folded(value).strip()


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
