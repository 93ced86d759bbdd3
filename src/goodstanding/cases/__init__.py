"""What did people decide?  Queues, claims, evidence, case decisions, appeals."""
