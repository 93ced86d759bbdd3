"""The reasons of a decision in the words of a regime and a language.

The record keeps the texts that the policy gave when it decided. Every other wording stands in the
text of the same version, which is named by its hash and cannot change, so it is as frozen as they.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goodstanding.decisions.record import WITHHELD
from goodstanding.policies.engine import Policy

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class WordedReason:
    """A reason as it is told.

    `is_recorded` says that these are the words of the record; `is_in_language` that the policy
    has them in the language asked for.
    """

    code: str
    text: str
    source: str
    rule: str
    is_recorded: bool
    is_in_language: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """The reasons in one regime and language, and which others the policy has.

    `regime` is empty for the policy's own plain words.
    """

    regime: str
    language: str
    regimes: Sequence[str]
    languages: Sequence[str]
    reasons: Sequence[WordedReason]


def worded(
    policy: Policy | None, record: Mapping[str, Any], *, regime: str = "", language: str = ""
) -> Wording:
    """The reasons of a record in a regime and a language; the recorded words where none is asked.

    A regime or language that the policy does not know falls back to its plain words, as it does
    when deciding.
    """
    reasons: Sequence[Mapping[str, Any]] = record["reasons"]
    own = policy.definition.language if policy else "en"
    spoken = language or own
    if policy is None or (not regime and spoken == own):
        told = [_recorded(reason, is_in_language=spoken == own) for reason in reasons]
    else:
        facts = facts_of(record)
        told = [_told(policy, reason, facts, regime, spoken) for reason in reasons]
    return Wording(regime, spoken, _regimes(policy), _languages(policy), told)


def facts_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Every value of a record by its name, as text; personal ones withheld."""
    values = {name: entry["value"] for name, entry in record["inputs"].items()}
    values |= record["derived"]
    values |= {model["name"]: model["score"] for model in record["models"]}
    for card in record["scorecards"]:
        values |= {card["name"]: card["points"], f"{card['name']}_pd": card["pd"]}
    return {name: _fact(value) for name, value in values.items()}


def _fact(value: object) -> str:
    return WITHHELD if isinstance(value, dict) else str(value)


def _regimes(policy: Policy | None) -> tuple[str, ...]:
    declared = policy.definition.reasons.values() if policy else ()
    return tuple(dict.fromkeys(regime for reason in declared for regime in reason.regimes))


def _languages(policy: Policy | None) -> tuple[str, ...]:
    if policy is None:
        return ("en",)
    texts = [
        words
        for reason in policy.definition.reasons.values()
        for words in (reason.texts, *reason.regimes.values())
    ]
    found = {language for words in texts for language in words}
    return tuple(sorted(found | {policy.definition.language}))


def _recorded(reason: Mapping[str, Any], *, is_in_language: bool) -> WordedReason:
    return WordedReason(
        code=reason["code"],
        text=reason["text"],
        source=reason["source"],
        rule=reason.get("rule", ""),
        is_recorded=True,
        is_in_language=is_in_language,
    )


def _told(
    policy: Policy, reason: Mapping[str, Any], facts: Mapping[str, str], regime: str, language: str
) -> WordedReason:
    declared = policy.definition.reasons.get(reason["code"])
    if declared is None:  # a reason that the engine words itself, such as a missing input
        return _recorded(reason, is_in_language=language == "en")
    words = declared.text(language=language, regime=regime)
    has_words = any(
        language in texts for texts in (declared.regimes.get(regime, {}), declared.texts)
    )
    return WordedReason(
        code=reason["code"],
        text=_PLACEHOLDER.sub(lambda match: facts.get(match[1], match[0]), words),
        source=reason["source"],
        rule=reason.get("rule", ""),
        is_recorded=False,
        is_in_language=has_words,
    )
