"""Who is it?  Parties, their versions, identifiers and links."""
