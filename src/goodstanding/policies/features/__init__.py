"""Features: facts about an entity as of a moment, declared once and compiled for each engine. Pure.

A definition is a YAML file of a desk (`<desk>/features/*.yaml`); docs/features.md says what it
may hold. `point_lookup` makes PostgreSQL's part of a statement that answers for a batch of
decisions; `as_of_join` the set-wise query over a table of facts for DuckDB and Spark. All give one
value, or the kind of missing value, for the same facts.
"""

from goodstanding.policies.features.as_of_join import SetEngine, as_of_join
from goodstanding.policies.features.catalogue import (
    FeatureUnknown,
    catalogue,
    feature_named,
    register_features,
)
from goodstanding.policies.features.definition import (
    Conversion,
    EntityKey,
    FeatureDefinition,
    Measure,
    OtherCurrencies,
)
from goodstanding.policies.features.pinned import pinned_features
from goodstanding.policies.features.point_lookup import (
    PointLookup,
    facts_without_rate,
    point_lookup,
)
from goodstanding.policies.features.reader import read_feature

__all__ = [
    "Conversion",
    "EntityKey",
    "FeatureDefinition",
    "FeatureUnknown",
    "Measure",
    "OtherCurrencies",
    "PointLookup",
    "SetEngine",
    "as_of_join",
    "catalogue",
    "facts_without_rate",
    "feature_named",
    "pinned_features",
    "point_lookup",
    "read_feature",
    "register_features",
]
