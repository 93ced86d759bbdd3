"""The features that a policy pins, found in the catalogue and held against its declarations."""

from goodstanding.policies.engine import Mistake, Policy, PolicyRefused
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.features.catalogue import FeatureUnknown, feature_named
from goodstanding.policies.features.definition import FeatureDefinition


def pinned_features(policy: Policy) -> tuple[FeatureDefinition, ...]:
    """The definitions of the features that are looked up, each once, in the order of the text.

    Raises PolicyRefused, at the line of the feature, where there is no such definition and
    version, or its value is of another type than the policy declares.
    """
    found: dict[str, FeatureDefinition] = {}
    mistakes: list[Mistake] = []
    for item in policy.definition.inputs:
        if not item.is_looked_up:
            continue
        try:
            definition = feature_named(item.feature)
        except FeatureUnknown as unknown:
            mend = unknown.advice + " Or write `source: caller` if the caller sends it."
            mistakes.append(_mistake(item, unknown.message, mend))
            continue
        if definition.reference != item.feature:
            mend = f"Write {definition.reference}."
            mistakes.append(_mistake(item, f"{item.feature!r} names no version.", mend))
        if definition.type != item.type:
            what = f"{definition.reference} is {definition.type}, and here it is {item.type}."
            mistakes.append(_mistake(item, what, f"Write `type: {definition.type}`."))
        found[definition.reference] = definition
    if mistakes:
        raise PolicyRefused(source=policy.source, mistakes=mistakes)
    return tuple(found.values())


def _mistake(item: InputDeclaration, message: str, mend: str) -> Mistake:
    return Mistake(item.place, f"features.{item.name}", message, mend, "feature")
