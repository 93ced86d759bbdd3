"""The two policies that are decided online, their records, and what each peer is handed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import forms, shipped
from bench.hundred import records, rulebook
from goodstanding.policies.engine import CompiledPolicy, Evaluation, Policy, load_policy


@dataclass(frozen=True, slots=True)
class Contest:
    """A policy, its records as we and as peers take them, and the answers.

    `work` is what each peer is handed beside the records, by the peer's key; `fired` are the ids
    of the rules that are TRUE, `outcomes` and `scores` the whole policy's, record by record.
    """

    name: str
    compiled: CompiledPolicy
    own: Sequence[dict[str, Any]]
    given: Sequence[dict[str, Any]]
    work: dict[str, dict[str, Any]]
    fired: Sequence[list[str]]
    outcomes: Sequence[str]
    scores: Sequence[Any]

    def wanted(self, at: int, answer: dict[str, Any]) -> dict[str, Any]:
        """What an answer to a record must be; a peer answers what it is able to."""
        found = {
            "rules": self.fired[at],
            "outcome": self.outcomes[at],
            "score": self.scores[at],
        }
        return {key: found[key] for key in answer}


def hundred_contest(count: int) -> Contest:
    """The policy of 100 expressions over 60 fields."""
    book = rulebook()
    work = {
        "zen": {"expressions": forms.zen_policy(book)},
        "datalogic": {"logic": forms.json_logic(book)},
        "ezrules": {"logic": forms.ezrules_rules(book)},
    }
    policy = load_policy(forms.policy_text(book))
    return _contest("100 expressions, 60 fields", policy, records(count), work)


def shipped_contest(count: int) -> Contest:
    """The shipped underwriting policy, without its trees, which no peer can run."""
    work = {
        "zen": {"expressions": shipped.ZEN},
        "datalogic": {"logic": shipped.JSON_LOGIC},
        "ezrules": {"logic": shipped.EZRULES},
    }
    name = "sba_underwriting without its trees, 9 rules and a card"
    return _contest(name, shipped.policy(), shipped.records(count), work)


def _contest(
    name: str, policy: Policy, own: Sequence[dict[str, Any]], work: dict[str, dict[str, Any]]
) -> Contest:
    evaluations = [policy.evaluate(record) for record in own]
    rules = policy.compiled.layout.rules
    return Contest(
        name=name,
        compiled=policy.compiled,
        own=own,
        given=[
            {
                key: forms.peer_value(value)
                for key, value in (*record.items(), *found.derived.items(), *_cards(found))
            }
            for record, found in zip(own, evaluations, strict=True)
        ],
        work={key: {**handed, "rules": list(rules)} for key, handed in work.items()},
        fired=[
            [result.id for result in found.rules if result.truth.value == "TRUE"]
            for found in evaluations
        ],
        outcomes=[found.outcome.value for found in evaluations],
        scores=[found.score for found in evaluations],
    )


def _cards(found: Evaluation) -> list[tuple[str, int]]:
    return [(item.name, item.points) for item in found.scorecards]
