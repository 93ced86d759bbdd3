"""What does every room stand on?  Ids, money, time, SQL, refusals, outbox, seal, encryption."""
