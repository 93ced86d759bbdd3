"""What the second line computes: rows and answers in, test results out; nothing is written."""

from goodstanding.second_line.model_validation import model_results, plan_of
from goodstanding.second_line.policy_validation import embedded_tests, outcome_replication

__all__ = ["embedded_tests", "model_results", "outcome_replication", "plan_of"]
