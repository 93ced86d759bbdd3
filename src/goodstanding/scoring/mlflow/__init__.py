"""Models of an MLflow registry, taken over as artefacts of ours: read, never executed.

A policy names what was taken over by its sha256; the registry's URI is its provenance. Why MLflow
is read and its client is not used: docs/decisions/0013.
"""

from goodstanding.scoring.mlflow.reading import Imported, import_model
from goodstanding.scoring.mlflow.registry import (
    RegisteredModel,
    open_folder,
    open_registry,
)

__all__ = ["Imported", "RegisteredModel", "import_model", "open_folder", "open_registry"]
