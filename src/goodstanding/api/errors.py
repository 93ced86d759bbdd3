"""Refusals of the API: what a request must look like."""

from goodstanding.core.errors import Refusal


class MalformedJson(Refusal):
    """The body is not JSON: {why}."""

    code = "malformed_json"
    status = 400
    mend = "Send one JSON object in UTF-8."


class NotANumber(Refusal):
    """{text} is not a number that JSON has."""

    code = "not_a_number"
    status = 400
    mend = "Send null where there is no number; the policy says what missing means."


class NullCharacter(Refusal):
    """The text holds the character U+0000, which no database keeps."""

    code = "null_character"
    status = 400
    mend = "Leave the character out."


class TooDeep(Refusal):
    """The value nests lists or objects deeper than can be read."""

    code = "too_deep"
    status = 400
    mend = "Send plain values; an input has no lists within lists."


class DoubledName(Refusal):
    """The name {name} stands twice in one object."""

    code = "doubled_name"
    status = 400
    mend = "Send each name once: of two values, readers of JSON take now the first, now the last."


class UnknownField(Refusal):
    """There is no field {name!r} here."""

    code = "unknown_field"
    mend = "{hint}"


class MissingField(Refusal):
    """The field {name!r} is missing."""

    code = "missing_field"
    mend = "Send it; the OpenAPI document describes it."


class WrongValue(Refusal):
    """{why}."""

    code = "wrong_value"
    mend = "Send the type that the OpenAPI document describes."


class BodyTooLarge(Refusal):
    """The body is larger than {most_kib} KiB."""

    code = "body_too_large"
    status = 413
    mend = "Shorten it; a decision needs values, not documents."


class NotJson(Refusal):
    """The content type {content_type!r} is not read here."""

    code = "unsupported_media_type"
    status = 415
    mend = "Send application/json."


class NoSuchPath(Refusal):
    """There is nothing at {path}."""

    code = "no_such_path"
    status = 404
    mend = "The OpenAPI document lists every path."


class MethodNotAllowed(Refusal):
    """{method} is not possible at {path}."""

    code = "method_not_allowed"
    status = 405
    mend = "Use {allowed}."


class IdempotencyKeyMissing(Refusal):
    """The request has no usable Idempotency-Key header."""

    code = "idempotency_key_missing"
    status = 400
    mend = "Send a key of your own per event: 1 to {most} visible ASCII characters."


class TooManyRequests(Refusal):
    """The key {name} has used up its {per_second} requests a second."""

    code = "too_many_requests"
    status = 429
    mend = "Repeat after {retry_after} s with the same Idempotency-Key."


class TooManyStrangers(Refusal):
    """More than {per_second} requests a second without a key in force came from {name}."""

    code = "too_many_strangers"
    status = 429
    mend = "Send a key that is in force; what has one is not held up by this."


class KeysNotRead(Refusal):
    """The service could not read for {seconds} s which keys are in force."""

    code = "keys_not_read"
    status = 503
    mend = "Repeat in a moment; nothing was decided."


class SurpriseHere(Refusal):
    """Something went wrong here that nobody expected; it is in the log under {reference}."""

    code = "surprise"
    status = 500
    mend = "Repeat with the same Idempotency-Key; report the reference if it stays."
