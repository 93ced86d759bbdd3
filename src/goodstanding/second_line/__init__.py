"""The model-risk desk: metrics and playbooks of the second line."""
