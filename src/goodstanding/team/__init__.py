"""Who works?  Skills, rosters, membership of queues."""
