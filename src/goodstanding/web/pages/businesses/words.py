"""How businesses, their links and their facts are said on a screen."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.numbers import format_compact_currency

from goodstanding.core.money import Money
from goodstanding.parties.types import Desk, LinkKind, PartyKind, PersonalField
from goodstanding.web.cells import day_text, words

DESKS = {Desk.CREDIT: "Credit", Desk.SELLERS: "Sellers"}
KINDS = {
    PartyKind.COMPANY: "Company",
    PartyKind.PERSON: "Sole trader",
    PartyKind.ORGANIZATION: "Organisation",
    PartyKind.LEGAL_ENTITY: "Kind not known",
}
LINKS = {
    LinkKind.SAME_AS: "Same business",
    LinkKind.SHARES_NAME_AND_PLACE: "Same name and place",
    LinkKind.SHARES_BANK_ACCOUNT: "Same bank account",
    LinkKind.SHARES_PHONE: "Same phone number",
    LinkKind.SHARES_EMAIL: "Same e-mail address",
}
PERSONAL = {
    PersonalField.LEGAL_NAME: "Legal name",
    PersonalField.OWNER_NAME: "Owner",
    PersonalField.EMAIL: "E-mail address",
    PersonalField.PHONE: "Phone number",
    PersonalField.BANK_ACCOUNT: "Bank account",
    PersonalField.BIRTH_DATE: "Date of birth",
}
SCHEMES = {
    "sba_loan": "SBA loan number",
    "olist_seller": "Olist seller id",
    "seller_registration": "Registration",
    "registration": "Register number",
    "vat": "VAT number",
    "lei": "LEI",
}


def scheme_words(scheme: str) -> str:
    """The name of a scheme of identifiers."""
    return SCHEMES.get(scheme, words(scheme))


def compact_money(amount: Money) -> str:
    """A large amount in a few characters: US$124.3M."""
    return format_compact_currency(
        amount.as_decimal(), amount.currency, locale="en_GB", fraction_digits=1
    )


def attribute_words(attributes: Mapping[str, Any], *, currency: str | None) -> str:
    """The attributes of a fact in one line: bank FIFTH THIRD BANK · employees 4."""
    return " · ".join(
        f"{name} {value}"
        for key, given in attributes.items()
        for name, value in [_attribute(key, given, currency)]
    )


def _attribute(key: str, value: Any, currency: str | None) -> tuple[str, str]:
    if key.endswith("_minor") and currency and isinstance(value, int):
        return words(key.removesuffix("_minor")).lower(), Money(value, currency).as_text()
    if isinstance(value, bool):
        return words(key).lower(), "yes" if value else "no"
    if key.endswith("_on") and isinstance(value, str):
        return words(key.removesuffix("_on")).lower(), day_text(date.fromisoformat(value[:10]))
    return words(key).lower(), str(value).replace("_", " ")
