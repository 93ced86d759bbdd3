"""Experiments: planned before, registered by a second person, halted by rule, ended in a memo."""
