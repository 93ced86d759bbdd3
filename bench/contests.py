"""The two policies that are decided online, their records, and what each peer is handed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import forms, shipped
from bench.hundred import records, rulebook
from bench.json_logic import policy_logic, rules_logic
from goodstanding.policies.engine import CompiledPolicy, Policy, read_policy


@dataclass(frozen=True, slots=True)
class Contest:
    """A policy, its records as we and as peers take them, and the answers.

    `bare` are the records of a peer that decides the whole policy, `given` those of a peer that
    decides the rules alone, with the derived values and the card beside the fields. `work` is
    what each peer is handed beside the records, by the name of its script; `fired` are the ids
    of the rules that are TRUE, `outcomes` and `scores` the whole policy's, record by record.
    """

    name: str
    compiled: CompiledPolicy
    own: Sequence[dict[str, Any]]
    bare: Sequence[dict[str, Any]]
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
        "zen_graph": {"expressions": forms.zen_policy(book)},
        "datalogic_array": {"logic": rules_logic(book)},
        "datalogic_steps": policy_logic(book),
        "ezrules_executor": {"logic": forms.ezrules_rules(book)},
    }
    policy = read_policy(forms.policy_text(book))
    return _contest("100 expressions, 60 fields", policy, records(count), work)


def shipped_contest(count: int) -> Contest:
    """The shipped underwriting policy, without its trees, which no peer can run."""
    work = {
        "zen_graph": {"expressions": shipped.ZEN},
        "datalogic_array": {"logic": shipped.JSON_LOGIC},
        "ezrules_executor": {"logic": shipped.EZRULES},
    }
    name = "sba_underwriting without its trees, 9 rules and a card"
    return _contest(name, shipped.policy(), shipped.records(count), work)


def _contest(
    name: str, policy: Policy, own: Sequence[dict[str, Any]], work: dict[str, dict[str, Any]]
) -> Contest:
    evaluations = [policy.evaluate(record) for record in own]
    bare = [{name: forms.peer_value(value) for name, value in record.items()} for record in own]
    rules = policy.compiled.layout.rules
    return Contest(
        name=name,
        compiled=policy.compiled,
        own=own,
        bare=bare,
        given=[
            record
            | {name: forms.peer_value(value) for name, value in found.derived.items()}
            | {item.name: item.points for item in found.scorecards}
            for record, found in zip(bare, evaluations, strict=True)
        ],
        work={key: {**handed, "ids": list(rules)} for key, handed in work.items()},
        fired=[
            [result.id for result in found.rules if result.truth.value == "TRUE"]
            for found in evaluations
        ],
        outcomes=[found.outcome.value for found in evaluations],
        scores=[found.score for found in evaluations],
    )
