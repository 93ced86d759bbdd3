"""Addresses of models and approvals."""

from django.urls import path

from goodstanding.web.pages.models import (
    approvals,
    challenge,
    endings,
    findings,
    inventory,
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
    path("models/use-cases/<slug:code>/", use_cases.use_case, name="use_case"),
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
