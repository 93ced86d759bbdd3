"""The seller desk: journey, policies, metrics, playbooks, mappings."""
