"""Machines ask.  Endpoints."""
