"""Figures against named peers, measured in one run: `python -m bench`."""
