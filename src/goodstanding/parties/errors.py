"""Refusals of parties."""

from goodstanding.core.errors import Refusal


class IdentifierTaken(Refusal):
    """The identifier {scheme} {value} already belongs to another business."""

    code = "identifier_taken"
    status = 409
    mend = "Look the business up by this identifier and amend it instead."


class IdentifierEmpty(Refusal):
    """The identifier of scheme {scheme} has no value."""

    code = "identifier_empty"
    mend = "Give the value as its issuer writes it, or leave the identifier out."


class UnknownParty(Refusal):
    """There is no business {key}."""

    code = "unknown_party"
    status = 404
    mend = "Check the id; it may belong to another legal entity."


class NameMissing(Refusal):
    """A business needs a legal or a trading name."""

    code = "name_missing"
    mend = "Give legal_name or trading_name."


class PersonNameInClear(Refusal):
    """The legal name of a person would be kept in clear."""

    code = "person_name_in_clear"
    mend = "Give it under `personal`, where it is encrypted and can be erased."


class UnknownCountry(Refusal):
    """{country!r} is not a country code."""

    code = "unknown_country"
    mend = "Give two capital letters (ISO 3166-1 alpha-2), for example US, BR or GB."


class RecordedInFuture(Refusal):
    """The instant {recorded_at}, at which this is said to be recorded, lies ahead of {now}."""

    code = "recorded_in_future"
    mend = "Leave recorded_at out, or give the instant at which the source knew it."


class NoPersonalValues(Refusal):
    """Nothing personal is kept of business {party_id}."""

    code = "no_personal_values"
    status = 404


class PartyChangedMeanwhile(Refusal):
    """Somebody else wrote a version of this business at the same moment."""

    code = "party_changed_meanwhile"
    status = 409
    mend = "Read the business again and amend it anew."
