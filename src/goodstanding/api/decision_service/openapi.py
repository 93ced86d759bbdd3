"""The OpenAPI document of the decision service, made from what the service itself uses.

Bodies are the types that read them, problems are the refusals that are raised, paths are `ROUTES`.
"""

import inspect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from goodstanding import __version__
from goodstanding.accounts.errors import KeyLacksScope, KeyRefused
from goodstanding.api import errors
from goodstanding.api.decision_service.answers import Answer, Health, Problem, WholeDecision
from goodstanding.api.decision_service.bodies import DecisionBody
from goodstanding.api.decision_service.experiment_answers import (
    ExperimentList,
    MemoAnswer,
    PowerTable,
    WholeExperiment,
)
from goodstanding.api.decision_service.routes import ROUTES
from goodstanding.core.encryption import PersonalValuesErased
from goodstanding.core.errors import NotFound, Refusal
from goodstanding.decisions import errors as deciding
from goodstanding.policies.engine import InputRequired, InputUnknown
from goodstanding.policies.engine.given import InputValueUnreadable
from goodstanding.validation.errors import InputShape

Document = dict[str, Any]
TYPES = (
    DecisionBody, Answer, WholeDecision, ExperimentList, WholeExperiment, MemoAnswer, PowerTable,
    Health, Problem,
)  # fmt: skip
SCHEMAS = "#/components/schemas/{name}"
DESCRIPTION = """
One question, one durable decision. Send an `Idempotency-Key` of your own with each event: the
same key with the same body hears the same answer for ever, also after a crash on either side.
Every refusal is a problem document (RFC 9457) that names the field and the mend.
""".strip()

AUTHENTICATION: tuple[type[Refusal], ...] = (
    KeyRefused, KeyLacksScope, errors.TooManyRequests, errors.TooManyStrangers,
    errors.KeysNotRead, errors.SurpriseHere,
)  # fmt: skip
REQUEST: tuple[type[Refusal], ...] = (
    errors.IdempotencyKeyMissing, errors.MalformedJson, errors.NotANumber, errors.NullCharacter,
    errors.DoubledName, errors.NotJson, errors.BodyTooLarge, errors.UnknownField,
    errors.MissingField, errors.WrongValue,
)  # fmt: skip
DECIDING: tuple[type[Refusal], ...] = (
    deciding.UnknownPolicy, deciding.PolicyOfAnotherEntity, deciding.AsOfStale,
    deciding.AsOfAhead, deciding.EntityEmpty, InputValueUnreadable,
    deciding.SupersedesUnknown, deciding.IdempotencyKeyReused, InputUnknown, InputRequired,
    PersonalValuesErased,
)  # fmt: skip
STORING: tuple[type[Refusal], ...] = (
    deciding.NotRecorded, deciding.DatabaseAway, deciding.TooManyWaiting,
)  # fmt: skip

BODY_EXAMPLE: Document = {
    "policy": "sba_underwriting",
    "entity": {"scheme": "sba_loan", "value": "1000014003"},
    "as_of": "2026-11-22T14:05:00Z",
    "inputs": {
        "requested_amount": 60000,
        "guaranteed_share": 0.75,
        "employees": 4,
        "new_business": False,
        "rural": False,
        "franchise": False,
        "sector": "45",
        "state": "IN",
        "connected_exposure": {"value": 0, "source": "ledger"},
    },
}
KEY_HEADER: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Yours, one per event: one key is one decision.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
    "example": "order-2026-000117",
}
DECISION_ID: Document = {
    "name": "decision_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
NAME: Document = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The experiment's name, or its id.",
    "schema": {"type": "string", "minLength": 1, "pattern": "^[a-z0-9-]+$"},
    "example": "exp-split-check",
}


def _in_query(name: str, words: str, schema: Document, *, required: bool = False) -> Document:
    return {
        "name": name, "in": "query", "required": required, "description": words, "schema": schema,
    }  # fmt: skip


FRACTION: Document = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
POWER = (
    _in_query("base_rate", "The control's rate, a fraction.", FRACTION, required=True),
    _in_query(
        "effect",
        "Relative effects, each its own parameter; -0.2 is a fifth fewer.",
        {"type": "array", "items": {"type": "number"}, "maxItems": 20},
    ),
    _in_query("share", "The treatment's share of units; 0.5 if left out.", FRACTION),
    _in_query("alpha", "Two-sided false alarms; 0.05 if left out.", FRACTION),
    _in_query("power", "The chance to see the effect; 0.8 if left out.", FRACTION),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the document says of one operation; `scopes` is empty where no key is asked for."""

    summary: str
    answers: Mapping[int, tuple[str, Document]]
    refusals: Sequence[type[Refusal]] = ()
    scopes: Sequence[str] = ()
    parameters: Sequence[Document] = ()
    body: str = ""
    headers: Document = field(default_factory=dict)


OPERATIONS: Mapping[str, Operation] = {
    "decide": Operation(
        summary="Decide, and answer once the decision is durable",
        answers={201: ("Decided now, or earlier under the same key", {"type": Answer})},
        refusals=(*AUTHENTICATION, *REQUEST, *DECIDING, *STORING),
        scopes=("decide",),
        parameters=(KEY_HEADER,),
        body="DecisionBody",
        headers={
            "Location": {"schema": {"type": "string"}, "description": "Where it is read again"},
            "Idempotency-Replayed": {
                "schema": {"type": "string", "enum": ["true"]},
                "description": "There where it was decided earlier",
            },
        },
    ),
    "read_decision": Operation(
        summary="A decision of your legal entity, with its record",
        answers={200: ("The decision as it is kept", {"type": WholeDecision})},
        refusals=(*AUTHENTICATION, deciding.UnknownDecision, deciding.DatabaseAway),
        scopes=("read_decisions", "decide"),
        parameters=(DECISION_ID,),
    ),
    "list_experiments": Operation(
        summary="The experiments on your legal entity's policies",
        answers={200: ("The newest first", {"type": ExperimentList})},
        refusals=(*AUTHENTICATION, deciding.DatabaseAway),
        scopes=("read_experiments",),
        parameters=(_in_query("policy", "Only those on this policy.", {"type": "string"}),),
    ),
    "read_experiment": Operation(
        summary="An experiment: state, arms, split, intervals, maturity, what the rule says",
        answers={200: ("As known now; look as often as you like", {"type": WholeExperiment})},
        refusals=(*AUTHENTICATION, NotFound, deciding.DatabaseAway),
        scopes=("read_experiments",),
        parameters=(NAME,),
    ),
    "read_memo": Operation(
        summary="The decision memo of an experiment that has ended",
        answers={200: ("As it was frozen", {"type": MemoAnswer})},
        refusals=(*AUTHENTICATION, NotFound, deciding.DatabaseAway),
        scopes=("read_experiments",),
        parameters=(NAME,),
    ),
    "experiment_power": Operation(
        summary="How many counted cases, and bads, an experiment needs",
        answers={200: ("The sizes of each effect", {"type": PowerTable})},
        refusals=(*AUTHENTICATION, errors.MissingField, errors.WrongValue, InputShape),
        scopes=("read_experiments",),
        parameters=POWER,
    ),
    "describe": Operation(
        summary="This document",
        answers={200: ("OpenAPI 3.1", {"schema": {"type": "object"}})},
    ),
    "health": Operation(
        summary="Whether the service is well",
        answers={
            200: ("Well", {"type": Health}),
            503: ("It could not read lately what is in force", {"type": Health}),
        },
    ),
}


def openapi_document() -> Document:
    """The whole document."""
    _, components = msgspec.json.schema_components(TYPES, ref_template=SCHEMAS)
    schemas: Document = dict(components)
    schemas["DecisionBody"]["examples"] = [BODY_EXAMPLE]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Good Standing decision service",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {path: _path(methods) for path, methods in ROUTES.items()},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key with scopes, made by an administrator",
                }
            },
        },
    }


def _path(methods: Mapping[str, str]) -> Document:
    return {method.lower(): _operation(name) for method, name in methods.items()}


def _operation(name: str) -> Document:
    operation = OPERATIONS[name]
    found: Document = {
        "operationId": name,
        "summary": operation.summary,
        "security": [{"key": []}] if operation.scopes else [],
        "parameters": list(operation.parameters),
        "responses": {
            **{
                str(status): _answer(words, content, operation.headers)
                for status, (words, content) in operation.answers.items()
            },
            **_problems([*operation.refusals, errors.MethodNotAllowed]),
        },
    }
    if operation.scopes:
        found["description"] = f"For keys with the scope {' or '.join(operation.scopes)}."
    if operation.body:
        reference = {"$ref": SCHEMAS.format(name=operation.body)}
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference}},
        }
    return found


def _answer(words: str, content: Document, headers: Document) -> Document:
    kind = content.get("type")
    schema = content.get("schema") or {"$ref": SCHEMAS.format(name=kind.__name__ if kind else "")}
    found: Document = {
        "description": words,
        "content": {"application/json": {"schema": schema}},
    }
    return found | ({"headers": headers} if headers else {})


def _problems(refusals: Iterable[type[Refusal]]) -> Document:
    """The refusals by status, each with an example of its own."""
    by_status: defaultdict[int, list[type[Refusal]]] = defaultdict(list)
    for refusal in refusals:
        by_status[refusal.status].append(refusal)
    return {str(status): _problem(found) for status, found in sorted(by_status.items())}


def _problem(refusals: Sequence[type[Refusal]]) -> Document:
    return {
        "description": "; ".join(refusal.code for refusal in refusals),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": SCHEMAS.format(name="Problem")},
                "examples": {refusal.code: {"value": _example(refusal)} for refusal in refusals},
            }
        },
    }


def _example(refusal: type[Refusal]) -> Document:
    """A problem of the refusal, its message still with the names of the facts that fill it."""
    found: Document = {
        "type": f"urn:goodstanding:refusal:{refusal.code}",
        "title": inspect.cleandoc(refusal.__doc__ or ""),
        "status": refusal.status,
        "code": refusal.code,
    }
    return found | ({"mend": refusal.mend} if refusal.mend else {})
