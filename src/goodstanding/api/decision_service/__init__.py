"""The decision service: a small ASGI application of its own."""
