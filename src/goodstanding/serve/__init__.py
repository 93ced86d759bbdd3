"""Wiring only: settings, urls, asgi, worker."""
