"""From a policy's text to what deciding needs of it."""

from collections.abc import Iterable

from goodstanding.decisions.types import PolicyInForce
from goodstanding.policies.engine import Outcome, Policy

EXPOSURE_INPUTS = ("requested_amount", "amount")


def policy_in_force(policy: Policy, *, vanished: tuple[str, ...] = ()) -> PolicyInForce:
    """The policy with what deciding needs to know beside it; `vanished` are not at hand."""
    definition = policy.definition
    names = {item.name for item in definition.inputs}
    return PolicyInForce(
        policy=policy,
        content_hash=policy.text_hash,
        desk=definition.desk,
        currency=definition.currency,
        legal_entities=frozenset(definition.legal_entities),
        personal=personal_names(policy),
        model_hashes=artefact_hashes(policy),
        exposure_input=next((name for name in EXPOSURE_INPUTS if name in names), None),
        fallback_queue=definition.fallback.queue or definition.outcomes[Outcome.REFER].queue,
        features={item.name: item.feature for item in definition.inputs if item.is_looked_up},
        vanished=vanished,
    )


def personal_names(policy: Policy, *, also: Iterable[str] = ()) -> frozenset[str]:
    """The personal inputs, and `also`, and every value that is computed from one of them."""
    found = {item.name for item in policy.definition.inputs if item.is_personal} | set(also)
    for computed in policy.plan.computed:
        if found.intersection(policy.plan.reads(computed.name)):
            found.add(computed.name)
    return frozenset(found)


def artefact_hashes(policy: Policy) -> tuple[str, ...]:
    """The models and scorecards that the policy pins, by the SHA-256 of their artefacts.

    A card written in the policy's own text is approved with that text.
    """
    models = [item.model.sha256 for item in policy.plan.models]
    cards = [item.declaration.artefact for item in policy.plan.cards if item.declaration.artefact]
    return tuple(models + cards)
