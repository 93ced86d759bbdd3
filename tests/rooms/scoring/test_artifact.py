"""An artefact is its bytes: canonical, sealed, and refused when it is anything else."""

import hashlib
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.core.errors import Refusal
from goodstanding.scoring.artifact import encode_artifact, load_artifact
from goodstanding.scoring.errors import ArtifactTampered, ArtifactUnknown, ScorecardInvalid
from tests.rooms.scoring.cards import GUIDE_APPLICANT, TENURE, guide_card

CARD_BYTES = encode_artifact(guide_card())


def test_a_scorecard_survives_its_file(tmp_path) -> None:
    path = tmp_path / "guide.json"
    path.write_bytes(CARD_BYTES)

    model = load_artifact(path)

    assert (model.id, model.version, model.kind) == ("guide", "1", "scorecard")
    assert model.sha256 == hashlib.sha256(CARD_BYTES).hexdigest()
    assert [feature.name for feature in model.features] == list(GUIDE_APPLICANT)
    assert model.score(GUIDE_APPLICANT) == load_artifact(CARD_BYTES).score(GUIDE_APPLICANT)


def test_equal_models_are_equal_bytes_and_other_models_are_not() -> None:
    assert encode_artifact(guide_card()) == CARD_BYTES
    assert encode_artifact(guide_card(base=431)) != CARD_BYTES


def test_the_model_that_was_approved_is_asked_for_by_its_sha256() -> None:
    approved = hashlib.sha256(CARD_BYTES).hexdigest()
    other = encode_artifact(guide_card(base=431))

    assert load_artifact(CARD_BYTES, expected_sha256=approved).sha256 == approved
    with pytest.raises(ArtifactTampered, match="was expected"):
        load_artifact(other, expected_sha256=approved)


def test_changed_points_break_the_seal() -> None:
    changed = CARD_BYTES.replace(b'"points":60', b'"points":61')

    with pytest.raises(ArtifactTampered, match="seal"):
        load_artifact(changed)


@pytest.mark.parametrize(
    "rewritten",
    [
        json.dumps(json.loads(CARD_BYTES), indent=1).encode(),
        CARD_BYTES.rstrip(),
        CARD_BYTES.replace(b'"format":', b'"format":"x","format":'),
    ],
)
def test_only_the_canonical_form_is_read(rewritten) -> None:
    with pytest.raises(ArtifactTampered, match="canonical"):
        load_artifact(rewritten)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a JSON document"),
        (b"\xff\xfe", "not a JSON document"),
        (pickle.dumps({"format": "goodstanding-model/1"}), "not a JSON document"),
        (b"[" * 100_000, "not a JSON document"),
        (b"{}", "its format is ''"),
        (b'{"format":"goodstanding-model/9"}', "its format is"),
        (b'{"body":{"kind":"forest"},"format":"goodstanding-model/1","seal":""}', "forest"),
        (CARD_BYTES.replace(b'"base":430', b'"base":4.5'), "int"),
        (CARD_BYTES.replace(b'"base":430', b'"base":430,"run":"x"'), "run"),
    ],
)
def test_what_is_no_artefact_is_refused(content, why) -> None:
    with pytest.raises(ArtifactUnknown, match=why):
        load_artifact(content)


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(ArtifactUnknown, match="no such file"):
        load_artifact(tmp_path / "gone.json")


def test_a_card_that_contradicts_itself_is_neither_written_nor_read() -> None:
    with pytest.raises(ScorecardInvalid):
        encode_artifact(guide_card(characteristics=(TENURE, TENURE)))


@given(st.integers(0, len(CARD_BYTES) - 1), st.integers(0, 255))
def test_any_changed_byte_is_refused(position, value) -> None:
    changed = bytearray(CARD_BYTES)
    changed[position] = value
    if bytes(changed) == CARD_BYTES:
        return

    with pytest.raises(Refusal):
        load_artifact(bytes(changed))


@given(st.binary(max_size=300))
def test_no_bytes_from_strangers_do_more_than_be_refused(content) -> None:
    with pytest.raises(Refusal):
        load_artifact(content)
