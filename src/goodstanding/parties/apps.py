"""Registrations of parties."""

from django.apps import AppConfig

VERSION_HASH = (
    "encode(sha256(convert_to(concat_ws(chr(31), id, party_id, version_no, content_digest, source,"
    " simulated, effective_at at time zone 'UTC', recorded_at at time zone 'UTC'), 'UTF8')), 'hex')"
)
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
        from goodstanding.core.seal import register_stream

        declare_verbs(
            room="parties",
            verbs=[
                Verb("see_businesses", "See businesses", EVERYONE),
                Verb(
                    "read_personal",
                    "Read the personal values of a business",
                    (Role.SELLER_RISK_MANAGER, Role.CREDIT_RISK_MANAGER, Role.SPECIALIST),
                ),
                Verb("amend_business", "Amend a business", (*MANAGERS, Role.ANALYST)),
            ],
        )
        register_stream(name="party_versions", table="parties_party_version", hash_sql=VERSION_HASH)
        register_stream(name="party_links", table="parties_link", hash_sql=LINK_HASH)
