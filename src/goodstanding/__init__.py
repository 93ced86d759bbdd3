"""Good Standing: one loop of facts, policies, people, outcomes and governance."""

__version__ = "0.1.0"
