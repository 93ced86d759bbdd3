"""Placeholder until the supervisor stands."""

import typer

app = typer.Typer()
