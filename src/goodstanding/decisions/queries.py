"""Read decisions."""

from goodstanding.decisions.answer import StoredDecision, answer_of, stored_from, whole_of

__all__ = ["StoredDecision", "answer_of", "stored_from", "whole_of"]
