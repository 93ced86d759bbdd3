"""Small real data for a first run, and its loaders."""
