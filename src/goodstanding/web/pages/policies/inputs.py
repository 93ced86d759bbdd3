"""An input in words: what is special about it, what it may be, where it comes from."""

from datetime import datetime
from decimal import Decimal

from goodstanding.policies.engine import Policy
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.evaluation import Value
from goodstanding.policies.errors import PolicyRefused
from goodstanding.policies.features import (
    FeatureDefinition,
    FeatureUnknown,
    OtherCurrencies,
    feature_named,
)
from goodstanding.policies.queries import LookupCost, lookup_cost
from goodstanding.web.cells import duration_text

MOST_VALUES = 12
OTHERS = {
    OtherCurrencies.UNKNOWN: "unknown where some is in another currency",
    OtherCurrencies.LEFT_OUT: "other currencies are left out",
    OtherCurrencies.CONVERTED: "other currencies are converted at the rate of their day",
}


def flags_of(item: InputDeclaration) -> list[str]:
    """What is flagged: required, personal, protected, a proxy."""
    found = ["required"] if item.is_required else []
    if item.is_personal:
        found.append("personal")
    if item.is_protected:
        found.append("protected, nothing that decides may read it")
    if item.proxy_for:
        found.append(f"stands for {item.proxy_for}, nothing that decides may read it")
    return found


def range_words(item: InputDeclaration) -> str:
    """What the value may be, and how old."""
    parts: list[str] = []
    if item.low is not None and item.high is not None:
        parts.append(f"from {value_words(item.low)} to {value_words(item.high)}")
    elif item.low is not None:
        parts.append(f"at least {value_words(item.low)}")
    elif item.high is not None:
        parts.append(f"at most {value_words(item.high)}")
    if item.max_length is not None:
        parts.append(f"at most {item.max_length} characters")
    if item.values:
        more = len(item.values) - MOST_VALUES
        named = ", ".join(item.values[:MOST_VALUES])
        parts.append(f"one of {named}" + (f" and {more} more" if more > 0 else ""))
    if item.max_age is not None:
        parts.append(f"no older than {duration_text(item.max_age)}")
    return "; ".join(parts)


def value_words(value: Value) -> str:
    """A value as people write it: thousands separated, an even amount without its zeros."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:,}".removesuffix(".00")
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def feature_words(item: InputDeclaration) -> str:
    """What a feature that is looked up measures; empty for whatever the caller sends."""
    if not item.is_looked_up:
        return ""
    try:
        return _measured(feature_named(item.feature))
    except FeatureUnknown:
        return "not defined here any more"


def _measured(feature: FeatureDefinition) -> str:
    what = feature.measure.value.replace("_", " ")
    of = "" if feature.value is None else f" of {feature.value.to_text()}"
    where = "" if feature.filter is None else f" where {feature.filter.to_text()}"
    kinds = " and ".join(kind.replace("_", " ") for kind in feature.kinds)
    money = f" ({feature.currency}; {OTHERS[feature.other_currencies]})" if feature.currency else ""
    return f"{what}{of}{money} over {kinds}{where}, the last {duration_text(feature.window)}"


def lookup_of(policy: Policy, *, at: datetime) -> LookupCost | None:
    """What the lookup of the policy's features costs here; None where nothing is looked up."""
    try:
        return lookup_cost(policy, legal_entity=policy.definition.legal_entities[0], at=at)
    except PolicyRefused:
        return None
