"""How good is a model?  Statistics of model quality with their references. Pure."""
