"""Sign in, sign out, second factor: allauth's views under our addresses."""
