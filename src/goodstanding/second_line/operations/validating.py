"""Re-perform what decides, answer what is red by findings, and let it be approved."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from goodstanding.governance import operations as governance
from goodstanding.governance.queries import (
    content_of,
    open_findings_of,
    owner_of,
    results_of_run,
    runs_of,
    version_at,
)
from goodstanding.governance.types import (
    Conditions,
    Effect,
    Evidence,
    Fallback,
    Person,
    ResultSummary,
    Severity,
    VersionKind,
    Weakness,
)
from goodstanding.policies.engine.embedded_tests import run_tests
from goodstanding.policies.queries import compiled
from goodstanding.scoring.types import Model
from goodstanding.second_line.development import development_of
from goodstanding.second_line.errors import (
    NotAModel,
    NotAPolicy,
)
from goodstanding.second_line.queries import embedded_tests, model_results, plan_of
from goodstanding.second_line.types import Hands, LabelledRows
from goodstanding.validation.types import Light, TestResult
from goodstanding.validation.words import plain, test_words

LEAKAGE = "leakage_auc:"
CALIBRATION = ("calibration_line", "spiegelhalter", "hosmer_lemeshow")


@transaction.atomic
def validate_model(
    *,
    version_id: UUID,
    model: Model,
    development: LabelledRows,
    current: LabelledRows,
    validator: Person,
    at: datetime,
) -> UUID:
    """Run the whole plan of tests over a model, on rows read anew; returns the run's id."""
    return governance.record_validation_run(
        version_id=version_id,
        results=model_results(model=model, development=development, current=current),
        plan=plan_of(model=model, development=development, current=current),
        data_description=(
            f"{development.rows.height:,} labelled rows of {development.name} and"
            f" {current.rows.height:,} of {current.name}"
        ),
        by=validator,
        at=at,
    )


@transaction.atomic
def block_leaks(
    *,
    run_id: UUID,
    written_later: Mapping[str, str],
    responsible: Person,
    validator: Person,
    at: datetime,
) -> list[UUID]:
    """Open a blocking finding on every input that knows the outcome; returns the findings.

    `written_later` maps an input to why it is late, as the source's description tells it.
    """
    findings: list[UUID] = []
    for result in _unanswered(run_id):
        if not result.test_id.startswith(LEAKAGE):
            continue
        name = result.test_id.removeprefix(LEAKAGE)
        told = written_later.get(name, "not on the list of what was known at the decision")
        findings.append(
            governance.open_finding(
                version_id=result.version_id,
                weakness=_leak(name, told, result),
                evidence=Evidence(test_result_id=result.result_id),
                responsible=responsible,
                by=validator,
                at=at,
            )
        )
    return findings


def _unanswered(run_id: UUID) -> list[ResultSummary]:
    """The red results of a run that no finding cites."""
    results = results_of_run(run_id=run_id)
    return [each for each in results if each.light is Light.RED and not each.finding_numbers]


def _leak(name: str, told: str, result: ResultSummary) -> Weakness:
    return Weakness(
        title=f"{plain(name).capitalize()} knows the outcome",
        description=(
            f"Alone, {plain(name)} ranks bad before good with an AUC of {result.statistic:.3f} on"
            f" {result.n:,} rows with {result.n_events:,} bads; the ceiling for one raw input is"
            f" {result.figures['ceiling']:g}. Reason: {told}. A decision is made before such a"
            " value exists, so every figure of this model is worthless."
        ),
        severity=Severity.S1,
        effect=Effect.BLOCK,
    )


@transaction.atomic
def answer_red_results(
    *, run_id: UUID, responsible: Person, validator: Person, at: datetime
) -> list[UUID]:
    """Open a light finding for what is red in a run and no leak, so that nothing red is silent.

    Calibration tests share one finding, the line first; every other red test has its own.
    """
    red = [each for each in _unanswered(run_id) if not each.test_id.startswith(LEAKAGE)]
    groups = [[each for each in red if each.test_id in CALIBRATION]]
    groups += [[each] for each in red if each.test_id not in CALIBRATION]
    return [
        governance.open_finding(
            version_id=group[0].version_id,
            weakness=_weaker(group),
            evidence=_evidence(group),
            responsible=responsible,
            by=validator,
            at=at,
        )
        for group in groups
        if group
    ]


def _evidence(group: Sequence[ResultSummary]) -> Evidence:
    ordered = sorted(group, key=lambda each: each.test_id)
    return Evidence(
        test_result_id=ordered[0].result_id,
        supporting=[each.result_id for each in ordered[1:]],
    )


def _weaker(group: Sequence[ResultSummary]) -> Weakness:
    is_calibration = group[0].test_id in CALIBRATION
    figures = "; ".join(
        f"{test_words(each.test_id).lower()} {each.statistic:.3f}"
        + (f", p {each.p_value:.2g}" if each.p_value is not None else "")
        + f", n {each.n:,}"
        for each in group
        if each.statistic is not None
    )
    title = (
        "Probabilities drift away from outcomes"
        if is_calibration
        else f"{test_words(group[0].test_id)} is red on {group[0].segment}"
    )
    return Weakness(
        title=title,
        description=(
            f"On {group[0].segment}: {figures}. The ranking stays usable within the conditions;"
            " recalibrate, and show the test again on the next window."
        ),
        severity=Severity.S3,
        effect=Effect.NONE,
    )


@transaction.atomic
def validate_policy(
    *,
    version_id: UUID,
    results: Sequence[TestResult],
    data_description: str,
    validator: Person,
    at: datetime,
) -> UUID:
    """Keep the validator's run over a policy; returns the run's id."""
    return governance.record_validation_run(
        version_id=version_id,
        results=results,
        plan={"tests": sorted({result.test_id for result in results})},
        data_description=data_description,
        by=validator,
        at=at,
    )


@transaction.atomic
def run_policy_tests(*, version_id: UUID, validator: Person, at: datetime) -> UUID:
    """Re-perform the tests that a published policy carries; returns the validator's run.

    Raises NotAPolicy for a model, VersionUnknown where the text was never published, and the
    refusals of `record_validation_run`.
    """
    row = version_at(version_id=version_id, as_of=at)
    if row.kind is not VersionKind.POLICY:
        raise NotAPolicy(name=row.name, label=row.label)
    report = run_tests(compiled(row.content_hash))
    return validate_policy(
        version_id=version_id,
        results=[embedded_tests(answers={each.name: each.passed for each in report.results})],
        data_description="The tests that the policy carries",
        validator=validator,
        at=at,
    )


def run_model_tests(*, version_id: UUID, validator: Person, at: datetime) -> UUID:
    """Re-perform a model's validation on its development data; returns the validator's run.

    Every red result is answered at once: by the open finding on the same test, which then cites
    it too, else by a new finding that the model's owner must mend. A leaking input blocks.
    Raises NotAModel for a policy, DevelopmentAbsent, DevelopmentDiffers, SourceUnreadable, and
    the refusals of `record_validation_run`; nothing is kept then.
    """
    row = version_at(version_id=version_id, as_of=at)
    if row.kind is not VersionKind.MODEL:
        raise NotAModel(name=row.name, label=row.label)
    card = content_of(version_id=version_id).card
    found = development_of(content_hash=row.content_hash, words=row.words, card=card)
    with transaction.atomic():
        run_id = validate_model(
            version_id=version_id,
            model=found.model,
            development=found.learned,
            current=found.tested,
            validator=validator,
            at=at,
        )
        _cite_in_open_findings(run_id, version_id=version_id, by=validator, at=at)
        owner = owner_of(version_id=version_id)
        block_leaks(
            run_id=run_id, written_later=found.written_later, responsible=owner,
            validator=validator, at=at,
        )  # fmt: skip
        answer_red_results(run_id=run_id, responsible=owner, validator=validator, at=at)
    return run_id


def _cite_in_open_findings(run_id: UUID, *, version_id: UUID, by: Person, at: datetime) -> None:
    """Let each finding that is open on a test cite the red result of the same test too."""
    is_open = {each.number: each for each in open_findings_of(version_id=version_id, at=at)}
    answered = {
        result.test_id: is_open[number]
        for run in runs_of(version_id=version_id, as_of=at)
        for result in run.results
        for number in result.finding_numbers
        if number in is_open
    }
    for result in _unanswered(run_id):
        if result.test_id in answered:
            governance.cite_result(
                finding_id=answered[result.test_id].finding_id, result_id=result.result_id,
                by=by, at=at,
            )  # fmt: skip


@transaction.atomic
def approve_for_demonstration(
    *,
    run_id: UUID,
    use_case: str,
    conditions: Conditions,
    fallback: Fallback,
    expires_at: datetime,
    hands: Hands,
    summary: str,
    at: datetime,
) -> UUID:
    """Give opinion and approval on a run, marked as a demonstration; returns the approval's id."""
    governance.give_opinion(run_id=run_id, summary=summary, by=hands.validator, at=at)
    request = governance.request_approval(
        run_id=run_id,
        use_case=use_case,
        conditions=conditions,
        fallback=fallback,
        valid_from=at,
        expires_at=expires_at,
        reason="Seeded so that the product can be tried",
        by=hands.owner,
        at=at,
        is_demonstration=True,
    )
    return governance.approve(
        request_id=request, reason="Demonstration, not an approval of anybody's", by=hands.approver,
        at=at,
    )  # fmt: skip
