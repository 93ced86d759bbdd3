"""Verbs of governance, one transaction each."""
