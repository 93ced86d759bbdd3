"""Refusals of decisions."""

from goodstanding.core.errors import Refusal


class UnknownPolicy(Refusal):
    """No policy named {policy!r} has a published version."""

    code = "unknown_policy"
    status = 404
    mend = "Name one of: {known}."


class PolicyOfAnotherEntity(Refusal):
    """The policy {policy!r} does not decide for the legal entity {legal_entity}."""

    code = "policy_of_another_legal_entity"
    status = 403
    mend = "Use a key of one of: {allowed}."


class AsOfStale(Refusal):
    """The as_of {as_of} is {age} old; a live decision takes at most {bound}."""

    code = "as_of_stale"
    mend = "Send the moment of the event. History is imported, not decided live."


class AsOfAhead(Refusal):
    """The as_of {as_of} lies {ahead} ahead of the clock here; at most {bound} are tolerated."""

    code = "as_of_ahead"
    mend = "Set the caller's clock by NTP, and send UTC."


class FeatureLookedUp(Refusal):
    """The input {name} is looked up here ({definition}), and a value was sent."""

    code = "feature_looked_up"
    mend = "Leave {name} out: it is read from the ledger as of the decision."


class IdempotencyKeyReused(Refusal):
    """The Idempotency-Key {key!r} was used before for another request, decided as {decision_id}."""

    code = "idempotency_key_reused"
    status = 409
    mend = "Send a new key for a new request; repeat the very same body to read the old answer."


class NoPersonalInputs(Refusal):
    """The decision {decision_id} read no personal value."""

    code = "no_personal_inputs"
    status = 404


class UnknownDecision(Refusal):
    """There is no decision {decision_id} here."""

    code = "unknown_decision"
    status = 404
    mend = "Check the id; it may belong to another legal entity."


class DatabaseAway(Refusal):
    """The database did not answer for {seconds} s."""

    code = "database_away"
    status = 503
    mend = "Repeat the request with the same Idempotency-Key; it cannot be decided twice."


class NotRecorded(Refusal):
    """Nobody could confirm that the decision is written down, so none is answered."""

    code = "not_recorded"
    status = 503
    mend = "Repeat the request with the same Idempotency-Key; it cannot be decided twice."


class TooManyWaiting(Refusal):
    """{waiting} requests wait already."""

    code = "too_many_waiting"
    status = 503
    mend = "Repeat the request after {seconds} s with the same Idempotency-Key."


class SupersedesUnknown(Refusal):
    """The decision {decision_id} to be superseded is not known, or is about another entity."""

    code = "supersedes_unknown"
    mend = "Give the id of an earlier decision about the same entity, or leave it out."


class PolicyTextMissing(Refusal):
    """The policy {policy} with the hash {policy_hash} is not kept here."""

    code = "policy_text_missing"
    status = 409
    mend = "Restore the backup that holds it; without its text nothing can be derived again."


class EntityEmpty(Refusal):
    """{value!r} identifies nobody."""

    code = "entity_empty"
    mend = "Send the identifier under which the source or register knows the business."


class NothingInShadow(Refusal):
    """No version of {name} is in shadow."""

    code = "nothing_in_shadow"
    status = 409
    mend = "Put one there: goodstanding policy shadow {name} --start VERSION --reason WHY --by WHO."


class TrialRunning(Refusal):
    """A trial of {policy} is running already, or one used this salt before."""

    code = "trial_running"
    status = 409
    mend = "End the one that runs, and give every trial a salt of its own."


class TrialSharesWrong(Refusal):
    """The shares of the arms do not fit: {why}."""

    code = "trial_shares_wrong"
    mend = "Give every arm a share; together they are 100 %, and 1 to 5 % for all that explore."


class TrialOver(Refusal):
    """The trial has ended already."""

    code = "trial_over"
    status = 409
