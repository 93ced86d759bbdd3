"""One file per room of commands."""
