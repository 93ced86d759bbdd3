"""The answer for every case of a backtest, kept as Parquet while it runs, with its provenance.

One row a case in the order of the history: the columns that the history names, `before` where
something was compared, and the columns of a batch's answer (see `engine.batch`): outcome, why it
was skipped, masks, points, band, score, terms. Which rule each bit of a mask is stands in the
file's own metadata under `goodstanding`, as JSON.
"""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from goodstanding.policies.engine.backtest import Keep
from goodstanding.policies.engine.batch import WORD
from goodstanding.policies.engine.policy import Policy

METADATA = b"goodstanding"


@contextmanager
def records_file(path: Path, *, provenance: Mapping[str, object]) -> "Generator[Keep]":
    """Hand batches to what this gives; the file is there once all were taken, or not at all."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    parquet: Any = pq
    writer: Any = None

    def keep(batch: pl.DataFrame) -> None:
        nonlocal writer
        if writer is not None and batch.is_empty():
            return
        frame: Any = batch  # pyarrow is untyped
        table: Any = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if writer is None:
            described = {METADATA: json.dumps(provenance, default=str).encode()}
            schema: Any = table.schema.with_metadata(described)
            writer = parquet.ParquetWriter(draft, schema, compression="zstd")
        writer.write_table(table.cast(writer.schema))

    try:
        yield keep
        if writer is not None:
            writer.close()
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def provenance_of(policy: Policy, more: Mapping[str, object]) -> dict[str, object]:
    """What decided, and what each bit of its masks means; and what the caller knows beside."""
    rules = [
        {"id": rule.declaration.id, "label": rule.declaration.label, "word": at // WORD,
         "bit": at % WORD}
        for at, rule in enumerate(policy.plan.rules)
    ]  # fmt: skip
    return {
        "policy": policy.name,
        "version": policy.version,
        "tree_hash": policy.tree_hash,
        **more,
        "bits_in_a_word": WORD,
        "rules": rules,
    }


def provenance_in(path: Path) -> dict[str, Any]:
    """The provenance that stands in a file of records."""
    import pyarrow.parquet as pq

    parquet: Any = pq
    found: dict[bytes, bytes] = parquet.read_schema(path).metadata or {}
    return json.loads(found[METADATA])
