"""Addresses of change requests."""

from django.urls import path

from goodstanding.web.pages.changes import acts, asking, views

urlpatterns = [
    path("policies/changes/", views.changes, name="changes"),
    path("policies/changes/<uuid:change_id>/", views.change, name="change"),
    path("policies/changes/<uuid:change_id>/page/", views.change_page, name="change_page"),
    path("policies/changes/<uuid:change_id>/flips/", views.change_flips, name="change_flips"),
    path("policies/changes/<uuid:change_id>/evidence/", acts.evidence, name="change_evidence"),
    path("policies/changes/<uuid:change_id>/signature/", acts.signature, name="change_signature"),
    path("policies/changes/<uuid:change_id>/return/", acts.sending_back, name="change_return"),
    path(
        "policies/changes/<uuid:change_id>/withdrawal/", acts.withdrawal, name="change_withdrawal"
    ),
    path("policies/changes/<uuid:change_id>/questions/", acts.questions, name="change_questions"),
    path(
        "policies/changes/<uuid:change_id>/questions/<uuid:question_id>/answers/",
        acts.answers,
        name="change_answers",
    ),
    path("policies/<slug:name>/versions/change/", asking.new_change, name="new_change"),
    path("policies/<slug:name>/versions/emergency/", asking.emergency, name="version_emergency"),
    path(
        "policies/<slug:name>/versions/emergency/review/",
        asking.emergency_review,
        name="emergency_review",
    ),
]
