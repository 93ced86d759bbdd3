"""Model artefacts as files: one canonical JSON document with a seal, and nothing executable.

    {"body": {...}, "format": "goodstanding-model/1", "seal": "<sha256 of the canonical body>"}

The document is canonical (UTF-8, sorted keys, no spaces, decimals as text), so equal models are
equal bytes, and the sha256 of the whole file is the model's name. The seal finds accidents; who
wants to know that it is *this* model passes the sha256 that was approved.
"""

import hashlib
from pathlib import Path

import msgspec

from goodstanding.scoring.card_runtime import ScorecardModel
from goodstanding.scoring.errors import ArtifactTampered, ArtifactUnknown
from goodstanding.scoring.scorecard import Scorecard, check_scorecard
from goodstanding.scoring.tree_runtime import TreesModel
from goodstanding.scoring.trees import Trees, parse_trees
from goodstanding.scoring.types import Model

FORMAT = "goodstanding-model/1"
MAX_ARTIFACT_BYTES = 32 * 1024 * 1024

Body = Scorecard | Trees


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: Body
    format: str
    seal: str


class _Format(msgspec.Struct, frozen=True):
    format: str = ""


def encode_artifact(body: Body) -> bytes:
    """The artefact's bytes; equal bodies give equal bytes.

    Raises ScorecardInvalid for a scorecard that contradicts itself, ArtifactUnsafe for trees that
    cannot be read.
    """
    if isinstance(body, Scorecard):
        check_scorecard(body)
    else:
        parse_trees(body)
    seal = hashlib.sha256(_canonical(body)).hexdigest()
    return _canonical(_Envelope(body=body, format=FORMAT, seal=seal)) + b"\n"


def load_artifact(source: bytes | Path, *, expected_sha256: str | None = None) -> Model:
    """The model in an artefact's bytes or file, checked and ready to score.

    Safe with bytes from strangers: the document is read by a schema, never executed.
    Raises ArtifactUnknown for what is no artefact of ours, ArtifactTampered where the bytes do
    not match `expected_sha256` or their own seal, and ArtifactUnsafe or ScorecardInvalid where
    the content may not run.
    """
    name, content = _read(source)
    digest = hashlib.sha256(content).hexdigest()
    if expected_sha256 is not None and digest != expected_sha256:
        raise ArtifactTampered(
            source=name, why=f"its sha256 is {digest}, and {expected_sha256} was expected"
        )
    return _model(_decode(content, name=name), sha256=digest)


def _read(source: bytes | Path) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        name, content = f"a document of {len(source)} bytes", source
    else:
        if not source.is_file():
            raise ArtifactUnknown(source=source.name, why="there is no such file")
        if source.stat().st_size > MAX_ARTIFACT_BYTES:
            raise ArtifactUnknown(source=source.name, why="it is larger than 32 MB")
        name, content = source.name, source.read_bytes()
    if len(content) > MAX_ARTIFACT_BYTES:
        raise ArtifactUnknown(source=name, why="it is larger than 32 MB")
    return name, content


def _decode(content: bytes, *, name: str) -> Body:
    try:
        text = content.decode("utf-8")
        stated = msgspec.json.decode(text, type=_Format).format
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactUnknown(source=name, why="it is not a JSON document") from error
    if stated != FORMAT:
        raise ArtifactUnknown(source=name, why=f"its format is {stated[:40]!r}, not {FORMAT!r}")
    try:
        envelope = msgspec.json.decode(text, type=_Envelope)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ArtifactUnknown(source=name, why=str(error)) from error
    if hashlib.sha256(_canonical(envelope.body)).hexdigest() != envelope.seal:
        raise ArtifactTampered(source=name, why="its content does not match its seal")
    if _canonical(envelope) + b"\n" != content:
        raise ArtifactTampered(source=name, why="it is not written in the canonical form")
    return envelope.body


def _canonical(document: msgspec.Struct) -> bytes:
    return msgspec.json.encode(document, order="sorted")


def _model(body: Body, *, sha256: str) -> Model:
    if isinstance(body, Scorecard):
        return ScorecardModel(card=body, sha256=sha256)
    return TreesModel(body=body, sha256=sha256)
