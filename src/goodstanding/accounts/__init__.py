"""Who are you?  Users, roles, API keys, legal entities."""
