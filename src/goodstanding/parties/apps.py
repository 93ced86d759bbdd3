"""Registrations of parties."""

from django.apps import AppConfig

LINK_HASH = (
    "encode(sha256(convert_to(concat_ws(chr(31), id, kind, left_party_id, right_party_id,"
    " left_version_id, right_version_id, key, decided_by), 'UTF8')), 'hex')"
)


class PartiesConfig(AppConfig):
    """Who is it."""

    name = "goodstanding.parties"
    label = "parties"

    def ready(self) -> None:
        """Declare the verbs; seal versions and links."""
        from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs
        from goodstanding.core.seal import seal_tables
        from goodstanding.parties.sealed import SEALED

        declare_verbs(
            room="parties",
            verbs=[
                Verb("see_businesses", "See businesses", EVERYONE),
                Verb(
                    "read_personal",
                    "Read the personal values of a business",
                    (Role.SELLER_RISK_MANAGER, Role.CREDIT_RISK_MANAGER, Role.SPECIALIST),
                ),
                Verb(
                    "erase_personal",
                    "Erase what is personal of a business for good",
                    (Role.ADMINISTRATOR,),
                ),
                Verb("amend_business", "Amend a business", (*MANAGERS, Role.ANALYST)),
            ],
        )
        seal_tables(SEALED)
