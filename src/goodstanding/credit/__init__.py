"""The credit desk: journey, policies, metrics, mappings."""
