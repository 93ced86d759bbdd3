"""What the second line re-performs on a decision policy. Pure: answers in, test results out."""

from collections.abc import Mapping, Sequence

from goodstanding.validation.errors import InputShape
from goodstanding.validation.inputs import hash_facts
from goodstanding.validation.types import HOUSE_THRESHOLDS, Light, TestResult, Thresholds

GUIDE = "field guide on model risk, section 5 (rules: batch = real time)"


def embedded_tests(
    *, answers: Mapping[str, bool], thresholds: Thresholds = HOUSE_THRESHOLDS
) -> TestResult:
    """GREEN only where every test that the policy carries holds; `answers` maps name to that."""
    failing = sorted(name for name, holds in answers.items() if not holds)
    return _counted(
        test_id="policy_embedded_tests",
        null_hypothesis="every test that the policy carries holds",
        segment="the tests in the policy file",
        differing=len(failing),
        n=len(answers),
        inputs_hash=hash_facts(names=",".join(sorted(answers)), failing=",".join(failing)),
        note=f"failing: {', '.join(failing)}" if failing else "",
        thresholds=thresholds,
    )


def outcome_replication(
    *,
    recorded: Sequence[str],
    recomputed: Sequence[str],
    segment: str,
    thresholds: Thresholds = HOUSE_THRESHOLDS,
) -> TestResult:
    """GREEN only where both engines, or both runs, give every row the same outcome.

    Raises InputShape where they differ in number.
    """
    if len(recorded) != len(recomputed):
        raise InputShape(what="Outcomes", why="they differ in number")
    differing = sum(left != right for left, right in zip(recorded, recomputed, strict=True))
    return _counted(
        test_id="policy_outcome_replication",
        null_hypothesis="the policy gives every recorded outcome again",
        segment=segment,
        differing=differing,
        n=len(recorded),
        inputs_hash=hash_facts(recorded=",".join(recorded), recomputed=",".join(recomputed)),
        note="",
        thresholds=thresholds,
    )


def _counted(
    *,
    test_id: str,
    null_hypothesis: str,
    segment: str,
    differing: int,
    n: int,
    inputs_hash: str,
    note: str,
    thresholds: Thresholds,
) -> TestResult:
    light = Light.NOT_EVALUATED if not n else Light.RED if differing else Light.GREEN
    return TestResult(
        test_id=test_id,
        null_hypothesis=null_hypothesis,
        side="none",
        reference=GUIDE,
        statistic=float(differing) if n else None,
        p=None,
        n=n,
        n_events=differing,
        segment=segment,
        thresholds=thresholds,
        light=light,
        inputs_hash=inputs_hash,
        note=note,
    )
