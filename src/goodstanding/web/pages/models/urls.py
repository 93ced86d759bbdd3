"""Addresses of models and approvals."""

from django.urls import path

from goodstanding.web.pages.models import (
    approvals,
    challenge,
    endings,
    entries,
    exceptions,
    findings,
    intake,
    inventory,
    monitoring,
    use_cases,
    validation,
    versions,
)

urlpatterns = [
    path("models/", inventory.models, name="models"),
    path("models/findings/", findings.model_findings, name="model_findings"),
    path("models/findings/blocking/", findings.blocking_finding, name="blocking_finding"),
    path("models/findings/<uuid:finding_id>/", findings.finding, name="finding"),
    path("models/findings/<uuid:finding_id>/state/", findings.finding_state, name="finding_state"),
    path("models/approvals/", approvals.model_approvals, name="model_approvals"),
    path("models/approvals/deciding/", approvals.deciding_approval, name="deciding_approval"),
    path("models/approvals/<uuid:approval_id>/", approvals.approval, name="approval"),
    path("models/approvals/<uuid:approval_id>/end/", endings.approval_end, name="approval_end"),
    path("models/requests/<uuid:request_id>/", approvals.approval_request, name="approval_request"),
    path("models/use-cases/", use_cases.use_cases, name="use_cases"),
    path("models/use-cases/new/", intake.new_use_case, name="new_use_case"),
    path("models/use-cases/<slug:code>/", use_cases.use_case, name="use_case"),
    path(
        "models/use-cases/<slug:code>/statement/",
        intake.use_case_revision,
        name="use_case_revision",
    ),
    path("models/use-cases/<slug:code>/entry/", entries.new_entry, name="new_entry"),
    path("models/entries/<uuid:entry_id>/", entries.entry, name="entry"),
    path("models/entries/<uuid:entry_id>/tier/", entries.entry_tier, name="entry_tier"),
    path("models/entries/<uuid:entry_id>/scope/", entries.entry_scope, name="entry_scope"),
    path(
        "models/entries/<uuid:entry_id>/thresholds/",
        entries.entry_thresholds,
        name="entry_thresholds",
    ),
    path("models/entries/<uuid:entry_id>/version/", entries.entry_version, name="entry_version"),
    path(
        "models/versions/<uuid:version_id>/exception/",
        exceptions.version_exception,
        name="version_exception",
    ),
    path(
        "models/findings/<uuid:finding_id>/exception/",
        exceptions.finding_exception,
        name="finding_exception",
    ),
    path(
        "models/exceptions/<uuid:exception_id>/end/", exceptions.exception_end, name="exception_end"
    ),
    path(
        "models/versions/<uuid:version_id>/observation/",
        monitoring.version_observation,
        name="version_observation",
    ),
    path("models/versions/<uuid:version_id>/", versions.version, name="version"),
    path(
        "models/versions/<uuid:version_id>/finding/",
        findings.version_finding,
        name="version_finding",
    ),
    path(
        "models/versions/<uuid:version_id>/validation/",
        validation.version_validation,
        name="version_validation",
    ),
    path(
        "models/versions/<uuid:version_id>/questions/",
        challenge.version_questions,
        name="version_questions",
    ),
    path(
        "models/questions/<uuid:question_id>/answers/",
        challenge.question_answers,
        name="question_answers",
    ),
    path("models/runs/<uuid:run_id>/opinion/", validation.run_opinion, name="run_opinion"),
    path("models/runs/<uuid:run_id>/request/", approvals.run_request, name="run_request"),
]
