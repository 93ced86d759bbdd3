"""Change requests: what they would do, who asks, who signs."""
