"""What may a policy say?  The closed expression profile, its tree and its engines. Pure."""
