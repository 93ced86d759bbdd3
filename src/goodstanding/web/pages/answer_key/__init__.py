"""The answer key of the demonstration: truth beside outcome, where the truth is known."""
