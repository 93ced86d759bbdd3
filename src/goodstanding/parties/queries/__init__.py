"""Read parties: by identifier, as of a moment, in lists, with what connects them."""

from goodstanding.parties.normalise import canonical_identifier, split_legal_form
from goodstanding.parties.queries.businesses import (
    BusinessFilter,
    BusinessRow,
    Facets,
    business_facets,
    businesses,
)
from goodstanding.parties.queries.grouping import connected_groups
from goodstanding.parties.queries.reading import (
    connections_of,
    identifiers_of,
    link_groups,
    parties_as_of,
    parties_named,
    party_as_of,
    party_by_external_id,
    party_ids_by_external_ids,
    shared_values_of,
    versions_of,
)

__all__ = [
    "BusinessFilter",
    "BusinessRow",
    "Facets",
    "business_facets",
    "businesses",
    "canonical_identifier",
    "connected_groups",
    "connections_of",
    "identifiers_of",
    "link_groups",
    "parties_as_of",
    "parties_named",
    "party_as_of",
    "party_by_external_id",
    "party_ids_by_external_ids",
    "shared_values_of",
    "split_legal_form",
    "versions_of",
]
