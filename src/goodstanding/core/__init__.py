"""What does every room stand on?  Ids, money, time, named SQL, refusals, outbox, audit seal, encryption."""
