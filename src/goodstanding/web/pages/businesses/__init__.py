"""Businesses: who they are, what happened to them, what connects them; and imports."""
