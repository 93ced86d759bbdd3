"""Who is it?  Parties, their immutable versions, names, addresses and identifiers."""
