"""What may a policy say?  The closed expression profile, its types, its one tree and its engines. Pure."""
