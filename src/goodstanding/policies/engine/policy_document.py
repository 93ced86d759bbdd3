"""A policy as a JSON document: everything that it says, typed, with its hashes."""

from typing import Any

from goodstanding.policies.engine.definition import DecisionTable, InputDeclaration
from goodstanding.policies.engine.evaluation import as_text
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.words import (
    bands_in_words,
    if_missing,
    rules_in_words,
    score_words,
    term_rows,
)

Document = dict[str, Any]


def policy_document(policy: Policy) -> Document:
    """The policy by its sections; expressions as written and in their canonical form."""
    definition, plan = policy.definition, policy.plan
    return {
        "policy": definition.name,
        "version": definition.version,
        "text_hash": policy.text_hash,
        "tree_hash": policy.tree_hash,
        "title": definition.title,
        "desk": definition.desk,
        "owner": definition.owner,
        "sign_off": list(definition.sign_off),
        "purpose": definition.purpose,
        "legal_entities": list(definition.legal_entities),
        "time_zone": definition.time_zone,
        "currency": definition.currency,
        "inputs": [_input(item) for item in plan.inputs],
        **_named_values(policy),
        **_scores(policy),
        "tables": {item.name: table_document(item) for item in definition.tables},
        "rules": _rules(policy),
        "terms": _terms(policy),
        "fallback": {
            "outcome": definition.fallback.outcome.value,
            "reason": definition.fallback.reason,
        },
        "if_missing": _if_missing(policy),
        "tests": [test.name for test in definition.tests],
        "text": policy.text,
    }


def _named_values(policy: Policy) -> Document:
    plan = policy.plan
    return {
        "constants": {
            item.name: {"type": str(item.type), "value": as_text(item.value), "label": item.label}
            for item in plan.constants
        },
        "derived": {
            item.name: {"label": item.label, "expression": item.expression.to_text()}
            for item in plan.computed
            if not item.is_card and not item.table
        },
        "lists": {
            item.name: {
                "version": item.version,
                "kept": item.kept or None,
                "values": [as_text(value) for value in item.values],
                "expires_on": as_text(item.expires_on),
            }
            for item in plan.list_declarations
        },
    }


def _terms(policy: Policy) -> Document:
    return {
        term.name: {
            "label": term.declaration.label,
            "currency": term.declaration.currency,
            "given_on": [outcome.value for outcome in term.declaration.given_on],
            "rows": [
                {"when": when or None, "value": value}
                for when, value in term_rows(policy.plan, term.declaration)
            ],
        }
        for term in policy.plan.terms
    }


def table_document(table: DecisionTable) -> Document:
    """A decision table by its columns and rows, cells as written."""
    return {
        "label": table.label,
        "hit": table.hit.value,
        "on_missing": table.on_missing.value if table.on_missing else None,
        "inputs": {column.name: column.written.text.strip() for column in table.columns},
        "outputs": {
            item.name: {"type": str(item.type), "label": item.label} for item in table.outputs
        },
        "rows": [
            {
                "row": row.id,
                "label": row.label,
                "tests": [cell.text for cell in row.tests],
                "values": [cell.text for cell in row.values],
                "effect": row.effect.value if row.effect else None,
                "reason": row.reason,
                "points": row.points,
                "priority": row.priority,
                "line": row.place.line,
            }
            for row in table.rows
        ],
    }


def _if_missing(policy: Policy) -> Document:
    return {
        item.name: {
            "outcome": item.outcome.value,
            "rules": [rule for rule, _ in item.rules],
            "models": list(item.models),
        }
        for item in if_missing(policy.plan)
    }


def _input(item: InputDeclaration) -> Document:
    return {
        "name": item.name,
        "type": str(item.type),
        "label": item.label,
        "required": item.is_required,
        "personal": item.is_personal,
        "protected": item.is_protected,
        "proxy_for": item.proxy_for,
        "feature": item.feature,
        "is_looked_up": item.is_looked_up,
        "min": as_text(item.low),
        "max": as_text(item.high),
        "values": list(item.values),
        "actionable": item.actionable.value,
    }


def _scores(policy: Policy) -> Document:
    plan = policy.plan
    return {
        "scorecards": {
            card.name: {
                "id": card.model.id,
                "version": card.model.version,
                "sha256": card.model.sha256,
                "reads": list(card.reads),
            }
            for card in plan.cards
        },
        "models": {
            item.name: {
                "id": item.model.id,
                "version": item.model.version,
                "sha256": item.model.sha256,
                "reads": list(item.reads),
            }
            for item in plan.models
        },
        "score": None
        if plan.score is None
        else {
            "from": plan.score.declaration.source,
            "label": score_words(plan),
            "bands": [
                {
                    "name": band.name,
                    "span": band.span,
                    "outcome": band.outcome.value if band.outcome else None,
                }
                for band in bands_in_words(plan)
            ],
        },
    }


def _rules(policy: Policy) -> list[Document]:
    planned = policy.plan.rules
    return [
        {
            "id": words.id,
            "label": words.label,
            "when": words.condition,
            "canonical": rule.condition.to_text(),
            "in_words": words.sentence,
            "effect": words.effect,
            "outcome": words.outcome.value if words.outcome else None,
            "points": words.points,
            "reason": {"code": words.reason_code, "text": words.reason},
            "if_missing": words.if_missing or None,
            "line": words.line,
        }
        for words, rule in zip(rules_in_words(policy.plan), planned, strict=True)
    ]
